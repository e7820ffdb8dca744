//! Amounts: whole minor units inside, units and billionths on the wire, both exact.

use rust_decimal::Decimal;

use crate::domain::money::{AMOUNT_MINOR_MAX, Currency, Money};
use crate::domain::violation::{Violation, Violations};
use crate::rpc::pb;

use super::fields::Fields;

/// Billionths in a unit.
const NANOS_PER_UNIT: i64 = 1_000_000_000;
/// Largest absolute value of `nanos`.
const NANOS_MAX: i32 = 999_999_999;

/// Reads an amount at `path`.
///
/// # Errors
/// Every violation: an unknown currency, nanos out of range or of the other sign, more decimals than the currency has, an
/// amount beyond [`AMOUNT_MINOR_MAX`].
pub fn money_from_pb(path: &str, money: pb::Money) -> Result<Money, Violations> {
    let pb::Money { currency_code, units, nanos } = money;
    let mut fields = Fields::of(path);
    let currency = fields.required("currency_code", &currency_code, Currency::parse);
    let nanos_fit =
        (-NANOS_MAX..=NANOS_MAX).contains(&nanos) && (units == 0 || nanos == 0 || (units > 0) == (nanos > 0));
    if !nanos_fit {
        fields.refuse("nanos", nanos, "-999999999 to 999999999 with the sign of units");
    }
    let minor = match currency {
        Some(currency) if nanos_fit => fields.take("units", minor_of(units, nanos, currency)),
        Some(_) | None => None,
    };
    fields.finish(|| Some(Money::from_minor(minor?, currency?)))
}

fn minor_of(units: i64, nanos: i32, currency: Currency) -> Result<i64, Violation> {
    let nanos_per_minor = NANOS_PER_UNIT / currency.minor_per_unit();
    if i64::from(nanos) % nanos_per_minor != 0 {
        let amount = Decimal::from(units) + Decimal::new(nanos.into(), 9);
        return Err(Violation::new(
            "",
            amount.normalize(),
            format!("at most {} decimals for {currency}", currency.exponent()),
        ));
    }
    units
        .checked_mul(currency.minor_per_unit())
        .and_then(|minor| minor.checked_add(i64::from(nanos) / nanos_per_minor))
        .filter(|minor| minor.unsigned_abs() <= AMOUNT_MINOR_MAX.unsigned_abs())
        .ok_or_else(|| Violation::new("", units, format!("at most {AMOUNT_MINOR_MAX} minor units of {currency}")))
}

/// Writes an amount.
pub fn money_to_pb(money: Money) -> pb::Money {
    let per_unit = money.currency().minor_per_unit();
    let nanos = (money.minor() % per_unit) * (NANOS_PER_UNIT / per_unit);
    #[expect(clippy::expect_used, reason = "a remainder of less than a unit is less than 10^9 nanos")]
    let nanos = i32::try_from(nanos).expect("nanos of less than a unit fit");
    pb::Money { currency_code: money.currency().to_string(), units: money.minor() / per_unit, nanos }
}

/// Writes minor units of a currency.
pub fn minor_to_pb(minor: i64, currency: Currency) -> pb::Money {
    money_to_pb(Money::from_minor(minor, currency))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wire(currency_code: &str, units: i64, nanos: i32) -> pb::Money {
        pb::Money { currency_code: currency_code.to_owned(), units, nanos }
    }

    #[test]
    fn decimals_follow_the_currency() {
        for (code, units, nanos, minor) in [
            ("EUR", 1_240, 500_000_000, 124_050),
            ("EUR", -3, -50_000_000, -305),
            ("EUR", 0, -50_000_000, -5),
            ("JPY", 500, 0, 500),
            ("KWD", 1, 234_000_000, 1_234),
        ] {
            let read = money_from_pb("amount", wire(code, units, nanos)).unwrap();
            assert_eq!(read, Money::from_minor(minor, Currency::parse(code).unwrap()));
            assert_eq!(money_to_pb(read), wire(code, units, nanos));
        }
    }

    #[test]
    fn what_is_not_exact_is_refused_with_its_field() {
        for (money, field) in [
            (wire("JPY", 1, 500_000_000), "amount.units"),
            (wire("EUR", 1, 5_000_000), "amount.units"),
            (wire("EUR", 1, -10_000_000), "amount.nanos"),
            (wire("EUR", 1, 1_000_000_000), "amount.nanos"),
            (wire("EUR", 1, i32::MIN), "amount.nanos"),
            (wire("XXL", 1, 0), "amount.currency_code"),
            (wire("", 1, 0), "amount.currency_code"),
            (wire("EUR", i64::MAX, 0), "amount.units"),
            (wire("EUR", i64::MIN, 0), "amount.units"),
            (wire("EUR", 10_000_000_000_001, 0), "amount.units"),
        ] {
            let violations = money_from_pb("amount", money.clone()).unwrap_err();
            assert_eq!(violations.0[0].field, field, "{money:?}");
        }
    }

    proptest! {
        #[test]
        fn money_survives_the_wire(
            minor in -AMOUNT_MINOR_MAX..=AMOUNT_MINOR_MAX,
            code in prop::sample::select(vec!["EUR", "JPY", "KWD", "CLF", "USD"]),
        ) {
            let money = Money::from_minor(minor, Currency::parse(code).unwrap());
            prop_assert_eq!(money_from_pb("amount", money_to_pb(money)).unwrap(), money);
        }
    }
}
