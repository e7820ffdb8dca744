//! Amounts in the strategy's base currency, by the ledger's exchange rates or, without any, by rough shipped ones.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive as _, ToPrimitive as _};

use super::{Service, ServiceError};
use crate::domain::ids::TenantId;
use crate::domain::money::{Currency, FxRate, Money};
use crate::domain::time::CivilDate;
use crate::features::rates::BaseRates as FeatureRates;

/// Units of a currency for one euro, rounded: good enough to rank by where the ledger was given no rate.
const ROUGH_UNITS_PER_EURO: &[(&str, f64)] = &[
    ("AED", 4.0),
    ("AUD", 1.65),
    ("BGN", 1.956),
    ("BRL", 6.0),
    ("CAD", 1.5),
    ("CHF", 0.95),
    ("CNY", 7.8),
    ("CZK", 25.0),
    ("DKK", 7.46),
    ("EUR", 1.0),
    ("GBP", 0.85),
    ("HKD", 8.5),
    ("HUF", 395.0),
    ("IDR", 17_500.0),
    ("ILS", 4.0),
    ("INR", 92.0),
    ("JPY", 160.0),
    ("KRW", 1_500.0),
    ("KWD", 0.335),
    ("MXN", 20.0),
    ("MYR", 4.8),
    ("NOK", 11.6),
    ("NZD", 1.85),
    ("PHP", 62.0),
    ("PLN", 4.3),
    ("RON", 5.0),
    ("SAR", 4.1),
    ("SEK", 11.3),
    ("SGD", 1.45),
    ("THB", 37.0),
    ("TRY", 40.0),
    ("TWD", 35.0),
    ("USD", 1.1),
    ("ZAR", 20.0),
];

/// Rates into one currency on a day.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BaseRates {
    base: Currency,
    by_currency: BTreeMap<Currency, f64>,
    /// The rates that the ledger gave.
    known: Vec<FxRate>,
}

fn rough_rate(from: Currency, to: Currency) -> Option<f64> {
    let units = |currency: Currency| {
        ROUGH_UNITS_PER_EURO.iter().find(|(code, _)| *code == currency.as_str()).map(|(_, units)| *units)
    };
    Some(units(to)? / units(from)?)
}

impl BaseRates {
    /// Rates of nothing but the base currency itself.
    pub(super) fn new(base: Currency) -> Self {
        BaseRates { base, by_currency: BTreeMap::from([(base, 1.0)]), known: Vec::new() }
    }

    fn holds(&self, currency: Currency) -> bool {
        self.by_currency.contains_key(&currency)
    }

    /// The rates that the ledger gave, as the features take them: what has none stays unknown.
    pub(super) fn of_features(&self) -> FeatureRates {
        FeatureRates::new(self.base, &self.known)
    }

    /// Units of the base currency for one unit of `currency`; 1 when nothing at all is known of it.
    pub(super) fn rate(&self, currency: Currency) -> f64 {
        self.by_currency.get(&currency).copied().or_else(|| rough_rate(currency, self.base)).unwrap_or(1.0)
    }

    /// An amount in units of the base currency.
    pub(super) fn in_base(&self, amount: Money) -> f64 {
        amount.units_f64() * self.rate(amount.currency())
    }

    /// What amounts come to together: in their currency when they have one in common, and else in the base currency; absent when there
    /// is none.
    pub(super) fn together(&self, amounts: &[Money]) -> Option<Money> {
        let first = amounts.first()?;
        if amounts.iter().all(|amount| amount.currency() == first.currency()) {
            return Money::sum(amounts);
        }
        self.money_in_base(amounts.iter().map(|amount| self.in_base(*amount)).sum())
    }

    /// Units of the base currency as money, rounded to its smallest unit; none when nothing is left of them.
    pub(super) fn money_in_base(&self, units: f64) -> Option<Money> {
        let rounded = Decimal::from_f64(units)?.round_dp(self.base.exponent());
        Money::from_decimal(rounded, self.base).ok().filter(|money| money.minor() != 0)
    }

    /// Minor units of a currency in units of the base currency.
    pub(super) fn minor_in_base(&self, minor: i64, currency: Currency) -> f64 {
        self.in_base(Money::from_minor(minor, currency))
    }
}

impl Service {
    /// Adds the rates of these currencies that hold on `on`.
    pub(super) async fn add_rates(
        &self,
        tenant: &TenantId,
        rates: &mut BaseRates,
        currencies: impl IntoIterator<Item = Currency> + Send,
        on: CivilDate,
    ) -> Result<(), ServiceError> {
        let wanted: BTreeSet<Currency> = currencies.into_iter().filter(|currency| !rates.holds(*currency)).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let wanted: Vec<Currency> = wanted.into_iter().collect();
        let stored = self.store.fx_rates(tenant, &wanted, rates.base, on).await?;
        for currency in wanted {
            let (there, back) = (
                stored.iter().find(|rate| rate.from == currency && rate.to == rates.base),
                stored.iter().find(|rate| rate.from == rates.base && rate.to == currency),
            );
            let stored = there.or(back).cloned();
            let value = stored.as_ref().and_then(|stored| stored.rate.to_f64()).filter(|value| *value > 0.0);
            let is_inverse = stored.as_ref().is_some_and(|stored| stored.from == rates.base);
            let rate = value.map(|value| if is_inverse { 1.0 / value } else { value });
            rates.known.extend(stored);
            if rate.is_none() {
                tracing::debug!(currency = %currency, base = %rates.base, "no exchange rate is known, a rough one is used");
            }
            let rate = rate.or_else(|| rough_rate(currency, rates.base)).unwrap_or(1.0);
            rates.by_currency.insert(currency, rate);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_several_currencies_come_together_in_the_base_currency() {
        let mut rates = BaseRates::new(Currency::EUR);
        rates.by_currency.insert(Currency::USD, 0.9);
        let (euros, dollars) = (Money::from_minor(100, Currency::EUR), Money::from_minor(1_111, Currency::USD));
        assert_eq!(rates.together(&[dollars, dollars]), Some(Money::from_minor(2_222, Currency::USD)));
        assert_eq!(rates.together(&[dollars, euros]), Some(Money::from_minor(1_100, Currency::EUR)));
        assert_eq!(rates.together(&[]), None);
    }

    #[test]
    fn rough_rates_agree_with_their_inverse() {
        let (euro, dollar) = (Currency::EUR, Currency::USD);
        let there = rough_rate(euro, dollar).unwrap();
        let back = rough_rate(dollar, euro).unwrap();
        assert!((there * back - 1.0).abs() < 1e-12);
        for (code, _) in ROUGH_UNITS_PER_EURO {
            assert!(Currency::parse(code).is_ok(), "{code} is no currency");
        }
    }
}
