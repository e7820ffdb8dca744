//! Promises to pay: how much of what is open they take off what can be asked for.

use recourse::domain::ids::{CustomerId, InvoiceId, RequestId};
use recourse::domain::money::{Currency, Money};
use recourse::domain::work_item::WorkItemKind;
use recourse::service::ServiceError;
use recourse::service::account::{AccountQuery, RecordPromise};

use super::bench::{Bench, customer, day, euros, invoice, overdue_invoice};
use super::models::with_shipped_reader;

/// One that reads messages with the shipped models; `C-1` owes 8,000 and 5,000 euros.
async fn reading_bench() -> Bench {
    let bench = Bench::serving(with_shipped_reader()).await;
    let mut records = vec![customer("C-1", "Nordlicht GmbH")];
    records.push(invoice("C-1", "INV-801", "2026-01-05", "2026-02-04", 8_000));
    records.push(invoice("C-1", "INV-802", "2026-01-20", "2026-02-19", 5_000));
    bench.ingest(records).await;
    bench
}

/// What is promised of the account of `C-1`.
async fn promised(bench: &Bench) -> Money {
    let query = AccountQuery { customer_id: CustomerId::parse("C-1").unwrap(), currency: None, as_of: None };
    let account = bench.service.account(&bench.tenant, &query).await.unwrap();
    Money::from_minor(account.position.parts.promised_minor, account.position.currency)
}

fn promise(request_id: &str, invoices: &[&str], amount: Option<Money>) -> RecordPromise {
    RecordPromise {
        request_id: RequestId::parse(request_id).unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        invoice_ids: invoices.iter().map(|id| InvoiceId::parse(id).unwrap()).collect(),
        amount,
        promised_on: day("2026-03-20"),
        made_on: None,
    }
}

#[tokio::test]
async fn a_promise_of_a_message_is_of_the_sum_that_it_names() {
    for (body, sum) in [
        ("Hello, we will transfer EUR 200.00 on 2026-06-01. Regards", 200),
        ("Hello, we will pay EUR 200.00 towards invoice INV-801 on 2026-06-01. The rest follows later. Regards", 200),
        ("Hello, we will pay invoice INV-801 on 2026-06-01. Regards", 8_000),
        ("Hello, we will pay everything on 2026-06-01. Regards", 13_000),
    ] {
        let bench = reading_bench().await;
        let item = bench.submit("T-1", body).await.unwrap().work_item.unwrap().item;
        assert_eq!((item.kind, item.stake), (WorkItemKind::PromiseFollowUp, Some(euros(sum))), "{body}");
        assert_eq!(promised(&bench).await, euros(sum), "{body}");
    }
}

#[tokio::test]
async fn a_promise_of_which_sum_is_not_sure_is_left_to_a_person() {
    for body in [
        "Hello, of the EUR 8,000.00 on invoice INV-801 we will pay EUR 200.00 on 2026-06-01. Regards",
        "Hello, we will pay EUR 9,000.00 for invoice INV-801 on 2026-06-01. Regards",
        "Hello, we will pay USD 200.00 for invoice INV-801 on 2026-06-01. Regards",
    ] {
        let bench = reading_bench().await;
        let item = bench.submit("T-1", body).await.unwrap().work_item.unwrap().item;
        assert_eq!(item.kind, WorkItemKind::PromiseFollowUp, "{body}");
        assert_eq!(promised(&bench).await, euros(0), "{body}");
    }
}

#[tokio::test]
async fn a_promise_needs_an_account_in_its_currency() {
    let bench = Bench::with_ledger().await;
    let pounds = Some(Money::from_minor(500, Currency::parse("GBP").unwrap()));
    let refused = bench.service.record_promise(&bench.tenant, promise("P-1", &[], pounds)).await.unwrap_err();
    let ServiceError::Invalid(violations) = refused else { panic!("{refused:?}") };
    assert_eq!(violations.0[0].field, "amount");
    bench.service.record_promise(&bench.tenant, promise("P-2", &[], Some(euros(5)))).await.unwrap();
    assert_eq!(promised(&bench).await, euros(5));
}

#[tokio::test]
async fn a_promise_of_a_sum_is_about_invoices_of_one_currency() {
    let bench = Bench::with_ledger().await;
    bench.ingest(vec![overdue_invoice("C-1", "U-1", Money::from_minor(10_000, Currency::USD))]).await;
    let mixed = ["R-2", "U-1"];
    let refused = bench.service.record_promise(&bench.tenant, promise("P-1", &mixed, Some(euros(5)))).await;
    let ServiceError::Invalid(violations) = refused.unwrap_err() else { panic!("another refusal") };
    assert_eq!(violations.0[0].field, "amount");
    bench.service.record_promise(&bench.tenant, promise("P-2", &mixed, None)).await.unwrap();
    assert_eq!(promised(&bench).await, euros(4_000));
}
