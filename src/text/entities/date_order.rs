//! Tells whether 03/04 is the third of April or March the fourth.

use super::dates::find_dates;
use super::pieces::{Pieces, hash_of};
use super::places::PlaceCues;
use crate::domain::locale::Language;
use crate::domain::money::Currency;

/// Which of day and month comes first where figures alone do not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// 03/04 is the third of April.
    DayFirst,
    /// 03/04 is March the fourth.
    MonthFirst,
}

/// Words that show that a message of unknown language is English.
const ENGLISH: [u64; 6] =
    [hash_of("the"), hash_of("and"), hash_of("is"), hash_of("was"), hash_of("please"), hash_of("your")];
/// Words of countries that write the day first.
const ELSEWHERE: [u64; 10] = [
    hash_of("gst"),
    hash_of("abn"),
    hash_of("hst"),
    hash_of("vat"),
    hash_of("aud"),
    hash_of("nzd"),
    hash_of("bacs"),
    hash_of("cheque"),
    hash_of("eur"),
    hash_of("gbp"),
];
/// Words of the country that writes the month first.
const AMERICAN: [u64; 8] = [
    hash_of("usd"),
    hash_of("ach"),
    hash_of("inc"),
    hash_of("llc"),
    hash_of("check"),
    hash_of("corp"),
    hash_of("attn"),
    hash_of("freight"),
];
/// How much a place counts; a word or sign counts one.
const PLACE_COUNT: u64 = 2;
/// Months of a year.
const MONTHS: u32 = 12;

/// Which comes first in a message. Another date of it that can be read in one way only says so; else the month comes first when the
/// message is that of a country which writes so: it is English, and more words, signs and places speak for that country than for
/// another one. `hint` is the customer's currency and counts as a word. A message without a date that needs it is not searched.
pub fn date_order(pieces: &Pieces, language: Option<Language>, hint: Option<Currency>) -> DateOrder {
    if !needs_order(pieces) {
        return DateOrder::DayFirst;
    }
    if let Some(order) = order_of_other_dates(pieces, language) {
        return order;
    }
    if language.is_some_and(|language| language != Language::En) {
        return DateOrder::DayFirst;
    }
    let mut is_english = language.is_some();
    let (mut american, mut elsewhere) = (0_u32, 0_u32);
    for (index, piece) in pieces.iter().enumerate() {
        is_english |= ENGLISH.contains(&piece.hash);
        let mark = pieces.mark(index);
        american |= bit_of(&AMERICAN, piece.hash) | u32::from(mark == Some('$')) << AMERICAN.len();
        elsewhere |= bit_of(&ELSEWHERE, piece.hash) | u32::from(matches!(mark, Some('£' | '€'))) << ELSEWHERE.len();
    }
    if !is_english {
        return DateOrder::DayFirst;
    }
    let cues = PlaceCues::find(pieces, Some(Language::En));
    let american = u64::from(american.count_ones())
        + u64::from(hint == Some(Currency::USD))
        + PLACE_COUNT * cues.places.count_for(Currency::USD)
        + cues.speech.count_for(Currency::USD);
    let elsewhere = u64::from(elsewhere.count_ones())
        + PLACE_COUNT * cues.places.count_against(Currency::USD)
        + cues.speech.count_against(Currency::USD);
    if american > elsewhere { DateOrder::MonthFirst } else { DateOrder::DayFirst }
}

/// The order of the dates in figures of which one number is no month, unless they contradict each other. A date without a year
/// may be a part of something else, and counts in English only, where either order is written.
fn order_of_other_dates(pieces: &Pieces, language: Option<Language>) -> Option<DateOrder> {
    let is_english = language == Some(Language::En);
    let (mut is_day_first, mut is_month_first) = (false, false);
    for date in find_dates(pieces, DateOrder::DayFirst) {
        let is_whole = date.year.is_some() || is_english;
        let is_open = pieces.mark(date.first + 1).is_some_and(is_open_mark);
        let (left, right) = (pieces.digits(date.first), pieces.digits(date.first + 2));
        let (Some(left), Some(right), true, true) = (left, right, is_open, is_whole) else { continue };
        is_day_first |= left.len() <= 2 && left.parse::<u32>().is_ok_and(|day| day > MONTHS);
        is_month_first |= left.len() <= 2 && right.parse::<u32>().is_ok_and(|day| day > MONTHS);
    }
    match (is_day_first, is_month_first) {
        (true, false) => Some(DateOrder::DayFirst),
        (false, true) => Some(DateOrder::MonthFirst),
        (true, true) | (false, false) => None,
    }
}

/// Whether the mark stands in dates of either order; between a day and a month a point does not leave it open.
fn is_open_mark(mark: char) -> bool {
    matches!(mark, '/' | '-' | '–' | '\u{2010}' | '\u{2011}')
}

/// The bit of the word with this hash, none when it is not in the list.
fn bit_of(words: &[u64], hash: u64) -> u32 {
    words.iter().position(|word| *word == hash).map_or(0, |at| 1 << at)
}

/// Whether two numbers that can both be a month stand beside a slash or dash.
fn needs_order(pieces: &Pieces) -> bool {
    let can_be_month = |index: usize| {
        let digits = pieces.digits(index).filter(|digits| digits.len() <= 2);
        digits.and_then(|digits| digits.parse::<u32>().ok()).is_some_and(|month| (1..=MONTHS).contains(&month))
    };
    let is_between = |index: usize| index > 0 && can_be_month(index - 1) && can_be_month(index + 1);
    (0..pieces.len()).any(|index| pieces.mark(index).is_some_and(is_open_mark) && is_between(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_month_comes_first_in_american_mail_only() {
        for (text, language, order) in [
            (
                "Payment of INV-3309 ($4,000) will be sent via ACH on 07/03/2025. Thanks, Acme Freight LLC",
                Some(Language::En),
                DateOrder::MonthFirst,
            ),
            ("The check for $400 goes out 07/03/2025, EUR account or not. Acme Inc.", None, DateOrder::MonthFirst),
            ("The payment of £400 goes out 07/03/2025", Some(Language::En), DateOrder::DayFirst),
            ("We pay on 07/03/2025", Some(Language::En), DateOrder::DayFirst),
            ("A$400 on 07/03/2025 incl. GST", Some(Language::En), DateOrder::DayFirst),
            ("Pagamos $400 el 07/03/2025 por ACH", Some(Language::Es), DateOrder::DayFirst),
            ("Virement de $400 le 07/03/2025", None, DateOrder::DayFirst),
        ] {
            assert_eq!(date_order(&Pieces::read_whole(text), language, None), order, "{text}");
        }
    }

    #[test]
    fn another_date_or_the_currency_of_the_customer_settles_the_order() {
        let usd = Currency::parse("USD").ok();
        for (text, language, hint, order) in [
            ("Invoice dated 02/25/2026 will be paid on 04/05/2026", Language::En, None, DateOrder::MonthFirst),
            ("INV-20331 due 03/30. We'll pay 04/08/2026.", Language::En, None, DateOrder::MonthFirst),
            ("La del 02/25/2026 se paga el 04/05/2026", Language::Es, None, DateOrder::MonthFirst),
            (
                "The check of 25/02/2026 for $400 and that of 04/05/2026, Acme Inc.",
                Language::En,
                usd,
                DateOrder::DayFirst,
            ),
            ("Dated 02/25/2026 and 25/02/2026, paid on 04/05/2026", Language::En, None, DateOrder::DayFirst),
            ("Las 02/25 y el 04/05/2026", Language::Es, None, DateOrder::DayFirst),
            ("Dated 25.02.2026, paid 04/05/2026", Language::En, usd, DateOrder::MonthFirst),
            ("Payment on 04/06/2026", Language::En, usd, DateOrder::MonthFirst),
            ("Payment on 04/06/2026", Language::En, Currency::parse("GBP").ok(), DateOrder::DayFirst),
            ("Payment on 04/06/2026, VAT included", Language::En, usd, DateOrder::DayFirst),
            ("Pago el 04/06/2026", Language::Es, usd, DateOrder::DayFirst),
        ] {
            assert_eq!(date_order(&Pieces::read_whole(text), Some(language), hint), order, "{text}");
        }
    }
}
