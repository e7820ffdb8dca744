//! Amounts in the currency in which the dispute models compare them.

use super::rates::BaseRates;
use crate::domain::money::{Currency, Money};
use crate::domain::time::CivilDate;

/// The currency of the amounts that a dispute model sees, whatever a strategy counts in: the knots of its curves are logarithms of euros.
pub const DISPUTE_CURRENCY: Currency = Currency::EUR;

/// Rates into [`DISPUTE_CURRENCY`], by way of a base currency.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRates {
    base: Currency,
    into_base: BaseRates,
    /// Units of the base currency for one of the model's, roughly.
    rough_base_per_unit: Option<f64>,
}

impl ModelRates {
    /// Rates by way of `base`, into which `into_base` leads. `rough_base_per_unit`, units of the base currency for one of
    /// [`DISPUTE_CURRENCY`], holds on days without a rate between the two; without it such amounts are not known.
    pub fn new(base: Currency, into_base: BaseRates, rough_base_per_unit: Option<f64>) -> Self {
        let rough_base_per_unit = rough_base_per_unit.filter(|rate| rate.is_finite() && *rate > 0.0);
        ModelRates { base, into_base, rough_base_per_unit }
    }

    /// An amount in units of [`DISPUTE_CURRENCY`] at the latest rates known on that day; none when there is no rate.
    pub fn units(&self, amount: Money, on: CivilDate) -> Option<f64> {
        if amount.currency() == DISPUTE_CURRENCY {
            return Some(amount.units_f64());
        }
        let units_base = self.into_base.units_base(amount, on)?;
        if self.base == DISPUTE_CURRENCY {
            return Some(units_base);
        }
        let unit = Money::from_minor(10_i64.pow(DISPUTE_CURRENCY.exponent()), DISPUTE_CURRENCY);
        let base_per_unit = self.into_base.units_base(unit, on).or(self.rough_base_per_unit)?;
        Some(units_base / base_per_unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::FxRate;

    fn day(text: &str) -> CivilDate {
        CivilDate::parse("on", text).unwrap()
    }

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    fn rates(base: &str, known: &[(&str, &str, &str)], rough: Option<f64>) -> ModelRates {
        let known = known.iter().map(|(from, to, rate)| FxRate {
            from: currency(from),
            to: currency(to),
            on: day("2026-01-01"),
            rate: rate.parse().unwrap(),
        });
        let known: Vec<FxRate> = known.collect();
        ModelRates::new(currency(base), BaseRates::new(currency(base), &known), rough)
    }

    /// Goal: a model sees the same amounts whatever the base currency is.
    #[test]
    fn amounts_are_the_same_by_way_of_any_base_currency() {
        let in_euro = rates("EUR", &[("EUR", "JPY", "160"), ("USD", "EUR", "0.8")], None);
        let in_yen = rates("JPY", &[("EUR", "JPY", "160"), ("USD", "JPY", "128")], None);
        let on = day("2026-02-01");
        for amount in [
            Money::from_minor(12_500, Currency::EUR),
            Money::from_minor(1_000_000, currency("JPY")),
            Money::from_minor(9_990, Currency::USD),
        ] {
            let (by_euro, by_yen) = (in_euro.units(amount, on).unwrap(), in_yen.units(amount, on).unwrap());
            assert!((by_euro - by_yen).abs() < 1e-9 * by_euro, "{amount}: {by_euro} {by_yen}");
        }
        assert_eq!(in_yen.units(Money::from_minor(160, currency("JPY")), on), Some(1.0));
    }

    #[test]
    fn without_a_rate_a_rough_one_holds_and_without_that_nothing_is_known() {
        let (yen, on) = (Money::from_minor(1_600, currency("JPY")), day("2026-02-01"));
        assert_eq!(rates("JPY", &[], Some(160.0)).units(yen, on), Some(10.0));
        assert_eq!(rates("JPY", &[("EUR", "JPY", "200")], Some(160.0)).units(yen, on), Some(8.0));
        assert_eq!(rates("JPY", &[], None).units(yen, on), None);
        assert_eq!(rates("JPY", &[], None).units(Money::from_minor(500, Currency::EUR), on), Some(5.0));
        assert_eq!(rates("EUR", &[], Some(1.0)).units(yen, on), None, "its own currency has no rate");
    }
}
