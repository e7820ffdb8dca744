//! Records survive the wire, and every fault of a record is reported at once.

use proptest::option;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{identity_of, record_from_pb, record_to_pb};
use crate::domain::credit_score::CreditScore;
use crate::domain::customer::Customer;
use crate::domain::dispute::{PriorityLabel, Resolution, Severity};
use crate::domain::dispute_details::PastDetails;
use crate::domain::dispute_past::{PastDecisions, RaisedAgain};
use crate::domain::ids::{
    ApplicationId, ContactId, CreditNoteId, CustomerId, DisputeId, HoldId, InvoiceId, PaymentId, PromiseId, ReversalId,
    UserId,
};
use crate::domain::invoice::{
    Allocation, Contact, ContactChannel, ContactResult, CreditNote, Hold, HoldKind, Invoice, Payment, Promise,
};
use crate::domain::locale::{Country, Language};
use crate::domain::money::{Currency, FxRate, Money};
use crate::domain::settlement::{Application, DocumentId, Reversal};
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::CivilDate;
use crate::rpc::pb;
use crate::rpc::pb::ingest_ledger_request::Record;
use crate::service::{DisputeRecord, LedgerRecord};

const ID: &str = "[A-Za-z0-9/-]{1,20}";

fn id<T>(parse: fn(&str) -> Result<T, crate::domain::violation::Violation>) -> impl Strategy<Value = T>
where
    T: std::fmt::Debug,
{
    ID.prop_map(move |text| parse(&text).unwrap())
}

fn invoice_ids() -> impl Strategy<Value = Vec<InvoiceId>> {
    prop::collection::vec(id(InvoiceId::parse), 1..4)
}

fn currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec!["EUR", "JPY", "KWD", "USD", "CHF"]).prop_map(|code| Currency::parse(code).unwrap())
}

fn money() -> impl Strategy<Value = Money> {
    (2_i64..1_000_000_000, currency()).prop_map(|(minor, currency)| Money::from_minor(minor, currency))
}

fn day() -> impl Strategy<Value = CivilDate> {
    (10_000..20_000).prop_map(CivilDate::from_unix_days)
}

/// A day and one that is not before it.
fn days() -> impl Strategy<Value = (CivilDate, CivilDate)> {
    (day(), 0..400).prop_map(|(first, count)| (first, first.plus_days(count)))
}

fn customer() -> impl Strategy<Value = LedgerRecord> {
    let credit_score =
        (0.0..=600.0_f64, day()).prop_map(|(value, on)| CreditScore::new(value, 600.0, 0.0, on).unwrap());
    (
        id(CustomerId::parse),
        "[a-zé ]{1,20}",
        "[a-z ]{0,20}",
        option::of("[A-Z]{2}".prop_map(|code| Country::parse(&code).unwrap())),
        option::of(prop::sample::select(Language::ALL.to_vec())),
        option::of(money()),
        option::of(money()),
        option::of(credit_score),
    )
        .prop_map(|(id, name, segment, country, language, annual_revenue, credit_limit, credit_score)| {
            LedgerRecord::Customer(Customer {
                id,
                name,
                segment,
                country,
                language,
                annual_revenue,
                credit_limit,
                credit_score,
                earlier_credit_scores: Vec::new(),
            })
        })
}

fn invoice() -> impl Strategy<Value = LedgerRecord> {
    (id(InvoiceId::parse), id(CustomerId::parse), money(), days(), "[a-z]{0,9}").prop_map(
        |(id, customer_id, amount, (issued_on, due_on), business_unit)| {
            LedgerRecord::Invoice(Invoice { id, customer_id, amount, issued_on, due_on, business_unit })
        },
    )
}

fn settlement() -> impl Strategy<Value = LedgerRecord> {
    (ID, id(CustomerId::parse), money(), day(), id(InvoiceId::parse), any::<bool>()).prop_map(
        |(text, customer_id, amount, on, invoice_id, is_payment)| {
            let half = Money::from_minor(amount.minor() / 2, amount.currency());
            let allocations = vec![
                Allocation { invoice_id: invoice_id.clone(), amount: half },
                Allocation { invoice_id, amount: half },
            ];
            if is_payment {
                let id = PaymentId::parse(&text).unwrap();
                LedgerRecord::Payment(Payment { id, customer_id, amount, received_on: on, allocations })
            } else {
                let id = CreditNoteId::parse(&text).unwrap();
                LedgerRecord::CreditNote(CreditNote { id, customer_id, amount, issued_on: on, allocations })
            }
        },
    )
}

fn dispute() -> impl Strategy<Value = LedgerRecord> {
    (
        id(DisputeId::parse),
        id(CustomerId::parse),
        invoice_ids(),
        "[A-Z_]{1,20}".prop_map(|code| ItemCode::parse(&code).unwrap()),
        prop::sample::select(Severity::ALL.to_vec()),
        option::of(money()),
        days(),
        option::of(prop::sample::select(Resolution::ALL.to_vec())),
        option::of(prop::sample::select(PriorityLabel::ALL.to_vec())),
        option::of("[^\\x00]{1,80}"),
    )
        .prop_map(
            |(id, customer_id, invoice_ids, contested_item, severity, amount, days, resolution, label, message)| {
                LedgerRecord::Dispute(DisputeRecord {
                    id,
                    customer_id,
                    invoice_ids,
                    contested_item,
                    severity,
                    contested_amount: amount,
                    opened_on: days.0,
                    decided: resolution.map(|resolution| (resolution, days.1)),
                    credited_amount: None,
                    raised_again: RaisedAgain::default(),
                    past_decisions: PastDecisions::default(),
                    past_details: PastDetails::default(),
                    priority_label: label,
                    message,
                })
            },
        )
}

fn promise() -> impl Strategy<Value = LedgerRecord> {
    (id(PromiseId::parse), id(CustomerId::parse), invoice_ids(), option::of(money()), days()).prop_map(
        |(id, customer_id, invoice_ids, amount, (made_on, promised_on))| {
            LedgerRecord::Promise(Promise { id, customer_id, invoice_ids, amount, made_on, promised_on })
        },
    )
}

fn contact() -> impl Strategy<Value = LedgerRecord> {
    (id(ContactId::parse), id(CustomerId::parse), option::of(id(UserId::parse)), day(), "[^\\x00]{0,40}").prop_map(
        |(id, customer_id, user_id, contacted_on, note)| {
            let (channel, result) = (ContactChannel::Email, ContactResult::InPaymentRun);
            LedgerRecord::Contact(Contact { id, customer_id, channel, result, user_id, contacted_on, note })
        },
    )
}

fn hold() -> impl Strategy<Value = LedgerRecord> {
    (id(HoldId::parse), id(CustomerId::parse), invoice_ids(), days(), any::<bool>()).prop_map(
        |(id, customer_id, invoice_ids, (from_on, until_on), has_ended)| {
            let until_on = has_ended.then_some(until_on);
            LedgerRecord::Hold(Hold { id, customer_id, invoice_ids, kind: HoldKind::Legal, from_on, until_on })
        },
    )
}

fn fx_rate() -> impl Strategy<Value = LedgerRecord> {
    (day(), 1_i64..1_000_000_000, 0_u32..=10).prop_map(|(on, digits, scale)| {
        let (from, to) = (Currency::EUR, Currency::USD);
        LedgerRecord::FxRate(FxRate { from, to, on, rate: Decimal::new(digits, scale) })
    })
}

fn later() -> impl Strategy<Value = LedgerRecord> {
    (ID, ID, any::<bool>(), day(), id(InvoiceId::parse), money(), any::<bool>()).prop_map(
        |(text, document, is_of_payment, on, invoice_id, amount, is_reversal)| {
            let document = match is_of_payment {
                true => DocumentId::Payment(PaymentId::parse(&document).unwrap()),
                false => DocumentId::CreditNote(CreditNoteId::parse(&document).unwrap()),
            };
            if is_reversal {
                let id = ReversalId::parse(&text).unwrap();
                return LedgerRecord::Reversal(Reversal { id, document, reversed_on: on });
            }
            let (id, allocations) = (ApplicationId::parse(&text).unwrap(), vec![Allocation { invoice_id, amount }]);
            LedgerRecord::Application(Application { id, document, applied_on: on, allocations })
        },
    )
}

fn record() -> impl Strategy<Value = LedgerRecord> {
    prop_oneof![customer(), invoice(), settlement(), later(), dispute(), promise(), contact(), hold(), fx_rate()]
}

proptest! {
    #[test]
    fn records_survive_the_wire(record in record()) {
        let wire = record_to_pb(record.clone());
        prop_assert_eq!(identity_of(&wire), (record.kind(), record.external_id()));
        prop_assert_eq!(record_from_pb(wire).unwrap(), record);
    }
}

/// The fields that are refused when a record is read, or else when it is checked.
fn faults(record: Record) -> Vec<String> {
    let read = record_from_pb(pb::IngestLedgerRequest { record: Some(record) });
    let violations = read.and_then(|record| record.validate()).unwrap_err();
    violations.0.into_iter().map(|violation| violation.field).collect()
}

#[test]
fn every_fault_of_a_record_is_reported_at_once() {
    let amount = Some(pb::Money { currency_code: "XYZ".to_owned(), units: 1, nanos: 0 });
    let invoice = pb::Invoice { amount, issued_on: "2026-02-30".to_owned(), ..pb::Invoice::default() };
    assert_eq!(
        faults(Record::Invoice(invoice)),
        [
            "invoice.invoice_id",
            "invoice.customer_id",
            "invoice.amount.currency_code",
            "invoice.issued_on",
            "invoice.due_on"
        ]
    );
}

#[test]
fn faults_between_fields_are_named() {
    let invoice = pb::Invoice {
        invoice_id: "R1".to_owned(),
        customer_id: "C1".to_owned(),
        amount: Some(pb::Money { currency_code: "EUR".to_owned(), units: -1, nanos: 0 }),
        issued_on: "2026-02-28".to_owned(),
        due_on: "2026-01-31".to_owned(),
        business_unit: String::new(),
    };
    assert_eq!(faults(Record::Invoice(invoice)), ["invoice.amount", "invoice.due_on"]);
    let dispute = pb::LedgerDispute {
        dispute_id: "D".to_owned(),
        customer_id: "C".to_owned(),
        opened_on: "2026-01-01".to_owned(),
        resolution: "WRITE_OFF".to_owned(),
        severity: "AWFUL".to_owned(),
        ..pb::LedgerDispute::default()
    };
    assert_eq!(faults(Record::Dispute(dispute)), ["dispute.severity", "dispute.resolved_on"]);
    let rate = pb::FxRate {
        from_currency_code: "EUR".to_owned(),
        to_currency_code: "EUR".to_owned(),
        on: "2026-01-01".to_owned(),
        rate: "0".to_owned(),
    };
    assert_eq!(faults(Record::FxRate(rate)), ["fx_rate.to", "fx_rate.rate"]);
    let both = pb::Reversal {
        reversal_id: "RV".to_owned(),
        payment_id: "P".to_owned(),
        credit_note_id: "CN".to_owned(),
        reversed_on: String::new(),
    };
    assert_eq!(faults(Record::Reversal(both)), ["reversal.payment_id", "reversal.reversed_on"]);
    let nothing = pb::Application {
        application_id: "AP".to_owned(),
        payment_id: "P".to_owned(),
        applied_on: "2026-01-01".to_owned(),
        ..pb::Application::default()
    };
    assert_eq!(faults(Record::Application(nothing)), ["application.allocations"]);
    let neither = pb::Application { application_id: "AP".to_owned(), ..pb::Application::default() };
    assert_eq!(faults(Record::Application(neither)), ["application.payment_id", "application.applied_on"]);
}

#[test]
fn an_empty_request_is_refused() {
    assert_eq!(record_from_pb(pb::IngestLedgerRequest { record: None }).unwrap_err().0[0].field, "record");
}

#[test]
fn an_id_beyond_its_bound_is_told_in_part() {
    let invoice = pb::Invoice { invoice_id: "é".repeat(1_000_000), ..pb::Invoice::default() };
    let (kind, external_id) = identity_of(&pb::IngestLedgerRequest { record: Some(Record::Invoice(invoice)) });
    assert_eq!((kind, external_id), ("invoice", "é".repeat(100)));
}

#[test]
fn lines_beyond_their_bound_are_refused_unread() {
    let allocations = vec![pb::Allocation::default(); 100_000];
    let payment = pb::Payment { allocations, ..pb::Payment::default() };
    let violations = record_from_pb(pb::IngestLedgerRequest { record: Some(Record::Payment(payment)) }).unwrap_err();
    assert_eq!(violations.0.len(), 5, "{violations}");
    assert_eq!(
        violations.0[4].to_string(),
        "`payment.allocations` is `100000 elements`, expected at most 1000 elements"
    );
}
