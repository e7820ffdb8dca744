//! A small ledger and messages about it.

use recourse::rpc::pb;
use recourse::rpc::pb::ingest_ledger_request::Record;

use super::harness::{TestService, euros};

/// A customer with two overdue invoices, a partial payment and one invoice that is not due.
pub fn ledger() -> Vec<Record> {
    vec![
        Record::Customer(pb::Customer {
            customer_id: "C-1".to_owned(),
            name: "Nordlicht GmbH".to_owned(),
            segment: "key account".to_owned(),
            country_code: "DE".to_owned(),
            language_code: "de".to_owned(),
            annual_revenue: Some(euros(250_000)),
            credit_limit: None,
            credit_score: Some(pb::CreditScore {
                value: 250.0,
                worst: 600.0,
                best: 100.0,
                scored_on: "2026-01-01".to_owned(),
            }),
        }),
        invoice("R-1", "2026-01-05", "2026-02-04", 1_000),
        invoice("R-2", "2026-01-20", "2026-02-19", 4_000),
        invoice("R-3", "2026-03-10", "2026-04-09", 500),
        Record::Payment(pb::Payment {
            payment_id: "P-1".to_owned(),
            customer_id: "C-1".to_owned(),
            amount: Some(euros(400)),
            received_on: "2026-02-20".to_owned(),
            allocations: vec![pb::Allocation { invoice_id: "R-1".to_owned(), amount: Some(euros(400)) }],
        }),
    ]
}

/// An invoice of the sample's customer.
pub fn invoice(id: &str, issued_on: &str, due_on: &str, units: i64) -> Record {
    Record::Invoice(pb::Invoice {
        invoice_id: id.to_owned(),
        customer_id: "C-1".to_owned(),
        amount: Some(euros(units)),
        issued_on: issued_on.to_owned(),
        due_on: due_on.to_owned(),
        business_unit: String::new(),
    })
}

/// Sends records to the ledger.
pub async fn ingest(server: &TestService, records: Vec<Record>) -> pb::IngestLedgerResponse {
    let requests: Vec<_> = records.into_iter().map(|record| pb::IngestLedgerRequest { record: Some(record) }).collect();
    server.ledger().ingest_ledger(tokio_stream::iter(requests)).await.unwrap().into_inner()
}

/// A server that knows the sample's ledger.
pub async fn server_with_ledger() -> TestService {
    let server = TestService::start().await;
    let summary = ingest(&server, ledger()).await;
    assert_eq!(summary.rejected_count, 0, "{summary:?}");
    server
}

/// A message of the sample's customer.
pub fn message(body: &str) -> pb::ScoreMessageRequest {
    pb::ScoreMessageRequest {
        body: body.to_owned(),
        subject: "Rechnung".to_owned(),
        customer_id: "C-1".to_owned(),
        received_at: None,
        channel: pb::MessageChannel::Email.into(),
    }
}

/// A submission of such a message.
pub fn submission(request_id: &str, body: &str) -> pb::SubmitMessageRequest {
    pb::SubmitMessageRequest {
        request_id: request_id.to_owned(),
        message_id: String::new(),
        message: Some(message(body)),
        queue: String::new(),
        validate_only: false,
    }
}
