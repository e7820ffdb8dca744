//! The invoices of a customer: how often, how large, in which season, for which selling unit.

use super::calendar::{month_of, month_start};
use super::draw::{Draw, minor_units};
use super::profile::{CustomerKind, Profile};
use crate::domain::time::CivilDate;

/// Selling units of the company.
const BUSINESS_UNITS: [&str; 3] = ["wholesale", "projects", "service"];

/// Spread of the logarithm of an invoice's amount around the customer's mean.
const LOG_AMOUNT_DEVIATION: f64 = 0.7;

/// An invoice before it has its number.
#[derive(Debug, Clone)]
pub struct InvoicePlan {
    /// Day of issue.
    pub issued_on: CivilDate,
    /// Day by which it is to be paid.
    pub due_on: CivilDate,
    /// Gross amount in minor units.
    pub amount_minor: i64,
    /// Selling unit.
    pub business_unit: &'static str,
}

/// The invoices of a customer in the order of their days.
pub fn plan_invoices(profile: &Profile, from_on: CivilDate, as_of: CivilDate, draw: &mut Draw) -> Vec<InvoicePlan> {
    let mean_amount = profile.revenue_units / 12.0 / profile.invoices_per_month;
    // The mean of a lognormal distribution is exp(μ + σ²/2).
    let log_mean = mean_amount.ln() - LOG_AMOUNT_DEVIATION.powi(2) / 2.0;
    let favourite_unit = *draw.pick(&BUSINESS_UNITS);
    let mut plans = Vec::new();
    let mut month = month_start(from_on, 0);
    while month <= as_of {
        let expected = profile.invoices_per_month * season(profile, month);
        let count = whole_count(expected, draw);
        for _ in 0..count {
            let issued_on = month.plus_days(draw.between(0, 27));
            let is_bought = profile.fails_on.is_none_or(|fails_on| issued_on < fails_on.plus_days(20));
            if issued_on < from_on || issued_on > as_of || !is_bought {
                continue;
            }
            let amount = draw.normal(log_mean, LOG_AMOUNT_DEVIATION).exp().clamp(25.0, 2e6);
            plans.push(InvoicePlan {
                issued_on,
                due_on: issued_on.plus_days(profile.terms_days),
                amount_minor: minor_units(amount, profile.currency.minor_per_unit()),
                business_unit: if draw.chance(0.7) { favourite_unit } else { draw.pick::<&str>(&BUSINESS_UNITS) },
            });
        }
        month = month_start(month, 1);
    }
    plans.sort_by_key(|plan| (plan.issued_on, plan.amount_minor));
    plans
}

/// How much busier than usual a month is.
fn season(profile: &Profile, month: CivilDate) -> f64 {
    let distance = (month_of(month) + 12 - profile.peak_month) % 12;
    let distance = distance.min(12 - distance);
    let swing = match profile.kind {
        CustomerKind::Seasonal => 0.85,
        CustomerKind::Prompt
        | CustomerKind::PaymentRun
        | CustomerKind::Slow
        | CustomerKind::Disputer
        | CustomerKind::Failing => 0.2,
    };
    1.0 + swing * (f64::from(distance) / 6.0 * std::f64::consts::PI).cos()
}

/// A whole number with this mean.
fn whole_count(mean: f64, draw: &mut Draw) -> u32 {
    let mut count = 0;
    let mut left = mean;
    while left > 0.0 {
        // Two halves a unit keep the count from being all but certain.
        count += u32::from(draw.chance(left.min(1.0) / 2.0)) + u32::from(draw.chance(left.min(1.0) / 2.0));
        left -= 1.0;
    }
    count
}
