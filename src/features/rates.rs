//! Exchange rates as of a day, to compare amounts of several currencies in one.

use std::collections::BTreeMap;

use rust_decimal::prelude::ToPrimitive as _;

use crate::domain::money::{Currency, FxRate, Money};
use crate::domain::time::CivilDate;

/// Currencies through which rates are crossed, in this order: those against which central banks and markets quote.
pub const PIVOTS: [Currency; 2] = [Currency::EUR, Currency::USD];

/// Rates into one base currency. What a unit of a currency is worth on a day is the first of these that is known: the latest rate
/// between the two up to that day, in either direction (of two of one day, the one into the base currency), or else the latest rate
/// into one of [`PIVOTS`] times the latest one from there into the base currency.
#[derive(Debug, Clone, PartialEq)]
pub struct BaseRates {
    base: Currency,
    /// Units of the second currency for one of the first, from a day on.
    units: BTreeMap<(Currency, Currency, CivilDate), f64>,
}

impl BaseRates {
    /// The rates among these that lead into or out of the base currency or a pivot.
    pub fn new<'a>(base: Currency, rates: impl IntoIterator<Item = &'a FxRate>) -> Self {
        let is_met = |currency: Currency| currency == base || PIVOTS.contains(&currency);
        let mut units = BTreeMap::new();
        let mut turned_round = Vec::new();
        for rate in rates {
            let Some(value) = rate.rate.to_f64().filter(|value| *value > 0.0) else { continue };
            if is_met(rate.to) {
                units.insert((rate.from, rate.to, rate.on), value);
            }
            if is_met(rate.from) {
                turned_round.push(((rate.to, rate.from, rate.on), 1.0 / value));
            }
        }
        for (pair_and_day, value) in turned_round {
            units.entry(pair_and_day).or_insert(value);
        }
        BaseRates { base, units }
    }

    /// Units of the base currency for one unit of a currency, at the latest rates known on that day; none when there is no rate.
    pub fn base_per_unit(&self, currency: Currency, on: CivilDate) -> Option<f64> {
        if currency == self.base {
            return Some(1.0);
        }
        self.latest(currency, self.base, on).or_else(|| {
            let pivots = PIVOTS.into_iter().filter(|pivot| *pivot != currency && *pivot != self.base);
            let mut crossed =
                pivots.filter_map(|pivot| Some(self.latest(currency, pivot, on)? * self.latest(pivot, self.base, on)?));
            crossed.next()
        })
    }

    /// An amount in units of the base currency at the latest rates known on that day; none when there is no rate.
    pub fn units_base(&self, amount: Money, on: CivilDate) -> Option<f64> {
        self.base_per_unit(amount.currency(), on).map(|rate| amount.units_f64() * rate)
    }

    fn latest(&self, from: Currency, to: Currency, on: CivilDate) -> Option<f64> {
        self.units.range((from, to, CivilDate::MIN)..=(from, to, on)).next_back().map(|(_, units)| *units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> CivilDate {
        CivilDate::parse("on", text).unwrap()
    }

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    fn rate(from: &str, to: &str, on: &str, rate: &str) -> FxRate {
        FxRate { from: currency(from), to: currency(to), on: day(on), rate: rate.parse().unwrap() }
    }

    #[test]
    fn a_rate_holds_from_its_day_until_the_next() {
        let known = [rate("USD", "EUR", "2026-01-01", "0.9"), rate("USD", "EUR", "2026-02-01", "0.8")];
        let rates = BaseRates::new(Currency::EUR, &known);
        let dollars = Money::from_minor(10_000, Currency::USD);
        assert_eq!(rates.units_base(dollars, day("2026-01-31")), Some(90.0));
        assert_eq!(rates.units_base(dollars, day("2026-02-01")), Some(80.0));
        assert_eq!(rates.units_base(dollars, day("2025-12-31")), None);
    }

    #[test]
    fn rates_against_a_pivot_are_crossed_where_there_is_none_between_the_two() {
        let against_euro = [rate("EUR", "GBP", "2026-01-01", "0.5"), rate("EUR", "USD", "2026-01-05", "1.25")];
        let pounds_on =
            |known: &[FxRate], on: &str| BaseRates::new(Currency::USD, known).base_per_unit(currency("GBP"), day(on));
        assert_eq!(pounds_on(&against_euro, "2026-01-05"), Some(2.5));
        assert_eq!(pounds_on(&against_euro, "2026-01-04"), None, "one half of the way is not known yet");
        // Through the dollar where the euro knows nothing, and never where the two have a rate of their own.
        let against_dollar = [rate("GBP", "USD", "2026-01-01", "1.25"), rate("CHF", "USD", "2026-01-01", "1.125")];
        let swiss = BaseRates::new(currency("CHF"), &against_dollar);
        assert_eq!(swiss.base_per_unit(currency("GBP"), day("2026-01-01")), Some(1.25 / 1.125));
        let own = [&against_euro[..], &[rate("GBP", "USD", "2025-01-01", "1.25")]].concat();
        assert_eq!(pounds_on(&own, "2026-01-05"), Some(1.25), "an old one of their own comes first");
        assert_eq!(pounds_on(&[rate("GBP", "JPY", "2026-01-01", "190")], "2026-01-05"), None);
    }
}
