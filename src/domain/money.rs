//! Exact money: whole minor units of an ISO 4217 currency inside, `rust_decimal` at the edges.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::violation::Violation;

/// Largest absolute amount accepted, in minor units: 10 trillion units of a currency with two decimals.
pub const AMOUNT_MINOR_MAX: i64 = 1_000_000_000_000_000;

/// ISO 4217 codes whose exponent is not 2, with that exponent.
const EXPONENTS: &[(&str, u32)] = &[
    ("BHD", 3),
    ("BIF", 0),
    ("CLF", 4),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("RWF", 0),
    ("TND", 3),
    ("UGX", 0),
    ("UYI", 0),
    ("UYW", 4),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
];

/// ISO 4217 codes with two decimals.
const TWO_DECIMALS: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF \
    CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR \
    JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR \
    NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY \
    TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";

/// An ISO 4217 currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// The euro, base currency of a strategy that names none.
    pub const EUR: Currency = Currency(*b"EUR");
    /// The US dollar.
    pub const USD: Currency = Currency(*b"USD");

    /// Reads an ISO 4217 code in capitals.
    ///
    /// # Errors
    /// A violation when the code is not in the list of active currencies.
    pub fn parse(code: &str) -> Result<Self, Violation> {
        let known = EXPONENTS.iter().any(|(listed, _)| *listed == code)
            || (code.len() == 3 && TWO_DECIMALS.split_ascii_whitespace().any(|listed| listed == code));
        let bytes: Result<[u8; 3], _> = code.as_bytes().try_into();
        match bytes {
            Ok(bytes) if known => Ok(Currency(bytes)),
            Ok(_) | Err(_) => Err(Violation::new("currency", code, "an active ISO 4217 code such as EUR")),
        }
    }

    /// The three-letter code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// How many decimals its minor unit has: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn exponent(self) -> u32 {
        EXPONENTS.iter().find(|(code, _)| code.as_bytes() == self.0).map_or(2, |(_, exponent)| *exponent)
    }

    /// Minor units in one unit: 100 for EUR.
    pub fn minor_per_unit(self) -> i64 {
        10_i64.pow(self.exponent())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl TryFrom<String> for Currency {
    type Error = Violation;
    fn try_from(code: String) -> Result<Self, Violation> {
        Currency::parse(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.as_str().to_owned()
    }
}

/// An exact amount of one currency. Ordering compares within a currency only, so it is not offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why two amounts could not be combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The amounts are in different currencies.
    #[error("cannot combine {left} with {right}")]
    MixedCurrencies {
        /// Currency of the first amount.
        left: Currency,
        /// Currency of the second amount.
        right: Currency,
    },
    /// The result does not fit.
    #[error("the sum is beyond the largest amount")]
    Overflow,
}

impl Money {
    /// This many minor units (cents for EUR).
    pub fn from_minor(minor: i64, currency: Currency) -> Self {
        Money { minor, currency }
    }

    /// An amount in units, exact: more decimals than the currency has are refused, not rounded.
    ///
    /// # Errors
    /// A violation of `amount` when decimals do not fit or the amount is beyond [`AMOUNT_MINOR_MAX`].
    pub fn from_decimal(amount: Decimal, currency: Currency) -> Result<Self, Violation> {
        let amount = amount.normalize();
        if amount.scale() > currency.exponent() {
            let expected = format!("at most {} decimals for {currency}", currency.exponent());
            return Err(Violation::new("amount", amount, expected));
        }
        let too_large =
            || Violation::new("amount", amount, format!("at most {AMOUNT_MINOR_MAX} minor units of {currency}"));
        let scale = Decimal::from(currency.minor_per_unit());
        let minor = amount.checked_mul(scale).and_then(|minor| i64::try_from(minor).ok()).ok_or_else(too_large)?;
        if minor.abs() > AMOUNT_MINOR_MAX {
            return Err(too_large());
        }
        Ok(Money { minor, currency })
    }

    /// Reads a plain decimal with a point, such as `1240.50`.
    ///
    /// # Errors
    /// A violation of `amount`.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, Violation> {
        let amount =
            text.parse::<Decimal>().map_err(|_| Violation::new("amount", text, "a decimal such as 1240.50"))?;
        Money::from_decimal(amount, currency)
    }

    /// Whole minor units.
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// The amount in units, with as many decimals as the currency has.
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent())
    }

    /// The amount in units as a floating-point number: for features and values, never for sums that are shown.
    pub fn units_f64(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "amounts stay below 2^53 minor units")]
        let minor = self.minor as f64;
        minor / 10_f64.powi(i32::try_from(self.currency.exponent()).unwrap_or(2))
    }

    /// The sum.
    ///
    /// # Errors
    /// When the currencies differ or the sum does not fit.
    pub fn checked_add(self, other: Money) -> Result<Money, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::MixedCurrencies { left: self.currency, right: other.currency });
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Money { minor, currency: self.currency })
    }
}

impl Money {
    /// The sum of amounts of one currency; absent when there is none, their currencies differ, or it does not fit.
    pub fn sum(amounts: &[Money]) -> Option<Money> {
        let (first, more) = amounts.split_first()?;
        more.iter().try_fold(*first, |sum, amount| sum.checked_add(*amount).ok())
    }
}

impl fmt::Display for Money {
    /// Code and amount, such as `EUR 1240.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.decimal())
    }
}

/// One exchange rate: on this day, one unit of `from` was worth `rate` units of `to`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FxRate {
    /// Currency that is converted.
    pub from: Currency,
    /// Currency that it is converted to.
    pub to: Currency,
    /// First day on which the rate holds; it holds until the next one.
    pub on: super::time::CivilDate,
    /// Units of `to` for one unit of `from`, above 0, at most 10 decimals.
    pub rate: Decimal,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn exponents_follow_iso_4217() {
        for (code, exponent) in [("JPY", 0), ("EUR", 2), ("KWD", 3), ("CLF", 4)] {
            assert_eq!(currency(code).exponent(), exponent, "{code}");
        }
        for code in ["eur", "EU", "XYZ", "", "EURO", "AED AFN"] {
            assert!(Currency::parse(code).is_err(), "{code} was accepted");
        }
    }

    #[test]
    fn excess_decimals_are_refused_and_trailing_zeros_are_not() {
        assert!(Money::parse("1.005", Currency::EUR).is_err());
        assert_eq!(Money::parse("1.5000", Currency::EUR).unwrap().minor(), 150);
        assert!(Money::parse("1.5", currency("JPY")).is_err());
        assert_eq!(Money::parse("1.234", currency("KWD")).unwrap().minor(), 1234);
    }

    #[test]
    fn absurd_amounts_are_refused() {
        for text in ["10000000000001", "79228162514264337593543950335", "-10000000000001"] {
            assert!(Money::parse(text, Currency::EUR).is_err(), "{text} was accepted");
        }
    }

    #[test]
    fn currencies_do_not_mix() {
        let euros = Money::from_minor(100, Currency::EUR);
        let dollars = Money::from_minor(100, Currency::USD);
        assert!(matches!(euros.checked_add(dollars), Err(MoneyError::MixedCurrencies { .. })));
        assert_eq!(euros.checked_add(euros).unwrap().to_string(), "EUR 2.00");
        assert_eq!(Money::sum(&[euros; 3]).unwrap().to_string(), "EUR 3.00");
        assert_eq!((Money::sum(&[euros, dollars]), Money::sum(&[])), (None, None));
    }
}
