//! The one writer: everything that waits is written in one transaction, and each caller is answered after its commit.

use sqlx::{Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::connections::Connections;
use super::queries::write::{apply_singly, apply_together, claim, purge_ranks, take_in};
use crate::domain::ids::TenantId;
use crate::domain::time::Instant;
use crate::domain::work_item::WorkItem;
use crate::ledger::record::RecordOutcome;
use crate::store::ingest::Intake;
use crate::store::purge::PurgeTimer;
use crate::store::write::Prepared;
use crate::store::{ClaimRequest, StoreError};

/// Most jobs that wait for the writer; further callers wait until there is room.
pub const QUEUE_JOBS_MAX: usize = 1_024;
/// Most jobs written in one transaction.
const GROUP_JOBS_MAX: usize = 256;

/// Runs a write behind a savepoint, to which a failure returns.
macro_rules! separately {
    ($conn:ident, $write:expr) => {{
        match $conn.begin().await {
            Err(source) => Err(StoreError::from_driver(source)),
            Ok(mut savepoint) => {
                let written = {
                    let $conn = &mut *savepoint;
                    $write.await
                };
                let ended = match &written {
                    Ok(_) => savepoint.commit().await,
                    Err(_) => savepoint.rollback().await,
                };
                written.and_then(|value| ended.map(|()| value).map_err(StoreError::from_driver))
            }
        }
    }};
}

type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// Something to write, and where to answer.
pub enum Job {
    /// Writes changes.
    Write {
        /// The changes.
        prepared: Prepared,
        /// Whom to answer.
        reply: Reply<()>,
    },
    /// Takes in ledger records.
    TakeIn {
        /// The records.
        intake: Intake,
        /// Whom to answer.
        reply: Reply<Vec<RecordOutcome>>,
    },
    /// Claims a work item.
    Claim {
        /// Whose item.
        tenant: TenantId,
        /// What to claim.
        claim: ClaimRequest,
        /// Whom to answer.
        reply: Reply<Option<WorkItem>>,
    },
}

/// An answer that waits for the commit.
#[expect(clippy::large_enum_variant, reason = "there is at most one for each job of a group")]
enum Answer {
    Write(Reply<()>, Result<(), StoreError>),
    TakeIn(Reply<Vec<RecordOutcome>>, Result<Vec<RecordOutcome>, StoreError>),
    Claim(Reply<Option<WorkItem>>, Result<Option<WorkItem>, StoreError>),
}

impl Answer {
    /// Answers; a caller that waits no longer is passed over.
    fn send(self) {
        match self {
            Answer::Write(reply, result) => drop(reply.send(result)),
            Answer::TakeIn(reply, result) => drop(reply.send(result)),
            Answer::Claim(reply, result) => drop(reply.send(result)),
        }
    }

    /// The failure of the disk that a write met, upon which SQLite may have given up the whole transaction.
    fn failure_of_the_disk(&self) -> Option<&StoreError> {
        let error = match self {
            Answer::Write(_, result) => result.as_ref().err(),
            Answer::TakeIn(_, result) => result.as_ref().err(),
            Answer::Claim(_, result) => result.as_ref().err(),
        };
        error.filter(|error| error.is_of_the_disk())
    }

    /// Answers that nothing was written, whatever the statements said.
    fn send_failure(self, failure: &StoreError) {
        match self {
            Answer::Write(reply, _) => drop(reply.send(Err(shared(failure)))),
            Answer::TakeIn(reply, _) => drop(reply.send(Err(shared(failure)))),
            Answer::Claim(reply, _) => drop(reply.send(Err(shared(failure)))),
        }
    }
}

impl Job {
    /// Answers that nothing was written.
    fn send_failure(self, failure: &StoreError) {
        match self {
            Job::Write { prepared: _, reply } => drop(reply.send(Err(shared(failure)))),
            Job::TakeIn { intake: _, reply } => drop(reply.send(Err(shared(failure)))),
            Job::Claim { tenant: _, claim: _, reply } => drop(reply.send(Err(shared(failure)))),
        }
    }

    /// Whose data, and the present instant.
    fn occasion(&self) -> (&TenantId, Instant) {
        match self {
            Job::Write { prepared, reply: _ } => (&prepared.tenant, prepared.now),
            Job::TakeIn { intake, reply: _ } => (&intake.tenant, intake.now),
            Job::Claim { tenant, claim, reply: _ } => (tenant, claim.now),
        }
    }
}

/// The failure of a whole group, for each of its callers.
fn shared(failure: &StoreError) -> StoreError {
    let source = || sqlx::Error::Protocol(failure_text(failure));
    match failure {
        StoreError::DiskFull { place } => StoreError::DiskFull { place: place.clone() },
        StoreError::CannotWrite { place, source: _ } => {
            StoreError::CannotWrite { place: place.clone(), source: source() }
        }
        StoreError::Damaged { place, source: _ } => StoreError::Damaged { place: place.clone(), source: source() },
        StoreError::Unavailable { .. } => StoreError::Unavailable { source: source() },
        StoreError::NewerSchema { .. }
        | StoreError::OlderSchema { .. }
        | StoreError::OtherSchema { .. }
        | StoreError::CannotOpen { .. }
        | StoreError::UnknownScheme { .. }
        | StoreError::StaleVersion { .. }
        | StoreError::AlreadyExists { .. }
        | StoreError::RequestKnown(_)
        | StoreError::BadRow { .. }
        | StoreError::Database { .. } => StoreError::Database { source: source() },
    }
}

fn failure_text(failure: &StoreError) -> String {
    match std::error::Error::source(failure) {
        Some(source) => source.to_string(),
        None => failure.to_string(),
    }
}

/// Writes jobs until no sender is left.
pub async fn run(writer: Connections, mut queue: mpsc::Receiver<Job>) {
    let mut jobs = Vec::with_capacity(GROUP_JOBS_MAX);
    let mut purge = PurgeTimer::default();
    while queue.recv_many(&mut jobs, GROUP_JOBS_MAX).await > 0 {
        let due = jobs.first().map(Job::occasion).and_then(|(tenant, now)| purge.due(tenant, now));
        write_group(&writer, std::mem::take(&mut jobs)).await;
        if let Some((tenant, before)) = due
            && let Err(error) = purge_tenant(&writer, &tenant, before).await
        {
            tracing::warn!(error = %failure_text(&error), "old ranks of the worklist could not be removed");
        }
    }
}

async fn purge_tenant(writer: &Connections, tenant: &TenantId, before: Instant) -> Result<(), StoreError> {
    let mut connection = writer.lend().await.map_err(StoreError::from_driver)?;
    purge_ranks(&mut connection, tenant, before).await
}

async fn write_group(writer: &Connections, jobs: Vec<Job>) {
    let send_failure = |jobs: Vec<Job>, source| {
        let failure = StoreError::from_driver(source);
        jobs.into_iter().for_each(|job| job.send_failure(&failure));
    };
    let mut connection = match writer.lend().await {
        Ok(connection) => connection,
        Err(source) => return send_failure(jobs, source),
    };
    let mut transaction = match connection.begin_with("BEGIN IMMEDIATE").await {
        Ok(transaction) => transaction,
        Err(source) => return send_failure(jobs, source),
    };
    let (answers, failure) = write_jobs(&mut transaction, jobs).await;
    let outcome = match failure {
        Some(failure) => Err(failure),
        None => transaction.commit().await.map_err(StoreError::from_driver),
    };
    match outcome {
        Ok(()) => answers.into_iter().for_each(Answer::send),
        Err(failure) => answers.into_iter().for_each(|answer| answer.send_failure(&failure)),
    }
}

/// Writes the jobs in their order, neighbouring commits together. A failure beside the answers is of them all.
async fn write_jobs(conn: &mut SqliteConnection, jobs: Vec<Job>) -> (Vec<Answer>, Option<StoreError>) {
    let mut answers = Vec::with_capacity(jobs.len());
    let mut waiting = Vec::new();
    for job in jobs {
        match job {
            Job::Write { prepared, reply } => waiting.push((prepared, reply)),
            Job::TakeIn { intake, reply } => {
                write_waiting(conn, &mut waiting, &mut answers).await;
                answers.push(Answer::TakeIn(reply, separately!(conn, take_in(conn, &intake))));
            }
            Job::Claim { tenant, claim: request, reply } => {
                write_waiting(conn, &mut waiting, &mut answers).await;
                answers.push(Answer::Claim(reply, separately!(conn, claim(conn, &tenant, &request))));
            }
        }
    }
    write_waiting(conn, &mut waiting, &mut answers).await;
    let failure = answers.iter().find_map(Answer::failure_of_the_disk).map(shared);
    (answers, failure)
}

/// Writes commits together or, when one of them is refused, each on its own, so that one does not hurt the others.
async fn write_waiting(
    conn: &mut SqliteConnection,
    waiting: &mut Vec<(Prepared, Reply<()>)>,
    answers: &mut Vec<Answer>,
) {
    if waiting.is_empty() {
        return;
    }
    let lists: Vec<_> = waiting.iter().map(|(prepared, _)| prepared).collect();
    let together = separately!(conn, apply_together(conn, &lists));
    for (prepared, reply) in waiting.drain(..) {
        let result = match &together {
            Ok(()) => Ok(()),
            Err(error) if error.is_of_the_disk() => Err(shared(error)),
            Err(_) => separately!(conn, apply_singly(conn, &prepared)),
        };
        answers.push(Answer::Write(reply, result));
    }
}
