//! Finds every number in a message that can be an amount of money, with its currency sign.

use rust_decimal::Decimal;

use super::currencies::{CurrencySign, dollar_in_letters, joins_number, sign_around};
use super::dates::DateMention;
use super::number_words::{WordNumber, number_words_before};
use super::numbers::{Number, is_separator, read_number};
use super::pieces::{PieceKind, Pieces};

/// Most amounts of a message that are looked at.
pub const AMOUNTS_MAX: usize = 64;

/// Pieces between a sum in figures and the same sum in words: a bracket and `in words:`.
const BRACKET_PIECES_MAX: usize = 5;

/// A number that can be an amount.
#[derive(Debug, Clone, PartialEq)]
pub struct AmountMention {
    /// First piece, of the sign or of the number.
    pub first: usize,
    /// One past the last piece.
    pub end: usize,
    /// The number.
    pub number: Number,
    /// The currency sign beside it.
    pub sign: CurrencySign,
}

impl AmountMention {
    /// The value in whole units.
    pub fn value(&self) -> Decimal {
        self.number.value
    }

    /// The power of ten, in half steps.
    pub fn magnitude(&self) -> u64 {
        [3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 1_000_000]
            .iter()
            .filter(|bound| self.value() >= Decimal::from(**bound))
            .count() as u64
    }

    /// Whether a sign, two decimals or a dash show that it is money.
    pub fn looks_like_money(&self) -> bool {
        self.sign != CurrencySign::Absent || self.number.decimal_count == 2 || self.number.has_dash_decimals
    }
}

/// Every number that is not part of a date, of a longer reference, a percentage or a time.
pub fn find_amounts(pieces: &Pieces, dates: &[DateMention]) -> Vec<AmountMention> {
    let mut amounts = Vec::new();
    let mut index = 0;
    while index < pieces.len() && amounts.len() < AMOUNTS_MAX {
        let date_end = dates.iter().find(|date| date.first <= index && index < date.end).map(|date| date.end);
        if let Some(end) = date_end {
            index = end;
            continue;
        }
        if let Some(amount) = amount_in_words(pieces, index)
            && !repeats_in_brackets(pieces, &amount, amounts.last())
        {
            amounts.push(amount);
        }
        if pieces.digits(index).is_none() {
            index += 1;
            continue;
        }
        if continues_reference(pieces, index) {
            index = end_of_tail(pieces, index);
            continue;
        }
        let Some(number) = read_number(pieces, index) else {
            index = end_of_reference(pieces, index);
            continue;
        };
        let span = sign_around(pieces, &number);
        if is_amount(pieces, &number, span.end, span.sign) {
            index = span.end.max(index + 1);
            amounts.push(AmountMention { first: span.first, end: span.end, number, sign: span.sign });
        } else {
            index = end_of_reference(pieces, index).max(number.end);
        }
    }
    amounts
}

/// The amount in words whose unit of money stands here.
fn amount_in_words(pieces: &Pieces, unit: usize) -> Option<AmountMention> {
    let WordNumber { first, value } = number_words_before(pieces, unit)?;
    let number = Number::whole(first, unit, value);
    let sign = sign_around(pieces, &number).sign;
    Some(AmountMention { first, end: unit + 1, number, sign })
}

/// Whether the sum in words stands in brackets behind the same sum in figures: `1.240,50 € (mille deux cent quarante euros)`.
fn repeats_in_brackets(pieces: &Pieces, words: &AmountMention, before: Option<&AmountMention>) -> bool {
    let Some(before) = before.filter(|before| before.value().trunc() == words.value()) else { return false };
    let is_near = before.end <= words.first && words.first - before.end <= BRACKET_PIECES_MAX;
    is_near && (before.end..words.first).any(|index| pieces.mark(index) == Some('('))
}

/// One past the digits of a number that continues a reference: the rest of `X1,250.00` is no number of its own.
fn end_of_tail(pieces: &Pieces, index: usize) -> usize {
    if read_number(pieces, index).is_none() {
        return index + 1;
    }
    let mut end = index + 1;
    while pieces.mark(end).is_some_and(is_separator)
        && pieces.is_joined(end)
        && pieces.is_joined(end + 1)
        && pieces.digits(end + 1).is_some()
    {
        end += 2;
    }
    end
}

/// Whether the digits here continue a reference such as `INV-10432`.
fn continues_reference(pieces: &Pieces, index: usize) -> bool {
    let Some(before) = index.checked_sub(1).filter(|_| pieces.is_joined(index)) else { return false };
    match pieces.get(before).map(|piece| piece.kind) {
        Some(PieceKind::Letters) => {
            if dollar_in_letters(pieces, before).is_some() {
                return false;
            }
            let is_sign = pieces.folded(before) == "x" || joins_number(pieces, before);
            !is_sign
                || pieces.is_joined(before) && before > 0 && pieces.mark(before - 1).is_some_and(|mark| mark != '(')
        }
        Some(PieceKind::Mark(mark)) => {
            matches!(mark, '-' | '/' | '_' | '#')
                && before > 0
                && pieces.is_joined(before)
                && pieces
                    .get(before - 1)
                    .is_some_and(|piece| matches!(piece.kind, PieceKind::Letters | PieceKind::Digits))
        }
        Some(PieceKind::Digits | PieceKind::Break) | None => false,
    }
}

/// One past the pieces that are joined to this one.
fn end_of_reference(pieces: &Pieces, index: usize) -> usize {
    let mut end = index + 1;
    while pieces.is_joined(end) && pieces.get(end).is_some_and(|piece| piece.kind != PieceKind::Break) {
        end += 1;
    }
    end
}

/// Whether nothing after the number says that it is something else.
fn is_amount(pieces: &Pieces, number: &Number, end: usize, sign: CurrencySign) -> bool {
    if sign != CurrencySign::Absent {
        return !continues_as_reference(pieces, number);
    }
    let joined_mark = pieces.mark(end).filter(|_| pieces.is_joined(end));
    let is_followed_by_word = |index: usize| {
        pieces.is_joined(index)
            && pieces.get(index).is_some_and(|piece| matches!(piece.kind, PieceKind::Letters | PieceKind::Digits))
    };
    match joined_mark {
        Some('%' | '‰' | '°') => return false,
        Some('-' | '/' | '_' | ':' | '–') if is_followed_by_word(end + 1) => {
            let is_rate = pieces.mark(end) == Some('/') && pieces.letters(end + 1).is_some();
            return is_rate && number.decimal_count > 0;
        }
        Some(_) | None => {}
    }
    if pieces.mark(end) == Some('%') {
        return false;
    }
    let is_year_or_long = number.value.is_zero();
    !is_year_or_long && !is_followed_by_word(end)
}

/// Whether letters in front make the number the start of a reference, as in `R2509-771`.
fn continues_as_reference(pieces: &Pieces, number: &Number) -> bool {
    let follows_letters =
        number.first > 0 && pieces.is_joined(number.first) && pieces.letters(number.first - 1).is_some();
    let is_cut = pieces.is_joined(number.end)
        && pieces.mark(number.end).is_some_and(|mark| matches!(mark, '-' | '/' | '_'))
        && pieces.is_joined(number.end + 1);
    follows_letters && is_cut && pieces.digits(number.end + 1).is_some()
}

#[cfg(test)]
mod tests {
    use super::super::date_order::DateOrder;
    use super::super::dates::find_dates;
    use super::*;

    fn amounts(text: &str) -> Vec<String> {
        let pieces = Pieces::read_whole(text);
        let dates = find_dates(&pieces, DateOrder::DayFirst);
        find_amounts(&pieces, &dates).iter().map(|amount| amount.value().to_string()).collect()
    }

    #[test]
    fn references_dates_and_percentages_are_no_amounts() {
        assert_eq!(amounts("INV-10432 of 12.03.2026: 3 % of €1,240.50 at 11:30, 2025/1187"), ["1240.50"]);
        assert_eq!(amounts("22 x 10,08 = € 221,76"), ["22", "10.08", "221.76"]);
        assert_eq!(amounts("FV/2025/00381 (CHF3'200.--)"), ["3200"]);
        assert_eq!(amounts("twenty-one bucks and 40 euros"), ["21", "40"]);
        assert_eq!(amounts("R2509-771: the printer, R1340, and HKD624"), ["1340", "624"]);
        assert_eq!(
            amounts("short-paid $23.10. Bye 9 x 0.70 = 6.30. On 23.10. we wrote"),
            ["23.10", "9", "0.70", "6.30"]
        );
        assert_eq!(amounts("Z1,250.00 and RM1,250.00, Q3 and P12"), ["1250.00"]);
        assert_eq!(amounts("1.240,50 € (mille deux cent quarante euros) et dix euros"), ["1240.50", "10"]);
        assert_eq!(amounts("€.50 or EUR .75, U$S120"), ["0.50", "0.75", "120"]);
    }
}
