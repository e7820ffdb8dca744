//! Tells where the sender of a message sits, and so which currency a bare sign means, from towns, telephone codes and terms of a country.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::pieces::{PieceKind, Pieces, hash_of, mix};
use crate::domain::money::Currency;

/// Lines of `currency = cue, cue`; a cue is a folded word, two that follow each other, `.au` or `+61`.
const SOURCE: &str = include_str!("places.txt");

/// Keeps the ends of internet addresses and telephone codes apart from words.
const SALT_ADDRESS: u64 = 1;
const SALT_TELEPHONE: u64 = 2;
const SALT_PAIR: u64 = 3;

/// The currencies of the cues in a message, each with how many different cues speak for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlaceCues {
    counts: Vec<(Currency, u64)>,
}

impl PlaceCues {
    /// Looks for cues.
    pub fn find(pieces: &Pieces) -> Self {
        let table = table();
        let mut found: Vec<(Currency, u64)> = Vec::new();
        let mut word_before = None;
        for (index, piece) in pieces.iter().enumerate() {
            let mut look_up = |key: u64| {
                for currency in table.get(&key).into_iter().flatten() {
                    found.push((*currency, key));
                }
            };
            match piece.kind {
                PieceKind::Letters => {
                    look_up(piece.hash);
                    if let Some(before) = word_before.replace(piece.hash) {
                        look_up(pair_key(before, piece.hash));
                    }
                    if index > 0 && pieces.mark(index - 1) == Some('.') && pieces.is_joined(index) {
                        look_up(mix(SALT_ADDRESS, piece.hash));
                    }
                }
                PieceKind::Digits if index > 0 && pieces.mark(index - 1) == Some('+') => {
                    look_up(mix(SALT_TELEPHONE, piece.hash));
                    word_before = None;
                }
                PieceKind::Mark(_) => {}
                PieceKind::Digits | PieceKind::Break => word_before = None,
            }
        }
        found.sort_unstable();
        found.dedup();
        let counts = found.chunk_by(|left, right| left.0 == right.0);
        PlaceCues { counts: counts.filter_map(|same| Some((same.first()?.0, same.len() as u64))).collect() }
    }

    /// How many different cues speak for this currency.
    pub fn count_for(&self, currency: Currency) -> u64 {
        self.counts.iter().find(|(known, _)| *known == currency).map_or(0, |(_, count)| *count)
    }

    /// The most cues that speak for one of the other currencies.
    pub fn count_against(&self, currency: Currency) -> u64 {
        self.counts.iter().filter(|(known, _)| *known != currency).map(|(_, count)| *count).max().unwrap_or(0)
    }
}

fn pair_key(first: u64, second: u64) -> u64 {
    mix(mix(SALT_PAIR, first), second)
}

fn key_of(cue: &str) -> u64 {
    if let Some(end) = cue.strip_prefix('.') {
        mix(SALT_ADDRESS, hash_of(end))
    } else if let Some(code) = cue.strip_prefix('+') {
        mix(SALT_TELEPHONE, hash_of(code))
    } else {
        cue.split_once(' ').map_or_else(|| hash_of(cue), |(first, second)| pair_key(hash_of(first), hash_of(second)))
    }
}

/// The currencies of every cue.
fn table() -> &'static HashMap<u64, Vec<Currency>> {
    static TABLE: OnceLock<HashMap<u64, Vec<Currency>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: HashMap<u64, Vec<Currency>> = HashMap::new();
        for line in SOURCE.lines().filter(|line| !line.starts_with('#')) {
            let Some((code, cues)) = line.split_once(" = ") else { continue };
            let Ok(currency) = Currency::parse(code) else { continue };
            for cue in cues.split(", ") {
                table.entry(key_of(cue)).or_default().push(currency);
            }
        }
        table
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_names_a_currency_and_its_cues() {
        for line in SOURCE.lines().filter(|line| !line.starts_with('#')) {
            let (code, cues) = line.split_once(" = ").unwrap();
            assert!(Currency::parse(code).is_ok(), "{code}");
            for cue in cues.split(", ") {
                assert!(!cue.is_empty() && cue.split(' ').count() <= 2 && cue == cue.trim(), "{code}: `{cue}`");
            }
        }
    }

    #[test]
    fn towns_terms_addresses_and_codes_speak_for_their_currency() {
        let count = |text: &str, code: &str| {
            PlaceCues::find(&Pieces::read_whole(text)).count_for(Currency::parse(code).unwrap())
        };
        assert_eq!(count("Our shop is in Medicine Hat, Alberta.", "CAD"), 2);
        assert_eq!(count("Kia ora, please credit $24", "NZD"), 1);
        assert_eq!(count("accounts@harbour.com.au, +61 2 5550 1234", "AUD"), 2);
        assert_eq!(count("Hat, medicine", "CAD"), 0);
        assert_eq!(count("Toronto, yes Toronto", "CAD"), 1);
    }
}
