//! The rhythm of an account's payments: on which weekdays they come, how far apart, and what the last ones settled.

use std::collections::VecDeque;

use super::late_rate::fade;
use crate::domain::time::CivilDate;
use crate::ledger::event::SettledInFull;

/// Payment days that are remembered one by one.
const RUNS_KEPT_COUNT: usize = 48;
/// Gaps between payment days that the usual gap is taken from.
const GAPS_COUNT: usize = 8;
/// Days after which a payment has lost half of its weight in the habits.
const HABIT_HALF_LIFE_DAYS: f64 = 60.0;
/// Payments at usual weekdays that every account starts with.
const PRIOR_PAYMENTS: f64 = 3.0;
/// Share of payments by weekday before anything is known: banks work from Monday to Friday.
const PRIOR_SHARES: [f64; 7] = [0.2, 0.2, 0.2, 0.2, 0.2, 0.0, 0.0];
/// Days between payments before anything is known.
const PRIOR_GAP_DAYS: f64 = 14.0;
/// Days since the last payment when there was none.
const NEVER_DAYS: i32 = 90;
/// Longest lateness that counts, in days, so that one forgotten invoice does not drown the rest.
const LATENESS_DAYS_MAX: i32 = 60;
/// Longest earliness that counts, in days.
const EARLINESS_DAYS_MAX: i32 = 20;

/// What a payment day settled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PaymentRun {
    /// The day.
    pub on: CivilDate,
    /// Invoices settled.
    pub settled_count: u32,
    /// Sum of their days late, negative when early.
    pub lateness_days: i64,
    /// What came in and was not taken back since, in minor units.
    pub received_minor: i64,
}

/// The rhythm of an account's payments.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PaymentRhythm {
    runs: VecDeque<PaymentRun>,
    settled_by_weekday: [f64; 7],
    runs_by_weekday: [f64; 7],
    faded_to: Option<CivilDate>,
    settled_count: u64,
    lateness_faded_days: f64,
    lateness_faded_count: f64,
    lateness_squares_faded: f64,
    last_lateness_days: VecDeque<i32>,
    last_late_days: VecDeque<i32>,
    late_days: f64,
    late_count: f64,
}

/// Lateness from which an invoice counts as late in the means over late ones, in days.
const LATE_FROM_DAYS: i32 = 4;

impl PaymentRhythm {
    fn fade_to(&mut self, on: CivilDate) {
        let Some(faded_to) = self.faded_to.replace(on) else { return };
        let weight = fade(on.days_since(faded_to), HABIT_HALF_LIFE_DAYS);
        for sum in self.settled_by_weekday.iter_mut().chain(&mut self.runs_by_weekday) {
            *sum *= weight;
        }
        self.lateness_faded_days *= weight;
        self.lateness_faded_count *= weight;
        self.lateness_squares_faded *= weight;
    }

    /// Takes in that money came.
    pub fn pay(&mut self, on: CivilDate, received_minor: i64) {
        self.fade_to(on);
        if let Some(run) = self.runs.back_mut().filter(|run| run.on == on) {
            run.received_minor += received_minor;
            return;
        }
        self.runs.push_back(PaymentRun { on, settled_count: 0, lateness_days: 0, received_minor });
        self.runs_by_weekday[on.weekday_index() as usize] += 1.0;
        if self.runs.len() > RUNS_KEPT_COUNT {
            self.runs.pop_front();
        }
    }

    /// Takes in that money which came on `paid_on` was taken back on `on`: a day of which nothing is left is no payment day. What it had
    /// settled is [unsettled](Self::unsettle) before.
    pub fn take_back(&mut self, paid_on: CivilDate, received_minor: i64, on: CivilDate) {
        self.fade_to(on);
        let Ok(index) = self.runs.binary_search_by_key(&paid_on, |run| run.on) else { return };
        self.runs[index].received_minor -= received_minor;
        if self.runs[index].received_minor <= 0 {
            self.runs.remove(index);
            take_out(&mut self.runs_by_weekday[paid_on.weekday_index() as usize], habit_fade(paid_on, on));
        }
    }

    /// Takes in that an invoice was settled in full on `on` by documents of which the last is of `paid_on`. It is as late as that one:
    /// what the clerk took to apply it is not the customer's lateness. No payment day counts what was applied later.
    pub fn settle(&mut self, due_on: CivilDate, on: CivilDate, paid_on: CivilDate) {
        self.fade_to(on);
        let lateness_days = counted_lateness_days(due_on, paid_on);
        if let Some(run) = self.runs.back_mut().filter(|run| run.on == on && paid_on == on) {
            run.settled_count += 1;
            run.lateness_days += i64::from(lateness_days);
            self.settled_by_weekday[on.weekday_index() as usize] += 1.0;
        }
        self.settled_count += 1;
        let lateness = f64::from(lateness_days);
        self.lateness_faded_days += lateness;
        self.lateness_squares_faded += lateness * lateness;
        self.lateness_faded_count += 1.0;
        remember(&mut self.last_lateness_days, lateness_days, 5);
        if lateness_days >= LATE_FROM_DAYS {
            remember(&mut self.last_late_days, lateness_days, 3);
            self.late_days += lateness;
            self.late_count += 1.0;
        }
    }

    /// Takes in that a settled invoice is open again since `on`: what its lateness taught is taken out again, as far as it is remembered,
    /// and of its payment day, if it was counted for one.
    pub fn unsettle(&mut self, due_on: CivilDate, settled: SettledInFull, on: CivilDate) {
        self.fade_to(on);
        let SettledInFull { on: settled_on, paid_on, is_on_payment_day } = settled;
        let weight = habit_fade(settled_on, on);
        let lateness_days = counted_lateness_days(due_on, paid_on);
        let index = self.runs.binary_search_by_key(&settled_on, |run| run.on);
        if let Some(index) = index.ok().filter(|_| is_on_payment_day) {
            let run = &mut self.runs[index];
            run.settled_count = run.settled_count.saturating_sub(1);
            run.lateness_days -= i64::from(lateness_days);
            take_out(&mut self.settled_by_weekday[settled_on.weekday_index() as usize], weight);
        }
        self.settled_count = self.settled_count.saturating_sub(1);
        let lateness = f64::from(lateness_days);
        self.lateness_faded_days -= weight * lateness;
        take_out(&mut self.lateness_squares_faded, weight * lateness * lateness);
        take_out(&mut self.lateness_faded_count, weight);
        forget(&mut self.last_lateness_days, lateness_days);
        if lateness_days >= LATE_FROM_DAYS {
            forget(&mut self.last_late_days, lateness_days);
            take_out(&mut self.late_days, lateness);
            take_out(&mut self.late_count, 1.0);
        }
    }

    /// Invoices settled so far.
    pub fn settled_count(&self) -> u64 {
        self.settled_count
    }

    /// Days since the last payment.
    pub fn days_since_payment(&self, as_of: CivilDate) -> i32 {
        self.runs.back().map_or(NEVER_DAYS, |run| as_of.days_since(run.on).min(NEVER_DAYS))
    }

    /// Invoices settled by payments from `from` on.
    pub fn settled_since(&self, from: CivilDate) -> u32 {
        self.runs.iter().rev().take_while(|run| run.on >= from).map(|run| run.settled_count).sum()
    }

    /// Mean lateness of what the last payment day settled, in days.
    pub fn last_run_lateness_days(&self) -> f64 {
        let settled = self.runs.iter().rev().find(|run| run.settled_count > 0);
        #[expect(clippy::cast_precision_loss, reason = "a few days times a few invoices")]
        settled.map_or(0.0, |run| run.lateness_days as f64 / f64::from(run.settled_count))
    }

    /// The usual number of days between payment days: the median of the last gaps.
    pub fn gap_days(&self) -> f64 {
        let mut gaps: Vec<i32> = self
            .runs
            .iter()
            .rev()
            .zip(self.runs.iter().rev().skip(1))
            .take(GAPS_COUNT)
            .map(|(later, earlier)| later.on.days_since(earlier.on))
            .collect();
        gaps.sort_unstable();
        match (gaps.len(), gaps.get(gaps.len() / 2), gaps.get((gaps.len().max(1) - 1) / 2)) {
            (0, _, _) => PRIOR_GAP_DAYS,
            (_, Some(upper), Some(lower)) => f64::midpoint(f64::from(*upper), f64::from(*lower)),
            (_, _, _) => PRIOR_GAP_DAYS,
        }
    }

    /// Share of invoices, and of payment days, that this account settles on the weekdays of the bank days after `as_of` up to `until`.
    pub fn weekday_shares(&self, as_of: CivilDate, until: CivilDate) -> (f64, f64) {
        let mut share = (0.0, 0.0);
        let days = until.days_since(as_of).clamp(0, 7);
        let settled_sum: f64 = self.settled_by_weekday.iter().sum();
        let runs_sum: f64 = self.runs_by_weekday.iter().sum();
        let weight = self.faded_to.map_or(1.0, |on| fade(as_of.days_since(on), HABIT_HALF_LIFE_DAYS));
        for offset in 1..=days {
            let day = as_of.plus_days(offset);
            if !is_bank_day(day) {
                continue;
            }
            let index = day.weekday_index() as usize;
            let prior = PRIOR_PAYMENTS * PRIOR_SHARES[index];
            share.0 += (weight * self.settled_by_weekday[index] + prior) / (weight * settled_sum + PRIOR_PAYMENTS);
            share.1 += (weight * self.runs_by_weekday[index] + prior) / (weight * runs_sum + PRIOR_PAYMENTS);
        }
        share
    }

    /// Mean and standard deviation of recent lateness in days, drawn towards on time with a week's spread.
    pub fn lateness_days(&self, as_of: CivilDate) -> (f64, f64) {
        let weight = self.faded_to.map_or(1.0, |on| fade(as_of.days_since(on), HABIT_HALF_LIFE_DAYS));
        let count = self.lateness_faded_count * weight + 2.0;
        let mean = (self.lateness_faded_days * weight + 1.0) / count;
        let second = (self.lateness_squares_faded * weight + 2.0 * 36.0) / count;
        (mean, (second - mean * mean).max(0.0).sqrt())
    }

    /// Mean lateness of the last five invoices settled, in days.
    pub fn last_lateness_days(&self) -> f64 {
        mean(&self.last_lateness_days).unwrap_or(0.0)
    }

    /// Mean lateness of the last three invoices that were late, in days.
    pub fn last_late_days(&self) -> f64 {
        mean(&self.last_late_days).unwrap_or(10.0)
    }

    /// Mean lateness of all invoices that were late, in days.
    pub fn late_days(&self) -> f64 {
        (self.late_days + 10.0) / (self.late_count + 1.0)
    }
}

fn remember(days: &mut VecDeque<i32>, value: i32, count_max: usize) {
    days.push_back(value);
    if days.len() > count_max {
        days.pop_front();
    }
}

/// Takes the latest such value out, when it is among those remembered.
fn forget(days: &mut VecDeque<i32>, value: i32) {
    if let Some(index) = days.iter().rposition(|day| *day == value) {
        days.remove(index);
    }
}

/// Takes a share out of a sum of shares, which rounding must not bring below 0.
fn take_out(sum: &mut f64, share: f64) {
    *sum = (*sum - share).max(0.0);
}

/// The weight at `on` of what was taken in on `from`.
fn habit_fade(from: CivilDate, on: CivilDate) -> f64 {
    fade(on.days_since(from), HABIT_HALF_LIFE_DAYS)
}

fn counted_lateness_days(due_on: CivilDate, paid_on: CivilDate) -> i32 {
    paid_on.days_since(due_on).clamp(-EARLINESS_DAYS_MAX, LATENESS_DAYS_MAX)
}

fn mean(days: &VecDeque<i32>) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a handful of values")]
    let count = days.len() as f64;
    (!days.is_empty()).then(|| days.iter().map(|day| f64::from(*day)).sum::<f64>() / count)
}

/// Whether banks settle payments on this day: not on weekends, at Christmas and at New Year.
pub fn is_bank_day(day: CivilDate) -> bool {
    if day.weekday_index() >= 5 {
        return false;
    }
    let (_, month, day_of_month) = day.year_month_day();
    !matches!((month, day_of_month), (1, 1) | (12, 25))
}

/// Bank days after `from` up to and including `until`.
pub fn bank_days_between(from: CivilDate, until: CivilDate) -> i32 {
    let days = until.days_since(from).max(0);
    let mut count = days / 7 * 5;
    for offset in 0..days % 7 {
        if until.plus_days(-offset).weekday_index() < 5 {
            count += 1;
        }
    }
    let (year, _, _) = from.year_month_day();
    let (last_year, _, _) = until.year_month_day();
    for year in year..=last_year {
        for (month, day_of_month) in [(1, 1), (12, 25)] {
            let holiday = CivilDate::new(year, month, day_of_month);
            if holiday.is_some_and(|day| from < day && day <= until && day.weekday_index() < 5) {
                count -= 1;
            }
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> CivilDate {
        CivilDate::parse("on", text).unwrap()
    }

    #[test]
    fn bank_days_are_counted_as_one_by_one() {
        for from in 0..400 {
            for length in [0, 1, 4, 5, 9, 27] {
                let from = day("2025-11-20").plus_days(from);
                let one_by_one = (1..=length).filter(|offset| is_bank_day(from.plus_days(*offset))).count();
                assert_eq!(bank_days_between(from, from.plus_days(length)), i32::try_from(one_by_one).unwrap());
            }
        }
    }

    #[test]
    fn a_friday_payer_has_most_of_the_share_on_fridays() {
        let mut rhythm = PaymentRhythm::default();
        for week in 0..8 {
            let friday = day("2026-01-02").plus_days(7 * week);
            rhythm.pay(friday, 100);
            rhythm.settle(friday.plus_days(-5), friday, friday);
        }
        let monday = day("2026-03-02");
        let (until_thursday, _) = rhythm.weekday_shares(monday, day("2026-03-05"));
        let (until_friday, _) = rhythm.weekday_shares(monday, day("2026-03-06"));
        assert!(until_thursday < 0.3 && until_friday > 0.7, "{until_thursday} {until_friday}");
        assert!((rhythm.gap_days() - 7.0).abs() < 1e-9);
    }

    /// Goal: a payment that is taken back teaches nothing in the end. Sums that fade come back to what they were up to rounding.
    #[test]
    fn a_payment_that_was_taken_back_leaves_no_trace() {
        let (first, second, third) = (day("2026-01-02"), day("2026-01-09"), day("2026-01-14"));
        let mut rhythm = PaymentRhythm::default();
        rhythm.pay(first, 100);
        rhythm.settle(first.plus_days(-2), first, first);
        let before = rhythm.clone();
        rhythm.pay(second, 70);
        rhythm.pay(second, 30);
        rhythm.settle(second.plus_days(-9), second, second);
        let settled = SettledInFull { on: second, paid_on: second, is_on_payment_day: true };
        rhythm.unsettle(second.plus_days(-9), settled, third);
        rhythm.take_back(second, 70, third);
        assert_eq!(rhythm.days_since_payment(third), 5, "another payment of that day is left");
        rhythm.take_back(second, 30, third);
        assert_eq!((rhythm.days_since_payment(third), rhythm.settled_count()), (12, 1));
        assert_eq!((rhythm.last_lateness_days(), rhythm.late_days()), (2.0, before.late_days()));
        let close = |(a, b): (f64, f64), (c, d): (f64, f64)| (a - c).abs() < 1e-9 && (b - d).abs() < 1e-9;
        assert!(close(rhythm.lateness_days(third), before.lateness_days(third)));
        let shares = |rhythm: &PaymentRhythm| rhythm.weekday_shares(third, third.plus_days(7));
        assert!(close(shares(&rhythm), shares(&before)));
    }
}
