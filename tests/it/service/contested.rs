//! How much a dispute contests and can be credited: over currencies, further complaints and credit notes.

use recourse::domain::dispute::Severity;
use recourse::domain::ids::{CustomerId, InvoiceId, RequestId};
use recourse::domain::money::{Currency, Money};
use recourse::domain::taxonomy::ItemCode;
use recourse::service::ServiceError;
use recourse::service::account::AccountQuery;
use recourse::service::dispute::{AmountChange, OpenDispute, UpdateDispute};
use recourse::service::view::DisputeView;

use super::bench::{Bench, euros, no_change};

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
