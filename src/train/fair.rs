//! Which later rows are a fair comparison of a new model with the one that it is to replace, and how much they can tell.

use std::collections::BTreeMap;

use crate::domain::time::CivilDate;

/// Rows that the present model has not learned from must be at least so many for the two to be compared on them.
const FRESH_ROWS_MIN: usize = 50;
/// Rows that must not have the most frequent outcome: with fewer, next to nothing tells one model from another.
pub const RARER_ROWS_MIN: usize = 5;

/// How much there is to judge a model on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JudgedRows {
    /// Rows whose outcome is known.
    pub count: usize,
    /// Of these, rows without the most frequent outcome.
    pub rarer_count: usize,
}

impl JudgedRows {
    /// Counts rows by their outcomes.
    pub fn of<K: Ord>(outcomes: impl IntoIterator<Item = K>) -> Self {
        let mut counts: BTreeMap<K, usize> = BTreeMap::new();
        for outcome in outcomes {
            *counts.entry(outcome).or_default() += 1;
        }
        let count = counts.values().sum();
        JudgedRows { count, rarer_count: count - counts.values().max().copied().unwrap_or(0) }
    }
}

/// The model that a new one is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opponent {
    /// The present model.
    Champion,
    /// The model that came with Recourse, which has seen nothing of the tenant, as for a tenant's first model: too much of what there
    /// is to compare on has been learned by the present one.
    Shipped {
        /// Later rows that are new to the present model.
        fresh_count: usize,
    },
}

/// Whom a new model is compared with, and on which of the later rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contest {
    /// The other model.
    pub opponent: Opponent,
    /// The first of the rows.
    pub from: usize,
}

/// How a new model, judged on `rows` in the order of their days and each with its outcome, is compared with a present one that learned
/// from rows up to `learned_until`.
///
/// A row that only one of the two has learned from is an advantage to it. So the present model is compared on the rows that are new to
/// it; where those are fewer than 50, or fewer than [`RARER_ROWS_MIN`] of them tell anything, the two cannot be compared, and the
/// shipped model stands in for it on all rows. A model that is trained again on the same rows is thus judged as it was the first time.
pub fn contest<K: Ord + Copy>(rows: &[(CivilDate, K)], learned_until: Option<CivilDate>) -> Contest {
    let seen_count = rows.iter().take_while(|(day, _)| learned_until.is_some_and(|until| *day <= until)).count();
    if seen_count == 0 {
        return Contest { opponent: Opponent::Champion, from: 0 };
    }
    let fresh = rows.get(seen_count..).unwrap_or_default();
    let JudgedRows { count, rarer_count } = JudgedRows::of(fresh.iter().map(|(_, outcome)| *outcome));
    if count >= FRESH_ROWS_MIN && rarer_count >= RARER_ROWS_MIN {
        Contest { opponent: Opponent::Champion, from: seen_count }
    } else {
        Contest { opponent: Opponent::Shipped { fresh_count: count }, from: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_judged_on_what_it_has_not_learned_from_when_that_tells_enough() {
        let rows = |outcome: fn(i32) -> bool| -> Vec<(CivilDate, bool)> {
            (0..100).map(|day| (CivilDate::from_unix_days(day), outcome(day))).collect()
        };
        let until = |day: i32| Some(CivilDate::from_unix_days(day));
        let champion = |from| Contest { opponent: Opponent::Champion, from };
        let shipped = |fresh_count| Contest { opponent: Opponent::Shipped { fresh_count }, from: 0 };
        let mixed = rows(|day| day % 7 == 0);
        assert_eq!(contest(&mixed, None), champion(0));
        assert_eq!(contest(&mixed, until(-1)), champion(0), "it has learned from none of them");
        assert_eq!(contest(&mixed, until(29)), champion(30));
        assert_eq!(contest(&mixed, until(49)), champion(50));
        assert_eq!(contest(&mixed, until(50)), shipped(49), "too few are left");
        assert_eq!(contest(&mixed, until(99)), shipped(0), "none is left");
        assert_eq!(contest(&rows(|day| day < 34), until(29)), shipped(70), "four of another outcome are left");
        assert_eq!(contest::<bool>(&[], until(1)), champion(0));
    }

    #[test]
    fn rows_tell_by_what_is_not_the_most_frequent() {
        assert_eq!(JudgedRows::of(["a", "b", "a", "c"]), JudgedRows { count: 4, rarer_count: 2 });
        assert_eq!(JudgedRows::of::<bool>([]), JudgedRows::default());
    }
}
