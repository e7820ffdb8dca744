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

/// The words of a message and the sign of the amount, from which its currency is told.
pub struct CurrencyChoice {
    words: Vec<u64>,
    sign: u64,
    common_sign: u64,
    language: u64,
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
            sign: sign_key(sign),
            common_sign: sign_key(commonest_sign(amounts)),
            language: language.map_or(9, |language| language as u64),
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

    /// The most probable of these currencies.
    pub fn choose(&self, scorer: &LinearScorer, currencies: &[Currency]) -> Option<Currency> {
        let scored = currencies.iter().map(|currency| (scorer.score(&self.features(*currency)), *currency));
        scored.max_by(|left, right| left.0.total_cmp(&right.0)).map(|(_, currency)| currency)
    }
}

/// The currency that a sign can only mean, given the customer's own.
pub fn settled_currency(sign: CurrencySign, hint: Option<Currency>) -> Option<Currency> {
    const DOLLARS: [&str; 6] = ["USD", "CAD", "AUD", "NZD", "SGD", "HKD"];
    const PESOS: [&str; 6] = ["MXN", "COP", "ARS", "CLP", "UYU", "DOP"];
    const FRANCS: [&str; 2] = ["CHF", "XOF"];
    const CROWNS: [&str; 3] = ["SEK", "NOK", "DKK"];
    let hint_code = hint.as_ref().map(Currency::as_str).unwrap_or_default();
    let fits = match sign {
        CurrencySign::Known(currency) => return Some(currency),
        CurrencySign::Dollar => DOLLARS.contains(&hint_code) || PESOS.contains(&hint_code),
        CurrencySign::Peso => PESOS.contains(&hint_code),
        CurrencySign::Franc => FRANCS.contains(&hint_code),
        CurrencySign::Crown => CROWNS.contains(&hint_code),
        CurrencySign::Absent => true,
    };
    hint.filter(|_| fits)
}
