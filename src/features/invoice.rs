//! The features of an open invoice, from its account's habits and the portfolio, as known at the end of a day.

use super::account::{AccountHabits, OpenInvoice};
use super::catalog::{Feature, FeatureRow};
use super::cohort::{CHECKPOINT_COUNT, Cohort, size_band};
use super::late_rate::log_odds;
use super::portfolio::{PeerGroup, Portfolio};
use super::rhythm::bank_days_between;
use crate::domain::ids::InvoiceId;
use crate::domain::money::Money;
use crate::domain::time::CivilDate;

/// Cases at the wider group's rate that stand for what is not known of an account, by what they are drawn towards.
const STRENGTH_WHOLE: f64 = 1.0;
const STRENGTH_UNIT: f64 = 10.0;
const STRENGTH_PEERS: f64 = 5.0;
const STRENGTH_ACCOUNT: f64 = 3.0;
const STRENGTH_LATE: f64 = 5.0;
const STRENGTH_DETAIL: f64 = 2.0;
/// Rates before anything is known: unpaid at each checkpoint of those unpaid at the first, and of all.
const PRIOR_AT_RISK: [f64; CHECKPOINT_COUNT] = [1.0, 0.5, 0.3, 0.2, 0.1];
const PRIOR_ALL: [f64; CHECKPOINT_COUNT] = [0.15, 0.07, 0.04, 0.025, 0.015];
/// Days before the due date in which earlier invoices tell whether a payment run stopped short of this one.
const EARLIER_DAYS: i32 = 14;

/// Shrunk rates at each checkpoint, from the widest group to the account.
struct Rates {
    whole: [f64; CHECKPOINT_COUNT],
    unit: [f64; CHECKPOINT_COUNT],
    unit_all: [f64; CHECKPOINT_COUNT],
    peers: [f64; CHECKPOINT_COUNT],
    peers_late: f64,
}

/// What surrounds an account on a day; the same for all of its invoices of one selling unit.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// How the portfolio pays.
    pub portfolio: &'a Portfolio,
    /// The customer's peers.
    pub peers: &'a PeerGroup,
}

/// The features of an open invoice at the end of `as_of`, to which `habits` have been brought; nothing when it is not open.
pub fn invoice_features(
    habits: &AccountHabits,
    surroundings: Surroundings<'_>,
    invoice_id: &InvoiceId,
    as_of: CivilDate,
) -> Option<FeatureRow> {
    let invoice = habits.open_invoice(invoice_id)?;
    let mut row = FeatureRow::default();
    set_invoice(&mut row, habits, invoice, as_of);
    let rates = rates(habits, surroundings, &invoice.business_unit, as_of);
    set_groups(&mut row, &rates);
    set_habit(&mut row, habits, invoice, &rates, as_of);
    set_lateness(&mut row, habits, as_of);
    set_position(&mut row, habits, invoice, as_of);
    set_rhythm(&mut row, habits, invoice, as_of);
    set_neighbours(&mut row, habits, invoice);
    Some(row)
}

fn units(habits: &AccountHabits, minor: i64) -> f64 {
    Money::from_minor(minor.max(0), habits.currency()).units_f64()
}

fn flag(is_set: bool) -> f64 {
    if is_set { 1.0 } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
fn count_log(count: u64) -> f64 {
    (count as f64).ln_1p()
}

fn set_invoice(row: &mut FeatureRow, habits: &AccountHabits, invoice: &OpenInvoice, as_of: CivilDate) {
    let gross = invoice.amount_log.exp_m1();
    row.set(Feature::Amount, invoice.amount_log);
    row.set(Feature::AmountRelative, invoice.amount_log - habits.amount_log_mean());
    row.set(Feature::Terms, f64::from(invoice.due_on.days_since(invoice.issued_on)));
    row.set(Feature::PastDue, f64::from(as_of.days_since(invoice.due_on)));
    row.set(Feature::OpenShare, (units(habits, invoice.open_minor) / gross.max(1e-9)).min(1.0));
    row.set(Feature::Disputed, flag(invoice.dispute_count > 0));
    row.set(Feature::Promised, flag(invoice.promised_on.is_some_and(|day| day >= as_of)));
    row.set(Feature::PromiseBroken, flag(invoice.promised_on.is_some_and(|day| day < as_of)));
    row.set(Feature::DueWeekday, f64::from(invoice.due_on.weekday_index()));
    let (_, _, due_day_of_month) = invoice.due_on.year_month_day();
    row.set(Feature::DueDayOfMonth, f64::from(due_day_of_month));
    row.set(Feature::MonthEnd, f64::from(days_to_month_end(as_of)));
    row.set(Feature::Weekday, f64::from(as_of.weekday_index()));
    row.set(Feature::BankDaysWeek, f64::from(bank_days_between(as_of, invoice.due_on.plus_days(7))));
}

fn days_to_month_end(day: CivilDate) -> i32 {
    let (year, month, _) = day.year_month_day();
    let next_month = if month == 12 { CivilDate::new(year + 1, 1, 1) } else { CivilDate::new(year, month + 1, 1) };
    next_month.map_or(0, |next_month| next_month.days_since(day) - 1)
}

fn rates(habits: &AccountHabits, surroundings: Surroundings<'_>, unit: &str, as_of: CivilDate) -> Rates {
    let Surroundings { portfolio, peers } = surroundings;
    let mut rates = Rates {
        whole: PRIOR_AT_RISK,
        unit: PRIOR_AT_RISK,
        unit_all: PRIOR_ALL,
        peers: PRIOR_AT_RISK,
        peers_late: PRIOR_ALL[0],
    };
    // What fell due since counts for no peer, so it is not taken out of them either.
    let known_on = portfolio.known_on(as_of);
    for index in 0..CHECKPOINT_COUNT {
        let (own_all, own_at_risk) = habits.book().rates_noted_by(index, known_on);
        let whole = portfolio.recent(index, as_of);
        let of_unit = portfolio.recent_of_business_unit(unit, index, as_of);
        let of_peers = portfolio.of_peers(peers, index, as_of);
        let whole_all = whole.all.shrunk(PRIOR_ALL[index], STRENGTH_WHOLE);
        rates.whole[index] = whole.at_risk.shrunk(PRIOR_AT_RISK[index], STRENGTH_WHOLE);
        rates.unit[index] = of_unit.at_risk.shrunk(rates.whole[index], STRENGTH_UNIT);
        rates.unit_all[index] = of_unit.all.shrunk(whole_all, STRENGTH_UNIT);
        rates.peers[index] = of_peers.at_risk.without(own_at_risk).shrunk(rates.whole[index], STRENGTH_PEERS);
        if index == 0 {
            rates.peers_late = of_peers.all.without(own_all).shrunk(whole_all, STRENGTH_UNIT);
        }
    }
    rates
}

fn set_groups(row: &mut FeatureRow, rates: &Rates) {
    row.set(Feature::PeerLate3, log_odds(rates.peers_late));
    row.set(Feature::PeerRisk7, log_odds(rates.peers[1]));
    row.set(Feature::PeerRisk15, log_odds(rates.peers[2]));
    row.set(Feature::PeerRisk30, log_odds(rates.peers[3]));
    row.set(Feature::UnitRisk7, log_odds(rates.unit[1]));
    row.set(Feature::UnitRisk15, log_odds(rates.unit[2]));
    row.set(Feature::WholeRisk7, log_odds(rates.whole[1]));
    row.set(Feature::WholeRisk15, log_odds(rates.whole[2]));
}

fn set_habit(row: &mut FeatureRow, habits: &AccountHabits, invoice: &OpenInvoice, rates: &Rates, as_of: CivilDate) {
    use super::cohort::{LONG_HALF_LIFE_DAYS, SHORT_HALF_LIFE_DAYS};
    let own = habits.book().rates();
    let peer_shrunk = [Feature::PeerShrunk7, Feature::PeerShrunk15, Feature::PeerShrunk30];
    let lifetime = [Feature::Risk7, Feature::Risk15, Feature::Risk30];
    for (offset, (peer_shrunk, lifetime)) in peer_shrunk.into_iter().zip(lifetime).enumerate() {
        let index = offset + 1;
        let long = own[index].at_risk_long.on(as_of, LONG_HALF_LIFE_DAYS);
        row.set(peer_shrunk, log_odds(long.shrunk(rates.peers[index], STRENGTH_ACCOUNT)));
        row.set(lifetime, log_odds(own[index].at_risk.shrunk(rates.unit[index], STRENGTH_ACCOUNT)));
    }
    for (index, feature) in [(1, Feature::RiskShort7), (2, Feature::RiskShort15)] {
        let short = own[index].at_risk_short.on(as_of, SHORT_HALF_LIFE_DAYS);
        row.set(feature, log_odds(short.shrunk(rates.unit[index], STRENGTH_ACCOUNT)));
    }
    let risk_7 = own[1].at_risk.shrunk(rates.unit[1], STRENGTH_ACCOUNT);
    let risk_15 = own[2].at_risk.shrunk(rates.unit[2], STRENGTH_ACCOUNT);
    let of_weekday = habits.book().weekday_rate(invoice.due_on.weekday_index());
    let of_size = habits.book().size_rate(size_band(invoice.amount_log));
    row.set(Feature::RiskWeekday7, log_odds(of_weekday.shrunk(risk_7, STRENGTH_DETAIL)));
    row.set(Feature::RiskSize15, log_odds(of_size.shrunk(risk_15, STRENGTH_DETAIL)));
    let late_features = [Feature::Late3, Feature::Late7, Feature::Late15, Feature::Late30];
    for (index, feature) in late_features.into_iter().enumerate() {
        row.set(feature, log_odds(own[index].all.shrunk(rates.unit_all[index], STRENGTH_LATE)));
    }
    let short = own[0].all_short.on(as_of, SHORT_HALF_LIFE_DAYS);
    row.set(Feature::LateShort3, log_odds(short.shrunk(rates.unit_all[0], STRENGTH_LATE)));
}

fn set_lateness(row: &mut FeatureRow, habits: &AccountHabits, as_of: CivilDate) {
    let rhythm = habits.rhythm();
    let (mean, spread) = rhythm.lateness_days(as_of);
    row.set(Feature::LatenessMean, mean);
    row.set(Feature::LatenessSpread, spread);
    row.set(Feature::LateMean, rhythm.late_days());
    row.set(Feature::LastLate, rhythm.last_late_days());
    row.set(Feature::LastLateness, rhythm.last_lateness_days());
    row.set(Feature::RunLateness, rhythm.last_run_lateness_days());
    row.set(Feature::InvoiceCount, count_log(habits.invoice_count().saturating_sub(1)));
    let age_days = habits.first_issued_on().map_or(0, |day| as_of.days_since(day));
    row.set(Feature::AccountAge, f64::from(age_days.max(0)).ln_1p());
}

fn set_position(row: &mut FeatureRow, habits: &AccountHabits, invoice: &OpenInvoice, as_of: CivilDate) {
    let (mut open_count, mut overdue_count, mut older_count) = (0_u64, 0_u64, 0_u64);
    let (mut open_minor, mut overdue_minor) = (-invoice.open_minor, 0_i64);
    let mut oldest_overdue_days = 0;
    for (due_on, cohort) in habits.book().cohorts() {
        let is_own = u64::from(*due_on == invoice.due_on);
        let others_count = u64::from(cohort.open_count).saturating_sub(is_own);
        open_minor += cohort.open_minor;
        open_count += others_count;
        if *due_on < as_of {
            overdue_count += others_count;
            overdue_minor += cohort.open_minor - if is_own == 1 { invoice.open_minor } else { 0 };
            if others_count > 0 && oldest_overdue_days == 0 {
                oldest_overdue_days = as_of.days_since(*due_on);
            }
        }
        if *due_on < invoice.due_on {
            older_count += others_count;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
    row.set(Feature::OverdueShare, (overdue_count as f64 + 0.5) / (open_count as f64 + 2.0));
    row.set(Feature::OpenCount, count_log(open_count));
    row.set(Feature::OlderCount, count_log(older_count));
    row.set(Feature::OldestOverdue, f64::from(oldest_overdue_days).ln_1p());
    row.set(Feature::OpenBalance, units(habits, open_minor).ln_1p());
    row.set(Feature::OverdueBalance, units(habits, overdue_minor).ln_1p());
    let own = units(habits, invoice.open_minor);
    row.set(Feature::AmountShare, ((own + 1.0) / (units(habits, open_minor) + own + 1.0)).ln());
}

fn set_rhythm(row: &mut FeatureRow, habits: &AccountHabits, invoice: &OpenInvoice, as_of: CivilDate) {
    let rhythm = habits.rhythm();
    let since_payment_days = f64::from(rhythm.days_since_payment(as_of));
    row.set(Feature::SincePayment, since_payment_days.ln_1p());
    row.set(Feature::SettledWeek, count_log(u64::from(rhythm.settled_since(as_of.plus_days(-6)))));
    row.set(Feature::SettledSinceDue, count_log(u64::from(rhythm.settled_since(invoice.due_on))));
    let (of_payments, of_runs) = rhythm.weekday_shares(as_of, invoice.due_on.plus_days(7));
    row.set(Feature::SharePayments, of_payments);
    row.set(Feature::ShareRuns, of_runs);
    row.set(Feature::ShareRunsNext, rhythm.weekday_shares(as_of, as_of.plus_days(2)).1);
    row.set(Feature::RunGap, rhythm.gap_days());
    row.set(Feature::RunDue, rhythm.gap_days() - since_payment_days);
}

fn set_neighbours(row: &mut FeatureRow, habits: &AccountHabits, invoice: &OpenInvoice) {
    let cohorts = habits.book().cohorts();
    let empty = Cohort::default();
    let same = cohorts.get(&invoice.due_on).unwrap_or(&empty);
    let share =
        |count: u32, open_count: u32| (f64::from(count.saturating_sub(open_count)) + 0.5) / (f64::from(count) + 1.0);
    row.set(Feature::SameDueShare, share(same.count.saturating_sub(1), same.open_count.saturating_sub(1)));
    let sum = |range: &mut dyn Iterator<Item = (&CivilDate, &Cohort)>| {
        range.fold((0, 0), |(count, open), (_, cohort)| (count + cohort.count, open + cohort.open_count))
    };
    let (count, open_count) = sum(&mut cohorts.range(invoice.due_on.plus_days(-EARLIER_DAYS)..invoice.due_on));
    row.set(Feature::EarlierShare, share(count, open_count));
    let (count, open_count) = sum(&mut cohorts.range(invoice.due_on.plus_days(1)..));
    row.set(Feature::LaterShare, share(count, open_count));
}
