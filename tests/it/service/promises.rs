//! Promises to pay: how much of what is open they take off what can be asked for.

use recourse::domain::ids::CustomerId;
use recourse::domain::money::Money;
use recourse::domain::work_item::WorkItemKind;
use recourse::service::account::AccountQuery;

use super::bench::{Bench, customer, euros, invoice};
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

#[tokio::test]
async fn a_promise_of_a_message_is_of_the_sum_that_it_names() {
    for (body, sum) in [
        ("Hello, we will transfer EUR 200.00 on 2026-12-01. Regards", 200),
        ("Hello, we will pay EUR 200.00 towards invoice INV-801 on 2026-12-01. The rest follows later. Regards", 200),
        ("Hello, we will pay invoice INV-801 on 2026-12-01. Regards", 8_000),
        ("Hello, we will pay everything on 2026-12-01. Regards", 13_000),
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
        "Hello, of the EUR 8,000.00 on invoice INV-801 we will pay EUR 200.00 on 2026-12-01. Regards",
        "Hello, we will pay EUR 9,000.00 for invoice INV-801 on 2026-12-01. Regards",
        "Hello, we will pay USD 200.00 for invoice INV-801 on 2026-12-01. Regards",
    ] {
        let bench = reading_bench().await;
        let item = bench.submit("T-1", body).await.unwrap().work_item.unwrap().item;
        assert_eq!(item.kind, WorkItemKind::PromiseFollowUp, "{body}");
        assert_eq!(promised(&bench).await, euros(0), "{body}");
    }
}
