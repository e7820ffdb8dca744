//! Reads what scales a number: `1.2m`, `2,6 mln`, `1,5 T€`, `TEUR 250`, `95 pence`, `12 Euro 50`.

use rust_decimal::Decimal;

use super::currencies::{is_currency_mark, is_currency_word};
use super::numbers::Number;
use super::pieces::{PieceKind, Pieces};

/// Words that multiply a number, folded, with their power of ten.
const MULTIPLIERS: &[(&str, u32)] = &[
    ("k", 3),
    ("tsd", 3),
    ("tausend", 3),
    ("thousand", 3),
    ("grand", 3),
    ("mil", 3),
    ("mille", 3),
    ("mila", 3),
    ("duizend", 3),
    ("lakh", 5),
    ("lakhs", 5),
    ("lac", 5),
    ("lacs", 5),
    ("mio", 6),
    ("mln", 6),
    ("million", 6),
    ("millions", 6),
    ("millones", 6),
    ("millon", 6),
    ("milhoes", 6),
    ("milhao", 6),
    ("milioni", 6),
    ("milione", 6),
    ("miljoen", 6),
    ("millionen", 6),
    ("crore", 7),
    ("crores", 7),
    ("bn", 9),
    ("mrd", 9),
    ("mld", 9),
    ("billion", 9),
    ("milliard", 9),
    ("milliards", 9),
    ("milliarden", 9),
    ("miliardi", 9),
    ("miliardo", 9),
    ("miljard", 9),
];
/// Of them those that a point may follow.
const ABBREVIATIONS: [&str; 6] = ["tsd", "mio", "mln", "bn", "mrd", "mld"];
/// Codes of currencies with a letter for thousands or millions in front.
const SCALED_CODES: &[(&str, &str, u32)] = &[
    ("teur", "EUR", 3),
    ("keur", "EUR", 3),
    ("keuro", "EUR", 3),
    ("keuros", "EUR", 3),
    ("meur", "EUR", 6),
    ("tchf", "CHF", 3),
    ("kchf", "CHF", 3),
    ("mchf", "CHF", 6),
    ("tusd", "USD", 3),
    ("kusd", "USD", 3),
    ("musd", "USD", 6),
    ("tgbp", "GBP", 3),
    ("kgbp", "GBP", 3),
];

/// Whether this folded word names a hundredth of a currency.
fn is_hundredth(word: &str) -> bool {
    matches!(word, "rappen" | "pence" | "penny" | "cent" | "cents" | "eurocent" | "eurocents" | "ct" | "cts")
        || matches!(word, "centime" | "centimes" | "centimo" | "centimos" | "centavo" | "centavos")
        || matches!(word, "centesimo" | "centesimi")
}

/// The currency of a code with a letter for thousands or millions in front, such as `TEUR`.
pub fn code_of_scaled(word: &str) -> Option<&'static str> {
    SCALED_CODES.iter().find(|(scaled, _, _)| *scaled == word).map(|(_, code, _)| *code)
}

/// Applies what stands around `number` to its value, and moves its end over the words that are used up.
pub fn read_scale(pieces: &Pieces, number: &mut Number) {
    if let Some((power, end)) = multiplier_after(pieces, number).or_else(|| multiplier_before(pieces, number)) {
        if let Some(value) = number.value.checked_mul(Decimal::from(10_u64.pow(power))) {
            number.value = value.normalize();
            number.decimal_count = number.value.scale();
            number.end = end;
            number.has_multiplier = true;
        }
        return;
    }
    if number.decimal_count == 0
        && let Some((cents, end)) = cents_behind(pieces, number.end)
    {
        number.value += Decimal::new(cents, 2);
        number.decimal_count = 2;
        number.end = end;
        return;
    }
    if counts_hundredths(pieces, number) {
        number.value *= Decimal::new(1, 2);
        number.decimal_count += 2;
    }
}

/// The power of ten of the word or letter behind the number, and the end of what is used up.
fn multiplier_after(pieces: &Pieces, number: &Number) -> Option<(u32, usize)> {
    let end = number.end;
    let word = pieces.letters(end)?;
    let power = match word {
        "mn" if number.decimal_count == 2 || number.is_grouped => None,
        "m" | "mm" | "mn" => is_letter_for_millions(pieces, number).then_some(6),
        "t" => is_before_joined_mark(pieces, end).then_some(3),
        "k" => {
            let can_be_unit =
                !pieces.is_joined(end) && number.decimal_count == 0 && number.value >= Decimal::from(1000);
            (!can_be_unit).then_some(3)
        }
        _ => {
            if let Some((_, _, power)) = SCALED_CODES.iter().find(|(scaled, _, _)| *scaled == word) {
                return Some((*power, end));
            }
            MULTIPLIERS.iter().find(|(multiplier, _)| *multiplier == word).map(|(_, power)| *power)
        }
    }?;
    if word == "mil" && matches!(pieces.letters(end + 1), Some("millones" | "milhoes")) {
        return Some((9, end + 2));
    }
    let is_abbreviated = ABBREVIATIONS.contains(&word)
        && pieces.mark(end + 1) == Some('.')
        && pieces.is_joined(end + 1)
        && starts_currency(pieces, end + 2);
    Some((power, if is_abbreviated { end + 2 } else { end + 1 }))
}

/// Whether a mark or word for a currency stands at this index.
pub fn starts_currency(pieces: &Pieces, index: usize) -> bool {
    pieces.mark(index).is_some_and(is_currency_mark) || pieces.letters(index).is_some_and(is_currency_word)
}

/// Whether the letter at this index is a capital or `k` and a currency's mark is joined to it, as in `T€`.
fn is_before_joined_mark(pieces: &Pieces, index: usize) -> bool {
    let is_letter = pieces.get(index).is_some_and(|piece| piece.is_capital) || pieces.letters(index) == Some("k");
    is_letter && pieces.is_joined(index + 1) && pieces.mark(index + 1).is_some_and(is_currency_mark)
}

/// Whether the `m` behind the number stands for millions and not for metres or `M.N.`: `1,2 M€`, or joined to a number with a sign.
fn is_letter_for_millions(pieces: &Pieces, number: &Number) -> bool {
    let end = number.end;
    if is_before_joined_mark(pieces, end) {
        return true;
    }
    let is_signed = number.first.checked_sub(1).is_some_and(|before| starts_currency(pieces, before))
        || starts_currency(pieces, end + 1);
    let goes_on = pieces.is_joined(end + 1)
        && match pieces.get(end + 1).map(|piece| piece.kind) {
            Some(PieceKind::Mark('.')) => pieces.is_joined(end + 2) && pieces.letters(end + 2).is_some(),
            Some(PieceKind::Mark(mark)) => !matches!(mark, ',' | ';' | ':' | ')' | '!' | '?' | '-' | '–'),
            Some(PieceKind::Letters | PieceKind::Digits) => true,
            Some(PieceKind::Break) | None => false,
        };
    is_signed && pieces.is_joined(end) && !goes_on
}

/// The power of ten of what stands before the number, as in `TEUR 250` and `k€ 250`, and the number's own end.
fn multiplier_before(pieces: &Pieces, number: &Number) -> Option<(u32, usize)> {
    let before = number.first.checked_sub(1)?;
    if let Some(word) = pieces.letters(before) {
        let scaled = SCALED_CODES.iter().find(|(scaled, _, _)| *scaled == word);
        return scaled.map(|(_, _, power)| (*power, number.end));
    }
    let letter = before.checked_sub(1).filter(|letter| is_before_joined_mark(pieces, *letter))?;
    let is_of_number_before = letter.checked_sub(1).is_some_and(|index| pieces.digits(index).is_some());
    let power = match pieces.letters(letter)? {
        "t" | "k" => 3,
        "m" => 6,
        _ => return None,
    };
    (!is_of_number_before && !pieces.is_joined(letter)).then_some((power, number.end))
}

/// The cents of `12 Euro 50`, `12 € 50` and `12€ et 50 centimes`, and the end of what is used up.
fn cents_behind(pieces: &Pieces, unit: usize) -> Option<(i64, usize)> {
    let is_unit = pieces.mark(unit).is_some_and(is_currency_mark)
        || matches!(pieces.letters(unit), Some("euro" | "euros" | "franken" | "francs" | "pounds" | "dollars"));
    if !is_unit {
        return None;
    }
    let is_connected = matches!(pieces.letters(unit + 1), Some("and" | "und" | "et" | "e" | "y" | "en" | "con"));
    let at = if is_connected { unit + 2 } else { unit + 1 };
    let digits = pieces.digits(at)?;
    let cents: i64 = digits.parse().ok().filter(|_| digits.len() <= 2)?;
    if pieces.letters(at + 1).is_some_and(is_hundredth) {
        return Some((cents, at + 2));
    }
    let is_over = match pieces.get(at + 1).map(|piece| piece.kind) {
        Some(PieceKind::Mark('.' | ',' | ';' | ')' | '!' | '?')) => !pieces.is_joined(at + 2),
        Some(PieceKind::Break) | None => true,
        Some(PieceKind::Letters | PieceKind::Digits | PieceKind::Mark(_)) => false,
    };
    (is_over && !is_connected && digits.len() == 2).then_some((cents, at + 1))
}

/// Whether the number counts hundredths of a currency: `95 pence`, `9,8 Rappen`, `38p`.
fn counts_hundredths(pieces: &Pieces, number: &Number) -> bool {
    let Some(word) = pieces.letters(number.end) else { return false };
    let is_letter = word == "p" && is_penny(pieces, number.end);
    let is_signed = number.first.checked_sub(1).and_then(|before| pieces.mark(before)).is_some_and(is_currency_mark);
    (is_letter || is_hundredth(word)) && !is_signed && !starts_currency(pieces, number.end + 1)
}

/// Whether the letter at this index is the small `p` of `38p`.
pub fn is_penny(pieces: &Pieces, index: usize) -> bool {
    pieces.letters(index) == Some("p")
        && pieces.is_joined(index)
        && pieces.get(index).is_some_and(|piece| !piece.is_capital)
        && (!pieces.is_joined(index + 1)
            || pieces.mark(index + 1).is_some_and(|mark| matches!(mark, '.' | ',' | ')' | '/')))
}

#[cfg(test)]
mod tests {
    use super::super::numbers::read_number;
    use super::*;

    fn value(text: &str) -> String {
        let pieces = Pieces::read_whole(text);
        let first = (0..pieces.len()).find(|index| pieces.digits(*index).is_some()).unwrap();
        read_number(&pieces, first).map_or_else(String::new, |number| number.value.to_string())
    }

    #[test]
    fn letters_and_words_multiply_a_number() {
        for (text, expected) in [
            ("$1.2m", "1200000"),
            ("£3m,", "3000000"),
            ("$2M.", "2000000"),
            ("$1.2mn", "1200000"),
            ("USD 1.2m", "1200000"),
            ("1.2m EUR", "1200000"),
            ("$2bn", "2000000000"),
            ("£0.25m", "250000"),
            ("€ 2,6 mln", "2600000"),
            ("₹2 crores", "20000000"),
            ("1,5 T€", "1500"),
            ("T€ 1,5", "1500"),
            ("250 TEUR", "250000"),
            ("TEUR 250", "250000"),
            ("12,5 kEUR", "12500"),
            ("1,2 M€", "1200000"),
            ("12 Tsd. €", "12000"),
            ("1,2 Mio. €", "1200000"),
            ("2 millions d'euros", "2000000"),
            ("3 mil millones de pesos", "3000000000"),
        ] {
            assert_eq!(value(text), expected, "{text}");
        }
    }

    #[test]
    fn a_metre_is_no_million() {
        for (text, expected) in [
            ("12m", "12"),
            ("€ 12 m", "12"),
            ("$5m2", "5"),
            ("€12m²", "12"),
            ("$1,200.00M.N.", "1200.00"),
            ("$1,200.00MN", "1200.00"),
            ("12 t €", "12"),
            ("k€ 12", "12000"),
            ("12 k€ 500", "12000"),
        ] {
            assert_eq!(value(text), expected, "{text}");
        }
    }

    #[test]
    fn hundredths_are_read_as_such() {
        for (text, expected) in [
            ("12 Rappen", "0.12"),
            ("95 pence", "0.95"),
            ("38p per unit", "0.38"),
            ("9,8 Rappen", "0.098"),
            ("60 cents", "0.60"),
            ("12 Euro 50", "12.50"),
            ("12 € 50.", "12.50"),
            ("12€ et 50 centimes", "12.50"),
            ("12 Euro und 5 Cent", "12.05"),
            ("12 Euro 50 Stück", "12"),
            ("12 € 50,00 €", "12"),
            ("12 and 50", "12"),
            ("11803P", "11803"),
            ("€5 cents", "5"),
        ] {
            assert_eq!(value(text), expected, "{text}");
        }
    }
}
