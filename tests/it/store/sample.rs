//! Values to store.

use recourse::domain::customer::Customer;
use recourse::domain::dispute::{Dispute, DisputeStatus, Severity};
use recourse::domain::dispute_details::PastDetails;
use recourse::domain::dispute_past::{PastDecisions, RaisedAgain};
use recourse::domain::ids::*;
use recourse::domain::invoice::{Allocation, Contact, ContactChannel, ContactResult, Invoice, Payment, Promise};
use recourse::domain::message::{Classification, Graded, Intent, Message, MessageChannel, MessageReading, PromisedSum};
use recourse::domain::money::{Currency, Money};
use recourse::domain::score::{Factor, Reason, Score};
use recourse::domain::taxonomy::ItemCode;
use recourse::domain::time::{CivilDate, Instant};
use recourse::domain::work_item::{Tier, WorkItem, WorkItemKind, WorkItemState};
use recourse::ledger::record::DisputeRecord;
use recourse::store::{PastDispute, RequestRecord, ScoreRecord, ScoreSubject};

use super::fixture::START_US;

pub fn start() -> Instant {
    Instant::from_unix_us(START_US)
}

pub fn day(text: &str) -> CivilDate {
    CivilDate::parse("day", text).unwrap()
}

pub fn euros(minor: i64) -> Money {
    Money::from_minor(minor, Currency::EUR)
}

/// Disputes of history as records would tell them, with the text of their messages.
pub fn as_records(history: Vec<PastDispute>) -> Vec<DisputeRecord> {
    let as_record = |past: PastDispute| DisputeRecord::of(past.dispute, past.message.map(|message| message.body));
    history.into_iter().map(as_record).collect()
}

pub fn customer_id(text: &str) -> CustomerId {
    CustomerId::parse(text).unwrap()
}

pub fn invoice_id(text: &str) -> InvoiceId {
    InvoiceId::parse(text).unwrap()
}

pub fn customer(id: &str) -> Customer {
    Customer { name: format!("Customer {id} & Söhne"), ..Customer::unnamed(customer_id(id)) }
}

pub fn invoice(id: &str, customer: &str, minor: i64) -> Invoice {
    Invoice {
        id: invoice_id(id),
        customer_id: customer_id(customer),
        amount: euros(minor),
        issued_on: day("2026-01-10"),
        due_on: day("2026-02-09"),
        business_unit: "North".to_owned(),
    }
}

pub fn payment(id: &str, customer: &str, minor: i64, settled: &[(&str, i64)]) -> Payment {
    let line = |(id, minor): &(&str, i64)| Allocation { invoice_id: invoice_id(id), amount: euros(*minor) };
    Payment {
        id: PaymentId::parse(id).unwrap(),
        customer_id: customer_id(customer),
        amount: euros(minor),
        received_on: day("2026-02-20"),
        allocations: settled.iter().map(line).collect(),
    }
}

pub fn promise(id: &str, customer: &str, invoices: &[&str]) -> Promise {
    Promise {
        id: PromiseId::parse(id).unwrap(),
        customer_id: customer_id(customer),
        invoice_ids: invoices.iter().map(|id| invoice_id(id)).collect(),
        amount: Some(euros(100)),
        made_on: day("2026-02-15"),
        promised_on: day("2026-02-28"),
    }
}

pub fn contact(id: &str, customer: &str) -> Contact {
    Contact {
        id: ContactId::parse(id).unwrap(),
        customer_id: customer_id(customer),
        channel: ContactChannel::Call,
        result: ContactResult::Promised,
        user_id: Some(UserId::parse("ann").unwrap()),
        contacted_on: day("2026-02-15"),
        note: "spoke to \"AP\"\n".to_owned(),
    }
}

pub fn dispute(id: &str, customer: &str, invoices: &[&str]) -> Dispute {
    Dispute {
        id: DisputeId::parse(id).unwrap(),
        customer_id: customer_id(customer),
        invoice_ids: invoices.iter().map(|id| invoice_id(id)).collect(),
        awaited_numbers: vec!["N-77".to_owned()],
        contested_item: ItemCode::parse("PRICING").unwrap(),
        severity: Severity::Major,
        contested_amount: Some(euros(4_000)),
        opened_on: day("2026-03-01"),
        status: DisputeStatus::New,
        resolution: None,
        credited_amount: None,
        resolved_on: None,
        raised_again: RaisedAgain::default(),
        past_decisions: PastDecisions::default(),
        past_details: PastDetails::default(),
        details_on: None,
        voided_on: None,
        priority_label: None,
        assignee: None,
        updated_at: start(),
        version: 1,
    }
}

pub fn message(id: &str, customer: &str, dispute: Option<&str>, received_at: Instant) -> Message {
    let intent = Classification {
        labels: vec![Graded { label: Intent::Dispute, probability: 0.1 + 0.2 }],
        abstained: false,
        known_word_share: 1.0,
        words: vec![],
        model_id: ModelId::new(ModelKind::Intent, 1),
    };
    Message {
        id: MessageId::parse(id).unwrap(),
        customer_id: Some(customer_id(customer)),
        channel: MessageChannel::Email,
        subject: "Rechnung \"4711\"".to_owned(),
        body: "We will not pay \\u0000 — the price is wrong.\n".repeat(3),
        received_at,
        reading: MessageReading {
            language: None,
            intent,
            contested_item: None,
            severity: None,
            invoices: vec!["4711".to_owned()],
            matched_invoice_ids: vec![invoice_id("4711")],
            contested_amount: Some(euros(1)),
            promised_on: None,
            promised_sum: PromisedSum::Several(vec![euros(1), euros(2)]),
        },
        dispute_id: dispute.map(|id| DisputeId::parse(id).unwrap()),
        work_item_id: None,
    }
}

/// An item of an account of its own.
pub fn work_item(id: &str, priority: f64) -> WorkItem {
    WorkItem {
        id: WorkItemId::parse(id).unwrap(),
        kind: WorkItemKind::OverdueAccount,
        customer_id: Some(customer_id(&format!("C-{id}"))),
        currency: Some(Currency::EUR),
        dispute_id: None,
        message_id: None,
        queue: None,
        assignee: None,
        state: WorkItemState::Open,
        priority,
        tier: Tier::Medium,
        stake: Some(euros(9_900)),
        summary: "Call them".to_owned(),
        score_id: None,
        created_at: start(),
        due_on: Some(day("2026-03-20")),
        snoozed_until: None,
        lease: None,
        completed: None,
        gate: None,
        is_raised: false,
        version: 1,
    }
}

pub fn score(id: &str, subject: ScoreSubject, priority: f64, scored_at: Instant) -> ScoreRecord {
    let reason = Reason { factor: Factor::Severity, points: priority, value: "MAJOR".to_owned() };
    let score = Score {
        id: ScoreId::parse(id).unwrap(),
        scored_at,
        probability: 1.0 / 3.0,
        stake_base: 0.1 + 0.2,
        value_base: 1e-300,
        rank_key: 123_456.789_012_345_67,
        priority,
        tier: Tier::High,
        reasons: vec![reason],
        model_ids: vec![ModelId::new(ModelKind::Payment, 3)],
        strategy_digest: "s".to_owned(),
        feature_digest: "f".to_owned(),
    };
    ScoreRecord { score, subject, inputs: "{\"x\":0.30000000000000004}".to_owned() }
}

pub fn request(id: &str) -> RequestRecord {
    RequestRecord {
        request_id: RequestId::parse(id).unwrap(),
        content_digest: "d".to_owned(),
        result: "{\"id\":\"m\"}".to_owned(),
        answered_at: start(),
    }
}
