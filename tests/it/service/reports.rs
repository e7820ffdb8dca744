//! Reports over the small ledger.

use recourse::domain::money::Currency;
use recourse::service::ServiceError;
use recourse::service::report::{AgeingQuery, CeiSales, MetricsQuery};

use super::bench::{Bench, day, euros};

#[tokio::test]
async fn the_ageing_adds_up_and_names_the_most_overdue_first() {
    let bench = Bench::with_ledger().await;
    let query = AgeingQuery { as_of: None, currency: None, customer_limit: Some(1) };
    let report = bench.service.ageing_report(&bench.tenant, &query).await.unwrap();
    assert_eq!(report.as_of, day("2026-03-16"));
    let [euro] = report.currencies.as_slice() else { panic!("{report:?}") };
    assert_eq!((euro.currency, euro.customer_count, euro.invoice_count), (Currency::EUR, 2, 4));
    assert_eq!(euro.total.current_minor, euros(500).minor());
    assert_eq!(euro.total.days_1_30_minor, euros(4_100).minor());
    assert_eq!(euro.total.days_31_60_minor, euros(600).minor());
    let [first] = euro.customers.as_slice() else { panic!("{report:?}") };
    assert_eq!(first.customer_name, "Nordlicht GmbH");
}

#[tokio::test]
async fn the_metrics_of_a_period_follow_from_the_ledger() {
    let bench = Bench::with_ledger().await;
    let query = MetricsQuery {
        from_on: day("2026-02-01"),
        to_on: day("2026-03-16"),
        currency: Some(Currency::EUR),
        cei_sales: CeiSales::Whole,
    };
    let metrics = bench.service.collection_metrics(&bench.tenant, &query).await.unwrap();
    let [euro] = metrics.as_slice() else { panic!("{metrics:?}") };
    assert_eq!(euro.beginning_receivables, euros(5_100));
    assert_eq!(euro.sales, euros(500));
    assert_eq!(euro.ending_receivables, euros(5_200));
    assert_eq!(euro.ending_current_receivables, euros(500));
    assert_eq!(euro.day_count, 44);
    let cei = 100.0 * (5_100.0 + 500.0 - 5_200.0) / (5_100.0 + 500.0 - 500.0);
    assert!((euro.cei.unwrap() - cei).abs() < 1e-9);
    let backwards = MetricsQuery { from_on: day("2026-03-17"), ..query };
    let refused = bench.service.collection_metrics(&bench.tenant, &backwards).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Invalid(_)), "{refused:?}");
}
