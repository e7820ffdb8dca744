//! What `recourse score messages` and `recourse score text` share: a JSON object a line in, an answer a line out, in the same order.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::time::Instant as Stopwatch;

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};

use super::output::WrongUse;
use super::progress::Progress;
use super::{GlobalArgs, jsonl, output};
use crate::parallel::run_parallel;
use crate::train::json_lines::JsonLines;

/// Problems that are named one by one; further ones are only counted.
const PROBLEMS_SHOWN_MAX: usize = 20;
/// Lines that are in memory at once.
const BLOCK_LINES: usize = 4_096;
/// Lines that a core scores at a time.
const BATCH_LINES: usize = 32;

/// The files of a command that scores.
#[derive(Debug, Args)]
pub struct ScoreFiles {
    /// Messages, one JSON object a line.
    #[arg(long, value_name = "M.jsonl")]
    pub input: PathBuf,
    /// What was understood, one JSON object a line, in the order of the messages.
    #[arg(long, value_name = "P.jsonl")]
    pub output: PathBuf,
}

impl ScoreFiles {
    /// Opens the input, and refuses to write over it; to be asked before a model is read.
    ///
    /// # Errors
    /// Wrong use.
    pub fn open(&self) -> Result<File, WrongUse> {
        jsonl::refuse_same(&self.output, "--output", &self.input)?;
        let path = self.input.display();
        File::open(&self.input).map_err(|error| WrongUse(format!("`{path}` cannot be opened: {error}")))
    }

    /// Scores every line of `file` that is not blank by `score_line`, which keeps what it needs from line to line in an `S`; all cores
    /// share the work.
    ///
    /// # Errors
    /// When a file cannot be read or written, or a line could not be scored; the good lines are written all the same.
    pub fn score<S: Default>(
        &self,
        file: File,
        global: &GlobalArgs,
        score_line: impl Fn(&Value, &mut S) -> anyhow::Result<Value> + Sync,
    ) -> anyhow::Result<()> {
        let path = self.input.display();
        let byte_count = file.metadata().map_or(0, |metadata| metadata.len());
        let started = Stopwatch::now();
        let progress = Progress::start("reading messages");
        let mut lines = JsonLines::new(BufReader::new(file));
        let mut rows = Vec::new();
        let mut bad_line_count = 0;
        loop {
            let block = lines.next_block(BLOCK_LINES).with_context(|| format!("`{path}` cannot be read"))?;
            for (number, scored) in score_block(&block, &score_line) {
                match scored {
                    Ok(row) => rows.push(row),
                    Err(problem) => {
                        bad_line_count += 1;
                        if bad_line_count <= PROBLEMS_SHOWN_MAX {
                            eprintln!("{path}: line {number}: {problem}");
                        }
                    }
                }
            }
            if block.len() < BLOCK_LINES {
                break;
            }
            let share = lines.byte_count() as f64 / byte_count.max(1) as f64;
            progress.set(share, &format!("{} messages", rows.len()));
        }
        progress.finish();
        let seconds = started.elapsed().as_secs_f64();
        let message_count = rows.len();
        jsonl::write(&self.output, rows)?;
        if global.json {
            output::print_json(&json!({
                "message_count": message_count,
                "bad_line_count": bad_line_count,
                "seconds": seconds,
                "output": self.output,
            }))?;
        } else {
            output::print_text(&format!("{message_count} messages read, {bad_line_count} bad lines, {seconds:.2} s"))?;
        }
        anyhow::ensure!(bad_line_count == 0, "{bad_line_count} lines of `{path}` could not be scored");
        Ok(())
    }
}

/// What became of every line, in order.
fn score_block<S: Default>(
    block: &[(usize, Vec<u8>)],
    score_line: &(impl Fn(&Value, &mut S) -> anyhow::Result<Value> + Sync),
) -> impl Iterator<Item = (usize, anyhow::Result<Value>)> {
    let batches: Vec<&[(usize, Vec<u8>)]> = block.chunks(BATCH_LINES).collect();
    let scored = run_parallel(batches.len(), |index| {
        let batch = batches.get(index).copied().unwrap_or_default();
        let mut state = S::default();
        let mut scored = Vec::with_capacity(batch.len());
        for (number, line) in batch {
            let row = serde_json::from_slice(line).context("not a JSON object");
            scored.push((*number, row.and_then(|row: Value| score_line(&row, &mut state))));
        }
        scored
    });
    scored.into_iter().flatten()
}
