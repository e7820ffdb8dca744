//! What an account's score is made from: its overdue invoices, what can be asked for, and the gates before it.

use std::collections::BTreeMap;

use crate::domain::gate::Gate;
use crate::domain::ids::InvoiceId;
use crate::domain::money::Money;
use crate::domain::score::Factor;
use crate::domain::strategy::{HORIZONS_DAYS, Strategy};
use crate::domain::time::CivilDate;
use crate::domain::work_item::WorkItemKind;
use crate::ledger::position::AccountPosition;
use crate::service::context::CustomerContext;
use crate::service::dispute::scoring::customer_values;
use crate::service::fx::BaseRates;
use crate::service::models::{ActiveModels, PaymentFeatures};
use crate::service::scoring::{InvoiceInputs, RiskInputs, ScoreInputs};
use crate::service::view::InvoiceForecast;

/// Probability at which an invoice is as likely paid as not.
const EVEN_CHANCE: f64 = 0.5;

/// Whether an account belongs on the worklist: an invoice is past due for long enough, and part of it can be asked for or, when nothing
/// can be asked for on any, is kept back by a legal hold.
pub(in crate::service) fn is_for_worklist(position: &AccountPosition, strategy: &Strategy) -> bool {
    let is_held = legal_hold(position);
    position.invoices.iter().any(|invoice| {
        let is_late = i64::from(invoice.days_past_due) >= i64::from(strategy.overdue_after_days.max(1));
        is_late && (invoice.parts.collectable_minor > 0 || is_held && invoice.parts.legal_minor > 0)
    })
}

fn legal_hold(position: &AccountPosition) -> bool {
    position.collectable_overdue_minor == 0
        && position.invoices.iter().any(|invoice| invoice.days_past_due > 0 && invoice.parts.legal_minor > 0)
}

/// The gate that bars contact with an account on a day, if any.
pub(super) fn gate_of(position: &AccountPosition, strategy: &Strategy) -> Option<Gate> {
    if legal_hold(position) {
        return Some(Gate::LegalHold);
    }
    let policy = strategy.contact_policy;
    let contact_count = u32::try_from(position.contact_count_7d).unwrap_or(u32::MAX);
    if policy.contacts_max_7_days > 0 && contact_count >= policy.contacts_max_7_days {
        return Some(Gate::ContactLimit { contact_count });
    }
    let last_contact_on = position.last_contact_on?;
    let days_since = i64::from(position.as_of.days_since(last_contact_on));
    (days_since < i64::from(policy.days_between_contacts_min)).then_some(Gate::ContactedRecently { last_contact_on })
}

/// The inputs of an account's score: its overdue invoices with what can be asked for.
pub(in crate::service) fn score_inputs(
    position: &AccountPosition,
    features: &PaymentFeatures,
    context: &CustomerContext,
    strategy: &Strategy,
    waiting_days: u32,
) -> ScoreInputs {
    let feature_rows: BTreeMap<&InvoiceId, &Vec<f32>> = features.rows.iter().map(|(id, row)| (id, row)).collect();
    let mut rows = Vec::new();
    let mut oldest_days = None;
    for invoice in &position.invoices {
        let is_asked_for = invoice.days_past_due > 0 && invoice.parts.collectable_minor > 0;
        let Some(row) = feature_rows.get(&invoice.invoice.id).filter(|_| is_asked_for) else { continue };
        oldest_days = oldest_days.max(Some(invoice.days_past_due));
        rows.push(InvoiceInputs {
            invoice_id: invoice.invoice.id.clone(),
            stake_base: context.rates.minor_in_base(invoice.parts.collectable_minor, position.currency),
            horizon_days: Some(strategy.days_ahead(invoice.days_past_due)),
            features: (*row).clone(),
        });
    }
    let mut values = customer_values(context);
    values.extend(account_values(position, oldest_days));
    values.extend(features.values.clone());
    ScoreInputs {
        kind: WorkItemKind::OverdueAccount,
        waiting_days,
        values,
        risk: RiskInputs::Account { rows },
        read_by: Vec::new(),
        is_parting: false,
    }
}

/// The values of an account, the oldest of whose invoices to ask for is so many days past due.
fn account_values(position: &AccountPosition, oldest_days: Option<i32>) -> BTreeMap<Factor, String> {
    let overdue = Money::from_minor(position.collectable_overdue_minor, position.currency);
    let open = Money::from_minor(position.open_minor, position.currency);
    let mut values = BTreeMap::from([
        (Factor::Stake, format!("{overdue} overdue")),
        (Factor::OpenBalance, format!("{open} on account")),
    ]);
    if let Some(oldest_days) = oldest_days {
        values.insert(Factor::Age, format!("{oldest_days} days past due"));
    }
    if let Some(last_payment_on) = position.last_payment_on {
        values.insert(Factor::RecentPayments, last_payment_on.to_string());
    }
    values
}

/// Forecasts of an account's open invoices, the longest past due first.
pub(in crate::service) fn forecasts(
    position: &AccountPosition,
    features: &PaymentFeatures,
    models: &ActiveModels,
    strategy: &Strategy,
) -> Vec<InvoiceForecast> {
    let feature_rows: BTreeMap<&InvoiceId, &Vec<f32>> = features.rows.iter().map(|(id, row)| (id, row)).collect();
    let mut forecasts = Vec::new();
    for invoice in &position.invoices {
        let Some(row) = feature_rows.get(&invoice.invoice.id) else { continue };
        let unpaid = models.payment.risk(row, strategy.days_ahead(invoice.days_past_due)).unpaid;
        forecasts.push(InvoiceForecast {
            invoice_id: invoice.invoice.id.clone(),
            open: Money::from_minor(invoice.invoice.open_minor, position.currency),
            unpaid,
            expected_on: expected_on(&unpaid, position.as_of),
        });
    }
    forecasts
}

/// The day on which an invoice is as likely paid as not, between the horizons on a straight line.
fn expected_on(unpaid: &[f64; HORIZONS_DAYS.len()], as_of: CivilDate) -> Option<CivilDate> {
    let (mut before_days, mut before) = (0.0, 1.0);
    for (horizon_days, probability) in HORIZONS_DAYS.into_iter().zip(*unpaid) {
        let horizon = f64::from(horizon_days);
        if probability <= EVEN_CHANCE {
            let share = if before > probability { (before - EVEN_CHANCE) / (before - probability) } else { 1.0 };
            let days = before_days + share * (horizon - before_days);
            #[expect(clippy::cast_possible_truncation, reason = "horizons are at most 90 days")]
            let whole_days = days.ceil() as i32;
            return Some(as_of.plus_days(whole_days));
        }
        (before_days, before) = (horizon, probability);
    }
    None
}

/// Expected unpaid part of what can be asked for, in the account's currency.
pub(in crate::service) fn cash_at_risk(
    value_at_risk_base: f64,
    position: &AccountPosition,
    rates: &BaseRates,
) -> Money {
    let units = value_at_risk_base / rates.rate(position.currency);
    let exponent = i32::try_from(position.currency.exponent()).unwrap_or(2);
    #[expect(clippy::cast_possible_truncation, reason = "the sum of amounts that fit is below the sum itself")]
    let minor = (units * 10_f64.powi(exponent)).round() as i64;
    Money::from_minor(minor, position.currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invoice_is_expected_where_the_chance_is_even() {
        let day = CivilDate::parse("day", "2026-01-01").unwrap();
        assert_eq!(expected_on(&[0.4, 0.3, 0.2, 0.1, 0.0], day), Some(day.plus_days(6)));
        assert_eq!(expected_on(&[0.9, 0.5, 0.2, 0.1, 0.0], day), Some(day.plus_days(15)));
        assert_eq!(expected_on(&[0.9, 0.8, 0.7, 0.6, 0.6], day), None);
    }
}
