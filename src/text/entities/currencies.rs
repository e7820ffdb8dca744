//! Finds the currency sign of a number, before or after it.

use super::numbers::Number;
use super::pieces::{PieceKind, Pieces};
use crate::domain::money::Currency;

/// What the sign beside a number says of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CurrencySign {
    /// One currency.
    Known(Currency),
    /// A dollar sign or word, of whichever country.
    Dollar,
    /// Pesos, of whichever country.
    Peso,
    /// Francs, of whichever country.
    Franc,
    /// Crowns, of whichever country.
    Crown,
    /// There is none.
    Absent,
}

/// Words and letters for one currency, folded.
const KNOWN_WORDS: &[(&str, &str)] = &[
    ("eur", "EUR"),
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("eurs", "EUR"),
    ("gbp", "GBP"),
    ("pound", "GBP"),
    ("pounds", "GBP"),
    ("quid", "GBP"),
    ("sterling", "GBP"),
    ("usd", "USD"),
    ("chf", "CHF"),
    ("sfr", "CHF"),
    ("fr", "CHF"),
    ("frs", "CHF"),
    ("franken", "CHF"),
    ("stutz", "CHF"),
    ("rappen", "CHF"),
    ("franchi", "CHF"),
    ("brl", "BRL"),
    ("reais", "BRL"),
    ("real", "BRL"),
    ("mxn", "MXN"),
    ("cad", "CAD"),
    ("cdn", "CAD"),
    ("aud", "AUD"),
    ("nzd", "NZD"),
    ("zar", "ZAR"),
    ("rand", "ZAR"),
    ("inr", "INR"),
    ("rs", "INR"),
    ("rupees", "INR"),
    ("pln", "PLN"),
    ("zl", "PLN"),
    ("mad", "MAD"),
    ("dh", "MAD"),
    ("dhs", "MAD"),
    ("dirhams", "MAD"),
    ("dirham", "MAD"),
    ("tnd", "TND"),
    ("dt", "TND"),
    ("dinars", "TND"),
    ("xof", "XOF"),
    ("fcfa", "XOF"),
    ("cfa", "XOF"),
    ("clp", "CLP"),
    ("cop", "COP"),
    ("ars", "ARS"),
    ("uyu", "UYU"),
    ("pen", "PEN"),
    ("soles", "PEN"),
    ("bob", "BOB"),
    ("bs", "BOB"),
    ("bolivianos", "BOB"),
    ("gtq", "GTQ"),
    ("quetzales", "GTQ"),
    ("hnl", "HNL"),
    ("lempiras", "HNL"),
    ("crc", "CRC"),
    ("colones", "CRC"),
    ("pyg", "PYG"),
    ("guaranies", "PYG"),
    ("gs", "PYG"),
    ("dop", "DOP"),
    ("aoa", "AOA"),
    ("kwanzas", "AOA"),
    ("kz", "AOA"),
    ("mzn", "MZN"),
    ("meticais", "MZN"),
    ("mt", "MZN"),
    ("kes", "KES"),
    ("ksh", "KES"),
    ("sgd", "SGD"),
    ("hkd", "HKD"),
    ("aed", "AED"),
    ("jpy", "JPY"),
    ("yen", "JPY"),
    ("cny", "CNY"),
    ("rmb", "CNY"),
    ("sek", "SEK"),
    ("nok", "NOK"),
    ("dkk", "DKK"),
    ("czk", "CZK"),
    ("huf", "HUF"),
    ("ron", "RON"),
    ("try", "TRY"),
    ("ngn", "NGN"),
    ("naira", "NGN"),
    ("lei", "RON"),
];

/// Letters before a dollar sign that say whose it is.
const DOLLAR_PREFIXES: &[(&str, &str)] = &[
    ("r", "BRL"),
    ("us", "USD"),
    ("u", "USD"),
    ("usd", "USD"),
    ("a", "AUD"),
    ("au", "AUD"),
    ("aud", "AUD"),
    ("c", "CAD"),
    ("ca", "CAD"),
    ("cad", "CAD"),
    ("cdn", "CAD"),
    ("can", "CAD"),
    ("nz", "NZD"),
    ("s", "SGD"),
    ("sg", "SGD"),
    ("hk", "HKD"),
    ("mx", "MXN"),
    ("mxn", "MXN"),
    ("rd", "DOP"),
    ("cl", "CLP"),
    ("clp", "CLP"),
    ("col", "COP"),
    ("cop", "COP"),
    ("ar", "ARS"),
    ("ars", "ARS"),
    ("uy", "UYU"),
];

/// Single letters that are a currency only directly before a number.
const LETTER_SIGNS: &[(&str, &str)] = &[("r", "ZAR"), ("n", "NGN"), ("q", "GTQ"), ("l", "HNL")];

/// A sign and the pieces that it covers together with its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedSpan {
    /// The sign.
    pub sign: CurrencySign,
    /// First piece of sign and number.
    pub first: usize,
    /// One past the last piece of sign and number.
    pub end: usize,
}

fn known(code: &str) -> CurrencySign {
    Currency::parse(code).map_or(CurrencySign::Absent, CurrencySign::Known)
}

fn look_up(table: &[(&str, &str)], word: &str) -> Option<CurrencySign> {
    table.iter().find(|(listed, _)| *listed == word).map(|(_, code)| known(code))
}

/// Whether a number may follow this word without a space, as in `HKD624`.
pub fn joins_numbers(word: &str) -> bool {
    let is_short = matches!(word, "euro" | "r" | "rs" | "n" | "fr" | "sfr" | "kr" | "zl" | "dh" | "ksh");
    is_short
        || word.len() == 3 && KNOWN_WORDS.iter().any(|(known, code)| *known == word && code.eq_ignore_ascii_case(word))
}

/// What a word says of a currency.
fn sign_of_word(word: &str) -> Option<CurrencySign> {
    match word {
        "dollar" | "dollars" | "dolares" | "dollari" | "piastres" | "bucks" => Some(CurrencySign::Dollar),
        "peso" | "pesos" => Some(CurrencySign::Peso),
        "franc" | "francs" => Some(CurrencySign::Franc),
        "kr" | "kronor" | "kroner" => Some(CurrencySign::Crown),
        _ => look_up(KNOWN_WORDS, word),
    }
}

fn sign_of_mark(mark: char) -> Option<CurrencySign> {
    match mark {
        '€' => Some(CurrencySign::Known(Currency::EUR)),
        '£' => Some(known("GBP")),
        '¥' => Some(known("JPY")),
        '₹' => Some(known("INR")),
        '$' => Some(CurrencySign::Dollar),
        _ => None,
    }
}

/// The sign beside `number`, the one before it first.
pub fn sign_around(pieces: &Pieces, number: &Number) -> SignedSpan {
    let plain = SignedSpan { sign: CurrencySign::Absent, first: number.first, end: number.end };
    let inner = (number.first..number.end).find_map(|index| sign_of_mark(pieces.mark(index)?));
    let before = sign_before(pieces, number.first);
    let after = sign_after(pieces, number.end);
    match (inner, before, after) {
        (Some(sign), _, _) => SignedSpan { sign, ..plain },
        (None, Some((CurrencySign::Dollar, first)), Some((CurrencySign::Known(currency), end))) => {
            SignedSpan { sign: CurrencySign::Known(currency), first, end }
        }
        (None, Some((sign, first)), _) => SignedSpan { sign, first, end: number.end },
        (None, None, Some((sign, end))) => SignedSpan { sign, first: number.first, end },
        (None, None, None) => plain,
    }
}

fn sign_before(pieces: &Pieces, first: usize) -> Option<(CurrencySign, usize)> {
    let index = first.checked_sub(1)?;
    let piece = pieces.get(index)?;
    match piece.kind {
        PieceKind::Mark('.') => {
            let word = pieces.letters(index.checked_sub(1)?).filter(|_| pieces.is_joined(index))?;
            matches!(word, "fr" | "frs" | "sfr" | "rs" | "bs" | "gs" | "eur" | "chf" | "kr")
                .then(|| sign_of_word(word))
                .flatten()
                .map(|sign| (sign, index - 1))
        }
        PieceKind::Mark('/') => {
            let is_sol = pieces.letters(index.checked_sub(1)?) == Some("s") && pieces.is_joined(index);
            is_sol.then(|| (known("PEN"), index - 1))
        }
        PieceKind::Mark('$') => {
            let prefix = index.checked_sub(1).filter(|_| pieces.is_joined(index));
            let owned = prefix.and_then(|at| Some((look_up(DOLLAR_PREFIXES, pieces.letters(at)?)?, at)));
            Some(owned.unwrap_or((CurrencySign::Dollar, index)))
        }
        PieceKind::Mark(mark) => sign_of_mark(mark).map(|sign| (sign, index)),
        PieceKind::Letters => {
            let word = pieces.folded(index);
            let is_upper_letter = word.len() == 1 && !pieces.is_joined(index);
            if is_upper_letter {
                return look_up(LETTER_SIGNS, word).map(|sign| (sign, index));
            }
            sign_of_word(word).map(|sign| (sign, index))
        }
        PieceKind::Digits | PieceKind::Break => None,
    }
}

fn sign_after(pieces: &Pieces, end: usize) -> Option<(CurrencySign, usize)> {
    let piece = pieces.get(end)?;
    match piece.kind {
        PieceKind::Mark(mark) => sign_of_mark(mark).map(|sign| (sign, end + 1)),
        PieceKind::Letters => {
            let word = pieces.folded(end);
            let is_code_of_an_article = !piece.is_spaced
                && matches!(word, "rs" | "fr" | "r" | "mt" | "dt" | "gs" | "bs" | "kr" | "pen" | "real" | "dh");
            if is_code_of_an_article {
                return None;
            }
            if pieces.mark(end + 1) == Some('$') && pieces.is_joined(end + 1) {
                return look_up(DOLLAR_PREFIXES, word).map(|sign| (sign, end + 2));
            }
            let is_owned = |next: &str| sign_of_word(next).filter(|sign| matches!(sign, CurrencySign::Known(_)));
            match word {
                "f" if pieces.letters(end + 1) == Some("cfa") => Some((known("XOF"), end + 2)),
                "canadian" | "us" | "australian" => {
                    let code = if word == "us" {
                        "USD"
                    } else if word == "canadian" {
                        "CAD"
                    } else {
                        "AUD"
                    };
                    matches!(pieces.letters(end + 1), Some("dollars" | "dollar")).then(|| (known(code), end + 2))
                }
                "swiss" | "schweizer" => Some((known("CHF"), end + 2)),
                "dolares" | "dollars" | "pesos" | "francs" | "m" => owner_of_unit(pieces, end)
                    .map(|sign| (sign, end + 1))
                    .or_else(|| sign_of_word(word).map(|sign| (sign, end + 1))),
                "real" | "pen" | "try" | "fr" | "mt" | "dt" | "l" | "pound" => {
                    (word == "fr" || word == "mt" || word == "dt")
                        .then(|| is_owned(word))
                        .flatten()
                        .map(|sign| (sign, end + 1))
                }
                _ => sign_of_word(word).map(|sign| (sign, end + 1)),
            }
        }
        PieceKind::Digits | PieceKind::Break => None,
    }
}

/// Whose dollars, pesos or francs these are, from the word after the unit.
fn owner_of_unit(pieces: &Pieces, unit: usize) -> Option<CurrencySign> {
    let unit_word = pieces.letters(unit)?;
    if unit_word == "m" {
        let is_national = pieces.mark(unit + 1) == Some('.') && pieces.letters(unit + 2) == Some("n");
        return is_national.then(|| known("MXN"));
    }
    let owner = pieces.letters(unit + 1)?;
    let code = match (unit_word, owner) {
        ("pesos", "mexicanos") => "MXN",
        ("pesos", "colombianos") => "COP",
        ("pesos", "argentinos") => "ARS",
        ("pesos", "chilenos") => "CLP",
        ("pesos", "uruguayos") => "UYU",
        ("pesos", "dominicanos") => "DOP",
        ("dollars", "canadiens") => "CAD",
        ("dollars", "us") | ("dolares", "americanos") => "USD",
        ("francs", "suisses") => "CHF",
        ("francs", "cfa") => "XOF",
        _ => return None,
    };
    Some(known(code))
}

#[cfg(test)]
mod tests {
    use super::super::numbers::read_number;
    use super::*;

    fn sign(text: &str) -> CurrencySign {
        let pieces = Pieces::read_whole(text);
        let first = (0..pieces.len()).find(|index| pieces.digits(*index).is_some()).unwrap();
        sign_around(&pieces, &read_number(&pieces, first).unwrap()).sign
    }

    #[test]
    fn signs_are_found_before_and_after() {
        for (text, expected) in [
            ("€ 12", "EUR"),
            ("3k€", "EUR"),
            ("EUR 12.400,-", "EUR"),
            ("CHF 3'200.--", "CHF"),
            ("Fr. 40.50", "CHF"),
            ("R$ 18.500,00", "BRL"),
            ("R 88 410,00", "ZAR"),
            ("£1.2k", "GBP"),
            ("US$ 12", "USD"),
            ("12 euro", "EUR"),
            ("S/ 1,200.00", "PEN"),
            ("$ 1,200.00 M.N.", "MXN"),
            ("$300 CAD", "CAD"),
            ("12€50", "EUR"),
            ("500 F CFA", "XOF"),
        ] {
            assert_eq!(sign(text), known(expected), "{text}");
        }
        assert_eq!(sign("$3,118.00"), CurrencySign::Dollar);
        assert_eq!(sign("300 pesos"), CurrencySign::Peso);
        assert_eq!(sign("12 boxes"), CurrencySign::Absent);
    }
}
