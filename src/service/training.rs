//! Training runs: start them in the background, follow them and stop them.

mod control;
mod dispute;
#[cfg(test)]
mod examples_tests;
pub(super) mod payment;
mod text;
pub(super) mod trainers;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use super::idempotency::{keep_answer, request_digest};
use super::limits::{
    COMMIT_ATTEMPTS_MAX, TRAINING_LEASE_SECONDS, TRAINING_LOOK_MS, TRAINING_POLL_MS, TRAINING_RUNS_LISTED_MAX,
};
use super::page::{Page, PageRequest};
use super::{Service, ServiceError, on_blocking_thread};
use crate::domain::ids::{ModelId, ModelKind, RequestId, TenantId, TrainingRunId};
use crate::domain::time::Instant;
use crate::model::dispute::Figure;
use crate::store::{ChampionChange, Change, PageCursor, StoreError, TrainingRun, TrainingRunState};
use control::{Progress, RunControl};
use trainers::TrainingJob;

/// Seed of a run that names none.
const SEED_DEFAULT: u64 = 42;
/// What a run says of itself while others have all places.
const WAITING: &str = "waits for its turn";
/// The first stage of a run.
const READING: &str = "reading the history";
/// Times a lease is renewed before it would run out.
const RENEWALS_PER_LEASE: i64 = 3;

/// Starts a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StartTrainingRun {
    /// Idempotency key.
    #[serde(skip)]
    pub request_id: RequestId,
    /// What to train.
    pub kind: ModelKind,
    /// Seed of every random choice; 0 means 42.
    pub seed: u64,
}

/// A measured figure with the rows behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// Name, such as `auc_30d`.
    pub name: String,
    /// The model's figure.
    pub value: f64,
    /// Lower end of the 95 % bootstrap interval; `value` when none was made.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
    /// Rows behind the figure.
    pub row_count: u64,
    /// The same figure of the best simple baseline on the same rows, with its name.
    pub baseline: Option<(String, f64)>,
}

impl From<Figure> for Metric {
    fn from(figure: Figure) -> Self {
        let Figure { name, value, low, high, row_count, baseline } = figure;
        Metric { name, value, low, high, row_count, baseline }
    }
}

/// Figures of a model and what the gate said; stored with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ModelDetails {
    /// Its figures.
    pub metrics: Vec<Metric>,
    /// Why it passed the gate or did not.
    pub gate_message: String,
}

/// A model with its figures.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelView {
    /// Its id.
    pub id: ModelId,
    /// Whether it serves now.
    pub is_champion: bool,
    /// Whether it came with Recourse.
    pub is_shipped: bool,
    /// When it was made; absent for a shipped one.
    pub created_at: Option<Instant>,
    /// Its figures on data later than it was trained on.
    pub metrics: Vec<Metric>,
    /// Whether it passed the gate.
    pub passed_gate: bool,
    /// Why it did or did not.
    pub gate_message: String,
    /// Digest of the artifact.
    pub digest: String,
    /// When it became the champion, by promotions and rollbacks, the latest first.
    pub promotions: Vec<ChampionChange>,
}

/// Makes a model the champion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromoteModel {
    /// Which model.
    pub model_id: ModelId,
    /// The champion that the caller believes it replaces; absent does not check.
    pub expected_champion_id: Option<ModelId>,
    /// Promote although the gate was not passed.
    pub override_gate: bool,
}

/// What starting a run made; kept with its request id.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct StartedAnswer {
    training_run_id: TrainingRunId,
}

/// A watcher of a training run.
pub struct TrainingRunWatch {
    service: Arc<Service>,
    tenant: TenantId,
    id: TrainingRunId,
    told: Option<TrainingRun>,
}

impl TrainingRunWatch {
    /// The run as it is after its next change; `None` once it has ended and was told.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn next(&mut self) -> Result<Option<TrainingRun>, ServiceError> {
        if self.told.as_ref().is_some_and(|told| has_ended(told.state)) {
            return Ok(None);
        }
        loop {
            let run = self.service.training_run(&self.tenant, &self.id).await?;
            if self.told.as_ref() != Some(&run) {
                self.told = Some(run.clone());
                return Ok(Some(run));
            }
            tokio::time::sleep(Duration::from_millis(TRAINING_POLL_MS)).await;
        }
    }
}

pub(super) fn has_ended(state: TrainingRunState) -> bool {
    match state {
        TrainingRunState::Queued | TrainingRunState::Running => false,
        TrainingRunState::Succeeded | TrainingRunState::Failed | TrainingRunState::Cancelled => true,
    }
}

/// Whether a replica still works on a run.
fn is_alive(run: &TrainingRun, now: Instant) -> bool {
    !has_ended(run.state) && run.lease_expires_at.is_some_and(|expires_at| expires_at > now)
}

/// A run as it is told: one that nobody works on any more has failed.
fn as_known(run: TrainingRun, now: Instant) -> TrainingRun {
    if has_ended(run.state) || is_alive(&run, now) {
        return run;
    }
    let message = "the replica that trained it stopped".to_owned();
    TrainingRun { state: TrainingRunState::Failed, message, ..run }
}

impl Service {
    /// Starts a training run in the background, once for each request id. It waits for one of the places of
    /// [`TRAINING_RUNS_AT_ONCE`](super::limits::TRAINING_RUNS_AT_ONCE), reads the history and learns from it; with too few labels it
    /// fails. A caller must await the answer to its end, or else the run may be stored and nobody carries it out.
    ///
    /// # Errors
    /// [`ServiceError::RunUnderWay`], or when the storage fails.
    pub async fn start_training_run(
        self: &Arc<Self>,
        tenant: &TenantId,
        request: StartTrainingRun,
    ) -> Result<TrainingRun, ServiceError> {
        let digest = request_digest("StartTrainingRun", &request)?;
        let StartTrainingRun { request_id, kind, seed } = request;
        if let Some(answer) = self.known_answer::<StartedAnswer>(tenant, &request_id, &digest).await? {
            return self.training_run(tenant, &answer.training_run_id).await;
        }
        let now = self.now();
        let run = TrainingRun {
            id: TrainingRunId::parse(&self.new_id())?,
            kind,
            state: TrainingRunState::Queued,
            progress: 0.0,
            message: WAITING.to_owned(),
            started_at: now,
            ended_at: None,
            model_id: None,
            example_count: 0,
            lease_expires_at: Some(now.plus_seconds(TRAINING_LEASE_SECONDS)),
        };
        let answer = StartedAnswer { training_run_id: run.id.clone() };
        let kept = keep_answer(&request_id, &digest, &answer, now)?;
        let mut attempts_left = COMMIT_ATTEMPTS_MAX;
        loop {
            attempts_left -= 1;
            self.make_way(tenant, kind).await?;
            match self.store.commit(tenant, vec![Change::StartTrainingRun(run.clone()), kept.clone()]).await {
                Ok(()) => break,
                // Another one was started in between, which the next look finds unless it has ended.
                Err(StoreError::StaleVersion { .. }) if attempts_left > 0 => {}
                Err(StoreError::StaleVersion { .. }) => {
                    return Err(ServiceError::Stale { resource: "training runs of kind", id: kind.to_string() });
                }
                Err(StoreError::RequestKnown(request_id)) => {
                    let answer = self.known_answer::<StartedAnswer>(tenant, &request_id, &digest).await?;
                    let lost = || ServiceError::Stale { resource: "request", id: request_id.to_string() };
                    return self.training_run(tenant, &answer.ok_or_else(lost)?.training_run_id).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        let seed = if seed == 0 { SEED_DEFAULT } else { seed };
        let (service, tenant, started) = (Arc::clone(self), tenant.clone(), run.clone());
        tokio::spawn(async move {
            let (reader, of_tenant) = (Arc::clone(&service), tenant.clone());
            let reading = async move { reader.training_job(&of_tenant, kind, seed).await };
            service.carry_out(&tenant, started, reading).await;
        });
        Ok(run)
    }

    /// Ends runs of a kind whose replica stopped, and refuses another beside one that goes on.
    async fn make_way(&self, tenant: &TenantId, kind: ModelKind) -> Result<(), ServiceError> {
        let now = self.now();
        let runs = self.store.training_runs(tenant, Some(kind), TRAINING_RUNS_LISTED_MAX).await?;
        for run in runs.into_iter().filter(|run| !has_ended(run.state)) {
            if is_alive(&run, now) {
                return Err(ServiceError::RunUnderWay { kind, id: run.id.to_string() });
            }
            let ended = TrainingRun { ended_at: Some(now), lease_expires_at: None, ..as_known(run, now) };
            match self.store.commit(tenant, vec![Change::PutTrainingRun(ended)]).await {
                // It ended in between.
                Ok(()) | Err(StoreError::StaleVersion { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Waits for a place, reads the history and trains on a blocking thread, keeps the lease meanwhile, and stores what came of it.
    async fn carry_out(
        &self,
        tenant: &TenantId,
        run: TrainingRun,
        reading: impl Future<Output = Result<TrainingJob, ServiceError>> + Send + 'static,
    ) {
        let control = RunControl::new();
        let waiting = Arc::clone(&self.training_places).acquire_owned();
        let Some(place) = self.while_followed(tenant, &run.id, &control, waiting).await else { return };
        let (of_work, runtime) = (control.clone(), Handle::current());
        let working = on_blocking_thread("training a model", move || {
            // The place is free when the work has stopped, be the run cancelled or not, so that no more work goes on than there are places.
            let _place = place;
            of_work.begin(0.0, READING)?;
            let job = runtime.block_on(reading)?;
            of_work.count_examples(job.example_count);
            (job.train)(&of_work)
        });
        let Some(trained) = self.while_followed(tenant, &run.id, &control, working).await else { return };
        let run = TrainingRun { example_count: control.reached().example_count, ..run };
        let ended = match trained.and_then(|trained| trained) {
            Ok(trained) => self.keep_model(tenant, run.clone(), trained).await,
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            tracing::warn!(run.id = %run.id, examples = run.example_count, error = %error, "a training run failed");
            self.note_failure(tenant, &run, &error).await;
        }
    }

    /// What comes of a part of a run, which keeps its lease meanwhile; `None` when the run was cancelled, of which its work is told.
    async fn while_followed<T>(
        &self,
        tenant: &TenantId,
        id: &TrainingRunId,
        control: &RunControl,
        part: impl Future<Output = T> + Send,
    ) -> Option<T> {
        let mut progress = control.follow();
        tokio::pin!(part);
        loop {
            tokio::select! {
                done = &mut part => return Some(done),
                _ = progress.changed() => {}
                () = tokio::time::sleep(Duration::from_millis(TRAINING_LOOK_MS)) => {}
            }
            let reached = *progress.borrow_and_update();
            match self.note_progress(tenant, id, reached).await {
                Ok(true) => {}
                Ok(false) => {
                    control.cancel();
                    return None;
                }
                Err(error) => {
                    tracing::warn!(run.id = %id, error = %error, "the progress of a training run was not stored");
                }
            }
        }
    }

    /// Stores how far a run has come and renews its lease when either is due; `false` when it was cancelled, here or by
    /// another replica.
    async fn note_progress(
        &self,
        tenant: &TenantId,
        id: &TrainingRunId,
        reached: Progress,
    ) -> Result<bool, ServiceError> {
        // As it is stored: a lease that ran out while the storage was away is renewed, unless another replica has ended the run.
        let stored = self.store.training_run(tenant, id).await?;
        let Some(mut run) = stored.filter(|run| !has_ended(run.state)) else { return Ok(false) };
        let now = self.now();
        let Progress { share, stage, example_count } = reached;
        let is_told = stage.is_empty() || (run.message == stage && run.example_count == example_count);
        let renewed_soon = now.plus_seconds(TRAINING_LEASE_SECONDS - TRAINING_LEASE_SECONDS / RENEWALS_PER_LEASE);
        if is_told && run.lease_expires_at.is_some_and(|expires_at| expires_at > renewed_soon) {
            return Ok(true);
        }
        if !is_told {
            run.state = TrainingRunState::Running;
            run.progress = share;
            run.message = stage.to_owned();
            run.example_count = example_count;
        }
        run.lease_expires_at = Some(now.plus_seconds(TRAINING_LEASE_SECONDS));
        match self.store.commit(tenant, vec![Change::PutTrainingRun(run)]).await {
            Ok(()) => Ok(true),
            Err(StoreError::StaleVersion { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn note_failure(&self, tenant: &TenantId, run: &TrainingRun, error: &ServiceError) {
        let Ok(mut failed) = self.training_run(tenant, &run.id).await else { return };
        if has_ended(failed.state) {
            return;
        }
        failed.state = TrainingRunState::Failed;
        failed.message = error.to_string();
        failed.ended_at = Some(self.now());
        failed.lease_expires_at = None;
        failed.example_count = run.example_count;
        if let Err(error) = self.store.commit(tenant, vec![Change::PutTrainingRun(failed)]).await {
            tracing::error!(run.id = %run.id, error = %error, "the failure of a training run was not stored");
        }
    }

    /// The training run with this id.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn training_run(&self, tenant: &TenantId, id: &TrainingRunId) -> Result<TrainingRun, ServiceError> {
        let run = self.store.training_run(tenant, id).await?;
        let run = run.ok_or_else(|| ServiceError::NotFound { resource: "training run", id: id.to_string() })?;
        Ok(as_known(run, self.now()))
    }

    /// A page of training runs, the newest first; runs beyond the newest [`TRAINING_RUNS_LISTED_MAX`] are not listed.
    ///
    /// # Errors
    /// When the token is none of ours or the storage fails.
    pub async fn list_training_runs(
        &self,
        tenant: &TenantId,
        kind: Option<ModelKind>,
        page: &PageRequest,
    ) -> Result<Page<TrainingRun>, ServiceError> {
        let start = page.start(&kind, self.now())?;
        let runs = self.store.training_runs(tenant, kind, TRAINING_RUNS_LISTED_MAX).await?;
        let skipped_count = match &start.cursor {
            Some(cursor) => runs.iter().position(|run| run.id.as_str() == cursor.id).map_or(runs.len(), |at| at + 1),
            None => 0,
        };
        let runs = runs.into_iter().map(|run| as_known(run, start.snapshot));
        let mut items: Vec<TrainingRun> = runs.skip(skipped_count).take(page.size() + 1).collect();
        let has_more = items.len() > page.size();
        items.truncate(page.size());
        let next_token = match items.last().filter(|_| has_more) {
            Some(last) => start.next_token(PageCursor { key: 0.0, id: last.id.to_string() }),
            None => String::new(),
        };
        Ok(Page { items, next_token })
    }

    /// Watches a run until it ends.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn watch_training_run(
        self: &Arc<Self>,
        tenant: &TenantId,
        id: &TrainingRunId,
    ) -> Result<TrainingRunWatch, ServiceError> {
        self.training_run(tenant, id).await?;
        Ok(TrainingRunWatch { service: Arc::clone(self), tenant: tenant.clone(), id: id.clone(), told: None })
    }

    /// Asks a run to stop; one that has ended stays as it is. The work ends before its next stage and has its place until then.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn cancel_training_run(
        &self,
        tenant: &TenantId,
        id: &TrainingRunId,
    ) -> Result<TrainingRun, ServiceError> {
        let mut run = self.training_run(tenant, id).await?;
        if has_ended(run.state) {
            return Ok(run);
        }
        run.state = TrainingRunState::Cancelled;
        run.message = "cancelled".to_owned();
        run.ended_at = Some(self.now());
        run.lease_expires_at = None;
        match self.store.commit(tenant, vec![Change::PutTrainingRun(run.clone())]).await {
            Ok(()) => Ok(run),
            // It ended in between.
            Err(StoreError::StaleVersion { .. }) => self.training_run(tenant, id).await,
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests;
