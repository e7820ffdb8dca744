//! The figures of a message and how they fit together: what was billed less what is right, units times a price, a share in percent.
//!
//! `120 billed, 118 received, 2 missing` says the same in every language before a single word is understood.

mod references;
mod relations;
mod shapes;

use std::borrow::Cow;
use std::cmp::Ordering;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::entities::amounts::{AmountMention, find_amounts};
use super::entities::date_order::DateOrder;
use super::entities::dates::find_dates;
use super::entities::pieces::Pieces;
use references::find_references;

/// Most distinct figures that are put in relation to each other.
const FIGURES_MAX: usize = 14;
/// Most percentages that are looked at.
const PERCENTS_MAX: usize = 4;
/// Figures are counted in so many parts of one.
const PARTS_OF_ONE: i64 = 10_000;
/// From here on a whole number without a sign is taken for a reference rather than a count.
const COUNT_END: i64 = 100_000 * PARTS_OF_ONE;
/// Beginnings of the words for `per cent`, folded.
const PERCENT_WORDS: [&str; 4] = ["percent", "prozent", "procent", "pct"];

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureKind {
    /// Money: a sign, two decimals or a dash show it.
    Money,
    /// A whole number without a sign.
    Count,
    /// Any other number.
    Number,
    /// A percentage.
    Percent,
    /// Dates, from the first to the last.
    Dates,
    /// What names a document or an article, such as an invoice number.
    Reference,
}

/// A figure at its place in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// What it counts.
    pub kind: FigureKind,
    /// Its value in ten-thousandths; how many dates there are, and 0 for a reference.
    pub value: i64,
    /// First byte in the message.
    pub start: usize,
    /// One past the last byte in the message.
    pub end: usize,
}

/// Something that figures tell without words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureSign {
    /// What they tell, such as `difference`.
    pub name: Cow<'static, str>,
    /// The figures that tell it.
    pub figures: Vec<Figure>,
    /// What part each of them plays; empty when the parts do not matter.
    pub roles: &'static [&'static str],
}

impl FigureSign {
    /// The parts that an amount with this value plays.
    pub fn roles_of(&self, value: Decimal) -> impl Iterator<Item = &'static str> + '_ {
        let value = parts_of(value);
        let own = move |figure: &Figure| figure.kind != FigureKind::Percent && Some(figure.value) == value;
        self.figures.iter().zip(self.roles).filter(move |(figure, _)| own(figure)).map(|(_, role)| *role)
    }
}

/// The figures of a message, each value once, in reading order.
#[derive(Debug, Default)]
pub struct Figures {
    numbers: Vec<Figure>,
    percents: Vec<Figure>,
    dates: Option<Figure>,
    references: Vec<Figure>,
    /// A sum of money that stands in the message twice, at its first and at its last place.
    repeated: Option<(Figure, Figure)>,
}

impl Figures {
    /// Reads the figures of a message.
    pub fn read(pieces: &Pieces) -> Self {
        let dates = find_dates(pieces, DateOrder::DayFirst);
        let mut figures = Figures { percents: find_percents(pieces), ..Figures::default() };
        for amount in find_amounts(pieces, &dates) {
            figures.push_number(figure_of(pieces, &amount));
            if figures.numbers.len() >= FIGURES_MAX {
                break;
            }
        }
        if let (Some(first), Some(last)) = (dates.first(), dates.last()) {
            let (start, end) = (byte_start(pieces, first.first), byte_end(pieces, last.end));
            let value = i64::try_from(dates.len()).unwrap_or(i64::MAX);
            figures.dates = Some(Figure { kind: FigureKind::Dates, value, start, end });
        }
        figures.references = find_references(pieces, &dates, &figures.of_kind(FigureKind::Money));
        figures
    }

    /// Everything that the figures tell, each kind once.
    pub fn signs(&self) -> Vec<FigureSign> {
        let mut signs = Signs::default();
        self.add_relations(&mut signs);
        self.add_shapes(&mut signs);
        signs.list
    }

    fn push_number(&mut self, figure: Option<Figure>) {
        let Some(figure) = figure.filter(|figure| figure.value > 0) else { return };
        let Some(known) = self.numbers.iter_mut().find(|known| known.value == figure.value) else {
            self.numbers.push(figure);
            return;
        };
        if known.kind == FigureKind::Money || figure.kind == FigureKind::Money {
            known.kind = FigureKind::Money;
            self.repeated = Some((*known, figure));
        }
    }

    fn of_kind(&self, kind: FigureKind) -> Vec<Figure> {
        self.numbers.iter().filter(|figure| figure.kind == kind).copied().collect()
    }
}

/// Signs without repetition.
#[derive(Default)]
struct Signs {
    list: Vec<FigureSign>,
}

impl Signs {
    fn add(&mut self, name: impl Into<Cow<'static, str>>, figures: &[Figure], roles: &'static [&'static str]) {
        let name = name.into();
        if self.list.iter().all(|sign| sign.name != name) {
            self.list.push(FigureSign { name, figures: figures.to_vec(), roles });
        }
    }
}

fn byte_start(pieces: &Pieces, first: usize) -> usize {
    pieces.get(first).map_or(0, |piece| piece.start)
}

/// One past the last byte of the pieces before `end`.
fn byte_end(pieces: &Pieces, end: usize) -> usize {
    end.checked_sub(1).and_then(|last| pieces.get(last)).map_or(0, |piece| piece.end)
}

fn figure_of(pieces: &Pieces, amount: &AmountMention) -> Option<Figure> {
    let value = parts_of(amount.value())?;
    let kind = if amount.looks_like_money() {
        FigureKind::Money
    } else if value % PARTS_OF_ONE == 0 && value < COUNT_END {
        FigureKind::Count
    } else {
        FigureKind::Number
    };
    Some(Figure { kind, value, start: byte_start(pieces, amount.first), end: byte_end(pieces, amount.end) })
}

fn parts_of(value: Decimal) -> Option<i64> {
    value.checked_mul(Decimal::from(PARTS_OF_ONE))?.to_i64()
}

fn find_percents(pieces: &Pieces) -> Vec<Figure> {
    let is_percent = |index: usize| {
        pieces.mark(index) == Some('%')
            || pieces.letters(index).is_some_and(|word| PERCENT_WORDS.iter().any(|percent| word.starts_with(percent)))
    };
    let at = (1..pieces.len()).filter(|index| is_percent(*index));
    at.filter_map(|index| percent_before(pieces, index)).take(PERCENTS_MAX).collect()
}

/// The percentage whose sign or word stands at `end`: whole, or with decimals behind a point or comma.
fn percent_before(pieces: &Pieces, end: usize) -> Option<Figure> {
    let last = pieces.digits(end - 1)?;
    let point = end.checked_sub(2).filter(|point| pieces.mark(*point).is_some_and(|mark| matches!(mark, '.' | ',')));
    let point = point.filter(|point| pieces.is_joined(*point) && pieces.is_joined(point + 1));
    let whole = point.and_then(|point| Some((point.checked_sub(1)?, pieces.digits(point - 1)?)));
    let (first, text) = match whole {
        Some((first, digits)) => (first, Cow::Owned(format!("{digits}.{last}"))),
        None => (end - 1, Cow::Borrowed(last)),
    };
    let value = parts_of(text.parse().ok()?)?;
    let is_share = value > 0 && value < 100 * PARTS_OF_ONE;
    let (start, end) = (byte_start(pieces, first), byte_end(pieces, end + 1));
    is_share.then_some(Figure { kind: FigureKind::Percent, value, start, end })
}

/// Orders by value.
fn by_value(left: &&Figure, right: &&Figure) -> Ordering {
    left.value.cmp(&right.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(text: &str) -> Vec<FigureSign> {
        Figures::read(&Pieces::read_whole(text)).signs()
    }

    /// The texts of the figures that tell `name`, with their roles.
    fn told(text: &str, name: &str) -> Vec<(String, &'static str)> {
        let signs = signs(text);
        let Some(sign) = signs.iter().find(|sign| sign.name == name) else { return Vec::new() };
        let texts = sign.figures.iter().map(|figure| text[figure.start..figure.end].to_owned());
        texts.zip(sign.roles.iter().copied()).collect()
    }

    #[test]
    fn figures_tell_what_was_billed_and_what_is_right() {
        for text in [
            "You billed 120 boxes, we counted 118, so 2 are missing.",
            "Berechnet sind 120 Kartons, gezählt wurden 118, es fehlen 2.",
        ] {
            let gap = told(text, "difference of counts");
            assert_eq!(
                gap,
                [("120".into(), "count more"), ("118".into(), "count less"), ("2".into(), "count gap")],
                "{text}"
            );
        }
        let gap = told("INV-77: € 1.240,50 statt 930,50, also 310,00 zu viel", "difference");
        assert_eq!(gap, [("€ 1.240,50".into(), "more"), ("930,50".into(), "less"), ("310,00".into(), "gap")]);
        assert!(told("120 boxes, 118 counted, 5 of them blue", "difference of counts").is_empty());
    }

    #[test]
    fn a_sum_knows_the_parts_that_it_plays() {
        let signs = signs("INV-77: € 1.240,50 statt 930,50, also 310,00 zu viel, das sind 25 %; 25 Stück fehlen");
        let roles = |value: &str| -> Vec<(String, &str)> {
            let value: Decimal = value.parse().unwrap();
            signs.iter().flat_map(|sign| sign.roles_of(value).map(|role| (sign.name.to_string(), role))).collect()
        };
        assert!(roles("310").contains(&("difference".into(), "gap")));
        assert!(roles("1240.5").contains(&("difference".into(), "more")));
        assert_eq!(roles("25"), [("only count".into(), "only count")], "a share in percent is no sum");
        assert_eq!(roles("7"), []);
    }

    #[test]
    fn products_and_percentages_are_found_to_the_cent() {
        let price = told("40 pieces at 12.40 instead of 11.90 make 20.00 too much", "difference of prices times count");
        assert_eq!(price.last(), Some(&("20.00".into(), "gap")));
        let counts = told("24 billed, 16 came, at 93.00 each we hold back 744.00", "difference of counts times price");
        assert_eq!(counts.last(), Some(&("744.00".into(), "gap")));
        assert_eq!(told("24 x 93,00 = 2.232,00", "product").last(), Some(&("2.232,00".into(), "total")));
        let share = told("2,5 % Skonto auf 1.333,33 € sind 33,33 €", "percent of");
        assert_eq!(share, [("1.333,33 €".into(), "whole"), ("33,33 €".into(), "part"), ("2,5 %".into(), "percent")]);
        assert!(told("2,5 % Skonto auf 1.333,33 € sind 33,44 €", "percent of").is_empty());
    }

    #[test]
    fn a_sum_that_stands_twice_is_a_sign_and_a_count_that_does_is_none() {
        let twice = told("€ 412.00 on INV-1 and again 412.00 on INV-2", "repeated");
        assert_eq!(twice, [("€ 412.00".into(), "same"), ("412.00".into(), "again")]);
        assert!(told("12 boxes and 12 bags", "repeated").is_empty());
    }

    #[test]
    fn references_are_told_from_dates_and_sums() {
        let text = "RE-2025-1187 of 12.03.2026 over 1.240,50 EUR and PO 4400118: 12 pieces, 2 x B2B";
        let found = told(text, "two references");
        assert_eq!(found, [("RE-2025-1187".into(), "reference"), ("4400118:".into(), "other reference")]);
        assert_eq!(told("INV-1 is wrong", "only reference"), []);
        assert_eq!(told("INV-10 is wrong", "only reference"), [("INV-10".into(), "reference")]);
    }

    #[test]
    fn a_long_list_of_figures_ends() {
        let list: String = (1..2_000).map(|number| format!("{number}.{:02} EUR, ", number % 97)).collect();
        let figures = Figures::read(&Pieces::read_whole(&list));
        assert_eq!(figures.numbers.len(), FIGURES_MAX);
        assert!(figures.signs().len() < 60);
    }
}
