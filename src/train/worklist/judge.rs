//! What each desk came to: late cash reached, and how long before it was paid.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::Serialize;

use super::LATE_AFTER_DAYS;
use super::days::PastDays;
use super::policy::{Desk, Policy};
use crate::domain::ids::{CustomerId, InvoiceId};
use crate::domain::time::CivilDate;
use crate::train::metrics::{ANY_RANGE, ClusterInterval, ClusterResamples, SHARE_RANGE};
use crate::train::payment::judge::RESAMPLE_COUNT;

/// What is measured of a policy. An invoice is worked when the policy picked it on any day of the replay; only its first
/// time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WorklistMeasure {
    /// Share of the late cash whose invoice was worked at all.
    LateCashReachedShare,
    /// Share of the late cash whose invoice was worked no later than 30 days past due.
    LateCashReachedInTimeShare,
    /// Mean days from the first work to the payment, weighted by amount, over all late cash; 0 where an invoice was not
    /// worked, and up to the end of the ledger where it was never paid.
    DaysSooner,
    /// Cash of worked invoices that were still unpaid 7 days after.
    #[serde(rename = "unpaid_7_days_after_cash")]
    UnpaidCash7,
    /// The same after 15 days.
    #[serde(rename = "unpaid_15_days_after_cash")]
    UnpaidCash15,
    /// The same after 30 days.
    #[serde(rename = "unpaid_30_days_after_cash")]
    UnpaidCash30,
}

impl WorklistMeasure {
    /// Every measure in the order of reports.
    pub const ALL: [WorklistMeasure; 6] = [
        WorklistMeasure::LateCashReachedShare,
        WorklistMeasure::LateCashReachedInTimeShare,
        WorklistMeasure::DaysSooner,
        WorklistMeasure::UnpaidCash7,
        WorklistMeasure::UnpaidCash15,
        WorklistMeasure::UnpaidCash30,
    ];

    /// The values that it can have.
    fn range(self) -> RangeInclusive<f64> {
        match self {
            WorklistMeasure::LateCashReachedShare | WorklistMeasure::LateCashReachedInTimeShare => SHARE_RANGE,
            WorklistMeasure::DaysSooner
            | WorklistMeasure::UnpaidCash7
            | WorklistMeasure::UnpaidCash15
            | WorklistMeasure::UnpaidCash30 => 0.0..=f64::INFINITY,
        }
    }

    /// Whether it is a sum of cash, which no late cash divides.
    pub fn is_cash(self) -> bool {
        match self {
            WorklistMeasure::UnpaidCash7 | WorklistMeasure::UnpaidCash15 | WorklistMeasure::UnpaidCash30 => true,
            WorklistMeasure::LateCashReachedShare
            | WorklistMeasure::LateCashReachedInTimeShare
            | WorklistMeasure::DaysSooner => false,
        }
    }
}

/// Days after the work for the measures of cash.
const UNPAID_AFTER_DAYS: [i32; 3] = [7, 15, 30];

/// Intervals by measure.
pub type WorklistIntervals = BTreeMap<WorklistMeasure, ClusterInterval>;

/// Share of all late cash reached by the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DayShare {
    /// The day.
    pub on: CivilDate,
    /// Share of the late cash whose invoice had been worked by then; absent where there was no late cash.
    pub late_cash_reached_share: Option<f64>,
}

/// What one policy came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PolicyReport {
    /// Which policy.
    pub policy: Policy,
    /// Contacts made.
    pub contact_count: usize,
    /// Different invoices worked.
    pub invoice_count: usize,
    /// Invoices worked so late that the ledger does not reach 30 days further; they do not count as unpaid after 30 days.
    pub undecided_30_count: usize,
    /// Each measure with the middle 95 % of the resampled ones, of which there are none with few customers. Where there was no late
    /// cash, its measures have no value.
    pub measures: WorklistIntervals,
    /// Ours less this policy's, on the same resamples; nothing for ours.
    pub recourse_minus_policy: WorklistIntervals,
    /// Late cash reached day by day.
    pub by_day: Vec<DayShare>,
    /// The invoices worked, each with the first day, in the order of the accounts; not part of the JSON.
    #[serde(skip)]
    pub first_worked: Vec<(CivilDate, InvoiceId)>,
}

/// All policies judged.
pub struct JudgedDesks {
    /// Customers of whom the resamples are drawn.
    pub customer_count: usize,
    /// Invoices that were late cash.
    pub late_invoice_count: usize,
    /// The late cash, in units.
    pub late_cash: f64,
    /// Invoices whose 30th day past due is not known.
    pub undecided_count: usize,
    /// The policies in the order of the desks.
    pub policies: Vec<PolicyReport>,
}

/// What one invoice adds to the sums of each measure under one policy, or the measures; no number where there is no late cash.
type Parts = [f64; WorklistMeasure::ALL.len()];

/// Judges all desks on the invoices that were ever listed.
pub fn judge(past: &PastDays<'_>, desks: &[Desk], days: &[CivilDate], last_on: CivilDate, seed: u64) -> JudgedDesks {
    let listed = past.listed_positions();
    let customers: Vec<CustomerId> = listed.iter().map(|index| past.case(*index).customer_id.clone()).collect();
    let late: Vec<f64> = listed.iter().map(|index| late_cash(past, *index, last_on)).collect();
    let parts: Vec<Vec<Parts>> = desks
        .iter()
        .map(|desk| listed.iter().zip(&late).map(|(index, late)| parts(past, desk, *index, *late, last_on)).collect())
        .collect();
    let ones = vec![1; listed.len()];
    let values: Vec<Parts> = parts.iter().map(|of_desk| total(of_desk, &late, &ones)).collect();
    let resamples = ClusterResamples::new(&customers, RESAMPLE_COUNT, seed);
    let customer_count = resamples.cluster_count();
    let mut resampled: Vec<Vec<Parts>> = vec![Vec::new(); desks.len()];
    for row_counts in resamples.row_counts() {
        for (samples, of_desk) in resampled.iter_mut().zip(&parts) {
            samples.push(total(of_desk, &late, &row_counts));
        }
    }
    let whole: f64 = late.iter().sum();
    let mut policies = Vec::new();
    for (index, desk) in desks.iter().enumerate() {
        let undecided_30 = |on: &&CivilDate| on.plus_days(LATE_AFTER_DAYS) > last_on;
        policies.push(PolicyReport {
            policy: desk.policy,
            contact_count: desk.contact_count,
            invoice_count: desk.first_worked_on.len(),
            undecided_30_count: desk.first_worked_on.values().filter(undecided_30).count(),
            measures: intervals(&values[index], &resampled[index], customer_count, WorklistMeasure::range),
            recourse_minus_policy: if index == 0 {
                WorklistIntervals::new()
            } else {
                let pairs = resampled[0].iter().zip(&resampled[index]);
                let differences: Vec<Parts> = pairs.map(|(ours, theirs)| difference(ours, theirs)).collect();
                intervals(&difference(&values[0], &values[index]), &differences, customer_count, |_| ANY_RANGE)
            },
            by_day: by_day(desk, &listed, &late, days, whole),
            first_worked: first_worked(past, desk),
        });
    }
    let is_undecided = |index: &&usize| past.case(**index).outcome.due_on.plus_days(LATE_AFTER_DAYS) > last_on;
    JudgedDesks {
        customer_count,
        late_invoice_count: late.iter().filter(|cash| **cash > 0.0).count(),
        late_cash: whole,
        undecided_count: listed.iter().filter(is_undecided).count(),
        policies,
    }
}

/// What could be asked for on the first day on the list.
fn amount(past: &PastDays<'_>, case_index: usize) -> f64 {
    past.case(case_index).first_listed.map_or(0.0, |(_, collectable)| collectable)
}

/// The late cash of a case: its amount when it is known to have been unpaid 30 days past due, else 0.
fn late_cash(past: &PastDays<'_>, case_index: usize, last_on: CivilDate) -> f64 {
    let outcome = &past.case(case_index).outcome;
    let late_on = outcome.due_on.plus_days(LATE_AFTER_DAYS);
    if late_on <= last_on && outcome.is_unpaid_on(late_on) { amount(past, case_index) } else { 0.0 }
}

fn parts(past: &PastDays<'_>, desk: &Desk, case_index: usize, late: f64, last_on: CivilDate) -> Parts {
    let mut parts = Parts::default();
    let Some(worked_on) = desk.first_worked_on.get(&case_index).copied() else { return parts };
    let outcome = &past.case(case_index).outcome;
    let mut set = |measure: WorklistMeasure, value: f64| parts[measure as usize] = value;
    let paid_on = outcome.settled_on.unwrap_or(last_on);
    set(WorklistMeasure::LateCashReachedShare, late);
    if worked_on <= outcome.due_on.plus_days(LATE_AFTER_DAYS) {
        set(WorklistMeasure::LateCashReachedInTimeShare, late);
    }
    set(WorklistMeasure::DaysSooner, late * f64::from(paid_on.days_since(worked_on).max(0)));
    let of_cash = [WorklistMeasure::UnpaidCash7, WorklistMeasure::UnpaidCash15, WorklistMeasure::UnpaidCash30];
    for (measure, days) in of_cash.into_iter().zip(UNPAID_AFTER_DAYS) {
        let on = worked_on.plus_days(days);
        if on <= last_on && outcome.is_unpaid_on(on) {
            set(measure, amount(past, case_index));
        }
    }
    parts
}

/// The measures over all cases, each counted so often. Shares of no late cash are no number.
fn total(parts: &[Parts], late: &[f64], row_counts: &[u32]) -> Parts {
    let mut sums = Parts::default();
    let mut whole = 0.0;
    for ((part, late), count) in parts.iter().zip(late).zip(row_counts) {
        let count = f64::from(*count);
        whole += count * late;
        for (sum, part) in sums.iter_mut().zip(part) {
            *sum += count * part;
        }
    }
    for measure in WorklistMeasure::ALL.into_iter().filter(|measure| !measure.is_cash()) {
        let sum = &mut sums[measure as usize];
        *sum = if whole > 0.0 { *sum / whole } else { f64::NAN };
    }
    sums
}

fn difference(ours: &Parts, theirs: &Parts) -> Parts {
    std::array::from_fn(|index| ours[index] - theirs[index])
}

fn intervals(
    value: &Parts,
    resampled: &[Parts],
    customer_count: usize,
    range_of: fn(WorklistMeasure) -> RangeInclusive<f64>,
) -> WorklistIntervals {
    let of_measure = |measure: WorklistMeasure| {
        let samples = resampled.iter().map(|sample| sample[measure as usize]);
        (measure, ClusterInterval::new(value[measure as usize], samples, customer_count, range_of(measure)))
    };
    WorklistMeasure::ALL.into_iter().map(of_measure).collect()
}

fn first_worked(past: &PastDays<'_>, desk: &Desk) -> Vec<(CivilDate, InvoiceId)> {
    desk.first_worked_on.iter().map(|(index, on)| (*on, past.case(*index).invoice_id.clone())).collect()
}

fn by_day(desk: &Desk, listed: &[usize], late: &[f64], days: &[CivilDate], whole: f64) -> Vec<DayShare> {
    let mut reached_on: BTreeMap<CivilDate, f64> = BTreeMap::new();
    for (case_index, late) in listed.iter().zip(late) {
        if let Some(worked_on) = desk.first_worked_on.get(case_index) {
            *reached_on.entry(*worked_on).or_insert(0.0) += late;
        }
    }
    let mut reached = 0.0;
    let mut shares = Vec::with_capacity(days.len());
    for day in days {
        reached += reached_on.get(day).copied().unwrap_or(0.0);
        shares.push(DayShare { on: *day, late_cash_reached_share: (whole > 0.0).then(|| reached / whole) });
    }
    shares
}
