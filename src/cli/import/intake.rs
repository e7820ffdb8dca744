//! The import's main loop: rows are read on a thread of their own and taken in here, until the end, a failure or Ctrl-C.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::mpsc;

use super::super::progress::Progress;
use super::rejects::RejectWriter;
use crate::ledger::import::{ImportError, ImportRow, Importer};
use crate::ledger::record::RecordOutcome;
use crate::service::ServiceError;
use crate::service::ledger::{IngestSession, IngestSummary, SettledRecord};

/// Rows handed over at once.
const CHUNK_ROWS: usize = 500;

/// A chunk is handed over earlier when its rows have this many bytes.
const CHUNK_BYTES: usize = 1 << 20;

/// Chunks that may wait to be taken in.
const CHUNKS_WAITING_MAX: usize = 4;

/// How an import ended.
pub enum Ending {
    /// Every row was read.
    Complete,
    /// Somebody pressed Ctrl-C.
    Interrupted,
    /// The file could not be read further.
    FileFailed(ImportError),
    /// The rest could not be stored.
    StorageFailed(ServiceError),
    /// Rejected rows could not be written down.
    RejectsFailed(std::io::Error),
    /// The reading thread died.
    ReaderDied,
}

/// Counts of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows read.
    pub read_count: u64,
    /// Rows of which all was taken in.
    pub accepted_count: u64,
    /// Rows of which something was rejected.
    pub rejected_count: u64,
    /// Last line up to which all is settled, but for documents that wait for their invoices.
    pub settled_line: u64,
}

/// A row whose records are on their way.
struct Row {
    line: u64,
    raw: String,
    has_rejection: AtomicBool,
    unsettled_count: AtomicUsize,
}

/// Takes the rows of a file in.
pub struct Intake {
    session: IngestSession,
    rejects: RejectWriter,
    rows: RowCounts,
    /// Rows of the records that are not settled, by their position in the stream.
    waiting: HashMap<u64, Arc<Row>>,
    record_count: u64,
    columns: ColumnsNoticed,
}

/// What was noticed about the columns of a file.
#[derive(Debug, Default)]
pub struct ColumnsNoticed {
    /// Fields with the columns that the mapping names for them and no row of the whole file had.
    pub never_held: Vec<(&'static str, String)>,
    /// Columns that fill no field, where no mapping says which are wanted.
    pub unused: Vec<String>,
}

/// What an intake came to.
pub struct Taken {
    /// Counts of records.
    pub ingested: IngestSummary,
    /// Counts of rows.
    pub rows: RowCounts,
    /// Where the rejected rows are.
    pub rejects: RejectWriter,
    /// What was noticed about the columns, once all rows were read.
    pub columns: ColumnsNoticed,
}

struct Chunk {
    rows: Vec<ImportRow>,
    bytes_read: u64,
}

impl Intake {
    /// An intake that has taken in nothing.
    pub fn new(session: IngestSession, rejects: RejectWriter) -> Self {
        Intake {
            session,
            rejects,
            rows: RowCounts::default(),
            waiting: HashMap::new(),
            record_count: 0,
            columns: ColumnsNoticed::default(),
        }
    }

    /// What became of it.
    pub fn finish(self) -> Taken {
        let Intake { session, rejects, rows, waiting: _, record_count: _, columns } = self;
        Taken { ingested: session.summary().clone(), rows, rejects, columns }
    }

    /// Takes in every row, showing progress.
    pub async fn run(&mut self, importer: Importer, file_bytes: u64) -> Ending {
        let progress = Progress::start("import");
        let (chunks, mut arriving) = mpsc::channel(CHUNKS_WAITING_MAX);
        let reader = tokio::task::spawn_blocking(move || read(importer, &chunks));
        let interrupted = tokio::signal::ctrl_c();
        tokio::pin!(interrupted);
        let ending = loop {
            let chunk = tokio::select! {
                biased;
                _ = &mut interrupted => break Ending::Interrupted,
                chunk = arriving.recv() => chunk,
            };
            match chunk {
                None => break Ending::Complete,
                Some(Err(error)) => break Ending::FileFailed(error),
                Some(Ok(chunk)) => {
                    if let Err(ending) = self.take_chunk(chunk, file_bytes, &progress).await {
                        break ending;
                    }
                }
            }
        };
        drop(arriving);
        let read = reader.await;
        let has_reader_died = read.is_err();
        self.columns = read.unwrap_or_default();
        let ending = match ending {
            Ending::Complete | Ending::FileFailed(_) => match self.settle_rest().await {
                Err(failed) => failed,
                Ok(()) if has_reader_died => Ending::ReaderDied,
                Ok(()) => ending,
            },
            Ending::Interrupted | Ending::StorageFailed(_) | Ending::RejectsFailed(_) | Ending::ReaderDied => ending,
        };
        progress.finish();
        ending
    }

    async fn take_chunk(&mut self, chunk: Chunk, file_bytes: u64, progress: &Progress) -> Result<(), Ending> {
        for row in chunk.rows {
            self.take_row(row).await?;
        }
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
        let share = chunk.bytes_read as f64 / file_bytes.max(1) as f64;
        progress.set(share.min(1.0), &format!("{} rows", self.rows.read_count));
        Ok(())
    }

    async fn take_row(&mut self, row: ImportRow) -> Result<(), Ending> {
        let ImportRow { line, raw, records } = row;
        self.rows.read_count += 1;
        let records = match records {
            Ok(records) => records,
            Err(violations) => {
                self.rows.rejected_count += 1;
                return self.rejects.reject_row(line, &raw, &violations).map_err(Ending::RejectsFailed);
            }
        };
        let unsettled_count = AtomicUsize::new(records.len());
        let row = Arc::new(Row { line, raw, has_rejection: AtomicBool::new(false), unsettled_count });
        for record in records {
            self.waiting.insert(self.record_count, Arc::clone(&row));
            self.record_count += 1;
            let settled = self.session.push(record).await.map_err(Ending::StorageFailed)?;
            self.settle(&settled)?;
        }
        Ok(())
    }

    async fn settle_rest(&mut self) -> Result<(), Ending> {
        let settled = self.session.settle_rest().await.map_err(Ending::StorageFailed)?;
        self.settle(&settled)
    }

    fn settle(&mut self, settled: &[SettledRecord]) -> Result<(), Ending> {
        for record in settled {
            let Some(row) = self.waiting.remove(&record.index) else { continue };
            self.rows.settled_line = self.rows.settled_line.max(row.line);
            if let RecordOutcome::Rejected(rejection) = &record.outcome {
                if !row.has_rejection.swap(true, Ordering::Relaxed) {
                    self.rows.rejected_count += 1;
                }
                let rejected = self.rejects.reject_record(row.line, &row.raw, record, rejection);
                rejected.map_err(Ending::RejectsFailed)?;
            }
            let is_last = row.unsettled_count.fetch_sub(1, Ordering::Relaxed) == 1;
            if is_last && !row.has_rejection.load(Ordering::Relaxed) {
                self.rows.accepted_count += 1;
            }
        }
        Ok(())
    }
}

/// Reads all rows, in chunks, until nobody listens; what was noticed about the columns, once all were read.
fn read(mut importer: Importer, chunks: &mpsc::Sender<Result<Chunk, ImportError>>) -> ColumnsNoticed {
    let mut rows = Vec::new();
    let mut row_bytes = 0;
    while let Some(row) = importer.next() {
        match row {
            Ok(row) => {
                row_bytes += row.raw.len();
                rows.push(row);
            }
            Err(error) => {
                let chunk = Chunk { rows: std::mem::take(&mut rows), bytes_read: importer.bytes_read() };
                if chunks.blocking_send(Ok(chunk)).is_ok() {
                    let _ = chunks.blocking_send(Err(error));
                }
                return ColumnsNoticed::default();
            }
        }
        if rows.len() >= CHUNK_ROWS || row_bytes >= CHUNK_BYTES {
            let chunk = Chunk { rows: std::mem::take(&mut rows), bytes_read: importer.bytes_read() };
            row_bytes = 0;
            if chunks.blocking_send(Ok(chunk)).is_err() {
                return ColumnsNoticed::default();
            }
        }
    }
    let _ = chunks.blocking_send(Ok(Chunk { rows, bytes_read: importer.bytes_read() }));
    ColumnsNoticed { never_held: importer.columns_never_held(), unused: importer.columns_unused() }
}
