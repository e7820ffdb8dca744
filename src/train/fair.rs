//! Which later rows are a fair comparison of a new model with the one that it is to replace.

use crate::domain::time::CivilDate;

/// Rows that the present model has not learned from must be at least so many for the two to be compared on them alone.
const FRESH_ROWS_MIN: usize = 50;

/// From which of `rows`, in the order of their days and each with its outcome, a new model is compared with one that learned from
/// rows up to `learned_until`.
///
/// That is the first row that the present model has not learned from, or the first of all when those are too few or have one outcome
/// only, which tells no model from another. Then the comparison is to the advantage of the present model.
pub fn fair_from<K: PartialEq>(rows: &[(CivilDate, K)], learned_until: Option<CivilDate>) -> usize {
    let seen_count = rows.iter().take_while(|(day, _)| learned_until.is_some_and(|until| *day <= until)).count();
    let fresh = rows.get(seen_count..).unwrap_or_default();
    let tells = fresh.first().is_some_and(|(_, first)| fresh.iter().any(|(_, outcome)| outcome != first));
    if fresh.len() >= FRESH_ROWS_MIN && tells { seen_count } else { 0 }
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
        let mixed = rows(|day| day % 7 == 0);
        assert_eq!(fair_from(&mixed, None), 0);
        assert_eq!(fair_from(&mixed, until(29)), 30);
        assert_eq!(fair_from(&mixed, until(49)), 50);
        assert_eq!(fair_from(&mixed, until(50)), 0, "too few are left");
        assert_eq!(fair_from(&rows(|day| day < 30), until(29)), 0, "one outcome is left");
        assert_eq!(fair_from::<bool>(&[], until(1)), 0);
    }
}
