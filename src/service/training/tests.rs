//! Runs as those who follow them see them: their stages, and how they stop.

use std::sync::mpsc;

use super::super::{ServiceParts, TrainingRun, TrainingRunState, archive::ModelArchive, shipped};
use super::*;
use crate::domain::strategy::Strategy;
use crate::domain::time::{FixedClock, SharedClock};
use crate::store;

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(20);

async fn service() -> Arc<Service> {
    let clock: SharedClock = Arc::new(FixedClock(Instant::from_unix_us(1_773_561_600_000_000)));
    let store = store::open(&"sqlite::memory:".to_owned().into(), 1, Arc::clone(&clock)).await.unwrap();
    Arc::new(Service::new(ServiceParts {
        store,
        clock,
        seed: [1; 32],
        strategy: Strategy::shipped(),
        models: shipped::active_models().unwrap(),
        archive: ModelArchive::in_memory(),
    }))
}

/// A run whose work goes through the same stage until it is let on, and says when it was stopped.
struct StagedRun {
    service: Arc<Service>,
    tenant: TenantId,
    id: TrainingRunId,
    let_on: mpsc::Sender<()>,
    stopped: tokio::sync::oneshot::Receiver<&'static str>,
}

impl StagedRun {
    async fn start() -> Self {
        let (service, tenant) = (service().await, TenantId::default_tenant());
        let run = TrainingRun {
            id: TrainingRunId::parse("T-1").unwrap(),
            kind: ModelKind::Item,
            state: TrainingRunState::Running,
            progress: 0.0,
            message: "training on 300 examples".to_owned(),
            started_at: service.now(),
            ended_at: None,
            model_id: None,
            example_count: 300,
            lease_expires_at: Some(service.now().plus_seconds(TRAINING_LEASE_SECONDS)),
        };
        service.store.commit(&tenant, vec![Change::PutTrainingRun(run.clone())]).await.unwrap();
        let (let_on, waiting) = mpsc::channel();
        let (end, stopped) = tokio::sync::oneshot::channel();
        let job = TrainingJob {
            example_count: 300,
            train: Box::new(move |control| {
                while waiting.recv_timeout(Duration::from_millis(5)).is_err() {
                    if let Err(stopped) = control.begin(0.25, "learning from the earlier messages") {
                        end.send(stopped.reason()).unwrap();
                        return Err(stopped);
                    }
                }
                Err(ServiceError::Precondition { reason: "NO_MODEL", message: "this run makes no model".to_owned() })
            }),
        };
        let (carrying, of_run, id) = (Arc::clone(&service), tenant.clone(), run.id.clone());
        tokio::spawn(async move { carrying.carry_out(&of_run, run, job).await });
        StagedRun { service, tenant, id, let_on, stopped }
    }

    async fn reaches(&self, is_there: impl Fn(&TrainingRun) -> bool) -> TrainingRun {
        let looking = async {
            loop {
                let run = self.service.training_run(&self.tenant, &self.id).await.unwrap();
                if is_there(&run) {
                    return run;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, looking).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_shows_its_stage_and_the_share_done_while_it_works() {
    let staged = StagedRun::start().await;
    let run = staged.reaches(|run| run.progress > 0.0).await;
    assert_eq!((run.state, run.progress), (TrainingRunState::Running, 0.25));
    assert_eq!(run.message, "learning from the earlier messages");
    staged.let_on.send(()).unwrap();
    let run = staged.reaches(|run| has_ended(run.state)).await;
    assert_eq!((run.state, run.message.as_str()), (TrainingRunState::Failed, "this run makes no model"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_work_of_a_cancelled_run_stops_before_its_next_stage() {
    let staged = StagedRun::start().await;
    staged.reaches(|run| run.progress > 0.0).await;
    let cancelled = staged.service.cancel_training_run(&staged.tenant, &staged.id).await.unwrap();
    assert_eq!(cancelled.state, TrainingRunState::Cancelled);
    let stopped = tokio::time::timeout(PATIENCE, staged.stopped).await.unwrap().unwrap();
    assert_eq!(stopped, "RUN_CANCELLED");
    let run = staged.service.training_run(&staged.tenant, &staged.id).await.unwrap();
    assert_eq!((run.state, run.message.as_str()), (TrainingRunState::Cancelled, "cancelled"));
}
