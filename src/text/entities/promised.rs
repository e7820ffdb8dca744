//! Chooses the date on which a payment is promised, or none.

use super::context::{add_clause, add_context, kind};
use super::dates::DateMention;
use super::named_dates::is_only_named;
use super::payment_words::promises_payment;
use super::pieces::{Pieces, mix};
use super::relative_dates::find_relative_dates;
use super::scorer::{Features, LinearScorer};
use crate::domain::time::CivilDate;

/// A date among those of a message.
#[derive(Debug, Clone, Copy)]
struct PromiseCandidate {
    /// First piece.
    first: usize,
    /// One past the last piece.
    end: usize,
    /// Whether the words alone say which year it is.
    has_year: bool,
    /// The date.
    on: CivilDate,
    /// Whether the message only names it, as the due date of an invoice.
    is_only_named: bool,
}

/// The dates of a message among which one may be promised.
pub struct PromiseChoice<'p> {
    pieces: &'p Pieces,
    written: &'p [DateMention],
    dates: Vec<PromiseCandidate>,
    received_on: Option<CivilDate>,
}

impl<'p> PromiseChoice<'p> {
    /// The dates that have a year, or get one from `received_on`.
    pub fn new(pieces: &'p Pieces, written: &'p [DateMention], received_on: Option<CivilDate>) -> Self {
        let mut dates = Vec::with_capacity(written.len());
        for date in written {
            let Some(on) = date.resolve(received_on) else { continue };
            let (first, end) = (date.first, date.end);
            let is_only_named = is_only_named(pieces, first, end, on, received_on);
            dates.push(PromiseCandidate { first, end, has_year: date.year.is_some(), on, is_only_named });
        }
        PromiseChoice { pieces, written, dates, received_on }
    }

    /// The same with the days that are named as seen from the day of receipt, such as `tomorrow`. The scorer has not learned them,
    /// and messages name many such days that promise nothing: in a message that is no promise as a whole, or that has a written
    /// date to come, only those count whose sentence speaks of a payment.
    pub fn with_relative_dates(mut self, is_promise: bool) -> Self {
        let Some(received_on) = self.received_on else { return self };
        let is_on_time = |candidate: &PromiseCandidate| candidate.on >= received_on && !candidate.is_only_named;
        let is_free = is_promise && !self.dates.iter().any(is_on_time);
        // The year is as well known as if it were written, which is what the scorer asks; but beside a date that lacks it only their
        // words may decide.
        let has_year = !self.dates.iter().any(|candidate| !candidate.has_year && is_on_time(candidate));
        for mention in find_relative_dates(self.pieces, self.written) {
            let (first, end) = (mention.first, mention.end);
            let Some(on) = mention.resolve(received_on) else { continue };
            if is_free || promises_payment(self.pieces, first, end) {
                let is_only_named = is_only_named(self.pieces, first, end, on, None);
                self.dates.push(PromiseCandidate { first, end, has_year, on, is_only_named });
            }
        }
        self.dates.sort_by_key(|candidate| candidate.first);
        self
    }

    /// The dates, in reading order.
    pub fn dates(&self) -> impl Iterator<Item = CivilDate> + '_ {
        self.dates.iter().map(|candidate| candidate.on)
    }

    /// Features of the choice that no date is promised; `is_promise` says whether the message as a whole promises a payment.
    pub fn features_of_none(&self, is_promise: bool) -> Features {
        let mut features = Features::new();
        features.add(kind("none"), u64::from(is_promise));
        features.add_pair(kind("none dates"), (self.dates.len() as u64).min(4), u64::from(is_promise));
        features
    }

    /// Features of the date at this index.
    pub fn features(&self, index: usize, is_promise: bool) -> Features {
        let mut features = Features::new();
        let Some(candidate) = self.dates.get(index) else { return features };
        let (first, end, on) = (candidate.first, candidate.end, candidate.on);
        let shape = mix(u64::from(is_promise), u64::from(candidate.has_year));
        features.add(kind("bias"), shape);
        add_context(&mut features, self.pieces, first, end, shape);
        add_clause(&mut features, self.pieces, first, end);
        let later_count = self.dates.iter().filter(|other| other.on > on).count() as u64;
        let earlier_count = self.dates.iter().filter(|other| other.on < on).count() as u64;
        features.add_pair(kind("later"), later_count.min(3), shape);
        features.add_pair(kind("earlier"), earlier_count.min(3), shape);
        features.add_pair(kind("place"), (first * 4 / self.pieces.len().max(1)) as u64, shape);
        features
    }

    /// The promised date, if one is more probable than that none is; two dates that are about equally probable contradict
    /// each other, and then there is none. Nothing is promised for a day before that of receipt, nor for one that is only named; such
    /// a day still counts in the features of the others, which are learned with it.
    pub fn choose(&self, scorer: &LinearScorer, is_promise: bool, threshold: f32) -> Option<CivilDate> {
        let none_score = scorer.score(&self.features_of_none(is_promise));
        let scores: Vec<f32> = self
            .dates
            .iter()
            .enumerate()
            .map(|(index, candidate)| {
                let is_past = self.received_on.is_some_and(|received_on| candidate.on < received_on);
                if is_past || candidate.is_only_named {
                    f32::NEG_INFINITY
                } else {
                    scorer.score(&self.features(index, is_promise))
                }
            })
            .collect();
        let top = scores.iter().copied().fold(none_score, f32::max);
        let total: f32 = (none_score - top).exp() + scores.iter().map(|score| (score - top).exp()).sum::<f32>();
        let mut totals: Vec<(CivilDate, f32)> = Vec::new();
        for (candidate, score) in self.dates.iter().zip(&scores) {
            let share = (score - top).exp() / total;
            match totals.iter_mut().find(|(other, _)| *other == candidate.on) {
                Some((_, sum)) => *sum += share,
                None => totals.push((candidate.on, share)),
            }
        }
        let best = totals.into_iter().max_by(|left, right| left.1.total_cmp(&right.1))?;
        (best.1 >= threshold && best.1 > (none_score - top).exp() / total).then_some(best.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::date_order::DateOrder;
    use super::super::dates::find_dates;
    use super::*;

    #[test]
    fn nothing_is_promised_for_a_day_before_receipt() {
        let pieces = Pieces::read_whole("Sent on 12.02.2026, we pay on 12.03.2026");
        let dates = find_dates(&pieces, DateOrder::DayFirst);
        // Every date is as good as the other, and better than none.
        let scorer = LinearScorer::from_weights(
            PromiseChoice::new(&pieces, &dates, None)
                .features_of_none(true)
                .keys()
                .iter()
                .map(|key| (*key, -9.0))
                .collect(),
        );
        let promised = |received_on: Option<CivilDate>| {
            PromiseChoice::new(&pieces, &dates, received_on).choose(&scorer, true, 0.6).map(|date| date.to_string())
        };
        assert_eq!(promised(CivilDate::new(2026, 2, 20)).as_deref(), Some("2026-03-12"));
        assert_eq!(promised(CivilDate::new(2026, 3, 12)).as_deref(), Some("2026-03-12"));
        assert_eq!(promised(CivilDate::new(2026, 3, 13)), None);
        assert_eq!(promised(None), None, "which of the two is not known");
    }

    #[test]
    fn a_day_seen_from_receipt_counts_beside_written_ones_only_where_payment_is_spoken_of() {
        let days = |text: &str, is_promise: bool, received_on: Option<CivilDate>| {
            let pieces = Pieces::read_whole(text);
            let dates = find_dates(&pieces, DateOrder::DayFirst);
            let choice = PromiseChoice::new(&pieces, &dates, received_on).with_relative_dates(is_promise);
            choice.dates().map(|date| date.to_string()).collect::<Vec<_>>()
        };
        let received_on = CivilDate::new(2026, 3, 11);
        assert_eq!(days("It goes out tomorrow", true, received_on), ["2026-03-12"]);
        assert_eq!(days("It goes out tomorrow", false, received_on), Vec::<String>::new());
        assert_eq!(days("It goes out tomorrow", true, None), Vec::<String>::new());
        assert_eq!(days("The rest is paid tomorrow", false, received_on), ["2026-03-12"]);
        let boss_is_back = "He is back tomorrow. Payment on 14.08.2026.";
        assert_eq!(days(boss_is_back, true, received_on), ["2026-08-14"]);
        let named_only = "Tomorrow it goes out. Due 14.08.2026.";
        assert_eq!(days(named_only, true, received_on), ["2026-03-12", "2026-08-14"]);
    }

    #[test]
    fn a_date_that_is_only_named_is_not_chosen() {
        let pieces = Pieces::read_whole("INV-7001, due 15.03.2026, goes into the next run");
        let dates = find_dates(&pieces, DateOrder::DayFirst);
        let choice = PromiseChoice::new(&pieces, &dates, None);
        let keys = choice.features_of_none(true).keys().to_vec();
        let scorer = LinearScorer::from_weights(keys.iter().map(|key| (*key, -9.0)).collect());
        assert_eq!(choice.choose(&scorer, true, 0.4), None);
    }
}
