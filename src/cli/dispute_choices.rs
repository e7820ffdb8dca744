//! Collectors' choices between two disputes, checked line by line against the disputes that they name.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::domain::ids::DisputeId;
use crate::domain::time::CivilDate;
use crate::domain::violation::Violation;
use crate::ledger::accounts::LedgerBook;
use crate::ledger::simulate::Choice;
use crate::train::dispute::{DisputeChoice, latest_choices};

/// The kind of a choice.
const KIND: &str = "DISPUTE_PREFERRED";
/// Lines that are described; more are counted only.
const PROBLEMS_TOLD_MAX: usize = 20;

/// What became of the lines of a file of choices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ChoiceCounts {
    /// Lines of the file.
    pub line_count: usize,
    /// Choices to learn from.
    pub used_count: usize,
    /// Lines whose choice cannot be right.
    pub refused_count: usize,
    /// Choices that a later one between the same two disputes replaces.
    pub replaced_count: usize,
}

/// The choices that can be right, of each two disputes the latest one, with what became of the others, and the first lines that cannot.
pub fn checked_choices(book: &LedgerBook, lines: Vec<Choice>) -> (Vec<DisputeChoice>, ChoiceCounts, Vec<String>) {
    let disputes = book.customers.values().flat_map(|ledger| &ledger.disputes);
    let opened_on: BTreeMap<&DisputeId, CivilDate> = disputes.map(|dispute| (&dispute.id, dispute.opened_on)).collect();
    let mut counts = ChoiceCounts { line_count: lines.len(), ..ChoiceCounts::default() };
    let (mut choices, mut problems) = (Vec::new(), Vec::new());
    for (index, choice) in lines.into_iter().enumerate() {
        match checked(&opened_on, choice) {
            Ok(choice) => choices.push(choice),
            Err(violation) => {
                counts.refused_count += 1;
                if problems.len() < PROBLEMS_TOLD_MAX {
                    problems.push(format!("line {}: {violation}", index + 1));
                }
            }
        }
    }
    let found_count = choices.len();
    let choices = latest_choices(choices);
    counts.used_count = choices.len();
    counts.replaced_count = found_count - choices.len();
    (choices, counts, problems)
}

/// Tells on stderr what of the file is not used, and how much is.
pub fn tell_of_choices(path: &Path, counts: ChoiceCounts, problems: &[String]) {
    let path = path.display();
    for problem in problems {
        eprintln!("{path}: {problem}");
    }
    let ChoiceCounts { line_count, used_count, refused_count, replaced_count } = counts;
    if refused_count > problems.len() {
        eprintln!("{path}: and {} lines more", refused_count - problems.len());
    }
    eprintln!(
        "{path}: choices used {used_count} of {line_count}; refused {refused_count}, replaced by a later one between the same two disputes \
         {replaced_count}"
    );
}

fn checked(opened_on: &BTreeMap<&DisputeId, CivilDate>, choice: Choice) -> Result<DisputeChoice, Violation> {
    let Choice { kind, preferred_id, other_id, chosen_on } = choice;
    if kind != KIND {
        return Err(Violation::new("kind", kind, KIND));
    }
    let opened = |field: &str, id: &DisputeId| {
        opened_on.get(id).copied().ok_or_else(|| Violation::new(field, id, "the id of a dispute of the records"))
    };
    let both_open_on = opened("preferred_id", &preferred_id)?.max(opened("other_id", &other_id)?);
    if preferred_id == other_id {
        return Err(Violation::new("other_id", other_id, "another dispute than `preferred_id`"));
    }
    if chosen_on < both_open_on {
        let expected = format!("a day from {both_open_on} on, when both disputes had been raised");
        return Err(Violation::new("chosen_on", chosen_on, expected));
    }
    Ok(DisputeChoice { preferred_id, other_id, chosen_on })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::simulate::{SimulationSpec, simulate};

    /// Goal: what cannot be right is told with line, field and value, the later of a pair counts, and the rest is used.
    #[test]
    fn choices_that_cannot_be_right_are_told_and_the_later_of_a_pair_counts() {
        let as_of = CivilDate::parse("as_of", "2026-01-31").unwrap();
        let company = simulate(&SimulationSpec::try_new(20, 12, 7, as_of).unwrap(), &mut |_| {});
        let book = LedgerBook::read(&company.records);
        let first = company.choices[0].clone();
        let id = |text: &str| DisputeId::parse(text).unwrap();
        let lines = vec![
            first.clone(),
            Choice { preferred_id: id("D-UNKNOWN"), ..first.clone() },
            Choice { other_id: first.preferred_id.clone(), ..first.clone() },
            Choice { chosen_on: CivilDate::parse("on", "2000-01-01").unwrap(), ..first.clone() },
            Choice { kind: "DISPUTE_GRADED".to_owned(), ..first.clone() },
            Choice {
                preferred_id: first.other_id.clone(),
                other_id: first.preferred_id.clone(),
                chosen_on: first.chosen_on.plus_days(1),
                ..first.clone()
            },
        ];
        let (choices, counts, problems) = checked_choices(&book, lines);
        assert_eq!(counts, ChoiceCounts { line_count: 6, used_count: 1, refused_count: 4, replaced_count: 1 });
        assert_eq!(choices[0].preferred_id, first.other_id);
        let told = [
            "line 2: `preferred_id` is `D-UNKNOWN`, expected the id of a dispute of the records",
            "line 3: `other_id` is `",
            "line 4: `chosen_on` is `2000-01-01`, expected a day from ",
            "line 5: `kind` is `DISPUTE_GRADED`, expected DISPUTE_PREFERRED",
        ];
        for (problem, told) in problems.iter().zip(told) {
            assert!(problem.starts_with(told), "{problem}");
        }
        let (all, counts, problems) = checked_choices(&book, company.choices.clone());
        assert!(problems.is_empty() && all.len() == counts.used_count && counts.refused_count == 0, "{counts:?}");
    }
}
