//! Training runs: start them in the background, follow them and stop them.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::idempotency::{keep_answer, request_digest};
use super::limits::{TRAINING_LEASE_SECONDS, TRAINING_LOOK_MS, TRAINING_POLL_MS, TRAINING_RUNS_LISTED_MAX};
use super::page::{Page, PageRequest};
use super::trainers::TrainingJob;
use super::training_control::{Progress, RunControl};
use super::{Service, ServiceError, on_blocking_thread};
use crate::domain::ids::{ModelId, ModelKind, RequestId, TenantId, TrainingRunId};
use crate::domain::time::Instant;
use crate::store::{Change, PageCursor, StoreError, TrainingRun, TrainingRunState};

/// Seed of a run that names none.
const SEED_DEFAULT: u64 = 42;
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
    /// Starts a training run in the background, once for each request id.
    ///
    /// # Errors
    /// When one of the same kind runs, there are too few labels, or the storage fails.
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
        self.make_way(tenant, kind).await?;
        let seed = if seed == 0 { SEED_DEFAULT } else { seed };
        let job = self.training_job(tenant, kind, seed).await?;
        let now = self.now();
        let run = TrainingRun {
            id: TrainingRunId::parse(&self.new_id())?,
            kind,
            state: TrainingRunState::Running,
            progress: 0.0,
            message: format!("training on {} examples", job.example_count),
            started_at: now,
            ended_at: None,
            model_id: None,
            example_count: job.example_count,
            lease_expires_at: Some(now.plus_seconds(TRAINING_LEASE_SECONDS)),
        };
        let answer = StartedAnswer { training_run_id: run.id.clone() };
        let kept = keep_answer(&request_id, &digest, &answer, now)?;
        match self.store.commit(tenant, vec![Change::StartTrainingRun(run.clone()), kept]).await {
            Ok(()) => {}
            Err(StoreError::StaleVersion { id, .. }) => {
                return Err(ServiceError::Stale { resource: "training run", id });
            }
            Err(StoreError::RequestKnown(request_id)) => {
                let answer = self.known_answer::<StartedAnswer>(tenant, &request_id, &digest).await?;
                let lost = || ServiceError::Stale { resource: "request", id: request_id.to_string() };
                return self.training_run(tenant, &answer.ok_or_else(lost)?.training_run_id).await;
            }
            Err(error) => return Err(error.into()),
        }
        let (service, tenant, started) = (Arc::clone(self), tenant.clone(), run.clone());
        tokio::spawn(async move { service.carry_out(&tenant, started, job).await });
        Ok(run)
    }

    /// Ends runs of a kind whose replica stopped, and refuses another beside one that goes on.
    async fn make_way(&self, tenant: &TenantId, kind: ModelKind) -> Result<(), ServiceError> {
        let now = self.now();
        let runs = self.store.training_runs(tenant, Some(kind), TRAINING_RUNS_LISTED_MAX).await?;
        for run in runs.into_iter().filter(|run| !has_ended(run.state)) {
            if is_alive(&run, now) {
                return Err(ServiceError::Stale { resource: "training run", id: run.id.to_string() });
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

    /// Trains on a blocking thread, keeps the lease meanwhile, and stores what came of it.
    async fn carry_out(&self, tenant: &TenantId, run: TrainingRun, job: TrainingJob) {
        let run_id = run.id.clone();
        let example_count = run.example_count;
        let control = RunControl::new();
        let mut progress = control.follow();
        let of_work = control.clone();
        let training = on_blocking_thread("training a model", move || (job.train)(&of_work));
        tokio::pin!(training);
        let trained = loop {
            tokio::select! {
                trained = &mut training => break trained.and_then(|trained| trained),
                _ = progress.changed() => {}
                () = tokio::time::sleep(Duration::from_millis(TRAINING_LOOK_MS)) => {}
            }
            let reached = *progress.borrow_and_update();
            match self.note_progress(tenant, &run_id, reached).await {
                Ok(true) => {}
                Ok(false) => return control.cancel(),
                Err(error) => {
                    tracing::warn!(run.id = %run_id, error = %error, "the progress of a training run was not stored");
                }
            }
        };
        let ended = match trained {
            Ok(trained) => self.keep_model(tenant, run, trained).await,
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            tracing::warn!(run.id = %run_id, examples = example_count, error = %error, "a training run failed");
            self.note_failure(tenant, &run_id, &error).await;
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
        let mut run = self.training_run(tenant, id).await?;
        if has_ended(run.state) {
            return Ok(false);
        }
        let now = self.now();
        let is_told = reached.stage.is_empty() || run.message == reached.stage;
        let renewed_soon = now.plus_seconds(TRAINING_LEASE_SECONDS - TRAINING_LEASE_SECONDS / RENEWALS_PER_LEASE);
        if is_told && run.lease_expires_at.is_some_and(|expires_at| expires_at > renewed_soon) {
            return Ok(true);
        }
        if !is_told {
            run.progress = reached.share;
            run.message = reached.stage.to_owned();
        }
        run.lease_expires_at = Some(now.plus_seconds(TRAINING_LEASE_SECONDS));
        match self.store.commit(tenant, vec![Change::PutTrainingRun(run)]).await {
            Ok(()) => Ok(true),
            Err(StoreError::StaleVersion { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn note_failure(&self, tenant: &TenantId, id: &TrainingRunId, error: &ServiceError) {
        let Ok(mut run) = self.training_run(tenant, id).await else { return };
        if has_ended(run.state) {
            return;
        }
        run.state = TrainingRunState::Failed;
        run.message = error.to_string();
        run.ended_at = Some(self.now());
        run.lease_expires_at = None;
        if let Err(error) = self.store.commit(tenant, vec![Change::PutTrainingRun(run)]).await {
            tracing::error!(run.id = %id, error = %error, "the failure of a training run was not stored");
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

    /// Asks a run to stop; one that has ended stays as it is. The work ends before its next stage.
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
