//! How many figures of each kind a message has, how large they are, and which stand out.

use super::{Figure, FigureKind, Figures, PARTS_OF_ONE, Signs, by_value};

/// More figures of a kind are counted as this many.
const COUNTED_MAX: usize = 4;
/// From here on a count is taken for a year or a reference.
const PIECES_END: i64 = 2_000 * PARTS_OF_ONE;
/// Counts up to this are told apart: days of terms, months, small numbers of things.
const TOLD_APART_MAX: i64 = 100 * PARTS_OF_ONE;
/// Money below this is a price of something small.
const TINY_END: i64 = 10 * PARTS_OF_ONE;
/// Money below this is a small sum.
const SMALL_END: i64 = 100 * PARTS_OF_ONE;

impl Figures {
    /// Adds what stands out about the figures of each kind.
    pub(super) fn add_shapes(&self, signs: &mut Signs) {
        let money = self.of_kind(FigureKind::Money);
        let mut counts = self.of_kind(FigureKind::Count);
        counts.retain(|count| count.value < PIECES_END);
        add_number(signs, "amounts", &money);
        add_number(signs, "counts", &counts);
        if let Some(dates) = self.dates {
            let number = usize::try_from(dates.value).unwrap_or(COUNTED_MAX).min(COUNTED_MAX);
            signs.add(format!("{number} dates"), &[dates], &[]);
        }
        for percent in &self.percents {
            signs.add("percent", &[*percent], &["percent"]);
            signs.add(format!("{} percent", percent.value as f64 / PARTS_OF_ONE as f64), &[*percent], &[]);
        }
        for count in counts.iter().filter(|count| count.value <= TOLD_APART_MAX) {
            signs.add(format!("count {}", count.value / PARTS_OF_ONE), &[*count], &[]);
        }
        add_references(signs, &self.references);
        add_sizes(signs, &money, &counts);
        add_places(signs, &money, &counts);
    }
}

fn add_number(signs: &mut Signs, kind: &str, figures: &[Figure]) {
    if let (Some(first), Some(last)) = (figures.first(), figures.last()) {
        signs.add(format!("{} {kind}", figures.len().min(COUNTED_MAX)), &[*first, *last], &[]);
    }
}

fn add_references(signs: &mut Signs, references: &[Figure]) {
    add_number(signs, "references", references);
    match references {
        [] => {}
        [only] => signs.add("only reference", &[*only], &["reference"]),
        [first, second, ..] => signs.add("two references", &[*first, *second], &["reference", "other reference"]),
    }
}

fn add_sizes(signs: &mut Signs, money: &[Figure], counts: &[Figure]) {
    for amount in money {
        if amount.value < TINY_END {
            signs.add("tiny amount", &[*amount], &[]);
        } else if amount.value < SMALL_END {
            signs.add("small amount", &[*amount], &[]);
        }
    }
    for (larger, smaller) in pairs(money) {
        if smaller.value > larger.value / 5 * 4 {
            signs.add("amounts close together", &[larger, smaller], &[]);
        } else if smaller.value <= larger.value / 10 {
            signs.add("amounts far apart", &[larger, smaller], &[]);
        }
    }
    for (larger, smaller) in pairs(counts) {
        if smaller.value > larger.value / 2 {
            signs.add("counts close together", &[larger, smaller], &[]);
        }
    }
}

/// Every two figures, the larger first.
fn pairs(figures: &[Figure]) -> impl Iterator<Item = (Figure, Figure)> {
    let smaller = |larger: Figure| figures.iter().filter(move |other| other.value < larger.value);
    figures.iter().flat_map(move |larger| smaller(*larger).map(|smaller| (*larger, *smaller)))
}

/// The figures that stand out by their size or place.
fn add_places(signs: &mut Signs, money: &[Figure], counts: &[Figure]) {
    match money {
        [] => {}
        [only] => signs.add("only amount", &[*only], &["only"]),
        [first, .., last] => {
            signs.add("first and last amount", &[*first, *last], &["first", "last"]);
            add_extremes(signs, "smallest and largest amount", money, &["smallest", "largest"]);
        }
    }
    match counts {
        [] => {}
        [only] => signs.add("only count", &[*only], &["only count"]),
        [_, ..] => add_extremes(signs, "smallest and largest count", counts, &["fewest", "most"]),
    }
}

fn add_extremes(signs: &mut Signs, name: &'static str, figures: &[Figure], roles: &'static [&'static str]) {
    if let (Some(smallest), Some(largest)) = (figures.iter().min_by(by_value), figures.iter().max_by(by_value)) {
        signs.add(name, &[*smallest, *largest], roles);
    }
}
