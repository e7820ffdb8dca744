//! Disputes that another system sends again: a later state is taken over, an earlier one changes nothing, and a record
//! that contradicts what is known is refused.

use recourse::domain::dispute::{DisputeStatus, PriorityLabel, Resolution, Severity};
use recourse::domain::dispute_details::PastDetails;
use recourse::domain::dispute_past::{PastDecision, PastDecisions, RaisedAgain};
use recourse::domain::ids::DisputeId;
use recourse::domain::taxonomy::ItemCode;
use recourse::domain::time_zone::TimeZone;
use recourse::ledger::record::{
    DisputeField, DisputePart, DisputeRecord, LedgerRecord, RecordOutcome, RecordRejection,
};
use recourse::store::{Change, StoreError};

use super::fixture::Fixture;
use super::sample::*;

scenarios!(
    a_later_decision_is_taken_over_in_any_order,
    a_contradicting_record_is_refused_and_says_why,
    a_label_is_taken_where_there_was_none,
    what_a_record_does_not_tell_keeps_what_is_known,
    a_corrected_dispute_keeps_its_corrections,
    a_decision_closes_the_dispute_in_the_account,
    items_of_decided_disputes_are_found,
);

fn record(decided: Option<(Resolution, &str)>) -> DisputeRecord {
    DisputeRecord {
        id: DisputeId::parse("D1").unwrap(),
        customer_id: customer_id("C1"),
        invoice_ids: vec![invoice_id("A")],
        contested_item: ItemCode::parse("DAMAGED").unwrap(),
        severity: Severity::Minor,
        contested_amount: Some(euros(50)),
        opened_on: day("2026-02-01"),
        decided: decided.map(|(resolution, on)| (resolution, day(on))),
        credited_amount: None,
        raised_again: RaisedAgain::default(),
        past_decisions: PastDecisions::default(),
        past_details: PastDetails::default(),
        priority_label: None,
        message: Some("broken boxes".to_owned()),
    }
}

async fn ingest(fixture: &Fixture, records: &[&DisputeRecord]) -> Vec<RecordOutcome> {
    let records = records.iter().map(|record| LedgerRecord::Dispute((*record).clone())).collect();
    fixture.store.ingest(&fixture.tenant, records, &TimeZone::utc()).await.unwrap()
}

async fn with_invoice(fixture: &Fixture) {
    let records = vec![
        LedgerRecord::Customer(customer("C1")),
        LedgerRecord::Invoice(invoice("A", "C1", 1_000)),
        LedgerRecord::Invoice(invoice("B", "C1", 1_000)),
        LedgerRecord::Customer(customer("C2")),
        LedgerRecord::Invoice(invoice("Z", "C2", 1_000)),
    ];
    fixture.store.ingest(&fixture.tenant, records, &TimeZone::utc()).await.unwrap();
}

async fn a_later_decision_is_taken_over_in_any_order(fixture: &Fixture) {
    use RecordOutcome::{Inserted, Unchanged, Updated};
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    with_invoice(fixture).await;
    let open = record(None);
    let graded = DisputeRecord { severity: Severity::Major, priority_label: Some(PriorityLabel::P2), ..open.clone() };
    let decided = record(Some((Resolution::InvalidRebill, "2026-02-10")));
    let corrected = record(Some((Resolution::ValidCredit, "2026-02-20")));
    assert_eq!(ingest(fixture, &[&open, &graded, &graded]).await, [Inserted, Updated, Unchanged]);
    assert_eq!(store.dispute(tenant, &open.id).await.unwrap().unwrap().severity, Severity::Major);
    assert_eq!(ingest(fixture, &[&decided]).await, [Updated]);
    let dispute = store.dispute(tenant, &open.id).await.unwrap().unwrap();
    assert_eq!((dispute.status, dispute.resolved_on), (DisputeStatus::Resolved, Some(day("2026-02-10"))));
    assert_eq!((dispute.priority_label, dispute.version), (Some(PriorityLabel::P2), 3));
    assert_eq!(ingest(fixture, &[&open, &graded, &decided]).await, [Unchanged, Unchanged, Unchanged]);
    assert_eq!(ingest(fixture, &[&corrected, &decided, &open]).await, [Updated, Unchanged, Unchanged]);
    let dispute = store.dispute(tenant, &open.id).await.unwrap().unwrap();
    assert_eq!((dispute.resolution, dispute.resolved_on), (Some(Resolution::ValidCredit), Some(day("2026-02-20"))));
    let history = as_records(store.dispute_history(tenant, None, 10).await.unwrap());
    let replaced = PastDecision {
        resolution: Resolution::InvalidRebill,
        credited_amount: None,
        decided_on: day("2026-02-10"),
        ended_on: day("2026-02-20"),
    };
    let past_decisions = vec![replaced].try_into().unwrap();
    assert_eq!(history, [DisputeRecord { past_decisions, priority_label: Some(PriorityLabel::P2), ..corrected }]);
}

/// Labels mostly come in a file of their own, long after the disputes were decided, and without saying how.
async fn a_label_is_taken_where_there_was_none(fixture: &Fixture) {
    use RecordOutcome::{Unchanged, Updated};
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    with_invoice(fixture).await;
    let decided = record(Some((Resolution::InvalidRebill, "2026-02-10")));
    let labelled = DisputeRecord { priority_label: Some(PriorityLabel::P1), ..record(None) };
    let otherwise = DisputeRecord { priority_label: Some(PriorityLabel::P3), ..record(None) };
    ingest(fixture, &[&decided]).await;
    assert_eq!(ingest(fixture, &[&labelled, &labelled, &otherwise]).await, [Updated, Unchanged, Unchanged]);
    assert_eq!(ingest(fixture, &[&decided]).await, [Unchanged]);
    let stored = store.dispute(tenant, &decided.id).await.unwrap().unwrap();
    assert_eq!((stored.priority_label, stored.status), (Some(PriorityLabel::P1), DisputeStatus::Resolved));
    let graver = DisputeRecord { severity: Severity::Major, ..decided.clone() };
    assert_eq!(ingest(fixture, &[&graver, &graver]).await, [Updated, Unchanged], "the other system still has the word");

    // One that people decided here takes the label too, and keeps their word.
    let id = DisputeId::parse("D2").unwrap();
    let of = |record: DisputeRecord| DisputeRecord { id: id.clone(), ..record };
    ingest(fixture, &[&of(record(None))]).await;
    let mut here = store.dispute(tenant, &id).await.unwrap().unwrap();
    here.decide_anew(Resolution::Withdrawn, None, day("2026-02-12"));
    here.version = 2;
    store.commit(tenant, vec![Change::PutDispute(here)]).await.unwrap();
    assert_eq!(ingest(fixture, &[&of(labelled.clone()), &of(labelled)]).await, [Updated, Unchanged]);
    let stored = store.dispute(tenant, &id).await.unwrap().unwrap();
    assert_eq!((stored.priority_label, stored.resolution), (Some(PriorityLabel::P1), Some(Resolution::Withdrawn)));
}

/// `record` with nothing but its ids, its day and a label told.
fn label_only(priority_label: PriorityLabel) -> LedgerRecord {
    let dispute = DisputeRecord {
        contested_item: ItemCode::parse("OTHER").unwrap(),
        severity: Severity::Moderate,
        contested_amount: None,
        priority_label: Some(priority_label),
        message: None,
        ..record(None)
    };
    let untold = vec![
        DisputeField::ContestedItem,
        DisputeField::Severity,
        DisputeField::ContestedAmount,
        DisputeField::Decision,
    ];
    LedgerRecord::DisputePart(DisputePart { dispute, untold })
}

async fn what_a_record_does_not_tell_keeps_what_is_known(fixture: &Fixture) {
    use RecordOutcome::{Unchanged, Updated};
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    with_invoice(fixture).await;
    let decided = record(Some((Resolution::InvalidRebill, "2026-02-10")));
    ingest(fixture, &[&decided]).await;
    let taken =
        async |label| store.ingest(tenant, vec![label_only(label), label_only(label)], &TimeZone::utc()).await.unwrap();
    assert_eq!(taken(PriorityLabel::P1).await, [Updated, Unchanged]);
    let whole = DisputeRecord { priority_label: Some(PriorityLabel::P1), ..decided };
    assert_eq!(as_records(store.dispute_history(tenant, None, 10).await.unwrap()), std::slice::from_ref(&whole));
    assert_eq!(taken(PriorityLabel::P2).await, [Updated, Unchanged], "the later label of the other system counts");

    // What people changed here stays their word after a record that does not speak of it.
    let mut here = store.dispute(tenant, &whole.id).await.unwrap().unwrap();
    here.severity = Severity::Critical;
    here.version += 1;
    store.commit(tenant, vec![Change::PutDispute(here)]).await.unwrap();
    let mut later = label_only(PriorityLabel::P2);
    if let LedgerRecord::DisputePart(part) = &mut later {
        part.dispute.decided = Some((Resolution::ValidCredit, day("2026-02-20")));
        part.untold.pop();
    }
    assert_eq!(store.ingest(tenant, vec![later.clone(), later], &TimeZone::utc()).await.unwrap(), [Updated, Unchanged]);
    assert_eq!(ingest(fixture, &[&DisputeRecord { severity: Severity::Minor, ..whole }]).await, [Unchanged]);
    let stored = store.dispute(tenant, &record(None).id).await.unwrap().unwrap();
    assert_eq!((stored.severity, stored.resolution), (Severity::Critical, Some(Resolution::ValidCredit)));
    assert_eq!((stored.contested_item, stored.contested_amount), (record(None).contested_item, Some(euros(50))));
}

async fn a_contradicting_record_is_refused_and_says_why(fixture: &Fixture) {
    with_invoice(fixture).await;
    let known = record(Some((Resolution::Withdrawn, "2026-02-10")));
    ingest(fixture, &[&known]).await;
    let contradictions = [
        (
            DisputeRecord { customer_id: customer_id("C2"), invoice_ids: vec![invoice_id("Z")], ..known.clone() },
            "customer_id",
            "with customer_id `C1`, which a later record cannot change to `C2`",
        ),
        (DisputeRecord { opened_on: day("2026-02-02"), ..known.clone() }, "opened_on", "`2026-02-01`"),
        (DisputeRecord { contested_amount: Some(euros(60)), ..known.clone() }, "contested_amount", "EUR 0.50"),
        (DisputeRecord { contested_amount: None, ..known.clone() }, "contested_amount", "`all that is open`"),
        (DisputeRecord { invoice_ids: vec![invoice_id("B")], ..known.clone() }, "invoice_ids", "`A`"),
        (record(Some((Resolution::ValidCredit, "2026-02-10"))), "resolution", "`WITHDRAWN on 2026-02-10`"),
    ];
    for (record, field, said) in contradictions {
        let outcome = ingest(fixture, &[&record]).await.remove(0);
        let RecordOutcome::Rejected(rejection) = outcome else { panic!("{field}: {outcome:?}") };
        assert!(rejection.to_string().contains(said), "{rejection}");
        assert_eq!(rejection.reason(), "CONTENT_CONFLICT");
        assert!(matches!(&rejection, RecordRejection::DisputeContradiction { field: told, .. } if *told == field));
    }
    let stored = as_records(fixture.store.dispute_history(&fixture.tenant, None, 10).await.unwrap());
    assert_eq!(stored, [known]);

    let here = vec![Change::PutDispute(dispute("D2", "C1", &["A"]))];
    fixture.store.commit(&fixture.tenant, here).await.unwrap();
    let same_id = DisputeRecord { id: DisputeId::parse("D2").unwrap(), ..record(None) };
    let outcome = ingest(fixture, &[&same_id]).await;
    assert!(
        matches!(outcome[0], RecordOutcome::Rejected(RecordRejection::ContentConflict { .. })),
        "a record took over a dispute that was opened here: {outcome:?}"
    );
}

async fn a_corrected_dispute_keeps_its_corrections(fixture: &Fixture) {
    use RecordOutcome::{Unchanged, Updated};
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    with_invoice(fixture).await;
    ingest(fixture, &[&record(None)]).await;
    let mut corrected = store.dispute(tenant, &record(None).id).await.unwrap().unwrap();
    corrected.contested_item = ItemCode::parse("PRICING").unwrap();
    corrected.contested_amount = Some(euros(40));
    corrected.status = DisputeStatus::InProgress;
    corrected.version = 2;
    store.commit(tenant, vec![Change::PutDispute(corrected.clone())]).await.unwrap();
    let graded = DisputeRecord { severity: Severity::Major, ..record(None) };
    assert_eq!(ingest(fixture, &[&record(None), &graded]).await, [Unchanged, Unchanged]);
    assert_eq!(ingest(fixture, &[&record(Some((Resolution::Withdrawn, "2026-02-10")))]).await, [Updated]);
    let decided = store.dispute(tenant, &corrected.id).await.unwrap().unwrap();
    assert_eq!((&decided.contested_item, decided.contested_amount), (&corrected.contested_item, Some(euros(40))));
    assert_eq!((decided.status, decided.severity), (DisputeStatus::Resolved, Severity::Minor));

    // A write that read the dispute before the record came is refused.
    let error = store.commit(tenant, vec![Change::PutDispute(dispute_at(corrected, 3))]).await.unwrap_err();
    assert!(matches!(error, StoreError::StaleVersion { table: "dispute", .. }), "{error:?}");

    // Contested again: the decision from before is past, a later one counts.
    let mut reopened = dispute_at(decided, 4);
    reopened.status = DisputeStatus::Reopened;
    (reopened.resolution, reopened.resolved_on) = (None, None);
    store.commit(tenant, vec![Change::PutDispute(reopened)]).await.unwrap();
    assert_eq!(ingest(fixture, &[&record(Some((Resolution::Withdrawn, "2026-02-11")))]).await, [Unchanged]);
    assert_eq!(ingest(fixture, &[&record(Some((Resolution::ValidCredit, "2026-03-15")))]).await, [Updated]);
}

fn dispute_at(dispute: recourse::domain::dispute::Dispute, version: i64) -> recourse::domain::dispute::Dispute {
    recourse::domain::dispute::Dispute { version, updated_at: start(), ..dispute }
}

async fn a_decision_closes_the_dispute_in_the_account(fixture: &Fixture) {
    with_invoice(fixture).await;
    ingest(fixture, &[&record(None)]).await;
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    let before = store.accounts_of(tenant, &customer_id("C1")).await.unwrap();
    ingest(fixture, &[&record(Some((Resolution::Withdrawn, "2026-02-10"))), &record(None)]).await;
    let after = store.accounts_of(tenant, &customer_id("C1")).await.unwrap();
    assert_eq!(after[0].events.len(), before[0].events.len() + 1);
    assert_eq!(after[0].events.last().unwrap().on, day("2026-02-10"));
}

async fn items_of_decided_disputes_are_found(fixture: &Fixture) {
    let (store, tenant) = (&fixture.store, &fixture.tenant);
    with_invoice(fixture).await;
    ingest(fixture, &[&record(None)]).await;
    let mut item = work_item("W1", 5.0);
    item.kind = recourse::domain::work_item::WorkItemKind::Dispute;
    item.dispute_id = Some(record(None).id);
    store.commit(tenant, vec![Change::PutWorkItem(item.clone())]).await.unwrap();
    assert_eq!(store.work_items_of_decided(tenant, None, 10).await.unwrap(), []);
    ingest(fixture, &[&record(Some((Resolution::Withdrawn, "2026-02-10")))]).await;
    assert_eq!(store.work_items_of_decided(tenant, None, 10).await.unwrap(), std::slice::from_ref(&item));
    assert_eq!(store.work_items_of_decided(tenant, Some(&item.id), 10).await.unwrap(), []);
}
