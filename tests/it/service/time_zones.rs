//! The day of the business: it begins and ends where the business is, not where UTC is.

use recourse::domain::dispute::{DisputeStatus, Resolution, Severity};
use recourse::domain::dispute_past::{PastDecisions, RaisedAgain};
use recourse::domain::ids::{CustomerId, DisputeId, InvoiceId, RequestId};
use recourse::domain::invoice::{ContactChannel, ContactResult};
use recourse::domain::taxonomy::ItemCode;
use recourse::domain::time::{CivilDate, Instant};
use recourse::domain::work_item::CompletionResult;
use recourse::service::account::{AccountQuery, RecordContact, RecordPromise};
use recourse::service::dispute::{OpenDispute, ResolveDispute, UpdateDispute};
use recourse::service::message::ScoreMessage;
use recourse::service::report::AgeingQuery;
use recourse::service::worklist::CompleteItem;
use recourse::service::{AccountPosition, DisputeRecord, LedgerRecord, ServiceError};

use super::bench::{Bench, customer, day, invoice, message, no_change, submission};
use super::models::{by_rules, with_shipped_reader};

const LOS_ANGELES: &str = "America/Los_Angeles";
const TOKYO: &str = "Asia/Tokyo";

/// Monday, 16 March 2026, 18:00 in Los Angeles.
const LATE_ON_MONDAY: &str = "2026-03-17T01:00:00Z";
/// Tuesday, 17 March 2026, 00:30 in Tokyo.
const EARLY_ON_TUESDAY: &str = "2026-03-16T15:30:00Z";

/// One in which `C-1` owes R-1 (1,000), due on 14 March, and R-2 (4,000), overdue for weeks.
async fn in_zone(name: &str, at: &str) -> Bench {
    let bench = Bench::in_zone(name, at, by_rules()).await;
    let mut records = vec![customer("C-1", "Nordlicht GmbH")];
    records.push(invoice("C-1", "R-1", "2026-02-12", "2026-03-14", 1_000));
    records.push(invoice("C-1", "R-2", "2026-01-20", "2026-02-19", 4_000));
    bench.ingest(records).await;
    bench
}

async fn position(bench: &Bench) -> AccountPosition {
    let query = AccountQuery { customer_id: CustomerId::parse("C-1").unwrap(), currency: None, as_of: None };
    bench.service.account(&bench.tenant, &query).await.unwrap().position
}

fn promise(request_id: &str, made_on: Option<CivilDate>, promised_on: &str) -> RecordPromise {
    RecordPromise {
        request_id: RequestId::parse(request_id).unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        invoice_ids: vec![InvoiceId::parse("R-2").unwrap()],
        amount: None,
        promised_on: day(promised_on),
        made_on,
    }
}

/// What a refusal names.
fn fields_of(refused: ServiceError) -> Vec<String> {
    let ServiceError::Invalid(violations) = refused else { panic!("{refused:?}") };
    violations.0.into_iter().map(|violation| format!("{}: {}", violation.field, violation.expected)).collect()
}

#[tokio::test]
async fn a_promise_is_broken_when_its_day_has_ended_where_the_business_is() {
    let bench = in_zone(LOS_ANGELES, LATE_ON_MONDAY).await;
    bench.service.record_promise(&bench.tenant, promise("P-1", None, "2026-03-16")).await.unwrap();
    let mut broken = Vec::new();
    for at in [LATE_ON_MONDAY, "2026-03-17T06:59:59Z", "2026-03-17T07:00:00Z"] {
        bench.pass_until(at);
        let position = position(&bench).await;
        broken.push((position.as_of.to_string(), position.parts.promised_minor, position.broken_promise_minor));
    }
    let (monday, tuesday) = ("2026-03-16".to_owned(), "2026-03-17".to_owned());
    assert_eq!(broken, [(monday.clone(), 400_000, 0), (monday, 400_000, 0), (tuesday, 0, 400_000)]);

    let bench = in_zone(TOKYO, EARLY_ON_TUESDAY).await;
    let made_on = Some(day("2026-03-15"));
    bench.service.record_promise(&bench.tenant, promise("P-1", made_on, "2026-03-16")).await.unwrap();
    let position = position(&bench).await;
    assert_eq!((position.as_of, position.broken_promise_minor), (day("2026-03-17"), 400_000));
}

#[tokio::test]
async fn an_account_is_listed_on_the_day_of_the_business() {
    for (zone, before, after) in [
        (LOS_ANGELES, "2026-03-17T06:59:59Z", "2026-03-17T07:00:00Z"),
        (TOKYO, "2026-03-16T14:59:59Z", "2026-03-16T15:00:00Z"),
        ("UTC", "2026-03-16T23:59:59Z", "2026-03-17T00:00:00Z"),
    ] {
        let bench = Bench::in_zone(zone, before, by_rules()).await;
        // It is overdue for three days on 17 March.
        let records = vec![customer("C-1", "Nordlicht GmbH"), invoice("C-1", "R-1", "2026-02-12", "2026-03-14", 1_000)];
        bench.ingest(records).await;
        let mut counts = Vec::new();
        for at in [before, after] {
            bench.pass_until(at);
            counts.push(bench.service.refresh_worklist(&bench.tenant).await.unwrap().overdue_count);
        }
        assert_eq!(counts, [0, 1], "{zone}");
    }
}

#[tokio::test]
async fn what_somebody_saw_to_today_comes_back_when_a_new_day_begins_where_the_business_is() {
    let bench = in_zone(LOS_ANGELES, "2026-03-16T23:50:00Z").await;
    bench.service.refresh_worklist(&bench.tenant).await.unwrap();
    let claimed = bench.claim("ann").await.unwrap();
    let completion = CompleteItem {
        work_item_id: claimed.item.item.id.clone(),
        lease_token: claimed.lease_token,
        result: CompletionResult::NotReached,
        note: String::new(),
        intent: None,
    };
    bench.service.complete_work_item(&bench.tenant, completion).await.unwrap();
    let mut counts = Vec::new();
    for at in [LATE_ON_MONDAY, "2026-03-17T06:59:59Z", "2026-03-17T07:00:00Z"] {
        bench.pass_until(at);
        counts.push(bench.service.refresh_worklist(&bench.tenant).await.unwrap().overdue_count);
    }
    assert_eq!(counts, [0, 0, 1]);
}

#[tokio::test]
async fn a_refresh_scores_anew_on_a_new_day_of_the_business_and_its_scores_can_be_repeated() {
    let bench = in_zone(LOS_ANGELES, "2026-03-16T23:00:00Z").await;
    let mut score_ids = Vec::new();
    for at in ["2026-03-16T23:00:00Z", "2026-03-17T06:59:59Z", "2026-03-17T07:00:00Z"] {
        bench.pass_until(at);
        bench.service.refresh_worklist(&bench.tenant).await.unwrap();
        let claimed = bench.claim("ann").await.unwrap();
        let id = claimed.item.item.id.clone();
        bench.service.release_work_item(&bench.tenant, &id, &claimed.lease_token).await.unwrap();
        score_ids.push(claimed.item.item.score_id.unwrap());
    }
    assert_eq!(score_ids[0], score_ids[1], "it is the same day");
    assert_ne!(score_ids[1], score_ids[2], "another day past due, and one of waiting");
    for id in &score_ids {
        assert!(bench.service.replay_score(&bench.tenant, id).await.unwrap().is_identical);
    }
}

#[tokio::test]
async fn days_in_a_message_count_from_the_day_on_which_the_business_received_it() {
    // Thursday, 18:00 in Los Angeles, when it is Friday in UTC.
    let late_on_thursday = "2026-03-20T01:00:00Z";
    for (zone, at, body, promised_on) in [
        (LOS_ANGELES, LATE_ON_MONDAY, "Hello, we will pay invoice R-2 tomorrow. Regards", "2026-03-17"),
        (LOS_ANGELES, late_on_thursday, "Hello, we will pay invoice R-2 by Friday. Regards", "2026-03-20"),
        (TOKYO, EARLY_ON_TUESDAY, "Hello, we will pay invoice R-2 tomorrow. Regards", "2026-03-18"),
        ("UTC", late_on_thursday, "Hello, we will pay invoice R-2 by Friday. Regards", "2026-03-27"),
    ] {
        let bench = Bench::in_zone(zone, at, with_shipped_reader()).await;
        let records = vec![customer("C-1", "Nordlicht GmbH"), invoice("C-1", "R-2", "2026-01-20", "2026-02-19", 4_000)];
        bench.ingest(records).await;
        let scored = bench.service.score_message(&bench.tenant, message(body)).await.unwrap();
        assert_eq!(scored.reading.promised_on, Some(day(promised_on)), "{body} in {zone}");
        let item = bench.submit("T-1", body).await.unwrap().work_item.unwrap().item;
        assert_eq!(item.due_on, Some(day(promised_on)), "{body} in {zone}");
        let position = position(&bench).await;
        assert_eq!((position.parts.promised_minor, position.broken_promise_minor), (400_000, 0), "{body} in {zone}");
    }
}

#[tokio::test]
async fn a_message_is_received_up_to_the_end_of_the_day_of_the_business() {
    for (zone, at, last, next) in [
        (LOS_ANGELES, LATE_ON_MONDAY, "2026-03-17T06:59:59Z", "2026-03-17T07:00:00Z"),
        (TOKYO, EARLY_ON_TUESDAY, "2026-03-17T14:59:59Z", "2026-03-17T15:00:00Z"),
    ] {
        let bench = in_zone(zone, at).await;
        let received = |request_id, at| {
            let received_at = Some(Instant::parse("at", at).unwrap());
            let submission = submission(request_id, "The price of R-2 is wrong");
            let message = ScoreMessage { received_at, ..submission.message.clone() };
            recourse::service::message::SubmitMessage { message, ..submission }
        };
        let today = bench.service.today();
        let submitted = bench.service.submit_message(&bench.tenant, received("T-1", last)).await.unwrap();
        assert_eq!(submitted.dispute.unwrap().dispute.opened_on, today, "{zone}");
        let refused = bench.service.submit_message(&bench.tenant, received("T-2", next)).await.unwrap_err();
        assert_eq!(fields_of(refused), [format!("message.received_at: an instant up to {today}")]);
    }
}

#[tokio::test]
async fn what_names_no_day_happens_on_the_day_of_the_business_and_nothing_after_it() {
    for (zone, at, today) in [(LOS_ANGELES, LATE_ON_MONDAY, "2026-03-16"), (TOKYO, EARLY_ON_TUESDAY, "2026-03-17")] {
        let bench = in_zone(zone, at).await;
        let (today, tomorrow) = (day(today), day(today).plus_days(1));
        let open = |request_id: &str, invoice_id: &str, opened_on| OpenDispute {
            request_id: RequestId::parse(request_id).unwrap(),
            customer_id: CustomerId::parse("C-1").unwrap(),
            invoice_ids: vec![InvoiceId::parse(invoice_id).unwrap()],
            contested_item: ItemCode::parse("PRICING").unwrap(),
            severity: Severity::Minor,
            contested_amount: None,
            opened_on,
            queue: None,
        };
        let refused = bench.service.open_dispute(&bench.tenant, open("O-0", "R-1", Some(tomorrow))).await.unwrap_err();
        assert_eq!(fields_of(refused), [format!("opened_on: a day up to {today}")]);
        let opened = async |request_id: &str, invoice_id: &str, opened_on| {
            let request = open(request_id, invoice_id, opened_on);
            bench.service.open_dispute(&bench.tenant, request).await.unwrap().dispute.dispute
        };
        let (first, second) = (opened("O-1", "R-1", None).await, opened("O-2", "R-2", Some(today)).await);
        assert_eq!((first.opened_on, first.details_on, second.opened_on), (today, Some(today), today), "{zone}");
        let decide = |dispute_id: &DisputeId, resolved_on| ResolveDispute {
            dispute_id: dispute_id.clone(),
            version: None,
            resolution: Resolution::Withdrawn,
            credited_amount: None,
            resolved_on,
        };
        let refused = bench.service.resolve_dispute(&bench.tenant, decide(&first.id, Some(tomorrow))).await;
        assert_eq!(fields_of(refused.unwrap_err()), [format!("resolved_on: a day from {today} to {today}")]);
        for decision in [decide(&first.id, None), decide(&second.id, Some(today))] {
            let decided = bench.service.resolve_dispute(&bench.tenant, decision).await.unwrap().dispute;
            assert_eq!(decided.resolved_on, Some(today), "{zone}");
        }
        let contact = |request_id: &str, contacted_on| RecordContact {
            request_id: RequestId::parse(request_id).unwrap(),
            customer_id: CustomerId::parse("C-1").unwrap(),
            channel: ContactChannel::Call,
            result: ContactResult::MessageLeft,
            user_id: None,
            contacted_on,
            note: String::new(),
        };
        let refused = bench.service.record_contact(&bench.tenant, contact("K-0", Some(tomorrow))).await.unwrap_err();
        assert_eq!(fields_of(refused), [format!("contacted_on: a day up to {today}")]);
        bench.service.record_contact(&bench.tenant, contact("K-1", None)).await.unwrap();
        assert_eq!(position(&bench).await.last_contact_on, Some(today), "{zone}");
        let refused = promise("P-1", Some(tomorrow), "2026-03-20");
        let refused = bench.service.record_promise(&bench.tenant, refused).await.unwrap_err();
        assert_eq!(fields_of(refused), [format!("made_on: a day up to {today}")]);
        let query = AgeingQuery { as_of: None, currency: None, customer_limit: None };
        assert_eq!(bench.service.ageing_report(&bench.tenant, &query).await.unwrap().as_of, today, "{zone}");
    }
}

/// Goal: what other systems tell is entered on the day of the business, and a decision of the day on which a dispute was opened again is
/// one about what was contested then.
#[tokio::test]
async fn records_of_other_systems_change_on_the_day_of_the_business() {
    let bench = in_zone(LOS_ANGELES, "2026-03-16T20:00:00Z").await;
    let told = |decided| {
        LedgerRecord::Dispute(DisputeRecord {
            id: DisputeId::parse("E-1").unwrap(),
            customer_id: CustomerId::parse("C-1").unwrap(),
            invoice_ids: vec![InvoiceId::parse("R-2").unwrap()],
            contested_item: ItemCode::parse("PRICING").unwrap(),
            severity: Severity::Minor,
            contested_amount: None,
            opened_on: day("2026-03-10"),
            decided,
            credited_amount: None,
            past_decisions: PastDecisions::default(),
            raised_again: RaisedAgain::default(),
            past_details: recourse::domain::dispute_details::PastDetails::default(),
            priority_label: None,
            message: None,
        })
    };
    let id = DisputeId::parse("E-1").unwrap();
    let set = async |status| {
        let change = UpdateDispute { status: Some(status), ..no_change(&id) };
        bench.service.update_dispute(&bench.tenant, change).await.unwrap().dispute
    };
    let stored = async || bench.service.dispute(&bench.tenant, &id).await.unwrap().dispute;
    bench.pass_until(LATE_ON_MONDAY);
    let mut session = bench.service.ingest(bench.tenant.clone());
    session.push(told(None)).await.unwrap();
    assert_eq!(session.finish().await.unwrap().counts.rejected_count, 0);
    assert_eq!(stored().await.details_on, Some(day("2026-03-16")));
    let decision = ResolveDispute {
        dispute_id: id.clone(),
        version: None,
        resolution: Resolution::Withdrawn,
        credited_amount: None,
        resolved_on: None,
    };
    bench.service.resolve_dispute(&bench.tenant, decision).await.unwrap();
    assert!(set(DisputeStatus::Reopened).await.past_decisions.is_empty());
    bench.ingest(vec![told(Some((Resolution::InvalidRebill, day("2026-03-16"))))]).await;
    let decided = stored().await;
    assert_eq!((decided.status, decided.resolution), (DisputeStatus::Resolved, Some(Resolution::InvalidRebill)));
    assert_eq!(set(DisputeStatus::Reopened).await.raised_again.latest_on(), Some(day("2026-03-16")));
    assert_eq!(set(DisputeStatus::Voided).await.voided_on, Some(day("2026-03-16")));
}
