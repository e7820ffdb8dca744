//! Reads numbers in the writing of every locale: 1,240.50 · 1.240,50 · 1 240,50 · 3'200.-- · 3k · 12.400,- · 12€50 · 12'50.

use rust_decimal::Decimal;

use super::currencies::is_currency_mark;
use super::pieces::Pieces;
use super::scales::{read_scale, starts_currency};

/// A number with more digits is no amount.
const DIGITS_MAX: usize = 13;

/// A number as it stands in a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// First piece.
    pub first: usize,
    /// One past the last piece.
    pub end: usize,
    /// Its value.
    pub value: Decimal,
    /// How many decimals were written.
    pub decimal_count: u32,
    /// Whether its thousands are set apart.
    pub is_grouped: bool,
    /// Whether it ends in `,-`, `.--` or `:-`.
    pub has_dash_decimals: bool,
    /// Whether a word or letter for thousands follows.
    pub has_multiplier: bool,
}

impl Number {
    /// A whole number on the pieces `first..end`.
    pub fn whole(first: usize, end: usize, value: Decimal) -> Self {
        Number {
            first,
            end,
            value,
            decimal_count: 0,
            is_grouped: false,
            has_dash_decimals: false,
            has_multiplier: false,
        }
    }
}

/// Reads the number that starts at this piece, if one does.
pub fn read_number(pieces: &Pieces, first: usize) -> Option<Number> {
    let leading = pieces.digits(first)?;
    if let Some(number) = read_torn(pieces, first) {
        return Some(number);
    }
    if let Some(number) = read_cents_alone(pieces, first, leading) {
        return Some(number);
    }
    let mut digit_count = leading.len();
    let mut groups: Vec<&str> = vec![leading];
    let mut separators: Vec<char> = Vec::new();
    let mut end = first + 1;
    // No number is longer, so that a long run of groups costs no more than a number from each of its groups.
    while digit_count <= DIGITS_MAX {
        let mark = pieces.mark(end).filter(|_| pieces.is_joined(end));
        if let Some(mark) = mark.filter(|mark| is_separator(*mark)) {
            if let Some(digits) = pieces.digits(end + 1).filter(|_| pieces.is_joined(end + 1)) {
                digit_count += digits.len();
                groups.push(digits);
                separators.push(if matches!(mark, '.' | ',') { mark } else { '\'' });
                end += 2;
                continue;
            }
            break;
        }
        let follows = pieces.digits(end).filter(|digits| {
            let is_first_short = groups.first().is_some_and(|group| group.len() <= 3 && !group.starts_with('0'));
            digits.len() == 3 && is_first_short && separators.iter().all(|separator| *separator == ' ')
        });
        match follows {
            Some(digits) => {
                digit_count += digits.len();
                groups.push(digits);
                separators.push(' ');
                end += 1;
            }
            None => break,
        }
    }
    let is_signed =
        || first.checked_sub(1).is_some_and(|before| starts_currency(pieces, before)) || starts_currency(pieces, end);
    let (digits, decimal_count, is_grouped) = interpret(&groups, &separators, is_signed)?;
    let mut number = Number { decimal_count, is_grouped, ..Number::whole(first, end, Decimal::ZERO) };
    let mut mantissa = digits;
    if decimal_count == 0 {
        read_dash_decimals(pieces, &mut number);
        if let Some(cents) = cents_after_currency(pieces, number.end) {
            mantissa.push_str(cents);
            number.decimal_count = 2;
            number.end += 2;
        }
    }
    let mantissa: i64 = mantissa.parse().ok()?;
    number.value = Decimal::new(mantissa, number.decimal_count);
    read_scale(pieces, &mut number);
    Some(number)
}

/// The number of `1. 998,00 EUR` and `1.998, 00 EUR`, which a blank behind one of two different marks tears apart. The number of an
/// item at the start of a line is no part of a sum.
fn read_torn(pieces: &Pieces, first: usize) -> Option<Number> {
    let mark = |index: usize| pieces.mark(index).filter(|mark| matches!(mark, '.' | ',') && pieces.is_joined(index));
    let (thousands, hundreds, cents) = (pieces.digits(first)?, pieces.digits(first + 2)?, pieces.digits(first + 4)?);
    let is_sum = (1..=3).contains(&thousands.len())
        && !thousands.starts_with('0')
        && hundreds.len() == 3
        && cents.len() == 2
        && mark(first + 1).is_some_and(|one| mark(first + 3).is_some_and(|other| one != other));
    let end = first + 5;
    let is_before_currency = starts_currency(pieces, end) && !is_followed_by_figures(pieces, end);
    let is_after_currency = first.checked_sub(1).is_some_and(|at| starts_currency(pieces, at));
    let is_torn = match (pieces.is_joined(first + 2), pieces.is_joined(first + 4)) {
        (false, true) => is_after_currency || is_before_currency && announces_sum(pieces, first),
        (true, false) => cents.starts_with('0') && (is_after_currency || is_before_currency),
        (true, true) | (false, false) => false,
    };
    let digits = [thousands, hundreds, cents].concat();
    let value = Decimal::new(digits.parse().ok()?, 2);
    (is_sum && is_torn).then(|| Number { decimal_count: 2, is_grouped: true, ..Number::whole(first, end, value) })
}

/// Whether what stands directly before this index leaves a sum open, so that the figures there end no sentence and count nothing.
fn announces_sum(pieces: &Pieces, first: usize) -> bool {
    let Some(before) = first.checked_sub(1) else { return false };
    match pieces.letters(before) {
        Some(word) => {
            matches!(
                word,
                "uber" | "betrag" | "summe" | "amount" | "montant" | "importe" | "importo" | "bedrag" | "valor"
            ) || matches!(word, "bestreiten" | "dispute" | "contestons" | "contestiamo" | "betwisten" | "contestamos")
        }
        None => matches!(pieces.mark(before), Some(':' | '=')),
    }
}

/// Whether the currency at this index belongs to figures behind it, as in `12 EUR 40`.
fn is_followed_by_figures(pieces: &Pieces, currency: usize) -> bool {
    pieces.digits(currency + 1).is_some()
}

/// Whether a mark may set thousands or decimals apart.
pub fn is_separator(mark: char) -> bool {
    matches!(mark, '.' | ',' | '\'' | '’' | '‘' | '′' | '´' | '`')
}

/// The number of `€.50` or `EUR .50`, whose cents stand alone.
fn read_cents_alone(pieces: &Pieces, first: usize, cents: &str) -> Option<Number> {
    let point = first.checked_sub(1).filter(|_| pieces.is_joined(first))?;
    let sign = point.checked_sub(1)?;
    let is_signed = if pieces.is_joined(point) {
        pieces.mark(sign).is_some_and(is_currency_mark)
    } else {
        starts_currency(pieces, sign)
    };
    let is_point = matches!(pieces.mark(point), Some('.' | ','));
    let is_alone = cents.len() == 2 && !(pieces.is_joined(first + 1) && pieces.digits(first + 2).is_some());
    let value = Decimal::new(cents.parse().ok()?, 2);
    (is_point && is_signed && is_alone).then(|| Number { decimal_count: 2, ..Number::whole(point, first + 1, value) })
}

/// The digits without separators, how many of them are decimals, and whether thousands were set apart. Beside a currency two decimals
/// may be set like thousands: `€ 1.240.50`.
fn interpret(groups: &[&str], separators: &[char], is_signed: impl FnOnce() -> bool) -> Option<(String, u32, bool)> {
    let digits: String = groups.concat();
    if digits.len() > DIGITS_MAX {
        return None;
    }
    let (Some(last_group), Some(last_separator)) = (groups.last(), separators.last()) else {
        return Some((digits, 0, false));
    };
    let is_only_one_of_its_kind = separators.iter().filter(|separator| *separator == last_separator).count() == 1;
    let is_point = matches!(last_separator, '.' | ',');
    let can_be_decimal = is_only_one_of_its_kind && (is_point || last_group.len() == 2);
    let starts_with_zero = groups.first().is_some_and(|group| group.starts_with('0'));
    let is_decimal = can_be_decimal
        && (last_group.len() != 3
            || separators.len() > 1
            || starts_with_zero
            || groups.first().is_some_and(|group| group.len() > 3))
        || is_point && !starts_with_zero && are_decimals_set_like_thousands(groups) && is_signed();
    let whole = if is_decimal { groups.get(..groups.len() - 1)? } else { groups };
    let inner_separators = if is_decimal { separators.get(..separators.len() - 1)? } else { separators };
    if inner_separators.windows(2).any(|pair| pair.first() != pair.last()) {
        return None;
    }
    if !are_thousands(whole) {
        return None;
    }
    let decimal_count = if is_decimal { u32::try_from(last_group.len()).ok()? } else { 0 };
    (decimal_count <= 5).then_some((digits, decimal_count, whole.len() > 1))
}

/// Whether two decimals follow thousands behind the same mark, as in `1.240.50`.
fn are_decimals_set_like_thousands(groups: &[&str]) -> bool {
    let Some((decimals, whole)) = groups.split_last() else { return false };
    decimals.len() == 2 && whole.len() > 1 && whole.iter().skip(1).all(|group| group.len() == 3) && are_thousands(whole)
}

/// Whether the groups are written as thousands (or lakhs) are.
fn are_thousands(groups: &[&str]) -> bool {
    let Some((first, rest)) = groups.split_first() else { return false };
    let Some((last, inner)) = rest.split_last() else { return true };
    first.len() <= 3
        && last.len() == 3
        && (inner.iter().all(|group| group.len() == 3) || inner.iter().all(|group| group.len() == 2))
}

/// Passes over `,-` `.--` `,—` `:-` after whole units.
fn read_dash_decimals(pieces: &Pieces, number: &mut Number) {
    let point = pieces.mark(number.end).filter(|_| pieces.is_joined(number.end));
    let is_dash = |index: usize| {
        pieces.mark(index).is_some_and(|mark| matches!(mark, '-' | '–' | '—' | '=')) && pieces.is_joined(index)
    };
    if matches!(point, Some(',' | '.' | ':')) && is_dash(number.end + 1) {
        let mut end = number.end + 2;
        while is_dash(end) {
            end += 1;
        }
        let is_range = pieces.digits(end).is_some() && pieces.is_joined(end);
        let is_smile =
            point == Some(':') && pieces.is_joined(end) && !matches!(pieces.mark(end), Some('.' | ',' | ';'));
        if !is_range && !is_smile {
            number.end = end;
            number.has_dash_decimals = true;
        }
    }
}

/// The cents of `12€50` and `12.000$00`.
fn cents_after_currency(pieces: &Pieces, end: usize) -> Option<&str> {
    pieces.mark(end).filter(|mark| is_currency_mark(*mark) && pieces.is_joined(end))?;
    pieces.digits(end + 1).filter(|cents| cents.len() == 2 && pieces.is_joined(end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<String> {
        let pieces = Pieces::read_whole(text);
        read_number(&pieces, 0).map(|number| number.value.to_string())
    }

    #[test]
    fn every_locales_writing_is_read() {
        for (text, expected) in [
            ("1,240.50", "1240.50"),
            ("1.240,50", "1240.50"),
            ("1 240,50", "1240.50"),
            ("1\u{a0}240,50", "1240.50"),
            ("1\u{202f}240,50", "1240.50"),
            ("3'200.--", "3200"),
            ("3’200.50", "3200.50"),
            ("3k€", "3000"),
            ("1.2k", "1200"),
            ("12.400,-", "12400"),
            ("12€50", "12.50"),
            ("88 410,00", "88410.00"),
            ("212 mil", "212000"),
            ("1,20,000", "120000"),
            ("0,418", "0.418"),
            ("4,12", "4.12"),
            ("1.204 euro", "1204"),
            ("1.234.567,8", "1234567.8"),
            ("1‘240.50", "1240.50"),
            ("1′240.50", "1240.50"),
            ("12'50 €", "12.50"),
            ("1.240'50 €", "1240.50"),
            ("1.240.50 €", "1240.50"),
            ("7.450:-", "7450"),
            ("１,２４０.５０", "1240.50"),
        ] {
            assert_eq!(value(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_sum_torn_by_a_blank_is_read_only_where_nothing_else_can_be_meant() {
        let value = |text: &str| {
            let pieces = Pieces::read_whole(text);
            let first = (0..pieces.len()).find(|index| pieces.digits(*index).is_some()).unwrap();
            read_number(&pieces, first).map(|number| number.value.to_string())
        };
        for (text, expected) in [
            ("Rechnung über 1. 998,00 EUR", Some("1998.00")),
            ("Betrag: 1. 998,00 EUR", Some("1998.00")),
            ("EUR 1. 998,00", Some("1998.00")),
            ("disputed amount 1, 998.00 USD", Some("1998.00")),
            ("wir bestreiten 1.998, 00 EUR", Some("1998.00")),
            ("1.998, 00 €", Some("1998.00")),
            ("1. 998,00 EUR", Some("1")),
            ("\n1. 998,00 EUR", Some("1")),
            ("- 1. 998,00 EUR", Some("1")),
            ("Gleis 6, 640,00 EUR", Some("6")),
            ("the other 4, 340.00 EUR", Some("4")),
            ("avec ses 3. 355,30 €", Some("3")),
            ("hoort 1.800, 90 euro", Some("1800")),
            ("bis zum 20. 310,00 sind offen", Some("20")),
            ("die 1.998, 12 Stück", Some("1998")),
        ] {
            assert_eq!(value(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["12.03.2026", "1.2.3", "1.240.50", "01.240.50 €", "12.34.50 €", "12345678901234567", "x"] {
            assert_eq!(value(text), None, "{text}");
        }
    }

    #[test]
    fn a_run_of_groups_that_is_no_number_is_left_at_once() {
        let text = "111 ".repeat(5_000);
        let pieces = Pieces::read_whole(&text);
        assert!((0..pieces.len()).filter_map(|at| read_number(&pieces, at)).count() <= 4);
    }
}
