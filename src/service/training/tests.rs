//! Runs as those who follow them see them: their stages, and how they stop.

use std::sync::mpsc;

use super::trainers::Trained;
use super::*;
use crate::domain::strategy::Strategy;
use crate::domain::time::{FixedClock, SharedClock};
use crate::service::models::archive::ModelArchive;
use crate::service::models::shipped;
use crate::service::{ServiceParts, TrainingRun, TrainingRunState};
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

/// A run as it is stored when it is started.
async fn stored_run(service: &Service, tenant: &TenantId, kind: ModelKind) -> TrainingRun {
    let run = TrainingRun {
        id: TrainingRunId::parse(&service.new_id()).unwrap(),
        kind,
        state: TrainingRunState::Queued,
        progress: 0.0,
        message: WAITING.to_owned(),
        started_at: service.now(),
        ended_at: None,
        model_id: None,
        example_count: 0,
        lease_expires_at: Some(service.now().plus_seconds(TRAINING_LEASE_SECONDS)),
    };
    service.store.commit(tenant, vec![Change::PutTrainingRun(run.clone())]).await.unwrap();
    run
}

/// What the work of a staged run does when its run is cancelled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    /// It begins stage after stage, and so stops.
    InStages,
    /// It is in the middle of a long stage, and notices nothing.
    InOneStage,
}

/// A run whose work goes on until it is let on, and says when it was stopped.
struct StagedRun {
    service: Arc<Service>,
    tenant: TenantId,
    id: TrainingRunId,
    let_on: mpsc::Sender<()>,
    stopped: tokio::sync::oneshot::Receiver<&'static str>,
}

impl StagedRun {
    async fn start() -> Self {
        StagedRun::start_of(service().await, ModelKind::Item, Work::InStages).await
    }

    /// A run of a kind, of which a service has one at a time.
    async fn start_of(service: Arc<Service>, kind: ModelKind, work: Work) -> Self {
        let tenant = TenantId::default_tenant();
        let run = stored_run(&service, &tenant, kind).await;
        let (let_on, waiting) = mpsc::channel();
        let (end, stopped) = tokio::sync::oneshot::channel();
        let job = TrainingJob {
            example_count: 300,
            train: Box::new(move |control| {
                control.begin(0.25, "learning from the earlier messages")?;
                while waiting.recv_timeout(Duration::from_millis(5)).is_err() {
                    if let (Work::InStages, Err(stopped)) =
                        (work, control.begin(0.25, "learning from the earlier messages"))
                    {
                        end.send(stopped.reason()).unwrap();
                        return Err(stopped);
                    }
                }
                Err(ServiceError::Precondition { reason: "NO_MODEL", message: "this run makes no model".to_owned() })
            }),
        };
        let (carrying, of_run, id) = (Arc::clone(&service), tenant.clone(), run.id.clone());
        tokio::spawn(async move { carrying.carry_out(&of_run, run, async { Ok(job) }).await });
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
    assert_eq!((run.state, run.progress, run.example_count), (TrainingRunState::Running, 0.25, 300));
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

/// Goal: the places bound the work that goes on, not the runs that are told to go on: who cancels a run and starts another does not get
/// a third place.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_waits_queued_until_the_work_of_another_has_stopped() {
    let service = service().await;
    let start = |kind, work| StagedRun::start_of(Arc::clone(&service), kind, work);
    let first = start(ModelKind::Item, Work::InOneStage).await;
    let second = start(ModelKind::Intent, Work::InOneStage).await;
    for staged in [&first, &second] {
        staged.reaches(|run| run.state == TrainingRunState::Running).await;
    }
    let third = start(ModelKind::Severity, Work::InStages).await;
    service.cancel_training_run(&first.tenant, &first.id).await.unwrap();
    assert_eq!(service.training_places.available_permits(), 0, "the work behind the cancelled run goes on");
    let run = service.training_run(&third.tenant, &third.id).await.unwrap();
    assert_eq!((run.state, run.message.as_str()), (TrainingRunState::Queued, WAITING));
    first.let_on.send(()).unwrap();
    third.reaches(|run| run.state == TrainingRunState::Running).await;
    second.let_on.send(()).unwrap();
    third.let_on.send(()).unwrap();
    for staged in [&second, &third] {
        staged.reaches(|run| has_ended(run.state)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_cancelled_while_it_waits_begins_nothing() {
    let service = service().await;
    let taken = Arc::clone(&service.training_places).acquire_many_owned(2).await.unwrap();
    let staged = StagedRun::start_of(Arc::clone(&service), ModelKind::Item, Work::InStages).await;
    service.cancel_training_run(&staged.tenant, &staged.id).await.unwrap();
    // The work is dropped without having begun, and what it would tell with it.
    assert!(tokio::time::timeout(PATIENCE, staged.stopped).await.unwrap().is_err());
    drop(taken);
}

/// Goal: a run that is cancelled at the last moment leaves nothing in the archive, and its number to the next.
#[tokio::test]
async fn a_model_whose_run_was_cancelled_meanwhile_leaves_no_files() {
    let (service, tenant) = (service().await, TenantId::default_tenant());
    let trained = || Trained {
        files: [("card.md", "a card"), ("model.json", "{}")].map(|(name, text)| (name.to_owned(), text.into())).into(),
        digest: "d".to_owned(),
        metrics: Vec::new(),
        passed_gate: false,
        gate_message: "it is none".to_owned(),
    };
    // Which of the two comes first is chance; a run that ended before it was cancelled keeps its model, and the next one is tried.
    let mut number = 1;
    loop {
        number += 1;
        assert!(number < 50, "no run was cancelled at the last moment");
        let run = stored_run(&service, &tenant, ModelKind::Item).await;
        let (kept, cancelled) = tokio::join!(
            service.keep_model(&tenant, run.clone(), trained()),
            service.cancel_training_run(&tenant, &run.id)
        );
        kept.unwrap();
        if cancelled.unwrap().state == TrainingRunState::Cancelled {
            break;
        }
    }
    let id = ModelId::new(ModelKind::Item, number);
    assert!(service.archive.read(&tenant, &id).await.is_err(), "files are left");
    let next = stored_run(&service, &tenant, ModelKind::Item).await;
    service.keep_model(&tenant, next, trained()).await.unwrap();
    assert_eq!(service.model(&tenant, &id).await.unwrap().gate_message, "it is none");
}

/// Goal: a storage that was away for longer than a lease ends no run whose replica is alive.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_lease_ran_out_while_it_worked_goes_on() {
    let staged = StagedRun::start().await;
    let running = staged.reaches(|run| run.progress > 0.0).await;
    let lapsed = TrainingRun { lease_expires_at: Some(staged.service.now()), ..running };
    staged.service.store.commit(&staged.tenant, vec![Change::PutTrainingRun(lapsed)]).await.unwrap();
    let renewed = staged.reaches(|run| run.lease_expires_at > Some(staged.service.now())).await;
    assert_eq!(renewed.state, TrainingRunState::Running);
    staged.let_on.send(()).unwrap();
    let run = staged.reaches(|run| run.ended_at.is_some()).await;
    assert_eq!(run.message, "this run makes no model");
}
