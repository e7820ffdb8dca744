//! The currency that a strategy counts in changes what amounts are told in, and no probability.

use recourse::domain::dispute::Severity;
use recourse::domain::ids::{CustomerId, InvoiceId, RequestId};
use recourse::domain::money::{Currency, FxRate, Money};
use recourse::domain::taxonomy::ItemCode;
use recourse::ledger::record::LedgerRecord;
use recourse::service::dispute::OpenDispute;

use super::bench::{Bench, customer, day, overdue_invoice};
use super::models::with_shipped_disputes;

fn yen() -> Currency {
    Currency::parse("JPY").unwrap()
}

/// The probabilities of urgency and of being right of a dispute about one of two invoices of some 900 euros, one in euros and one in
/// yen at 160, as a service with these rates gives them that counts in `base`.
async fn probabilities(base: Currency, invoice: &str, rates: &[(Currency, Currency, &str)]) -> (f64, f64) {
    let amounts = [Money::from_minor(90_000, Currency::EUR), Money::from_minor(900 * 160, yen())];
    probabilities_of(base, invoice, amounts, rates).await
}

async fn probabilities_of(
    base: Currency,
    invoice: &str,
    [in_euro, in_yen]: [Money; 2],
    rates: &[(Currency, Currency, &str)],
) -> (f64, f64) {
    let bench = Bench::counting_in(base, with_shipped_disputes()).await;
    let rate = |(from, to, rate): &(Currency, Currency, &str)| {
        LedgerRecord::FxRate(FxRate { from: *from, to: *to, on: day("2026-01-01"), rate: rate.parse().unwrap() })
    };
    let mut records: Vec<LedgerRecord> = rates.iter().map(rate).collect();
    records.push(customer("C-1", "Nordlicht GmbH"));
    records.push(overdue_invoice("C-1", "IN-EUR", in_euro));
    records.push(overdue_invoice("C-1", "IN-JPY", in_yen));
    bench.ingest(records).await;
    let request = OpenDispute {
        request_id: RequestId::parse("O-1").unwrap(),
        customer_id: CustomerId::parse("C-1").unwrap(),
        invoice_ids: vec![InvoiceId::parse(invoice).unwrap()],
        contested_item: ItemCode::parse("PRICING").unwrap(),
        severity: Severity::Moderate,
        contested_amount: None,
        opened_on: None,
        queue: None,
    };
    let view = bench.service.open_dispute(&bench.tenant, request).await.unwrap().dispute;
    (view.priority.unwrap().score.probability, view.validity_probability.unwrap())
}

#[tokio::test]
async fn a_strategy_in_yen_gives_the_probabilities_of_one_in_euro() {
    let rates = [(Currency::EUR, yen(), "160")];
    let in_euro = probabilities(Currency::EUR, "IN-EUR", &rates).await;
    assert!((0.01..0.9).contains(&in_euro.0), "{in_euro:?}");
    for (base, invoice) in [(Currency::EUR, "IN-JPY"), (yen(), "IN-EUR"), (yen(), "IN-JPY")] {
        let found = probabilities(base, invoice, &rates).await;
        let is_equal = (found.0 - in_euro.0).abs() < 1e-9 && (found.1 - in_euro.1).abs() < 1e-9;
        assert!(is_equal, "{invoice} counted in {base}: {found:?}, expected {in_euro:?}");
    }
}

/// Goal: without a stored rate a rough one holds, which moves a probability a little, and thousands of units never stand for euros.
#[tokio::test]
async fn without_a_rate_amounts_in_the_base_currency_are_converted_roughly() {
    let exact = probabilities(yen(), "IN-JPY", &[(Currency::EUR, yen(), "160")]).await;
    let other = probabilities(yen(), "IN-JPY", &[(Currency::USD, yen(), "145")]).await;
    let amounts = [Money::from_minor(90_000 * 160, Currency::EUR), Money::from_minor(900 * 160, yen())];
    let unconverted = probabilities_of(Currency::EUR, "IN-EUR", amounts, &[]).await;
    let away = |found: (f64, f64)| (found.0 - exact.0).abs();
    assert!(away(other) < 0.1 && away(unconverted) > 2.0 * away(other), "{other:?} {exact:?} {unconverted:?}");
}
