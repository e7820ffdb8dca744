//! Tells whether 03/04 is the third of April or March the fourth.

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

/// Whether the message is that of a country that writes the month first: it is English, and more words, signs and places speak for
/// that country than for another one. A message without a date that needs it is not searched.
pub fn date_order(pieces: &Pieces, language: Option<Language>) -> DateOrder {
    if language.is_some_and(|language| language != Language::En) || !needs_order(pieces) {
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
        + PLACE_COUNT * cues.places.count_for(Currency::USD)
        + cues.speech.count_for(Currency::USD);
    let elsewhere = u64::from(elsewhere.count_ones())
        + PLACE_COUNT * cues.places.count_against(Currency::USD)
        + cues.speech.count_against(Currency::USD);
    if american > elsewhere { DateOrder::MonthFirst } else { DateOrder::DayFirst }
}

/// The bit of the word with this hash, none when it is not in the list.
fn bit_of(words: &[u64], hash: u64) -> u32 {
    words.iter().position(|word| *word == hash).map_or(0, |at| 1 << at)
}

/// Whether two numbers that can both be a month stand beside a slash or dash.
fn needs_order(pieces: &Pieces) -> bool {
    let can_be_month = |index: usize| {
        let digits = pieces.digits(index).filter(|digits| digits.len() <= 2);
        digits.and_then(|digits| digits.parse::<u32>().ok()).is_some_and(|month| (1..=12).contains(&month))
    };
    let is_between = |index: usize| index > 0 && can_be_month(index - 1) && can_be_month(index + 1);
    (0..pieces.len()).any(|index| {
        let is_mark = pieces.mark(index).is_some_and(|mark| matches!(mark, '/' | '-' | '–' | '\u{2010}' | '\u{2011}'));
        is_mark && is_between(index)
    })
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
            assert_eq!(date_order(&Pieces::read_whole(text), language), order, "{text}");
        }
    }
}
