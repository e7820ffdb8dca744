//! Exchange rates: which rate an amount counts by, and what is told where none is stored.

use recourse::domain::dispute::Severity;
use recourse::domain::ids::{CustomerId, InvoiceId, RequestId};
use recourse::domain::money::{Currency, FxRate, Money};
use recourse::domain::score::Score;
use recourse::domain::taxonomy::ItemCode;
use recourse::ledger::record::LedgerRecord;
use recourse::service::dispute::OpenDispute;

use super::bench::{Bench, customer, day, overdue_invoice};
use super::models::with_shipped_disputes;

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

fn rate(from: &str, to: &str, rate: &str) -> LedgerRecord {
    let (from, to, rate) = (currency(from), currency(to), rate.parse().unwrap());
    LedgerRecord::FxRate(FxRate { from, to, on: day("2026-01-01"), rate })
}

/// The score of a dispute about an invoice of this amount, where the ledger has these rates.
async fn score_of(amount: Money, rates: Vec<LedgerRecord>) -> Score {
    let bench = Bench::serving(with_shipped_disputes()).await;
    bench.ingest(rates).await;
    bench.ingest(vec![customer("C-9", "Kanto Trading"), overdue_invoice("C-9", "X-1", amount)]).await;
    let request = OpenDispute {
        request_id: RequestId::parse("R-1").unwrap(),
        customer_id: CustomerId::parse("C-9").unwrap(),
        invoice_ids: vec![InvoiceId::parse("X-1").unwrap()],
        contested_item: ItemCode::parse("PRICING").unwrap(),
        severity: Severity::Moderate,
        contested_amount: None,
        opened_on: None,
        queue: None,
    };
    let opened = bench.service.open_dispute(&bench.tenant, request).await.unwrap();
    opened.dispute.priority.unwrap().score
}

#[tokio::test]
async fn rates_quoted_against_another_currency_are_crossed() {
    let pounds = Money::from_minor(500_000, currency("GBP"));
    let direct = score_of(pounds, vec![rate("GBP", "EUR", "1.25")]).await;
    let crossed = score_of(pounds, vec![rate("EUR", "USD", "1.0"), rate("GBP", "USD", "1.25")]).await;
    let differs = score_of(pounds, vec![rate("EUR", "USD", "1.0"), rate("GBP", "USD", "2.5")]).await;
    assert_eq!((crossed.probability, crossed.priority), (direct.probability, direct.priority));
    assert!(differs.priority > direct.priority, "{} {}", differs.priority, direct.priority);
}

#[tokio::test]
async fn no_currency_counts_like_the_base_currency_for_want_of_a_rate() {
    for (code, minor) in [("VND", 53_000_000), ("CLP", 2_060_000), ("COP", 916_000_000), ("XOF", 1_312_000)] {
        let stake_base = score_of(Money::from_minor(minor, currency(code)), Vec::new()).await.stake_base;
        assert!((1_950.0..2_050.0).contains(&stake_base), "{code}: EUR {stake_base} instead of some 2,000");
    }
}

#[tokio::test]
async fn currencies_without_a_stored_rate_are_told() {
    let bench = Bench::with_ledger().await;
    assert_eq!(bench.service.currencies_without_rate().await.unwrap(), []);
    let invoices = ["VND", "GBP", "CHF"]
        .map(|code| overdue_invoice("C-1", &format!("I-{code}"), Money::from_minor(100_000, currency(code))));
    bench.ingest(invoices.to_vec()).await;
    bench.ingest(vec![rate("EUR", "USD", "1.1"), rate("GBP", "USD", "1.3")]).await;
    let told = bench.service.currencies_without_rate().await.unwrap();
    assert_eq!(told, [(bench.tenant.clone(), vec![currency("CHF"), currency("VND")])]);
}
