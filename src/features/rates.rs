//! Exchange rates as of a day, to compare amounts of several currencies in one.

use std::collections::BTreeMap;

use rust_decimal::prelude::ToPrimitive as _;

use crate::domain::money::{Currency, FxRate, Money};
use crate::domain::time::CivilDate;

/// Rates into one base currency.
#[derive(Debug, Clone, PartialEq)]
pub struct BaseRates {
    base: Currency,
    base_per_unit: BTreeMap<(Currency, CivilDate), f64>,
}

impl BaseRates {
    /// The rates among these that lead into the base currency or, turned round, out of it.
    pub fn new<'a>(base: Currency, rates: impl IntoIterator<Item = &'a FxRate>) -> Self {
        let mut base_per_unit = BTreeMap::new();
        for rate in rates {
            let Some(value) = rate.rate.to_f64().filter(|value| *value > 0.0) else { continue };
            if rate.to == base {
                base_per_unit.insert((rate.from, rate.on), value);
            } else if rate.from == base {
                base_per_unit.entry((rate.to, rate.on)).or_insert(1.0 / value);
            }
        }
        BaseRates { base, base_per_unit }
    }

    /// An amount in units of the base currency at the latest rate known on that day; none when there is no rate.
    pub fn units_base(&self, amount: Money, on: CivilDate) -> Option<f64> {
        if amount.currency() == self.base {
            return Some(amount.units_f64());
        }
        let known = self.base_per_unit.range((amount.currency(), CivilDate::MIN)..=(amount.currency(), on));
        known.last().map(|(_, rate)| amount.units_f64() * rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_holds_from_its_day_until_the_next() {
        let day = |text: &str| CivilDate::parse("on", text).unwrap();
        let rate = |on: &str, rate: &str| FxRate {
            from: Currency::USD,
            to: Currency::EUR,
            on: day(on),
            rate: rate.parse().unwrap(),
        };
        let rates = BaseRates::new(Currency::EUR, &[rate("2026-01-01", "0.9"), rate("2026-02-01", "0.8")]);
        let dollars = Money::from_minor(10_000, Currency::USD);
        assert_eq!(rates.units_base(dollars, day("2026-01-31")), Some(90.0));
        assert_eq!(rates.units_base(dollars, day("2026-02-01")), Some(80.0));
        assert_eq!(rates.units_base(dollars, day("2025-12-31")), None);
    }
}
