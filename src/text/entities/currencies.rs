//! Finds the currency sign of a number, before or after it.

use super::currency_words::{
    CODES_LIKE_WORDS, COMMON_CODES, DOLLAR_PREFIXES, KNOWN_WORDS, LETTER_SIGNS, OWNERS, SUM_SIGNS,
};
use super::numbers::{Number, read_number};
use super::pieces::{PieceKind, Pieces};
use super::scales::{code_of_scaled, is_penny};
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
    /// A sign that means a currency, but none that is known: nothing may be guessed then.
    Unlisted,
}

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

/// Whether the letters at this index may be joined to the number behind them, as in `HKD624` or `Rs1,250`; letters that
/// may as well begin an invoice number only when the number is written as a sum, as in `RM1,250.00`.
pub fn joins_number(pieces: &Pieces, index: usize) -> bool {
    let word = pieces.folded(index);
    let is_short = matches!(word, "euro" | "r" | "rs" | "n" | "fr" | "sfr" | "kr" | "zl" | "dh" | "ksh");
    let is_code =
        || word.len() == 3 && KNOWN_WORDS.iter().any(|(known, code)| *known == word && code.eq_ignore_ascii_case(word));
    let is_before_sum = || {
        let can_be_sign = look_up(SUM_SIGNS, word).is_some() || sign_of_code(pieces, index).is_some();
        can_be_sign && read_number(pieces, index + 1).is_some_and(|number| is_sum(&number))
    };
    is_short || is_code() || is_before_sum()
}

/// Whether a number is written as sums are: with two decimals, a dash for them, or its thousands set apart.
pub fn is_sum(number: &Number) -> bool {
    number.decimal_count == 2 || number.is_grouped || number.has_dash_decimals
}

/// Whether this folded word stands for a currency or a kind of them.
pub fn is_currency_word(word: &str) -> bool {
    sign_of_word(word).is_some()
}

/// What a word says of a currency.
fn sign_of_word(word: &str) -> Option<CurrencySign> {
    match word {
        "dollar" | "dollars" | "dolar" | "dolares" | "dollaro" | "dollari" | "piastres" | "bucks" => {
            Some(CurrencySign::Dollar)
        }
        "peso" | "pesos" => Some(CurrencySign::Peso),
        "franc" | "francs" => Some(CurrencySign::Franc),
        "kr" | "kronor" | "kroner" => Some(CurrencySign::Crown),
        _ => look_up(KNOWN_WORDS, word).or_else(|| code_of_scaled(word).map(known)),
    }
}

/// The currency whose ISO code stands in capitals at this index; codes that are words as well are none.
pub fn capital_code(pieces: &Pieces, index: usize) -> Option<Currency> {
    pieces.get(index).filter(|piece| piece.is_capital)?;
    let word = pieces.letters(index).filter(|word| !CODES_LIKE_WORDS.contains(word))?;
    let mut code: [u8; 3] = word.as_bytes().try_into().ok()?;
    code.make_ascii_uppercase();
    let code = std::str::from_utf8(&code).ok()?;
    Currency::parse(code).ok()
}

/// Whether this folded word is a code that means its currency wherever it stands in capitals, and no drawing, part or unit.
pub fn is_common_code(word: &str) -> bool {
    COMMON_CODES.contains(&word)
}

fn sign_of_code(pieces: &Pieces, index: usize) -> Option<CurrencySign> {
    capital_code(pieces, index).map(CurrencySign::Known)
}

/// The sign for what counts as a currency only beside a number written as a sum: crowns are on teeth too, and pounds on scales.
fn sign_beside_sum(pieces: &Pieces, index: usize, number: &Number) -> Option<CurrencySign> {
    if !is_sum(number) {
        return None;
    }
    match pieces.letters(index)? {
        "krone" | "kronen" => Some(CurrencySign::Crown),
        "pfund" => Some(known("GBP")),
        _ => sign_of_code(pieces, index),
    }
}

fn sign_of_mark(mark: char) -> Option<CurrencySign> {
    let code = match mark {
        '€' => return Some(CurrencySign::Known(Currency::EUR)),
        '$' => return Some(CurrencySign::Dollar),
        '£' => "GBP",
        '¥' => "JPY",
        '₹' => "INR",
        '₦' => "NGN",
        '₱' => "PHP",
        '₺' => "TRY",
        '₽' => "RUB",
        '₪' => "ILS",
        '₩' => "KRW",
        '฿' => "THB",
        '₫' => "VND",
        '₴' => "UAH",
        '₲' => "PYG",
        '₡' => "CRC",
        '₵' => "GHS",
        '₸' => "KZT",
        '৳' => "BDT",
        '\u{20a0}'..='\u{20cf}' | '¤' | '﷼' | '៛' | '؋' | '֏' => return Some(CurrencySign::Unlisted),
        _ => return None,
    };
    Some(known(code))
}

/// Whether a mark stands for a currency.
pub fn is_currency_mark(mark: char) -> bool {
    sign_of_mark(mark).is_some()
}

/// The sign beside `number`, the one before it first.
pub fn sign_around(pieces: &Pieces, number: &Number) -> SignedSpan {
    let plain = SignedSpan { sign: CurrencySign::Absent, first: number.first, end: number.end };
    let inner = (number.first..number.end).find_map(|index| sign_within(pieces, index));
    let before = sign_before(pieces, number);
    let after = sign_after(pieces, number);
    match (inner, before, after) {
        (Some(CurrencySign::Dollar), Some((CurrencySign::Known(currency), first)), _) => {
            SignedSpan { sign: CurrencySign::Known(currency), first, end: number.end }
        }
        (Some(sign), _, _) => SignedSpan { sign, ..plain },
        (None, Some((CurrencySign::Dollar, first)), Some((CurrencySign::Known(currency), end))) => {
            SignedSpan { sign: CurrencySign::Known(currency), first, end }
        }
        (None, Some((sign, first)), _) => SignedSpan { sign, first, end: number.end },
        (None, None, Some((sign, end))) => SignedSpan { sign, first: number.first, end },
        (None, None, None) => plain,
    }
}

/// The sign within `12€50` and `12 Euro 50`, and the crowns of `7.450:-`.
fn sign_within(pieces: &Pieces, index: usize) -> Option<CurrencySign> {
    match pieces.get(index)?.kind {
        PieceKind::Mark(':') => Some(CurrencySign::Crown),
        PieceKind::Mark(mark) => sign_of_mark(mark),
        PieceKind::Letters => sign_of_word(pieces.folded(index)),
        PieceKind::Digits | PieceKind::Break => None,
    }
}

fn sign_before(pieces: &Pieces, number: &Number) -> Option<(CurrencySign, usize)> {
    let index = number.first.checked_sub(1)?;
    let piece = pieces.get(index)?;
    match piece.kind {
        PieceKind::Mark('.') => {
            let at = index.checked_sub(1).filter(|_| pieces.is_joined(index))?;
            if pieces.mark(at) == Some('/') && pieces.is_joined(at) {
                let is_sol = pieces.letters(at.checked_sub(1)?) == Some("s");
                return is_sol.then(|| (known("PEN"), at - 1));
            }
            let word = pieces.letters(at)?;
            if word.len() == 1 && !pieces.is_joined(at) {
                return look_up(SUM_SIGNS, word).filter(|_| is_sum(number)).map(|sign| (sign, at));
            }
            matches!(word, "fr" | "frs" | "sfr" | "rs" | "bs" | "gs" | "eur" | "chf" | "kr" | "tk" | "ksh")
                .then(|| sign_of_word(word).or_else(|| look_up(SUM_SIGNS, word)))
                .flatten()
                .map(|sign| (sign, at))
        }
        PieceKind::Mark('/') => {
            let is_sol = pieces.letters(index.checked_sub(1)?) == Some("s") && pieces.is_joined(index);
            is_sol.then(|| (known("PEN"), index - 1))
        }
        PieceKind::Mark('$') => Some(dollar_before(pieces, index)),
        PieceKind::Mark('-' | '–' | '−') => sign_before_minus(pieces, index),
        PieceKind::Mark(mark) => sign_of_mark(mark).map(|sign| (sign, index)),
        PieceKind::Letters => {
            if let Some(found) = dollar_in_letters(pieces, index) {
                return Some(found);
            }
            let word = pieces.folded(index);
            let is_sum = is_sum(number);
            let before_sum = look_up(SUM_SIGNS, word).filter(|_| is_sum && !pieces.is_joined(index));
            let is_upper_letter = word.len() == 1 && !pieces.is_joined(index);
            let sign = if is_upper_letter { look_up(LETTER_SIGNS, word) } else { sign_of_word(word) };
            let sign = sign.or(before_sum).or_else(|| sign_beside_sum(pieces, index, number));
            sign.map(|sign| (sign, index))
        }
        PieceKind::Digits | PieceKind::Break => None,
    }
}

/// The dollars of a sign that stands before a number, and the first piece of it: `$`, `US$`, `CAD $`.
fn dollar_before(pieces: &Pieces, index: usize) -> (CurrencySign, usize) {
    let owner = index.checked_sub(1).and_then(|at| {
        let word = pieces.letters(at)?;
        let is_owner = pieces.is_joined(index) || is_dollar_owner(pieces, at);
        look_up(DOLLAR_PREFIXES, word).filter(|_| is_owner).map(|sign| (sign, at))
    });
    owner.unwrap_or((CurrencySign::Dollar, index))
}

/// Whether the capitals at this index say whose dollars a sign apart from them means: a code, or a country that means nothing else.
fn is_dollar_owner(pieces: &Pieces, index: usize) -> bool {
    let is_capital = pieces.get(index).is_some_and(|piece| piece.is_capital);
    is_capital && pieces.letters(index).is_some_and(|word| word.len() == 3 || matches!(word, "us" | "nz" | "hk"))
}

/// The dollars whose sign stands within or before the letters at this index: `U$S 120`, `$CAN 120`.
pub fn dollar_in_letters(pieces: &Pieces, index: usize) -> Option<(CurrencySign, usize)> {
    let sign = index.checked_sub(1).filter(|sign| pieces.mark(*sign) == Some('$') && pieces.is_joined(index))?;
    let word = pieces.letters(index)?;
    let before = sign.checked_sub(1).filter(|_| pieces.is_joined(sign));
    if let Some(before) = before.filter(|before| pieces.letters(*before) == Some("u")) {
        return matches!(word, "s" | "d").then(|| (known("USD"), before));
    }
    look_up(DOLLAR_PREFIXES, word).filter(|_| word.len() > 1).map(|found| (found, sign))
}

/// The sign in front of a minus, as in `$-4,250.00` and `EUR -12,50`; a hyphen behind letters begins no sum.
fn sign_before_minus(pieces: &Pieces, minus: usize) -> Option<(CurrencySign, usize)> {
    let index = minus.checked_sub(1).filter(|_| pieces.is_joined(minus + 1))?;
    match pieces.get(index)?.kind {
        PieceKind::Mark('$') => Some(dollar_before(pieces, index)),
        PieceKind::Mark(mark) => sign_of_mark(mark).map(|sign| (sign, index)),
        PieceKind::Letters if !pieces.is_joined(minus) => {
            let word = pieces.folded(index);
            look_up(KNOWN_WORDS, word).filter(|_| word.len() == 3).map(|sign| (sign, index))
        }
        PieceKind::Letters | PieceKind::Digits | PieceKind::Break => None,
    }
}

fn sign_after(pieces: &Pieces, number: &Number) -> Option<(CurrencySign, usize)> {
    let mut end = number.end;
    if number.has_multiplier && matches!(pieces.letters(end), Some("de" | "di" | "d")) {
        let is_elided = pieces.mark(end + 1).is_some_and(|mark| matches!(mark, '\'' | '’'));
        end += if is_elided { 2 } else { 1 };
    }
    if let Some(found) = code_apart(pieces, number) {
        return Some(found);
    }
    let piece = pieces.get(end)?;
    match piece.kind {
        PieceKind::Mark('$') => Some(dollar_after(pieces, end)),
        PieceKind::Mark(mark) => sign_of_mark(mark).map(|sign| (sign, end + 1)),
        PieceKind::Letters => {
            let word = pieces.folded(end);
            let is_code_of_an_article = !piece.is_spaced
                && matches!(word, "rs" | "fr" | "r" | "mt" | "dt" | "gs" | "bs" | "kr" | "kc" | "pen" | "real" | "dh");
            if is_code_of_an_article {
                return None;
            }
            if pieces.mark(end + 1) == Some('$') && pieces.is_joined(end + 1) {
                let is_split =
                    word == "u" && matches!(pieces.letters(end + 2), Some("s" | "d")) && pieces.is_joined(end + 2);
                let end = if is_split { end + 3 } else { end + 2 };
                return look_up(DOLLAR_PREFIXES, word).map(|sign| (sign, end));
            }
            sign_of_words(pieces, end).or_else(|| sign_beside_sum(pieces, end, number).map(|sign| (sign, end + 1)))
        }
        PieceKind::Digits | PieceKind::Break => None,
    }
}

/// The code behind a sum that a bracket, `in`, `CR` or `DR` sets apart from it: `(1,998.00) USD`, `1,998.00 CR USD`.
fn code_apart(pieces: &Pieces, number: &Number) -> Option<(CurrencySign, usize)> {
    let end = number.end;
    let is_passed = match pieces.get(end)?.kind {
        PieceKind::Mark(')') => number.first.checked_sub(1).is_some_and(|before| pieces.mark(before) == Some('(')),
        PieceKind::Letters => match pieces.folded(end) {
            "in" => true,
            "cr" | "dr" => pieces.get(end).is_some_and(|piece| piece.is_capital),
            _ => false,
        },
        PieceKind::Mark(_) | PieceKind::Digits | PieceKind::Break => false,
    };
    let is_code_alone =
        !pieces.is_joined(end + 2) || pieces.mark(end + 2).is_some_and(|mark| !matches!(mark, '-' | '/' | '_' | '$'));
    let sign = sign_of_code(pieces, end + 1).filter(|_| is_passed && is_code_alone && is_sum(number))?;
    let is_before_number = pieces.digits(end + 2).is_some();
    (!is_before_number).then_some((sign, end + 2))
}

/// The dollars of a sign that stands behind a number: `12 $`, `12 $ US`, `12 $CAN`.
fn dollar_after(pieces: &Pieces, sign: usize) -> (CurrencySign, usize) {
    let at = sign + 1;
    let owner = pieces.letters(at).and_then(|word| {
        let is_short = pieces.is_joined(at) && word.len() == 2;
        look_up(DOLLAR_PREFIXES, word).filter(|_| is_short || is_dollar_owner(pieces, at))
    });
    owner.map_or((CurrencySign::Dollar, sign + 1), |owner| (owner, sign + 2))
}

/// What the words from this index on say of a currency, and where they end.
fn sign_of_words(pieces: &Pieces, first: usize) -> Option<(CurrencySign, usize)> {
    let word = pieces.letters(first)?;
    match word {
        "f" if pieces.letters(first + 1) == Some("cfa") => return Some((known("XOF"), first + 2)),
        "swiss" | "schweizer" => return Some((known("CHF"), first + 2)),
        "m" => {
            let is_national = pieces.mark(first + 1) == Some('.') && pieces.letters(first + 2) == Some("n");
            return is_national.then(|| (known("MXN"), first + 1));
        }
        "p" => return is_penny(pieces, first).then(|| (known("GBP"), first + 1)),
        "real" | "pen" | "try" | "l" | "pound" => return None,
        _ => {}
    }
    if let Some(mut sign) = sign_of_word(word) {
        let owner = pieces.letters(first + 1).and_then(|owner| owner_of(sign, owner));
        if matches!(word, "dolar" | "dolares") {
            // Where dollars are called so, one's own money is called pesos or reais.
            sign = CurrencySign::Known(Currency::USD);
        }
        return Some(owner.map_or((sign, first + 1), |owner| (owner, first + 2)));
    }
    // `Canadian dollars`, `US-Dollar`, `schwedische Kronen`
    let unit = if pieces.mark(first + 1) == Some('-') { first + 2 } else { first + 1 };
    let of_unit = pieces.letters(unit).and_then(|unit| match unit {
        "krone" | "kronen" | "crowns" => Some(CurrencySign::Crown),
        _ => sign_of_word(unit),
    })?;
    owner_of(of_unit, word).map(|owner| (owner, unit + 1))
}

/// Whose dollars, pesos, francs or crowns a word beside them means.
fn owner_of(unit: CurrencySign, word: &str) -> Option<CurrencySign> {
    OWNERS.iter().find(|(of, start, _)| *of == unit && word.starts_with(start)).map(|(_, _, code)| known(code))
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
            ("120 US-Dollar", "USD"),
            ("120 kanadische Dollar", "CAD"),
            ("120 dollars américains", "USD"),
            ("120 francs suisses", "CHF"),
            ("1.240,50 schwedische Kronen", "SEK"),
            ("CAD $1,240.50", "CAD"),
            ("US $1,240.50", "USD"),
            ("112,35 $ US", "USD"),
            ("112,35 $CAN", "CAD"),
            ("U$S 1.200", "USD"),
            ("U$S1.200", "USD"),
            ("1.200 U$S", "USD"),
            ("S/. 1,200.00", "PEN"),
            ("Q. 1,250.00", "GTQ"),
            ("2.400 dólares", "USD"),
            ("2.400 dólares canadienses", "CAD"),
            ("TT$ 120", "TTD"),
            ("J$120", "JMD"),
            ("NT$ 120", "TWD"),
            ("CVE 12.000$00", "CVE"),
            ("₦12,000", "NGN"),
            ("₱ 1,200", "PHP"),
            ("₺120", "TRY"),
            ("120 ₽", "RUB"),
            ("฿120", "THB"),
            ("120 Kč", "CZK"),
            ("RM1,250.00", "MYR"),
            ("Q1,250.00", "GTQ"),
            ("Tk 1,250.00", "BDT"),
            ("THB 4500", "THB"),
            ("LKR 12,500.00", "LKR"),
            ("12,500.00 LKR", "LKR"),
            ("SAR 1200", "SAR"),
            ("120,00 Zloty", "PLN"),
            ("1.240,50 Pfund", "GBP"),
            ("95 pence", "GBP"),
            ("38p", "GBP"),
            ("9,8 Rappen", "CHF"),
            ("12 Franken 50", "CHF"),
            ("EUR -12,50", "EUR"),
            ("2 millions d'euros", "EUR"),
            ("1,2 mln di euro", "EUR"),
            ("12 Tsd. €", "EUR"),
            ("1,5 T€", "EUR"),
            ("250 TEUR", "EUR"),
            ("€.50", "EUR"),
            ("(1,998.00) USD", "USD"),
            ("1,998.00 CR USD", "USD"),
            ("1.998,00 in CHF", "CHF"),
        ] {
            assert_eq!(sign(text), known(expected), "{text}");
        }
        for text in ["$3,118.00", "$-4,250.00", "1.240,50 Dollar", "12 $ us", "AR $120"] {
            assert_eq!(sign(text), CurrencySign::Dollar, "{text}");
        }
        for text in ["7.450:-", "1.240,50 Kronen", "450 kr"] {
            assert_eq!(sign(text), CurrencySign::Crown, "{text}");
        }
        for text in [
            "RM 55120",
            "SCR 401",
            "ALL 1,200.00",
            "12 Kronen",
            "5 Pfund",
            "p 12",
            "12 p",
            "le 22 ils",
            "12 m",
            "12:-)",
            "12 ft",
            "1,998.00) USD",
            "12 in USD",
            "1,998.00 in ALL",
            "1,998.00 CR USD 5",
            "1,998.00 in USD-4711",
        ] {
            assert_eq!(sign(text), CurrencySign::Absent, "{text}");
        }
        assert_eq!(sign("₿ 12"), CurrencySign::Unlisted);
        assert_eq!(sign("300 pesos"), CurrencySign::Peso);
        assert_eq!(sign("12 boxes"), CurrencySign::Absent);
    }
}
