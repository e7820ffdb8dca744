//! Decides the currency of an amount whose sign leaves it open, from the words of the message.

use std::collections::BTreeMap;

use super::amounts::AmountMention;
use super::context::kind;
use super::currencies::CurrencySign;
use super::pieces::{PieceKind, Pieces, hash_of, mix};
use super::places::{CueCounts, PlaceCues};
use super::scorer::{Features, LinearScorer};
use crate::domain::locale::Language;
use crate::domain::money::Currency;

/// Words of a message that are looked at.
const WORDS_MAX: usize = 400;

/// Cues for a place beyond which more say nothing new.
const CUES_MAX: u64 = 3;

/// By how much the score of other dollars must exceed that of United States dollars where no cue speaks for them: the scorer then goes
/// by chance words such as `we` or `thanks`.
const OTHER_DOLLARS_MARGIN: f32 = 0.5;

/// What is added to the score of these currencies in English where nothing but the number stands and no place speaks for another.
///
/// Of the corpus's mail of this kind 217 amounts are in euros, 121 in pounds and 28 in dollars, for most of its writers were Europeans;
/// its share is no measure of how often a user's customers are. With the logarithms of these ratios the three start as equals.
const UNSIGNED_ENGLISH: [(&str, f32); 2] = [("GBP", 0.6), ("USD", 2.0)];

/// The words of a message and the sign of the amount, from which its currency is told.
pub struct CurrencyChoice {
    words: Vec<u64>,
    written_sign: CurrencySign,
    sign: u64,
    common_sign: u64,
    language: u64,
    is_english: bool,
    cues: PlaceCues,
    writing: u64,
    magnitude: u64,
}

/// A number that stands for a sign.
fn sign_key(sign: CurrencySign) -> u64 {
    match sign {
        CurrencySign::Known(currency) => hash_of(currency.as_str()),
        CurrencySign::Dollar => 1,
        CurrencySign::Peso => 2,
        CurrencySign::Franc => 3,
        CurrencySign::Crown => 4,
        CurrencySign::Absent => 5,
        CurrencySign::Unlisted => 6,
    }
}

/// The sign that most amounts of the message bear; none when no amount bears one.
pub fn commonest_sign(amounts: &[AmountMention]) -> CurrencySign {
    let mut counts: BTreeMap<CurrencySign, usize> = BTreeMap::new();
    for amount in amounts.iter().filter(|amount| amount.sign != CurrencySign::Absent) {
        *counts.entry(amount.sign).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map_or(CurrencySign::Absent, |(sign, _)| sign)
}

/// The marks of a number and how many decimals it has: whether its country writes 1,240.50 or 1.240,50.
fn writing_of(pieces: &Pieces, amount: &AmountMention) -> u64 {
    let marks = (amount.number.first..amount.number.end).filter_map(|index| pieces.mark(index));
    marks.fold(u64::from(amount.number.decimal_count), |state, mark| mix(state, u64::from(mark)))
}

impl CurrencyChoice {
    /// The evidence for the currency of an amount with this sign: the words of `pieces`, the sender's own, and the places of all of
    /// `text`, for earlier mail and signatures tell them too.
    pub fn new(
        text: &str,
        pieces: &Pieces,
        amounts: &[AmountMention],
        amount: &AmountMention,
        sign: CurrencySign,
        language: Option<Language>,
    ) -> Self {
        let mut words: Vec<u64> = pieces
            .iter()
            .filter(|piece| matches!(piece.kind, PieceKind::Letters | PieceKind::Mark('€' | '$' | '£')))
            .map(|piece| piece.hash)
            .take(WORDS_MAX)
            .collect();
        words.sort_unstable();
        words.dedup();
        CurrencyChoice {
            words,
            written_sign: sign,
            sign: sign_key(sign),
            common_sign: sign_key(commonest_sign(amounts)),
            language: language.map_or(9, |language| language as u64),
            is_english: language == Some(Language::En),
            cues: PlaceCues::find(&Pieces::read_whole(text), language),
            writing: writing_of(pieces, amount),
            magnitude: amount.magnitude(),
        }
    }

    /// Features for this currency.
    pub fn features(&self, currency: Currency) -> Features {
        let mut features = Features::new();
        let name = hash_of(currency.as_str());
        features.add_pair(kind("currency"), name, self.sign);
        features.add_pair(kind("currency common"), name, mix(self.sign, self.common_sign));
        features.add_pair(kind("currency language"), mix(name, self.sign), self.language);
        features.add_pair(kind("currency tongue"), name, self.language);
        features.add_pair(kind("currency writing"), mix(name, self.sign), self.writing);
        features.add_pair(kind("currency magnitude"), mix(name, self.sign), self.magnitude);
        features.add_pair(kind("currency size"), mix(name, self.writing), self.magnitude);
        self.add_cues(&mut features, currency, name);
        for word in &self.words {
            features.add_pair(kind("currency word"), name, *word);
        }
        features
    }

    /// What speaks for this currency and what for others.
    fn add_cues(&self, features: &mut Features, currency: Currency, name: u64) {
        let counts =
            |cues: &CueCounts| (cues.count_for(currency).min(CUES_MAX), cues.count_against(currency).min(CUES_MAX));
        let (own, other) = counts(&self.cues.places);
        let (said, said_of_other) = counts(&self.cues.speech);
        let (places, speech) = (mix(own, other), mix(said, said_of_other));
        features.add(kind("currency cues"), places);
        features.add_pair(kind("currency cues sign"), places, self.sign);
        features.add_pair(kind("currency own cues"), name, own);
        features.add_pair(kind("currency own cues sign"), mix(name, own), self.sign);
        features.add(kind("currency speech"), speech);
        features.add_pair(kind("currency speech sign"), speech, self.sign);
        features.add_pair(kind("currency own speech"), name, said);
        features.add_pair(kind("currency speech cues"), speech, places);
    }

    /// Those of these currencies that the sign can mean.
    pub fn candidates<'c>(&self, currencies: &'c [Currency]) -> impl Iterator<Item = Currency> + 'c {
        let sign = self.written_sign;
        currencies.iter().copied().filter(move |currency| can_mean(sign, *currency))
    }

    /// What is added to the score of this currency before the words are heard.
    fn head_start(&self, currency: Currency) -> f32 {
        let is_unsigned = self.is_english && self.written_sign == CurrencySign::Absent;
        if !is_unsigned || self.cues.places.count_against(currency) > 0 {
            return 0.0;
        }
        let known = UNSIGNED_ENGLISH.iter().find(|(code, _)| *code == currency.as_str());
        known.map_or(0.0, |(_, head_start)| *head_start)
    }

    /// The most probable of these currencies; for dollars in English those of the United States, unless a cue speaks for the others or
    /// they are clearly more probable.
    pub fn choose(&self, scorer: &LinearScorer, currencies: &[Currency]) -> Option<Currency> {
        let score = |currency: Currency| scorer.score(&self.features(currency)) + self.head_start(currency);
        let scored = self.candidates(currencies).map(|currency| (score(currency), currency));
        let (best_score, best) = scored.max_by(|left, right| left.0.total_cmp(&right.0))?;
        let american = Currency::parse("USD").ok().filter(|currency| currencies.contains(currency));
        let has_cue = |currency| self.cues.places.count_for(currency) + self.cues.speech.count_for(currency) > 0;
        let is_open = self.is_english
            && self.written_sign == CurrencySign::Dollar
            && !self.candidates(currencies).any(|currency| Some(currency) != american && has_cue(currency));
        let american = american.filter(|_| is_open);
        Some(american.filter(|american| best_score - score(*american) < OTHER_DOLLARS_MARGIN).unwrap_or(best))
    }
}

/// Whether this sign can stand for this currency.
fn can_mean(sign: CurrencySign, currency: Currency) -> bool {
    const DOLLARS: [&str; 18] = [
        "USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "JMD", "TTD", "BBD", "BSD", "BZD", "GYD", "SRD", "FJD", "NAD",
        "XCD", "CVE",
    ];
    const PESOS: [&str; 6] = ["MXN", "COP", "ARS", "CLP", "UYU", "DOP"];
    const FRANCS: [&str; 10] = ["CHF", "XOF", "XAF", "XPF", "RWF", "BIF", "CDF", "DJF", "GNF", "KMF"];
    const CROWNS: [&str; 5] = ["SEK", "NOK", "DKK", "ISK", "CZK"];
    let code = currency.as_str();
    match sign {
        CurrencySign::Known(known) => known == currency,
        CurrencySign::Dollar => DOLLARS.contains(&code) || PESOS.contains(&code),
        CurrencySign::Peso => PESOS.contains(&code),
        CurrencySign::Franc => FRANCS.contains(&code),
        CurrencySign::Crown => CROWNS.contains(&code),
        CurrencySign::Absent => true,
        CurrencySign::Unlisted => false,
    }
}

/// The currency that a sign can only mean, given the customer's own.
pub fn settled_currency(sign: CurrencySign, hint: Option<Currency>) -> Option<Currency> {
    match sign {
        CurrencySign::Known(currency) => Some(currency),
        CurrencySign::Dollar
        | CurrencySign::Peso
        | CurrencySign::Franc
        | CurrencySign::Crown
        | CurrencySign::Absent
        | CurrencySign::Unlisted => hint.filter(|hint| can_mean(sign, *hint)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::amounts::find_amounts;
    use super::*;

    /// What is chosen of two currencies where a word speaks with this weight for the first.
    fn chosen(text: &str, language: Language, codes: [&str; 2], weight: f32) -> String {
        let currencies = codes.map(|code| Currency::parse(code).unwrap());
        let pieces = Pieces::read_whole(text);
        let amounts = find_amounts(&pieces, &[]);
        let choice = CurrencyChoice::new(text, &pieces, &amounts, &amounts[0], amounts[0].sign, Some(language));
        let of_second = choice.features(currencies[1]);
        let features = choice.features(currencies[0]);
        let own = features.keys().iter().find(|key| !of_second.keys().contains(key)).unwrap();
        let scorer = LinearScorer::from_weights(vec![(*own, weight)]);
        choice.choose(&scorer, &currencies).unwrap().to_string()
    }

    #[test]
    fn bare_dollars_in_english_are_american_unless_a_cue_or_the_score_says_otherwise() {
        let plain = "a $45.00 surcharge, could you take it off";
        let chosen = |text: &str, language: Language, weight: f32| chosen(text, language, ["AUD", "USD"], weight);
        assert_eq!(chosen(plain, Language::En, OTHER_DOLLARS_MARGIN - 0.1), "USD");
        assert_eq!(chosen(plain, Language::En, OTHER_DOLLARS_MARGIN + 0.1), "AUD");
        assert_eq!(chosen(plain, Language::Es, OTHER_DOLLARS_MARGIN - 0.1), "AUD");
        let of_place = "a $45.00 surcharge, accounts@harbour.com.au";
        assert_eq!(chosen(of_place, Language::En, OTHER_DOLLARS_MARGIN - 0.1), "AUD");
    }

    #[test]
    fn bare_numbers_in_english_may_be_dollars_unless_a_place_or_the_score_says_otherwise() {
        let plain = "a 45.00 surcharge, could you take it off";
        let chosen = |text: &str, language: Language, weight: f32| chosen(text, language, ["EUR", "USD"], weight);
        assert_eq!(chosen(plain, Language::En, 1.9), "USD");
        assert_eq!(chosen(plain, Language::En, 2.1), "EUR");
        assert_eq!(chosen(plain, Language::Es, 0.1), "EUR");
        assert_eq!(chosen("a 45.00 surcharge, accounts@harbour.ie", Language::En, 0.1), "EUR");
    }

    #[test]
    fn a_sign_keeps_its_kind_of_currencies() {
        let currencies = ["EUR", "MXN", "NOK", "USD"].map(|code| Currency::parse(code).unwrap());
        for (text, expected) in [
            ("1.240,50 Dollar", Some("MXN USD")),
            ("$-4,250.00", Some("MXN USD")),
            ("300 pesos", Some("MXN")),
            ("450 kr", Some("NOK")),
            ("450,00", Some("EUR MXN NOK USD")),
            ("₿ 450", None),
        ] {
            let pieces = Pieces::read_whole(text);
            let amounts = find_amounts(&pieces, &[]);
            let choice = CurrencyChoice::new(text, &pieces, &amounts, &amounts[0], amounts[0].sign, None);
            let names: Vec<String> = choice.candidates(&currencies).map(|currency| currency.to_string()).collect();
            assert_eq!(names.join(" "), expected.unwrap_or_default(), "{text}");
            let chosen = choice.choose(&LinearScorer::from_weights(Vec::new()), &currencies);
            assert_eq!(chosen.is_some(), expected.is_some(), "{text}");
        }
    }
}
