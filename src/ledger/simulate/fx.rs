//! Exchange rates of the simulated years: a slow random walk, one rate a month.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::calendar::month_start;
use super::draw::Draw;
use crate::domain::money::{Currency, FxRate, Money};
use crate::domain::time::CivilDate;

/// Currencies besides the base currency, with the value of one unit of them at the start, in ten-thousandths of a euro.
const START_RATES: [(&str, i64); 3] = [("CHF", 10_500), ("GBP", 11_700), ("USD", 9_200)];

/// Rates to the base currency, which is the euro.
#[derive(Debug)]
pub struct Rates {
    /// Ten-thousandths of a euro for one unit, by currency and the day from which the rate holds.
    rates: BTreeMap<(Currency, CivilDate), i64>,
}

impl Rates {
    /// Draws the rates of every month from that of `from_on` to that of `as_of`.
    pub fn draw(from_on: CivilDate, as_of: CivilDate, draw: &mut Draw) -> Self {
        let mut rates = BTreeMap::new();
        for (code, start) in START_RATES {
            let Ok(currency) = Currency::parse(code) else { continue };
            let mut rate = start;
            let mut on = month_start(from_on, 0);
            while on <= as_of {
                rates.insert((currency, on), rate);
                rate = (rate + i64::from(draw.between(-120, 120))).clamp(start * 8 / 10, start * 12 / 10);
                on = month_start(on, 1);
            }
        }
        Rates { rates }
    }

    /// What one unit of the currency is worth in the base currency on a day.
    pub fn base_per_unit(&self, currency: Currency, on: CivilDate) -> f64 {
        let latest = self.rates.range((currency, CivilDate::MIN)..=(currency, on)).next_back();
        #[expect(clippy::cast_precision_loss, reason = "rates are small numbers")]
        latest.map_or(1.0, |(_, rate)| *rate as f64 / 10_000.0)
    }

    /// An amount in the base currency.
    pub fn base(&self, amount: Money, on: CivilDate) -> f64 {
        amount.units_f64() * self.base_per_unit(amount.currency(), on)
    }

    /// The rates as documents.
    pub fn documents(&self) -> impl Iterator<Item = FxRate> {
        self.rates.iter().map(|((from, on), rate)| FxRate {
            from: *from,
            to: Currency::EUR,
            on: *on,
            rate: Decimal::new(*rate, 4),
        })
    }
}
