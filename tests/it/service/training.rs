//! Training runs make models, which serve once they are promoted and stop when they are rolled back.

use recourse::domain::dispute::{PriorityLabel, Severity};
use recourse::domain::ids::{CustomerId, DisputeId, InvoiceId, ModelId, ModelKind, RequestId};
use recourse::domain::taxonomy::ItemCode;
use recourse::domain::time_zone::TimeZone;
use recourse::ledger::event::AccountFact;
use recourse::ledger::simulate::{SimulationSpec, simulate};
use recourse::service::dispute::{OpenDispute, UpdateDispute};
use recourse::service::training::{PromoteModel, StartTrainingRun};
use recourse::service::{ErrorKind, ServiceError, TrainingRun, TrainingRunState};
use recourse::store::AccountRecord;

use super::bench::{Bench, day, invoice, no_change};
use super::models::with_shipped_disputes;

/// Records handed to the storage at once.
const BATCH_COUNT: usize = 1_000;

fn start(request_id: &str) -> StartTrainingRun {
    let request_id = RequestId::parse(request_id).unwrap();
    StartTrainingRun { request_id, kind: ModelKind::DisputePriority, seed: 0 }
}

fn promotion(model_id: &ModelId, expected: Option<u16>) -> PromoteModel {
    PromoteModel {
        model_id: model_id.clone(),
        expected_champion_id: expected.map(|number| ModelId::new(ModelKind::DisputePriority, number)),
        override_gate: true,
    }
}

/// A service with the history of a small simulated company.
async fn with_history() -> Bench {
    let bench = Bench::serving(with_shipped_disputes()).await;
    let spec = SimulationSpec::try_new(40, 12, 7, day("2026-01-31")).unwrap();
    let company = simulate(&spec, &mut |_| {});
    for records in company.records.chunks(BATCH_COUNT) {
        bench.store.ingest(&bench.tenant, records.to_vec(), &TimeZone::utc()).await.unwrap();
    }
    bench
}

async fn carried_out(bench: &Bench, request_id: &str) -> TrainingRun {
    bench.train(start(request_id)).await
}

#[tokio::test]
async fn too_few_labels_fail_a_run_with_their_count() {
    let bench = Bench::with_ledger().await;
    for kind in ModelKind::ALL {
        let request = StartTrainingRun { kind, ..start(&format!("T-{kind}")) };
        let run = bench.service.start_training_run(&bench.tenant, request).await.unwrap();
        assert_eq!(run.state, TrainingRunState::Queued);
        let run = bench.ended(run).await;
        assert_eq!(run.state, TrainingRunState::Failed);
        assert!(run.message.contains(&format!("for `{kind}`, but")), "{}", run.message);
        assert!(run.message.contains("0 "), "{}", run.message);
    }
}

/// Goal: of several starts at once one is stored, and the others name it and not themselves.
#[tokio::test]
async fn runs_that_are_started_at_once_name_the_one_that_is_under_way() {
    let bench = Bench::with_ledger().await;
    let begin = |request_id| bench.service.start_training_run(&bench.tenant, start(request_id));
    let (a, b, c) = tokio::join!(begin("T-1"), begin("T-2"), begin("T-3"));
    let (started, refused): (Vec<_>, Vec<_>) = [a, b, c].into_iter().partition(Result::is_ok);
    let run = started.into_iter().next().unwrap().unwrap();
    assert_eq!(refused.len(), 2);
    for error in refused.into_iter().map(Result::unwrap_err) {
        assert_eq!((error.kind(), error.reason()), (ErrorKind::Conflict, "RUN_UNDER_WAY"));
        let ServiceError::RunUnderWay { id, .. } = &error else { panic!("{error:?}") };
        assert_eq!(*id, run.id.to_string());
    }
}

#[tokio::test]
async fn a_trained_model_serves_once_it_is_promoted_and_scores_of_both_are_replayed() {
    let bench = with_history().await;
    let run = carried_out(&bench, "T-1").await;
    assert_eq!(run.state, TrainingRunState::Succeeded, "{}", run.message);
    let again = bench.service.start_training_run(&bench.tenant, start("T-1")).await.unwrap();
    assert_eq!(again.id, run.id, "the same request starts nothing new");
    let model_id = run.model_id.unwrap();
    assert_eq!(model_id.number(), 2);

    let before = scored_by(&bench, "D-1").await;
    assert_eq!(before.1.number(), 1);
    let stale = bench.service.promote_model(&bench.tenant, promotion(&model_id, Some(9))).await.unwrap_err();
    assert!(matches!(stale, ServiceError::Stale { resource: "champion", .. }), "{stale:?}");
    let promoted = bench.service.promote_model(&bench.tenant, promotion(&model_id, Some(1))).await.unwrap();
    assert!(promoted.is_champion && !promoted.metrics.is_empty());
    let after = scored_by(&bench, "D-2").await;
    assert_eq!(after.1, model_id);
    for score_id in [before.0, after.0] {
        assert!(bench.service.replay_score(&bench.tenant, &score_id).await.unwrap().is_identical);
    }

    let roll_back = || bench.service.rollback_model(&bench.tenant, ModelKind::DisputePriority, Some(&model_id));
    let back = roll_back().await.unwrap();
    assert_eq!((back.id.number(), back.is_champion), (1, true));
    let repeated = roll_back().await.unwrap_err();
    assert!(matches!(repeated, ServiceError::Stale { resource: "champion", .. }), "{repeated:?}");
    let further = bench.service.rollback_model(&bench.tenant, ModelKind::DisputePriority, None).await.unwrap_err();
    let ServiceError::Precondition { reason, .. } = further else { panic!("{further:?}") };
    assert_eq!(reason, "NO_PREVIOUS_CHAMPION", "what was rolled back does not come back by itself");
    assert_eq!(scored_by(&bench, "D-3").await.1.number(), 1);
}

/// An invoice of an account, another one for each request.
fn invoice_of(account: &AccountRecord, request_id: &str) -> InvoiceId {
    let index: usize = request_id.trim_start_matches("D-").parse().unwrap();
    let mut invoices = account.events.iter().filter_map(|event| match &event.fact {
        AccountFact::InvoiceIssued { invoice_id, .. } => Some(invoice_id.clone()),
        _ => None,
    });
    invoices.nth(index).unwrap()
}

/// Opens a dispute and returns its score with the model behind it.
async fn scored_by(bench: &Bench, request_id: &str) -> (recourse::domain::ids::ScoreId, ModelId) {
    let accounts = bench.store.scan_accounts(&bench.tenant, None, 1).await.unwrap();
    let request = OpenDispute {
        request_id: RequestId::parse(request_id).unwrap(),
        customer_id: CustomerId::parse(accounts[0].customer.id.as_str()).unwrap(),
        invoice_ids: vec![invoice_of(&accounts[0], request_id)],
        contested_item: ItemCode::parse("PRICING").unwrap(),
        severity: Severity::Major,
        contested_amount: None,
        opened_on: None,
        queue: None,
    };
    let opened = bench.service.open_dispute(&bench.tenant, request).await.unwrap();
    let score = opened.dispute.priority.unwrap().score;
    (score.id, score.model_ids[0].clone())
}

#[tokio::test]
async fn a_second_run_of_a_kind_waits_for_the_first_and_a_cancelled_one_leaves_no_model() {
    let bench = with_history().await;
    let run = bench.service.start_training_run(&bench.tenant, start("T-1")).await.unwrap();
    let refused = bench.service.start_training_run(&bench.tenant, start("T-2")).await.unwrap_err();
    assert!(matches!(&refused, ServiceError::RunUnderWay { id, .. } if *id == run.id.to_string()), "{refused:?}");
    let cancelled = bench.service.cancel_training_run(&bench.tenant, &run.id).await.unwrap();
    assert_eq!(cancelled.state, TrainingRunState::Cancelled);
    carried_out(&bench, "T-3").await;
    let models = bench.service.list_models(&bench.tenant, Some(ModelKind::DisputePriority)).await.unwrap();
    assert_eq!(models.len(), 2, "the shipped one and that of the last run");
}

/// Disputes of `C-1` that are open, each about an invoice of its own.
async fn with_open_disputes(count: usize) -> (Bench, Vec<DisputeId>) {
    let bench = Bench::serving(with_shipped_disputes()).await;
    let invoices = (0..count).map(|index| invoice("C-1", &format!("I-{index:02}"), "2026-01-05", "2026-02-04", 1_000));
    bench.ingest(invoices.collect()).await;
    let mut ids = Vec::new();
    for index in 0..count {
        let request = OpenDispute {
            request_id: RequestId::parse(&format!("O-{index}")).unwrap(),
            customer_id: CustomerId::parse("C-1").unwrap(),
            invoice_ids: vec![InvoiceId::parse(&format!("I-{index:02}")).unwrap()],
            contested_item: ItemCode::parse("PRICING").unwrap(),
            severity: if index % 2 == 0 { Severity::Minor } else { Severity::Critical },
            contested_amount: None,
            opened_on: Some(day("2026-03-01").plus_days(i32::try_from(index / 4).unwrap())),
            queue: None,
        };
        let opened = bench.service.open_dispute(&bench.tenant, request).await.unwrap();
        ids.push(opened.dispute.dispute.id);
    }
    (bench, ids)
}

#[tokio::test]
async fn labels_and_choices_of_open_disputes_are_learned_from() {
    let (bench, ids) = with_open_disputes(24).await;
    for (index, id) in ids.iter().enumerate().take(12) {
        let label = if index % 2 == 0 { PriorityLabel::P4 } else { PriorityLabel::P1 };
        let change = UpdateDispute { priority_label: Some(label), ..no_change(id) };
        bench.service.update_dispute(&bench.tenant, change).await.unwrap();
    }
    for pair in ids[12..].chunks(2) {
        let change = UpdateDispute { before_dispute_id: Some(pair[0].clone()), ..no_change(&pair[1]) };
        bench.service.update_dispute(&bench.tenant, change).await.unwrap();
    }
    let too_few = carried_out(&bench, "T-1").await;
    assert_eq!(too_few.state, TrainingRunState::Failed);
    assert!(too_few.message.contains("18 labels"), "{}", too_few.message);
    for id in &ids[12..14] {
        let change = UpdateDispute { priority_label: Some(PriorityLabel::P2), ..no_change(id) };
        bench.service.update_dispute(&bench.tenant, change).await.unwrap();
    }
    let run = carried_out(&bench, "T-2").await;
    assert_eq!((run.state, run.example_count), (TrainingRunState::Succeeded, 20), "{}", run.message);
    // Which side was right is known only of what is decided.
    let request = StartTrainingRun { kind: ModelKind::Validity, ..start("T-3") };
    let refused = bench.train(request).await;
    assert_eq!(refused.state, TrainingRunState::Failed);
    assert!(refused.message.contains("0 labels"), "{}", refused.message);
}
