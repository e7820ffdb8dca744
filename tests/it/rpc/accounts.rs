//! The ledger, accounts, priorities and reports.

use recourse::rpc::pb;
use recourse::rpc::pb::ingest_ledger_request::Record;
use recourse::rpc::pb::priority_subject::Subject;
use tonic::Code;

use super::harness::{TestService, euros, fields_of, reason_of};
use super::sample::{ingest, invoice, ledger, server_with_ledger};

fn of_customer(customer_id: &str) -> pb::PrioritySubject {
    pb::PrioritySubject { subject: Some(Subject::CustomerId(customer_id.to_owned())), currency_code: String::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_taken_in_once_and_bad_ones_are_reported_by_their_place() {
    let server = TestService::start().await;
    let mut records = ledger();
    records.insert(1, invoice("R-0", "2026-01-05", "2026-01-04", 10));
    records.insert(0, invoice("R-0", "never", "2026-01-04", 10));
    let summary = ingest(&server, records).await;
    assert_eq!((summary.received_count, summary.inserted_count, summary.rejected_count), (7, 5, 2));
    assert_eq!(summary.errors.iter().map(|error| error.index).collect::<Vec<_>>(), [0, 2]);
    let error = &summary.errors[1];
    assert_eq!((error.record_kind.as_str(), error.external_id.as_str()), ("invoice", "R-0"));
    assert_eq!(error.status.as_ref().unwrap().violations[0].field, "invoice.due_on");
    let again = ingest(&server, ledger()).await;
    assert_eq!((again.inserted_count, again.unchanged_count, again.rejected_count), (0, 5, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_may_precede_its_invoice_but_not_do_without_it() {
    let server = TestService::start().await;
    let mut records = ledger();
    records.reverse();
    let lost = Record::Payment(pb::Payment {
        payment_id: "P-2".to_owned(),
        customer_id: "C-1".to_owned(),
        amount: Some(euros(10)),
        received_on: "2026-02-20".to_owned(),
        allocations: vec![pb::Allocation { invoice_id: "R-404".to_owned(), amount: Some(euros(10)) }],
    });
    records.insert(0, lost);
    let summary = ingest(&server, records).await;
    assert_eq!((summary.received_count, summary.rejected_count), (6, 1), "{summary:?}");
    let status = summary.errors[0].status.clone().unwrap();
    assert_eq!((summary.errors[0].index, status.code, status.reason.as_str()), (0, 5, "UNKNOWN_INVOICE"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_bounced_is_open_again_from_its_day() {
    let server = server_with_ledger().await;
    let reversal = |id: &str, reversed_on: &str| {
        Record::Reversal(pb::Reversal {
            reversal_id: id.to_owned(),
            payment_id: "P-1".to_owned(),
            credit_note_id: String::new(),
            reversed_on: reversed_on.to_owned(),
        })
    };
    let unapplied = Record::Payment(pb::Payment {
        payment_id: "P-2".to_owned(),
        customer_id: "C-1".to_owned(),
        amount: Some(euros(300)),
        received_on: "2026-02-21".to_owned(),
        allocations: Vec::new(),
    });
    let application = Record::Application(pb::Application {
        application_id: "AP-1".to_owned(),
        payment_id: "P-2".to_owned(),
        credit_note_id: String::new(),
        applied_on: "2026-03-01".to_owned(),
        allocations: vec![pb::Allocation { invoice_id: "R-1".to_owned(), amount: Some(euros(250)) }],
    });
    let summary = ingest(&server, vec![application, unapplied, reversal("RV-1", "2026-03-10")]).await;
    assert_eq!((summary.inserted_count, summary.rejected_count), (3, 0), "{summary:?}");
    let account = async |as_of: &str| {
        let request =
            pb::GetAccountRequest { customer_id: "C-1".to_owned(), as_of: as_of.to_owned(), ..Default::default() };
        server.ledger().get_account(request).await.unwrap().into_inner().account.unwrap()
    };
    let open = |account: &pb::Account| account.invoices[0].open.clone();
    for (as_of, first_open, unapplied) in
        [("2026-02-28", 600, 300), ("2026-03-01", 350, 50), ("2026-03-09", 350, 50), ("2026-03-10", 750, 50)]
    {
        let account = account(as_of).await;
        assert_eq!((open(&account), account.unapplied), (Some(euros(first_open)), Some(euros(unapplied))), "{as_of}");
    }
    let again = ingest(&server, vec![reversal("RV-1", "2026-03-10"), reversal("RV-2", "2026-03-10")]).await;
    let status = again.errors[0].status.clone().unwrap();
    assert_eq!((again.unchanged_count, again.errors[0].record_kind.as_str()), (1, "reversal"));
    assert_eq!((status.code, status.reason.as_str()), (6, "ALREADY_REVERSED"));
    assert_eq!(status.violations[0].field, "reversal.payment_id");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_with_other_content_is_refused() {
    let server = server_with_ledger().await;
    let summary = ingest(&server, vec![invoice("R-1", "2026-01-05", "2026-02-04", 9_999)]).await;
    let status = summary.errors[0].status.clone().unwrap();
    assert_eq!((status.code, status.reason.as_str()), (6, "CONTENT_CONFLICT"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_shows_where_every_cent_stands() {
    let server = server_with_ledger().await;
    let customer = pb::GetCustomerRequest { customer_id: "C-1".to_owned() };
    let customer = server.ledger().get_customer(customer).await.unwrap().into_inner().customer.unwrap();
    assert_eq!((customer.name.as_str(), customer.credit_score.unwrap().worst), ("Nordlicht GmbH", 600.0));
    let request = pb::GetAccountRequest { customer_id: "C-1".to_owned(), ..pb::GetAccountRequest::default() };
    let account = server.ledger().get_account(request).await.unwrap().into_inner().account.unwrap();
    assert_eq!((account.as_of.as_str(), account.open), ("2026-03-16", Some(euros(5_100))));
    let ageing = account.ageing.unwrap();
    assert_eq!(
        (ageing.current, ageing.days_1_30, ageing.days_31_60),
        (Some(euros(500)), Some(euros(4_000)), Some(euros(600)))
    );
    assert_eq!(
        account.invoices.iter().map(|invoice| invoice.invoice_id.as_str()).collect::<Vec<_>>(),
        ["R-1", "R-2", "R-3"]
    );
    let before = pb::GetAccountRequest {
        customer_id: "C-1".to_owned(),
        as_of: "2026-02-19".to_owned(),
        currency_code: "EUR".to_owned(),
    };
    let account = server.ledger().get_account(before).await.unwrap().into_inner().account.unwrap();
    assert_eq!(account.open, Some(euros(5_000)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_scored_alone_and_in_a_stream() {
    let server = server_with_ledger().await;
    let request = pb::ScoreAccountRequest { customer_id: "C-1".to_owned(), ..pb::ScoreAccountRequest::default() };
    let score = server.accounts().score_account(request).await.unwrap().into_inner();
    assert_eq!(score.forecasts.len(), 3);
    for forecast in &score.forecasts {
        assert!(forecast.unpaid.windows(2).all(|pair| pair[0].probability >= pair[1].probability));
    }
    let priority = score.priority.unwrap();
    assert_eq!(priority.reasons.iter().map(|reason| reason.points).sum::<f64>(), priority.priority);
    let requests = ["C-1", "C-404", ""].map(|customer_id| pb::BatchScoreAccountsRequest {
        customer_id: customer_id.to_owned(),
        ..pb::BatchScoreAccountsRequest::default()
    });
    let mut answers = server.accounts().batch_score_accounts(tokio_stream::iter(requests)).await.unwrap().into_inner();
    for (customer_id, code) in [("C-1", 0), ("C-404", 5), ("", 3)] {
        let answer = answers.message().await.unwrap().unwrap();
        assert_eq!((answer.customer_id.as_str(), answer.status.unwrap().code), (customer_id, code));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_takes_its_amount_off_what_can_be_asked_for_once() {
    let server = server_with_ledger().await;
    let promise = pb::RecordPromiseRequest {
        request_id: "promise-1".to_owned(),
        customer_id: "C-1".to_owned(),
        invoice_ids: vec!["R-2".to_owned()],
        amount: None,
        promised_on: "2026-03-30".to_owned(),
        made_on: String::new(),
    };
    let first = server.accounts().record_promise(promise.clone()).await.unwrap().into_inner();
    let again = server.accounts().record_promise(promise.clone()).await.unwrap().into_inner();
    assert_eq!(first.promise_id, again.promise_id);
    let other = pb::RecordPromiseRequest { promised_on: "2026-03-31".to_owned(), ..promise };
    let status = server.accounts().record_promise(other).await.unwrap_err();
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::AlreadyExists, "CONTENT_CONFLICT"));
    let request = pb::GetAccountRequest { customer_id: "C-1".to_owned(), ..pb::GetAccountRequest::default() };
    let account = server.ledger().get_account(request).await.unwrap().into_inner().account.unwrap();
    assert_eq!(account.parts.unwrap().promised, Some(euros(4_000)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_is_recorded_once_and_needs_its_channel() {
    let server = server_with_ledger().await;
    let contact = pb::RecordContactRequest {
        request_id: "contact-1".to_owned(),
        customer_id: "C-1".to_owned(),
        channel: pb::ContactChannel::Call.into(),
        result: pb::ContactResult::InPaymentRun.into(),
        user_id: "eva".to_owned(),
        contacted_on: String::new(),
        note: "pays on Friday".to_owned(),
    };
    let first = server.accounts().record_contact(contact.clone()).await.unwrap().into_inner();
    let again = server.accounts().record_contact(contact.clone()).await.unwrap().into_inner();
    assert_eq!(first.contact_id, again.contact_id);
    let unspecified = pb::RecordContactRequest { channel: 0, result: 0, note: "x".repeat(4_001), ..contact };
    let status = server.accounts().record_contact(unspecified).await.unwrap_err();
    assert_eq!(fields_of(&status), ["channel", "result", "note"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn priorities_are_looked_up_one_by_one_and_by_the_thousand() {
    let server = server_with_ledger().await;
    let one = pb::GetPriorityRequest { subject: Some(of_customer("C-1")) };
    let one = server.priorities().get_priority(one).await.unwrap().into_inner().priority.unwrap();
    assert!((0.0..=100.0).contains(&one.priority));
    let missing = pb::GetPriorityRequest { subject: Some(of_customer("C-404")) };
    assert_eq!(server.priorities().get_priority(missing).await.unwrap_err().code(), Code::NotFound);
    let subjects: Vec<_> = (0..1_000).map(|index| of_customer(if index % 2 == 0 { "C-1" } else { "C-404" })).collect();
    let many = pb::BatchGetPrioritiesRequest { subjects: subjects.clone() };
    let many = server.priorities().batch_get_priorities(many).await.unwrap().into_inner();
    for (index, result) in many.results.iter().enumerate() {
        assert_eq!(result.status.as_ref().unwrap().code, if index % 2 == 0 { 0 } else { 5 });
    }
    let too_many = pb::BatchGetPrioritiesRequest { subjects: [subjects, vec![of_customer("C-1")]].concat() };
    let status = server.priorities().batch_get_priorities(too_many).await.unwrap_err();
    assert_eq!(fields_of(&status), ["subjects"]);
}

/// Goal: a request of the largest size that asks of a thousand ids none of which can be one is answered, not lost on its way back.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_about_overlong_ids_fits_into_what_clients_take() {
    let server = server_with_ledger().await;
    let overlong = pb::PrioritySubject {
        subject: Some(pb::priority_subject::Subject::DisputeId("é".repeat(2_050))),
        currency_code: String::new(),
    };
    let request = pb::BatchGetPrioritiesRequest { subjects: vec![overlong; 1_000] };
    let results = server.priorities().batch_get_priorities(request).await.unwrap().into_inner().results;
    assert_eq!((results.len(), results[999].status.as_ref().unwrap().code), (1_000, 3));
    let repeated = results[999].subject.clone().unwrap().subject.unwrap();
    assert_eq!(repeated, pb::priority_subject::Subject::DisputeId("é".repeat(100)));
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_add_up() {
    let server = server_with_ledger().await;
    let ageing = server.reports().get_ageing_report(pb::GetAgeingReportRequest::default()).await.unwrap().into_inner();
    assert_eq!((ageing.as_of.as_str(), ageing.currencies.len()), ("2026-03-16", 1));
    assert_eq!(ageing.currencies[0].total.as_ref().unwrap().total, Some(euros(5_100)));
    assert_eq!(ageing.currencies[0].customers[0].customer_name, "Nordlicht GmbH");
    let period = pb::GetCollectionMetricsRequest {
        from_on: "2026-01-01".to_owned(),
        to_on: "2026-03-16".to_owned(),
        ..pb::GetCollectionMetricsRequest::default()
    };
    let metrics = server.reports().get_collection_metrics(period).await.unwrap().into_inner().currencies;
    assert_eq!(
        (metrics[0].sales.clone(), metrics[0].ending_receivables.clone()),
        (Some(euros(5_500)), Some(euros(5_100)))
    );
    let backwards = pb::GetCollectionMetricsRequest {
        from_on: "2026-03-16".to_owned(),
        to_on: "2026-01-01".to_owned(),
        currency_code: "eur".to_owned(),
        monthly_sales_variant: false,
    };
    let status = server.reports().get_collection_metrics(backwards).await.unwrap_err();
    assert_eq!(fields_of(&status), ["to_on", "currency_code"]);
}
