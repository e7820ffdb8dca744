//! A training run of the payment model: the figures of an earlier one on later invoices, the model that serves, and what goes
//! beside it.

use super::backtest::{Backtest, BacktestError, BacktestReport, BacktestSpec, backtest_serving};
use super::card::card_of;
use super::fit::FitError;
use super::replay::{ReplayAccount, outcomes};
use super::train::{known_through, train};
use crate::domain::time::CivilDate;
use crate::features::account::AccountHabits;
use crate::features::catalog::FeatureRow;
use crate::features::invoice::{Surroundings, invoice_features};
use crate::model::payment::PaymentModel;
use crate::model::payment::golden::GoldenForecast;

/// Share of the invoices whose outcome is known, the earliest ones, that are due before the judged ones.
pub(super) const EARLIER_SHARE_PERCENT: usize = 80;
/// Days past due at which the outcome of an invoice must be known for it to count in that share: the horizon that decides at the gate.
pub(super) const KNOWN_AT_DAYS: i32 = 15;
/// Days past due on which the judged decision is taken.
pub(super) const DECIDE_AT_DAYS: i32 = 3;
/// Days past due at which it is judged.
const JUDGED_HORIZONS_DAYS: [i32; 3] = [7, 15, 30];
/// Accounts whose oldest and newest open invoices become golden forecasts.
const GOLDEN_ACCOUNT_COUNT: usize = 20;

/// Where a ledger comes from, for the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerOrigin {
    /// The simulated company of the shipped model.
    Simulated,
    /// The tenant's own.
    Own,
}

/// A trained model with what goes beside it.
#[derive(Debug)]
pub struct TrainedPayment {
    /// The model, trained on the whole ledger.
    pub model: PaymentModel,
    /// Forecasts of invoices that were open on the last day of which payments are known.
    pub golden: Vec<GoldenForecast>,
    /// The card as Markdown.
    pub card: String,
}

/// Judges the model that serves as it would have been stored earlier: trained on what was known before the latest fifth of the invoices was
/// due, judged on those as far as their outcome is known on `today`. The fifth is one of the invoices that were 15 days past due when the
/// last payment came: of those due later next to nothing is known, and with long terms they are more than a fifth of the ledger. A horizon at
/// which nearly all invoices are paid is not judged, as long as the first one is.
///
/// # Errors
/// When there is too little to learn from or to judge.
pub fn judge_later(
    accounts: &[ReplayAccount<'_>],
    seed: u64,
    today: CivilDate,
) -> Result<(BacktestSpec, Backtest), BacktestError> {
    let mut due_days: Vec<CivilDate> = Vec::new();
    for account in accounts {
        due_days.extend(outcomes(account.events).iter().map(|known| known.outcome.due_on));
    }
    due_days.sort_unstable();
    let first_due_on = due_days.first().copied().ok_or(BacktestError::NoInvoices)?;
    let last_on = known_through(accounts.iter().map(|account| account.events), today);
    let last_on = last_on.ok_or(BacktestError::NoPayments { today })?;
    let known_count = due_days.partition_point(|due_on| due_on.plus_days(KNOWN_AT_DAYS) <= last_on);
    let earlier_count = known_count * EARLIER_SHARE_PERCENT / 100;
    let from = due_days[..known_count].get(earlier_count).copied().unwrap_or(first_due_on);
    let horizons_days = JUDGED_HORIZONS_DAYS.to_vec();
    let mut spec = BacktestSpec { from, decide_at_days: DECIDE_AT_DAYS, horizons_days, seed, today };
    let judged = backtest_serving(accounts, &spec)?;
    spec.horizons_days = judged.report.horizons.iter().map(|horizon| horizon.horizon_days).collect();
    Ok((spec, judged))
}

/// Trains the model that serves; `judged` is what [`judge_later`] found, for the card.
///
/// # Errors
/// When there is too little to learn from, or a learner fails.
pub fn train_with_card(
    accounts: &[ReplayAccount<'_>],
    seed: u64,
    known_through: CivilDate,
    origin: LedgerOrigin,
    judged: Option<&BacktestReport>,
) -> Result<TrainedPayment, FitError> {
    let model = train(accounts, seed, known_through)?;
    let golden = model.golden(&open_invoices(accounts, &model, known_through));
    let invoice_count = accounts.iter().map(|account| outcomes(account.events).len()).sum();
    let card = card_of(&model, (accounts.len(), invoice_count), (seed, known_through), origin, judged);
    Ok(TrainedPayment { model, golden, card })
}

/// The first and the last open invoice of accounts from all over the ledger.
fn open_invoices(accounts: &[ReplayAccount<'_>], model: &PaymentModel, as_of: CivilDate) -> Vec<FeatureRow> {
    let mut rows = Vec::new();
    for account in accounts.iter().step_by(accounts.len().div_ceil(GOLDEN_ACCOUNT_COUNT).max(1)) {
        let habits = AccountHabits::fold(account.currency, account.events, as_of);
        let surroundings = Surroundings { portfolio: &model.portfolio, peers: &account.peers };
        let open = habits.open_invoice_ids();
        let last = open.len().saturating_sub(1);
        for (index, id) in open.iter().enumerate() {
            if index == 0 || index == last {
                rows.extend(invoice_features(&habits, surroundings, id, as_of));
            }
        }
    }
    rows
}
