//! Finds invoice numbers: every reference in a message is a candidate, and a scorer learned from labelled mail tells them apart.

mod announced;
mod apart;
mod columns;
mod company;
mod continued;
mod features;
mod other_documents;
mod other_nouns;
mod phones;
mod references;

use announced::{is_announced, is_document_prefix};
use apart::{announced_group_end, join_years};
use columns::{Column, Columns};
use continued::complete_lists;
use other_documents::{Claim, claims_of};
use phones::phone_numbers;
use references::{find_references, is_joiner, list_heads, prefix_start, shapes};

use std::ops::Range;

use super::amounts::AmountMention;
use super::cues::{Cue, Cues};
use super::dates::DateMention;
use super::numbers::read_number;
use super::pieces::Pieces;
use super::scorer::{LinearScorer, probability_of};

/// Most candidates of a message that are scored.
pub const CANDIDATES_MAX: usize = 200;

/// Added to the score of a candidate that is one of the customer's open invoices.
const KNOWN_BONUS: f32 = 6.0;
/// Added to the score of a candidate that is the end of exactly one open invoice's number.
const SUFFIX_BONUS: f32 = 2.5;
/// Added to the score of a bare number that the words in front of it call an invoice's, for the scorers see too few of these plainest
/// of announcements among all the shapes of references.
const ANNOUNCED_BONUS: f32 = 4.0;
/// Added to the score of a number in a column for invoices.
const COLUMN_BONUS: f32 = 4.0;
/// Taken from the score of a number in another column beside invoices, and of a credit note's number beside a sum that is taken off:
/// such numbers have the shape and the company of invoices, for which the scorers are almost sure of them.
const OTHER_MALUS: f32 = 8.0;
/// Digits of a bare number that can be announced.
const ANNOUNCED_DIGITS_MIN: usize = 3;
/// Digits that must be in a number to match it as the end of a longer one.
const SUFFIX_DIGITS_MIN: usize = 3;
/// Years of two digits within which invoices are counted.
const SHORT_YEARS: std::ops::RangeInclusive<u32> = 20..=39;

/// Whether `text` ends with the whole of a known number, as `INV-2025-123` does with `2025-123`; the end of a longer run of digits is
/// another number.
fn ends_with_number(text: &str, number: &str) -> bool {
    let digit_count = number.bytes().filter(u8::is_ascii_digit).count();
    let before = text.strip_suffix(number);
    digit_count >= SUFFIX_DIGITS_MIN
        && before.is_some_and(|before| {
            !number.starts_with(|c: char| c.is_ascii_digit()) || !before.ends_with(|c: char| c.is_ascii_digit())
        })
}

/// A span of pieces that may be an invoice number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceCandidate {
    /// First piece.
    pub first: usize,
    /// One past the last piece.
    pub end: usize,
    /// Index of the plain reference that it starts from.
    reference: usize,
    /// How it differs from the plain reference.
    variant: Variant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variant {
    /// Letters, digits and joining marks without white space.
    Plain,
    /// The letters in front cut off, as in `Rg.4471`.
    WithoutHead,
    /// With the short word in front, as in `FT 2025/118`.
    WithPrefix,
    /// Groups of digits apart, as in `88 101`.
    Grouped,
}

/// Everything in a message that the scorer looks at.
pub struct InvoiceCandidates<'p> {
    pieces: &'p Pieces,
    dates: &'p [DateMention],
    amounts: &'p [AmountMention],
    references: Vec<(usize, usize)>,
    heads: Vec<usize>,
    /// Exact and coarse shape of each reference.
    shapes: Vec<(u64, u64)>,
    list: Vec<InvoiceCandidate>,
    cues: Cues,
    columns: Columns,
}

/// What words and telephone numbers have against the references of a message.
struct Claims {
    of_references: Vec<Option<Claim>>,
    phones: Vec<Range<usize>>,
}

impl Claims {
    fn read(pieces: &Pieces, references: &[(usize, usize)]) -> Self {
        Claims { of_references: claims_of(pieces, references), phones: phone_numbers(pieces) }
    }

    /// What is claimed of a candidate.
    fn of(&self, candidate: &InvoiceCandidate) -> Option<Claim> {
        if self.phones.iter().any(|phone| phone.start < candidate.end && candidate.first < phone.end) {
            return Some(Claim::Certain);
        }
        self.of_references.get(candidate.reference).copied().flatten()
    }
}

/// An invoice number that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FoundInvoice {
    /// First byte in the message.
    pub start: usize,
    /// One past the last byte in the message.
    pub end: usize,
    /// First piece.
    pub first_piece: usize,
    /// One past the last piece.
    pub end_piece: usize,
    /// Probability that it is one.
    pub probability: f32,
    /// Index of the open invoice that it means, when one was given.
    pub known_index: Option<usize>,
    /// First and last byte of what the writer left out in front of it, where it stands earlier in the message: the `INV-` of the second
    /// number in `INV-100, -101`.
    pub stem: Option<(usize, usize)>,
}

impl FoundInvoice {
    /// The number, with what the writer left out.
    pub fn number(&self, text: &str) -> String {
        let stem = self.stem.and_then(|(start, end)| text.get(start..end)).unwrap_or_default();
        [stem, text.get(self.start..self.end).unwrap_or_default()].concat()
    }
}

impl<'p> InvoiceCandidates<'p> {
    /// Every candidate of a message.
    pub fn find(pieces: &'p Pieces, dates: &'p [DateMention], amounts: &'p [AmountMention]) -> Self {
        let references = find_references(pieces);
        let heads = list_heads(pieces, &references);
        let shapes = references.iter().map(|(first, end)| shapes(pieces, *first, *end)).collect();
        let cues = Cues::read(pieces);
        let columns = Columns::read(pieces, &cues);
        let mut candidates =
            InvoiceCandidates { pieces, dates, amounts, references, heads, shapes, list: Vec::new(), cues, columns };
        for reference in 0..candidates.references.len() {
            candidates.add_variants(reference);
            if candidates.list.len() >= CANDIDATES_MAX {
                break;
            }
        }
        candidates
    }

    /// The candidates in reading order.
    pub fn list(&self) -> &[InvoiceCandidate] {
        &self.list
    }

    /// First and last byte of a candidate in the message.
    pub fn bytes(&self, candidate: &InvoiceCandidate) -> (usize, usize) {
        let start = self.pieces.get(candidate.first).map_or(0, |piece| piece.start);
        let end = candidate.end.checked_sub(1).and_then(|last| self.pieces.get(last)).map_or(start, |piece| piece.end);
        (start, end)
    }

    fn add_variants(&mut self, reference: usize) {
        let Some(&(first, end)) = self.references.get(reference) else { return };
        let mut push = |first: usize, end: usize, variant: Variant| {
            self.list.push(InvoiceCandidate { first, end, reference, variant });
        };
        push(first, end, Variant::Plain);
        let pieces = self.pieces;
        if pieces.letters(first).is_some() && pieces.mark(first + 1) == Some('.') && end > first + 2 {
            push(first + 2, end, Variant::WithoutHead);
        }
        let prefix =
            prefix_start(pieces, first).filter(|start| !is_note_of_date(pieces, self.dates, *start, first, end));
        if let Some(start) = prefix {
            push(start, end, Variant::WithPrefix);
        }
        let mut last = end;
        for _ in 0..2 {
            let is_more = pieces.digits(last).is_some_and(|digits| digits.len() <= 5) && !pieces.is_joined(last);
            let is_alone = !pieces.is_joined(last + 1)
                || pieces.mark(last + 1).is_some_and(|mark| !is_joiner(mark) || !pieces.is_joined(last + 2));
            let starts_in_digits = pieces.digits(last - 1).is_some();
            if !(is_more && is_alone && starts_in_digits) {
                break;
            }
            last += 1;
            push(first, last, Variant::Grouped);
            if let Some(start) = prefix {
                push(start, last, Variant::Grouped);
            }
        }
    }

    /// The first scores of every candidate.
    pub fn first_scores(&self, scorer: &LinearScorer) -> Vec<f32> {
        self.list.iter().map(|candidate| scorer.score(&self.features(candidate))).collect()
    }

    /// The invoice numbers among the candidates: those above `threshold`, none overlapping another.
    pub fn choose(
        &self,
        scorer: &LinearScorer,
        company_scorer: &LinearScorer,
        threshold: f32,
        known: &[String],
    ) -> Vec<FoundInvoice> {
        let mut scored: Vec<(f32, &InvoiceCandidate, Option<usize>)> = Vec::new();
        let claims = Claims::read(self.pieces, &self.references);
        let features = self.features_in_company(&self.first_scores(scorer));
        for (candidate, features) in self.list.iter().zip(&features) {
            let (known_bonus, known_index) = self.match_known(candidate, known);
            if known_index.is_none() && claims.of(candidate) == Some(Claim::Certain) {
                continue;
            }
            let bonus = known_bonus
                + self.announced_bonus(candidate, claims.of(candidate))
                + self.column_bonus(candidate)
                + known_index.map_or_else(|| self.date_malus(candidate), |_| 0.0);
            let probability = probability_of(company_scorer.score(features) + bonus);
            if probability >= threshold {
                scored.push((probability, candidate, known_index));
            }
        }
        self.drop_beside(&claims, &mut scored);
        scored.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.first.cmp(&right.1.first)));
        let mut chosen: Vec<FoundInvoice> = Vec::new();
        for (probability, candidate, known_index) in scored {
            let overlaps =
                chosen.iter().any(|other| other.first_piece < candidate.end && candidate.first < other.end_piece);
            if !overlaps {
                let (start, end) = self.bytes(candidate);
                let (first_piece, end_piece) = (candidate.first, candidate.end);
                let stem = None;
                chosen.push(FoundInvoice { start, end, first_piece, end_piece, probability, known_index, stem });
            }
        }
        chosen.sort_by_key(|found| found.start);
        join_years(self.pieces, &mut chosen, |number| known_number(number, known).1);
        complete_lists(self.pieces, &mut chosen, |number| known_number(number, known).1);
        chosen
    }

    /// Drops the candidates that are another document's beside an invoice, unless an invoice is of their series, as `CFC-0731` is of
    /// that of `CFC-0718`.
    fn drop_beside(&self, claims: &Claims, scored: &mut Vec<(f32, &InvoiceCandidate, Option<usize>)>) {
        let is_beside = |candidate: &InvoiceCandidate, known_index: Option<usize>| {
            known_index.is_none() && claims.of(candidate) == Some(Claim::Beside)
        };
        let shape = |candidate: &InvoiceCandidate| self.shapes.get(candidate.reference).map(|shape| shape.0);
        let invoices: Vec<&InvoiceCandidate> = scored
            .iter()
            .filter(|(_, candidate, known_index)| !is_beside(candidate, *known_index))
            .map(|(_, candidate, _)| *candidate)
            .collect();
        if invoices.is_empty() {
            return;
        }
        scored.retain(|(_, candidate, known_index)| {
            let (first, end) = self.references.get(candidate.reference).copied().unwrap_or_default();
            let is_bare = end == first + 1;
            let is_of_series = || !is_bare && invoices.iter().any(|invoice| shape(invoice) == shape(candidate));
            !is_beside(candidate, *known_index) || is_of_series()
        });
    }

    /// The bonus for a bare number that is announced as an invoice's, or stands in a list of such numbers whose first is.
    fn announced_bonus(&self, candidate: &InvoiceCandidate, claim: Option<Claim>) -> f32 {
        let grouped_end = announced_group_end(self.pieces, &self.cues, candidate.first);
        if let Some(end) = grouped_end {
            return if end == candidate.end { ANNOUNCED_BONUS } else { 0.0 };
        }
        let is_bare = candidate.end == candidate.first + 1
            && self.pieces.digits(candidate.first).is_some_and(|digits| digits.len() >= ANNOUNCED_DIGITS_MIN);
        let head = self.heads.get(candidate.reference).copied().unwrap_or(candidate.reference);
        let is_announced_in_list = || {
            self.shapes.get(head) == self.shapes.get(candidate.reference)
                && self.references.get(head).is_some_and(|(first, _)| is_announced(self.pieces, *first))
        };
        let is_shared = claim == Some(Claim::Shared);
        let has_bonus = is_bare && (is_shared || is_announced(self.pieces, candidate.first) || is_announced_in_list());
        if has_bonus { ANNOUNCED_BONUS } else { 0.0 }
    }

    /// What the header of the table says for or against a candidate, and that a sum is taken off beside a credit note's number.
    fn column_bonus(&self, candidate: &InvoiceCandidate) -> f32 {
        let has_digits = (candidate.first..candidate.end)
            .filter_map(|index| self.pieces.digits(index))
            .any(|digits| digits.len() >= ANNOUNCED_DIGITS_MIN);
        if is_credit_taken_off(self.pieces, candidate.first, candidate.end) {
            return -OTHER_MALUS;
        }
        match self.columns.kind_of(candidate.first, candidate.end) {
            Some(Column::Invoice) if has_digits => COLUMN_BONUS,
            Some(Column::Other) => -OTHER_MALUS,
            Some(Column::Invoice) | None => 0.0,
        }
    }

    /// What a whole date of the form 2026-12-01 has against it where no open invoice has that number, unless the word before calls it an
    /// invoice's.
    fn date_malus(&self, candidate: &InvoiceCandidate) -> f32 {
        let (first, end) = (candidate.first, candidate.end);
        let has_digits = |index: usize, count: usize| self.pieces.digits(index).is_some_and(|text| text.len() == count);
        let is_date = end == first + 5
            && has_digits(first, 4)
            && has_digits(first + 2, 2)
            && has_digits(first + 4, 2)
            && self.dates.iter().any(|date| date.first == first && date.end == end && date.year.is_some());
        let is_called_invoice = || matches!(self.cues.left(self.pieces, first), Some((Cue::Invoice, 1)));
        if is_date && !is_called_invoice() { -OTHER_MALUS } else { 0.0 }
    }

    /// The bonus for a candidate that means one of the customer's open invoices, and which.
    fn match_known(&self, candidate: &InvoiceCandidate, known: &[String]) -> (f32, Option<usize>) {
        if known.is_empty() {
            return (0.0, None);
        }
        known_number(&normalised(self.pieces, candidate.first, candidate.end), known)
    }
}

/// The bonus for a number that means one of the customer's open invoices, and which.
fn known_number(text: &str, known: &[String]) -> (f32, Option<usize>) {
    if let Some(index) = known.iter().position(|number| number == text) {
        return (KNOWN_BONUS, Some(index));
    }
    let digit_count = text.bytes().filter(u8::is_ascii_digit).count();
    if digit_count < SUFFIX_DIGITS_MIN {
        return (0.0, None);
    }
    let mut ends =
        known.iter().enumerate().filter(|(_, number)| number.ends_with(text) || ends_with_number(text, number));
    match (ends.next(), ends.next()) {
        (Some((index, _)), None) => (SUFFIX_BONUS, Some(index)),
        (Some(_), Some(_)) | (None, _) => (0.0, None),
    }
}

fn normalised(pieces: &Pieces, first: usize, end: usize) -> String {
    (first..end)
        .filter(|index| pieces.digits(*index).is_some() || pieces.letters(*index).is_some())
        .map(|index| pieces.folded(index))
        .collect()
}

/// Whether the pieces are the number of a credit note with a sum below zero behind it in its line: `CN-5512  -120.00`.
fn is_credit_taken_off(pieces: &Pieces, first: usize, end: usize) -> bool {
    let is_credit = matches!(pieces.letters(first), Some("cn" | "crn" | "gs" | "nc" | "cm"));
    let minus = end;
    is_credit
        && matches!(pieces.mark(minus), Some('-' | '–' | '−'))
        && !pieces.is_joined(minus)
        && pieces.is_joined(minus + 1)
        && read_number(pieces, minus + 1).is_some_and(|number| number.decimal_count == 2)
}

/// Which of the `known` numbers, each [as it is compared](normalise_number), a written number means: the one that is equal, or else the
/// only one of which it is the end.
pub fn index_of_number(number: &str, known: &[String]) -> Option<usize> {
    known_number(&normalise_number(number), known).1
}

/// A number as it is compared: letters and digits only, folded.
pub fn normalise_number(number: &str) -> String {
    let mut normalised = String::with_capacity(number.len());
    for c in number.chars().filter(|c| c.is_alphanumeric()) {
        crate::text::fold::fold_char(c, |c| normalised.push(c));
    }
    normalised
}

/// Whether the reference at `first..end` is wholly a date, `3/11` or `3/11/2026`, behind capitals from `start` on that are no name of a
/// document, such as the initials of who was called. In `GU 26/09` a number is counted within a year as likely as a day is named.
fn is_note_of_date(pieces: &Pieces, dates: &[DateMention], start: usize, first: usize, end: usize) -> bool {
    let has_short_year = [first, first + 2].into_iter().any(|index| {
        pieces
            .digits(index)
            .and_then(|digits| digits.parse::<u32>().ok())
            .is_some_and(|year| SHORT_YEARS.contains(&year))
    });
    let is_date =
        |date: &DateMention| date.first == first && date.end == end && (date.year.is_some() || !has_short_year);
    pieces.mark(first + 1) == Some('/')
        && dates.iter().any(is_date)
        && !(start..first).any(|index| pieces.letters(index).is_some_and(is_document_prefix))
}

#[cfg(test)]
mod tests {
    use super::super::date_order::DateOrder;
    use super::super::dates::find_dates;
    use super::*;

    #[test]
    fn a_number_within_another_is_another() {
        assert!(ends_with_number("INV2025123", "INV2025123") && ends_with_number("REINV123", "INV123"));
        assert!(!ends_with_number("INV88112", "12") && !ends_with_number("882112", "2112"));
        assert!(ends_with_number("INV2112", "2112"));
    }

    #[test]
    fn initials_before_a_date_are_no_prefix_of_an_invoice() {
        let candidates = |text: &str| {
            let pieces = Pieces::read_whole(text);
            let dates = find_dates(&pieces, DateOrder::DayFirst);
            let candidates = InvoiceCandidates::find(&pieces, &dates, &[]);
            let texts = candidates.list().iter().map(|candidate| candidates.bytes(candidate));
            texts.map(|(start, end)| text[start..end].to_owned()).collect::<Vec<_>>()
        };
        for text in ["Spoke to Ann in AP 11/3", "Called BM 3/11", "Tel. mit GF 10/3", "llamada a JM 10/3/2026"] {
            assert!(candidates(text).iter().all(|found| !found.contains(' ')), "{text}");
        }
        for text in ["FT 12/3", "NF 10/3", "INV 3/11", "GU 26/09", "LH 04/26", "AP 118/3"] {
            assert!(candidates(text).iter().any(|found| found == text), "{text}");
        }
    }
}
