//! Replays the worklist of past days under a fixed capacity: which late cash would each ranking have reached, and how soon?
//!
//! The rules of the replay:
//! - At the end of every bank day each policy picks up to `capacity` invoices among those that are open and past due then,
//!   and of which something can be asked for (not with lawyers, disputed, on a payment plan or promised).
//! - All policies choose among the same invoices, each knows what was known by that evening and nothing more, and an
//!   invoice that a policy has worked is not picked by it again for `repeat_after_days`.
//! - The model is trained on what was known before `from`; the priority is that of the strategy, waiting bonus included.
//! - What is picked changes nothing in the replay: invoices were paid when they were paid. So this shows whom a ranking
//!   would have reached, and claims nothing about what the call would have done. Only an experiment shows that.
//!
//! An invoice counts once, with what could be asked for on its first day on the list. It is late cash when it was still
//! unpaid 30 days past due; invoices whose 30th day the ledger does not reach are not judged.

mod days;
mod judge;
mod policy;

use serde::Serialize;

pub use judge::{DayShare, PolicyReport, WorklistIntervals, WorklistMeasure};
pub use policy::Policy;

use self::days::PastDays;
use self::judge::judge;
use self::policy::{Desk, Knowledge};
use crate::domain::money::Currency;
use crate::domain::strategy::Strategy;
use crate::domain::time::CivilDate;
use crate::features::portfolio::PortfolioCounts;
use crate::features::rhythm::is_bank_day;
use crate::train::payment::customer_rate::{Counted, LateShares};
use crate::train::payment::fit::FitError;
use crate::train::payment::judge::RESAMPLE_COUNT;
use crate::train::payment::replay::{ReplayAccount, observe_portfolio};
use crate::train::payment::spec::PaymentSpec;
use crate::train::payment::train::{known_through, train_with};

/// Days past due at which unpaid cash is late.
pub const LATE_AFTER_DAYS: i32 = 30;
/// First day past due of the model's stage for overdue invoices.
const OVERDUE_FROM_DAYS: i32 = 1;

/// What to replay.
#[derive(Debug, Clone, PartialEq)]
pub struct WorklistSpec {
    /// First day replayed; training ends on the day before.
    pub from: CivilDate,
    /// Last day replayed.
    pub to: CivilDate,
    /// Contacts a day.
    pub capacity: usize,
    /// Days for which an invoice that was worked is not worked again.
    pub repeat_after_days: i32,
    /// How the priority follows from the probability.
    pub strategy: Strategy,
    /// How the payment model is trained.
    pub training: PaymentSpec,
    /// Decides the draws of the bootstrap.
    pub seed: u64,
    /// The present day: documents dated later are not believed to tell who has paid.
    pub today: CivilDate,
}

/// What the replay came to. Cash is in units of the currency.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorklistReport {
    /// First day replayed.
    pub from: CivilDate,
    /// Last day replayed.
    pub to: CivilDate,
    /// Day of the last payment up to the present day: outcomes are known up to it.
    pub known_through: CivilDate,
    /// Currency of all amounts.
    pub currency: Currency,
    /// Contacts a day.
    pub capacity: usize,
    /// Days for which an invoice that was worked is not worked again.
    pub repeat_after_days: i32,
    /// Bank days replayed.
    pub day_count: usize,
    /// Mean number of invoices that stood on the list at the end of a day.
    pub listed_count_mean: f64,
    /// Invoices that stood on the list on any day.
    pub invoice_count: usize,
    /// Customers behind them, of whom the resamples are drawn.
    pub customer_count: usize,
    /// Invoices that were late cash.
    pub late_invoice_count: usize,
    /// The late cash.
    pub late_cash: f64,
    /// Invoices whose 30th day past due the ledger does not reach.
    pub undecided_count: usize,
    /// Bootstrap resamples of customers behind every interval.
    pub resample_count: usize,
    /// The rankings, ours first.
    pub policies: Vec<PolicyReport>,
}

/// Why a worklist could not be replayed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorklistError {
    /// There are no payments yet.
    #[error("the ledger holds no payments up to {today}, so nobody's habits are known")]
    NoPayments {
        /// The present day.
        today: CivilDate,
    },
    /// The days asked for are not in the ledger.
    #[error("the last payment in the ledger came on {known_through}, so {from} to {to} cannot be replayed")]
    BeyondLedger {
        /// First day.
        from: CivilDate,
        /// Last day.
        to: CivilDate,
        /// Day of the last payment.
        known_through: CivilDate,
    },
    /// Nothing was ever on the list.
    #[error("no invoice was open and past due on a bank day from {from} to {to}")]
    NothingListed {
        /// First day.
        from: CivilDate,
        /// Last day.
        to: CivilDate,
    },
    /// The model could not be fitted.
    #[error(transparent)]
    Fit(#[from] FitError),
}

/// Replays the days of `spec` over accounts of one currency; `on_progress` hears the share of the days done.
///
/// # Errors
/// When there is nothing to learn from or to replay.
pub fn replay_worklist(
    accounts: &[ReplayAccount<'_>],
    currency: Currency,
    spec: &WorklistSpec,
    on_progress: &dyn Fn(f64),
) -> Result<WorklistReport, WorklistError> {
    let (from, to, today) = (spec.from, spec.to, spec.today);
    let last_on = known_through(accounts.iter().map(|account| account.events), today);
    let last_on = last_on.ok_or(WorklistError::NoPayments { today })?;
    if from > to || to > last_on {
        return Err(WorklistError::BeyondLedger { from, to, known_through: last_on });
    }
    let model = train_with(accounts, &[(OVERDUE_FROM_DAYS, spec.training.clone())], from.plus_days(-1))?;
    let mut counts = PortfolioCounts::new(last_on);
    accounts.iter().for_each(|account| observe_portfolio(&mut counts, account));
    let late_shares = LateShares::new(accounts, LATE_AFTER_DAYS, Counted::All);
    let knowledge = Knowledge {
        model,
        portfolio: counts.close(),
        base_rate: late_shares.share_of_all(from.plus_days(-1)),
        late_shares,
        strategy: spec.strategy.clone(),
    };
    let mut past = PastDays::new(accounts);
    let mut desks: Vec<Desk> = Policy::ALL.map(|policy| Desk::new(policy, spec)).into();
    let days: Vec<CivilDate> =
        (0..=to.days_since(from)).map(|offset| from.plus_days(offset)).filter(|day| is_bank_day(*day)).collect();
    let mut listed_count = 0;
    for (index, day) in days.iter().enumerate() {
        on_progress(index as f64 / days.len() as f64);
        let listed = past.advance(*day);
        listed_count += listed.len();
        for desk in &mut desks {
            desk.work(*day, &listed, &past, &knowledge);
        }
    }
    let invoice_count = past.listed_positions().len();
    if invoice_count == 0 {
        return Err(WorklistError::NothingListed { from, to });
    }
    let judged = judge(&past, &desks, &days, last_on, spec.seed);
    Ok(WorklistReport {
        from,
        to,
        known_through: last_on,
        currency,
        capacity: spec.capacity,
        repeat_after_days: spec.repeat_after_days,
        day_count: days.len(),
        listed_count_mean: listed_count as f64 / days.len().max(1) as f64,
        invoice_count,
        customer_count: judged.customer_count,
        late_invoice_count: judged.late_invoice_count,
        late_cash: judged.late_cash,
        undecided_count: judged.undecided_count,
        resample_count: RESAMPLE_COUNT,
        policies: judged.policies,
    })
}
