//! Chooses the date on which a payment is promised, or none.

use super::context::{add_clause, add_context, kind};
use super::dates::DateMention;
use super::pieces::{Pieces, mix};
use super::scorer::{Features, LinearScorer};
use crate::domain::time::CivilDate;

/// The dates of a message among which one may be promised.
pub struct PromiseChoice<'p> {
    pieces: &'p Pieces,
    dates: Vec<(&'p DateMention, CivilDate)>,
    received_on: Option<CivilDate>,
}

impl<'p> PromiseChoice<'p> {
    /// The dates that have a year, or get one from `received_on`.
    pub fn new(pieces: &'p Pieces, dates: &'p [DateMention], received_on: Option<CivilDate>) -> Self {
        let dates = dates.iter().filter_map(|date| Some((date, date.resolve(received_on)?))).collect();
        PromiseChoice { pieces, dates, received_on }
    }

    /// The dates, in reading order.
    pub fn dates(&self) -> impl Iterator<Item = CivilDate> + '_ {
        self.dates.iter().map(|(_, date)| *date)
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
        let Some((mention, date)) = self.dates.get(index) else { return features };
        let shape = mix(u64::from(is_promise), u64::from(mention.year.is_some()));
        features.add(kind("bias"), shape);
        add_context(&mut features, self.pieces, mention.first, mention.end, shape);
        add_clause(&mut features, self.pieces, mention.first, mention.end);
        let later_count = self.dates.iter().filter(|(_, other)| other > date).count() as u64;
        let earlier_count = self.dates.iter().filter(|(_, other)| other < date).count() as u64;
        features.add_pair(kind("later"), later_count.min(3), shape);
        features.add_pair(kind("earlier"), earlier_count.min(3), shape);
        features.add_pair(kind("place"), (mention.first * 4 / self.pieces.len().max(1)) as u64, shape);
        features
    }

    /// The promised date, if one is more probable than that none is; two dates that are about equally probable contradict
    /// each other, and then there is none. Nothing is promised for a day before that of receipt; such a day still counts in the
    /// features of the others, which are learned without one.
    pub fn choose(&self, scorer: &LinearScorer, is_promise: bool, threshold: f32) -> Option<CivilDate> {
        let none_score = scorer.score(&self.features_of_none(is_promise));
        let scores: Vec<f32> = self
            .dates
            .iter()
            .enumerate()
            .map(|(index, (_, date))| match self.received_on {
                Some(received_on) if *date < received_on => f32::NEG_INFINITY,
                Some(_) | None => scorer.score(&self.features(index, is_promise)),
            })
            .collect();
        let top = scores.iter().copied().fold(none_score, f32::max);
        let total: f32 = (none_score - top).exp() + scores.iter().map(|score| (score - top).exp()).sum::<f32>();
        let mut totals: Vec<(CivilDate, f32)> = Vec::new();
        for ((_, date), score) in self.dates.iter().zip(&scores) {
            let share = (score - top).exp() / total;
            match totals.iter_mut().find(|(other, _)| other == date) {
                Some((_, sum)) => *sum += share,
                None => totals.push((*date, share)),
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
        let pieces = Pieces::read_whole("Due on 12.02.2026, we pay on 12.03.2026");
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
}
