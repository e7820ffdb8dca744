//! How much a dispute contests and can be credited: over currencies, further complaints and credit notes.

use recourse::domain::dispute::{DisputeStatus, Resolution, Severity};
use recourse::domain::ids::{CreditNoteId, CustomerId, InvoiceId, RequestId};
use recourse::domain::invoice::{Allocation, CreditNote};
use recourse::domain::money::{Currency, Money};
use recourse::domain::score::Factor;
use recourse::domain::taxonomy::ItemCode;
use recourse::ledger::record::LedgerRecord;
use recourse::service::ServiceError;
use recourse::service::account::AccountQuery;
use recourse::service::dispute::{AmountChange, OpenDispute, ResolveDispute, UpdateDispute};
use recourse::service::view::DisputeView;

use super::bench::{Bench, customer, day, euros, invoice, no_change, overdue_invoice, payment};
use super::models::with_shipped_reader;

fn dollars(units: i64) -> Money {
    Money::from_minor(units * 100, Currency::USD)
}

/// One whose customer also owes U-1 of 90,000 dollars.
async fn bench_of_two_currencies() -> Bench {
    let bench = Bench::with_ledger().await;
    bench.ingest(vec![overdue_invoice("C-1", "U-1", dollars(90_000))]).await;
    bench
}

async fn try_to_contest(bench: &Bench, invoices: &[&str], amount: Option<Money>) -> Result<DisputeView, ServiceError> {
    let sum = amount.map_or_else(|| "all".to_owned(), |amount| amount.minor().to_string());
    let request = OpenDispute {
        request_id: RequestId::parse(&format!("{}-{sum}", invoices.join("-"))).unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        invoice_ids: invoices.iter().map(|id| InvoiceId::parse(id).unwrap()).collect(),
        contested_item: ItemCode::parse("PRICING").unwrap(),
        severity: Severity::Minor,
        contested_amount: amount,
        opened_on: None,
        queue: None,
    };
    Ok(bench.service.open_dispute(&bench.tenant, request).await?.dispute)
}

async fn contest(bench: &Bench, invoices: &[&str], amount: Option<Money>) -> DisputeView {
    try_to_contest(bench, invoices, amount).await.unwrap()
}

/// What is disputed of an account of `C-1`.
async fn disputed(bench: &Bench, currency: Currency) -> Money {
    let customer_id = CustomerId::parse("C-1").unwrap();
    let query = AccountQuery { customer_id, currency: Some(currency), as_of: None };
    let position = bench.service.account(&bench.tenant, &query).await.unwrap().position;
    Money::from_minor(position.parts.disputed_minor, currency)
}

async fn resolve(
    bench: &Bench,
    view: &DisputeView,
    resolution: Resolution,
    credited_amount: Option<Money>,
) -> Result<Option<Money>, ServiceError> {
    let dispute_id = view.dispute.id.clone();
    let decision = ResolveDispute { dispute_id, version: None, resolution, credited_amount, resolved_on: None };
    Ok(bench.service.resolve_dispute(&bench.tenant, decision).await?.dispute.credited_amount)
}

fn credit_note(id: &str, issued_on: &str, invoice: &str, amount: Money) -> LedgerRecord {
    LedgerRecord::CreditNote(CreditNote {
        id: CreditNoteId::parse(id).unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        amount,
        issued_on: day(issued_on),
        allocations: vec![Allocation { invoice_id: InvoiceId::parse(invoice).unwrap(), amount }],
    })
}

fn refused_field<T: std::fmt::Debug>(answer: Result<T, ServiceError>) -> String {
    let ServiceError::Invalid(violations) = answer.unwrap_err() else { panic!("another refusal") };
    violations.0[0].field.clone()
}

#[tokio::test]
async fn an_amount_is_about_invoices_of_one_currency() {
    let bench = bench_of_two_currencies().await;
    let refused = try_to_contest(&bench, &["R-2", "U-1"], Some(euros(100))).await;
    assert_eq!(refused_field(refused), "contested_amount");
    let view = contest(&bench, &["R-2", "U-1"], None).await;
    let change = UpdateDispute { contested_amount: AmountChange::Amount(euros(100)), ..no_change(&view.dispute.id) };
    let refused = bench.service.update_dispute(&bench.tenant, change).await;
    assert_eq!(refused_field(refused), "contested_amount");
    assert_eq!(disputed(&bench, Currency::EUR).await, euros(4_000));
    assert_eq!(disputed(&bench, Currency::USD).await, dollars(90_000));
}

#[tokio::test]
async fn a_complaint_in_a_currency_of_none_of_its_invoices_states_no_amount() {
    let bench = Bench::serving(with_shipped_reader()).await;
    let mut records = vec![customer("C-1", "Nordlicht GmbH")];
    records.push(invoice("C-1", "INV-911", "2026-01-05", "2026-02-04", 8_000));
    bench.ingest(records).await;
    let body = "The price on invoice INV-911 is wrong: you charged USD 40.00 too much. \
                Please send a credit note over USD 40.00.";
    let submitted = bench.submit("T-1", body).await.unwrap();
    let view = submitted.dispute.unwrap();
    assert_eq!(submitted.reading.contested_amount, Some(dollars(40)), "that is what the message says");
    assert_eq!((view.dispute.contested_amount, view.dispute.invoice_ids.len()), (None, 1));
    assert_eq!(submitted.work_item.unwrap().item.stake, Some(euros(8_000)));
    assert_eq!(disputed(&bench, Currency::EUR).await, euros(8_000));
}

#[tokio::test]
async fn a_dispute_over_two_currencies_is_worth_both() {
    let bench = bench_of_two_currencies().await;
    let alone = contest(&bench, &["U-1"], None).await.priority.unwrap().score.stake_base;
    let bench = bench_of_two_currencies().await;
    let view = contest(&bench, &["R-2", "U-1"], None).await;
    let both = view.priority.clone().unwrap().score.stake_base;
    assert!((both - alone - 4_000.0).abs() < 0.02, "{both} is not {alone} and 4,000");
    let claimed = bench.claim("ann").await.unwrap().item.item;
    assert_eq!(claimed.dispute_id.as_ref(), Some(&view.dispute.id));
    let stake = claimed.stake.unwrap();
    assert_eq!(stake.currency(), Currency::EUR);
    assert!((stake.units_f64() - both).abs() < 0.02, "{stake} is not {both}");

    let too_much = resolve(&bench, &view, Resolution::PartialCredit, Some(dollars(90_001))).await;
    assert_eq!(refused_field(too_much), "credited_amount");
    let pounds = Money::from_minor(100, Currency::parse("GBP").unwrap());
    assert_eq!(refused_field(resolve(&bench, &view, Resolution::PartialCredit, Some(pounds)).await), "credited_amount");
    let credited = resolve(&bench, &view, Resolution::PartialCredit, Some(dollars(50_000))).await.unwrap();
    assert_eq!(credited, Some(dollars(50_000)));
}

#[tokio::test]
async fn a_further_complaint_never_lowers_what_is_contested() {
    let all = None;
    for (first, second, together, blocked) in [
        ((&["R-2"][..], Some(40)), (&["R-2"][..], Some(50)), Some(50), 50),
        ((&["R-2"], Some(50)), (&["R-2"], Some(40)), Some(50), 50),
        ((&["R-2"], all), (&["R-2"], Some(50)), all, 4_000),
        ((&["R-2"], Some(50)), (&["R-2"], all), all, 4_000),
        ((&["R-2"], Some(40)), (&["R-2", "R-3"], Some(60)), Some(100), 100),
        ((&["R-2"], Some(40)), (&["R-2", "R-3"], all), all, 4_500),
        ((&["R-2", "R-3"], Some(60)), (&["R-3"], Some(40)), Some(60), 60),
    ] {
        let bench = Bench::with_ledger().await;
        let opened = contest(&bench, first.0, first.1.map(euros)).await;
        let joined = contest(&bench, second.0, second.1.map(euros)).await;
        assert_eq!(joined.dispute.id, opened.dispute.id);
        assert_eq!(joined.dispute.contested_amount, together.map(euros), "{first:?} and {second:?}");
        assert_eq!(disputed(&bench, Currency::EUR).await, euros(blocked), "{first:?} and {second:?}");
    }
}

#[tokio::test]
async fn a_contested_amount_can_be_set_back_to_all_that_is_open() {
    let bench = Bench::with_ledger().await;
    let view = contest(&bench, &["R-2"], Some(euros(40))).await;
    let kept = bench.service.update_dispute(&bench.tenant, no_change(&view.dispute.id)).await.unwrap();
    assert_eq!(kept.dispute.contested_amount, Some(euros(40)));
    let change = UpdateDispute { contested_amount: AmountChange::AllOpen, ..no_change(&view.dispute.id) };
    let changed = bench.service.update_dispute(&bench.tenant, change).await.unwrap();
    assert_eq!(changed.dispute.contested_amount, None);
    assert_eq!(disputed(&bench, Currency::EUR).await, euros(4_000));
}

/// The decision on a dispute of 4,000 euros after a credit note of `noted` that was booked first.
async fn decided_after_note(
    noted: Money,
    issued_on: &str,
    resolution: Resolution,
    credited: Option<Money>,
) -> Result<Option<Money>, ServiceError> {
    let bench = Bench::with_ledger().await;
    let view = contest(&bench, &["R-2"], None).await;
    bench.clock.pass_seconds(2 * 86_400);
    bench.ingest(vec![credit_note("N-1", issued_on, "R-2", noted)]).await;
    resolve(&bench, &view, resolution, credited).await
}

#[tokio::test]
async fn a_credit_note_may_be_booked_before_the_decision() {
    let (all, most) = (euros(4_000), Some(euros(2_800)));
    for issued_on in ["2026-03-16", "2026-03-17"] {
        for (noted, resolution, credited, expected) in [
            (euros(2_800), Resolution::PartialCredit, most, most),
            (euros(2_800), Resolution::ValidCredit, Some(all), Some(all)),
            (euros(2_800), Resolution::ValidCredit, None, Some(all)),
            (all, Resolution::ValidCredit, None, Some(all)),
            (all, Resolution::PartialCredit, most, most),
        ] {
            let decided = decided_after_note(noted, issued_on, resolution, credited).await.unwrap();
            assert_eq!(decided, expected, "{noted} on {issued_on}, {resolution:?} {credited:?}");
        }
    }
    let too_much = decided_after_note(all, "2026-03-17", Resolution::ValidCredit, Some(euros(4_001))).await;
    assert_eq!(refused_field(too_much), "credited_amount");
}

#[tokio::test]
async fn what_was_credited_before_a_dispute_was_contested_again_is_not_credited_twice() {
    let bench = Bench::with_ledger().await;
    let view = contest(&bench, &["R-2"], None).await;
    bench.ingest(vec![credit_note("N-1", "2026-03-17", "R-2", euros(1_000))]).await;
    bench.clock.pass_seconds(86_400);
    resolve(&bench, &view, Resolution::PartialCredit, Some(euros(1_000))).await.unwrap();
    bench.clock.pass_seconds(86_400);
    let reopened = UpdateDispute { status: Some(DisputeStatus::Reopened), ..no_change(&view.dispute.id) };
    bench.service.update_dispute(&bench.tenant, reopened).await.unwrap();
    let credited = resolve(&bench, &view, Resolution::ValidCredit, None).await.unwrap();
    assert_eq!(credited, Some(euros(3_000)));
}

#[tokio::test]
async fn a_graver_dispute_of_an_unknown_amount_never_ranks_below_a_milder_one() {
    let bench = Bench::with_ledger().await;
    let small = Money::from_minor(600, Currency::EUR);
    let mut records = vec![customer("C-9", "Grand Magasin"), overdue_invoice("C-9", "Z-1", small)];
    records.push(overdue_invoice("C-9", "Z-0", euros(100)));
    records.push(payment("C-9", "P-0", "2026-02-20", "Z-0", 100));
    bench.ingest(records).await;
    let mut priorities = Vec::new();
    for severity in Severity::ALL {
        let request = OpenDispute {
            request_id: RequestId::parse(severity.as_str()).unwrap(),
            customer_id: CustomerId::parse("C-9").unwrap(),
            invoice_ids: vec![InvoiceId::parse("Z-0").unwrap()],
            contested_item: ItemCode::parse("PRICING").unwrap(),
            severity,
            contested_amount: None,
            opened_on: None,
            queue: None,
        };
        let opened = bench.service.open_dispute(&bench.tenant, request).await.unwrap().dispute;
        priorities.push(opened.priority.unwrap().score.priority);
    }
    assert!(priorities.is_sorted(), "{priorities:?}");
    assert!(priorities.iter().all(|priority| *priority > 0.0), "{priorities:?}");
    assert!(priorities.first() < priorities.last(), "{priorities:?}");
}

/// Goal: a customer of one currency is told of in it, whatever the strategy counts in.
#[tokio::test]
async fn what_is_withheld_is_shown_in_the_currency_of_the_customer() {
    let francs = |units: i64| Money::from_minor(units * 100, Currency::parse("CHF").unwrap());
    let shown = async |records: Vec<LedgerRecord>| {
        let bench = Bench::empty().await;
        bench.ingest(vec![customer("C-1", "Acme AG"), overdue_invoice("C-1", "F-1", francs(5_000))]).await;
        bench.ingest(records).await;
        let view = contest(&bench, &["F-1"], Some(francs(1_200))).await;
        let graver = UpdateDispute { severity: Some(Severity::Moderate), ..no_change(&view.dispute.id) };
        let view = bench.service.update_dispute(&bench.tenant, graver).await.unwrap();
        let reasons = view.priority.unwrap().score.reasons;
        reasons.into_iter().find(|reason| reason.factor == Factor::Stake).unwrap().value
    };
    assert_eq!(shown(Vec::new()).await, "CHF 1200.00 contested, CHF 3800.00 withheld");
    let of_several = shown(vec![overdue_invoice("C-1", "U-1", dollars(10))]).await;
    assert!(of_several.starts_with("CHF 1200.00 contested, EUR "), "{of_several}");
}
