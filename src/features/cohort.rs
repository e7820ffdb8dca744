//! Due-date cohorts: the invoices of an account that fall due on one day, counted without looking at each again.

use std::collections::{BTreeMap, VecDeque};

use super::late_rate::{FadingRate, Rate};
use crate::domain::time::CivilDate;

/// Days past due at which it is noted how many invoices of a due date are still unpaid. The first is the condition of the others.
pub const CHECKPOINTS_DAYS: [i32; 5] = [3, 7, 15, 30, 60];
/// How many checkpoints there are.
pub const CHECKPOINT_COUNT: usize = CHECKPOINTS_DAYS.len();
/// Days after which the short memory of an account has lost half of its weight.
pub const SHORT_HALF_LIFE_DAYS: f64 = 45.0;
/// Days after which the long memory of an account and of its peers has lost half of its weight.
pub const LONG_HALF_LIFE_DAYS: f64 = 90.0;
/// Ratio between the largest and the smallest amount of a size band, as a natural logarithm.
const SIZE_BAND_WIDTH_LOG: f64 = 0.5;
/// Days past due after which a cohort without open invoices is forgotten.
const COHORT_KEPT_DAYS: i32 = 90;
/// Days for which it is remembered what was noted on each: the longest time between two payment days after which the customer's own
/// invoices can be told from those of its peers.
const NOTES_KEPT_DAYS: i32 = 92;
/// Index of the checkpoint whose rates are kept by weekday of the due date.
const WEEKDAY_CHECKPOINT_INDEX: usize = 1;
/// Index of the checkpoint whose rates are kept by size.
const SIZE_CHECKPOINT_INDEX: usize = 2;

/// The size band of an amount.
pub fn size_band(amount_log: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "logarithms of amounts are below 50")]
    let band = (amount_log / SIZE_BAND_WIDTH_LOG).floor() as i32;
    band
}

/// Invoices of a cohort in one size band.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct BandCount {
    band: i32,
    open_count: u32,
    at_risk_count: u32,
}

/// The invoices that fall due on one day.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cohort {
    /// How many there are.
    pub count: u32,
    /// How many of them are open.
    pub open_count: u32,
    /// What is open of them, in minor units.
    pub open_minor: i64,
    at_risk_count: u32,
    bands: Vec<BandCount>,
}

impl Cohort {
    fn band(&mut self, band: i32) -> &mut BandCount {
        let index = match self.bands.iter().position(|count| count.band == band) {
            Some(index) => index,
            None => {
                self.bands.push(BandCount { band, ..BandCount::default() });
                self.bands.len() - 1
            }
        };
        &mut self.bands[index]
    }

    /// Takes in an invoice with what is open of it.
    pub fn open(&mut self, band: i32, open_minor: i64) {
        self.count += 1;
        if open_minor > 0 {
            self.open_count += 1;
            self.open_minor += open_minor;
            self.band(band).open_count += 1;
        }
    }

    /// Takes in that an invoice was settled in full.
    pub fn settle(&mut self, band: i32) {
        self.open_count = self.open_count.saturating_sub(1);
        let count = &mut self.band(band).open_count;
        *count = count.saturating_sub(1);
    }

    /// Takes in that an invoice that was settled is open again. It counts already, unless its cohort was forgotten.
    pub fn reopen(&mut self, band: i32, open_minor: i64) {
        self.open_count += 1;
        self.count = self.count.max(self.open_count);
        self.open_minor += open_minor;
        self.band(band).open_count += 1;
    }
}

/// How late the invoices of an account were at one checkpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CheckpointRates {
    /// Of all invoices.
    pub all: Rate,
    /// Of all invoices, fading fast.
    pub all_short: FadingRate,
    /// Of the invoices that were unpaid at the first checkpoint.
    pub at_risk: Rate,
    /// The same, fading fast.
    pub at_risk_short: FadingRate,
    /// The same, fading slowly.
    pub at_risk_long: FadingRate,
}

/// What was noted of one cohort at a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Note {
    on: CivilDate,
    all: Rate,
    at_risk: Rate,
}

/// The due-date cohorts of an account and what was noted of them at the checkpoints.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CohortBook {
    cohorts: BTreeMap<CivilDate, Cohort>,
    noted_through: Option<CivilDate>,
    rates: [CheckpointRates; CHECKPOINT_COUNT],
    /// The last notes of each checkpoint, ascending by day.
    notes: [VecDeque<Note>; CHECKPOINT_COUNT],
    by_weekday: [Rate; 7],
    by_size: BTreeMap<i32, Rate>,
}

impl CohortBook {
    /// The cohort of a due date, made when it is not there.
    pub fn cohort_mut(&mut self, due_on: CivilDate) -> &mut Cohort {
        self.cohorts.entry(due_on).or_default()
    }

    /// Cohorts by due date.
    pub fn cohorts(&self) -> &BTreeMap<CivilDate, Cohort> {
        &self.cohorts
    }

    /// Rates at each checkpoint.
    pub fn rates(&self) -> &[CheckpointRates; CHECKPOINT_COUNT] {
        &self.rates
    }

    /// The rates of all invoices and of those at risk at a checkpoint as they had been noted by the end of `day`. What was noted more than
    /// 92 days before the last day noted counts in any case.
    pub fn rates_noted_by(&self, checkpoint_index: usize, day: CivilDate) -> (Rate, Rate) {
        let CheckpointRates { mut all, mut at_risk, .. } = self.rates[checkpoint_index];
        for note in self.notes[checkpoint_index].iter().rev().take_while(|note| note.on > day) {
            all = all.without(note.all);
            at_risk = at_risk.without(note.at_risk);
        }
        (all, at_risk)
    }

    /// Unpaid 7 days past due out of unpaid 3 days past due, for a weekday of the due date.
    pub fn weekday_rate(&self, weekday_index: u32) -> Rate {
        self.by_weekday.get(weekday_index as usize).copied().unwrap_or_default()
    }

    /// Unpaid 15 days past due out of unpaid 3 days past due, for amounts of about this size.
    pub fn size_rate(&self, band: i32) -> Rate {
        let mut sum = Rate::default();
        for (_, rate) in self.by_size.range(band - 1..=band + 1) {
            sum.add(rate.happened, rate.count);
        }
        sum
    }

    /// Notes what is unpaid at every checkpoint up to the end of `day`, of which all events have been taken in.
    pub fn note_through(&mut self, day: CivilDate) {
        let Some(noted_through) = self.noted_through.replace(day) else { return };
        if day <= noted_through {
            self.noted_through = Some(noted_through);
            return;
        }
        for (index, checkpoint_days) in CHECKPOINTS_DAYS.into_iter().enumerate() {
            let first_due_on = noted_through.plus_days(1 - checkpoint_days);
            let last_due_on = day.plus_days(-checkpoint_days);
            let Self { cohorts, rates, notes, by_weekday, by_size, .. } = self;
            let notes = &mut notes[index];
            for (due_on, cohort) in cohorts.range_mut(first_due_on..=last_due_on) {
                let on = due_on.plus_days(checkpoint_days);
                notes.push_back(note(&mut rates[index], cohort, index, on));
                if index == WEEKDAY_CHECKPOINT_INDEX {
                    let rate = &mut by_weekday[due_on.weekday_index() as usize];
                    rate.add(f64::from(cohort.open_count.min(cohort.at_risk_count)), f64::from(cohort.at_risk_count));
                }
                if index == SIZE_CHECKPOINT_INDEX {
                    for band in &cohort.bands {
                        let rate = by_size.entry(band.band).or_default();
                        rate.add(f64::from(band.open_count.min(band.at_risk_count)), f64::from(band.at_risk_count));
                    }
                }
            }
            let kept_from = day.plus_days(-NOTES_KEPT_DAYS);
            while notes.front().is_some_and(|note| note.on <= kept_from) {
                notes.pop_front();
            }
        }
        self.forget(noted_through, day);
    }

    /// Forgets settled cohorts that no feature looks at any more.
    fn forget(&mut self, noted_through: CivilDate, day: CivilDate) {
        let from = noted_through.plus_days(-COHORT_KEPT_DAYS);
        let to = day.plus_days(-COHORT_KEPT_DAYS);
        let settled: Vec<CivilDate> = self
            .cohorts
            .range(from..to)
            .filter(|(_, cohort)| cohort.open_count == 0)
            .map(|(due_on, _)| *due_on)
            .collect();
        for due_on in settled {
            self.cohorts.remove(&due_on);
        }
    }

    /// Forgets the cohort of an invoice settled long after its due date.
    pub fn forget_if_settled(&mut self, due_on: CivilDate, today: CivilDate) {
        let is_old = today.days_since(due_on) > COHORT_KEPT_DAYS;
        if is_old && self.cohorts.get(&due_on).is_some_and(|cohort| cohort.open_count == 0) {
            self.cohorts.remove(&due_on);
        }
    }

    /// Starts noting, on the day before the first event.
    pub fn start(&mut self, day: CivilDate) {
        self.noted_through.get_or_insert(day.plus_days(-1));
    }
}

fn note(rates: &mut CheckpointRates, cohort: &mut Cohort, checkpoint_index: usize, on: CivilDate) -> Note {
    if checkpoint_index == 0 {
        cohort.at_risk_count = cohort.open_count;
        for band in &mut cohort.bands {
            band.at_risk_count = band.open_count;
        }
    }
    let (open, count, at_risk) =
        (f64::from(cohort.open_count), f64::from(cohort.count), f64::from(cohort.at_risk_count));
    let unpaid = open.min(at_risk);
    rates.all.add(open, count);
    rates.all_short.add(on, SHORT_HALF_LIFE_DAYS, open, count);
    rates.at_risk.add(unpaid, at_risk);
    rates.at_risk_short.add(on, SHORT_HALF_LIFE_DAYS, unpaid, at_risk);
    rates.at_risk_long.add(on, LONG_HALF_LIFE_DAYS, unpaid, at_risk);
    let at_risk = Rate { happened: unpaid, count: at_risk };
    Note { on, all: Rate { happened: open, count }, at_risk }
}
