//! Tells where the sender of a message sits, and so which currency a bare sign means, from towns, telephone codes, terms and turns of
//! speech of a country.
//!
//! The cues stand in text files of lines `currency strength languages = cue, cue`. The strength is `places` for what stands for a
//! country almost surely (towns, authorities, banks, taxes) and `speech` for what leans towards it (names, idioms, spelling); a
//! line that names languages counts in messages of those only. A cue is a folded word or two that follow each other; `.au` is the
//! end of an internet address, `+61` a telephone code, and `(418` an area code of North America in a number such as 418-555-0137;
//! `(other` stands for every area code that no line names.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::pieces::{PieceKind, Pieces, hash_of, mix};
use crate::domain::locale::Language;
use crate::domain::money::Currency;

/// The cues of the countries of each part of the world.
const SOURCES: [&str; 4] = [
    include_str!("africa.txt"),
    include_str!("americas.txt"),
    include_str!("asia_pacific.txt"),
    include_str!("europe.txt"),
];

/// Keeps the ends of internet addresses and telephone codes apart from words.
const SALT_ADDRESS: u64 = 1;
const SALT_TELEPHONE: u64 = 2;
const SALT_PAIR: u64 = 3;
const SALT_AREA: u64 = 4;
/// The country code of North America.
const NORTH_AMERICA: &str = "1";
/// Stands for the area codes of North America that no line names.
const OTHER_AREA: u64 = mix(SALT_AREA, 0);

/// How surely a cue stands for its country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strength {
    Place,
    Speech,
}

/// What a line says of its cues.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Country {
    currency: Currency,
    strength: Strength,
    /// The languages in which the cues count; empty for every language.
    languages: Vec<Language>,
}

/// How many different cues speak for each currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CueCounts {
    counts: Vec<(Currency, u64)>,
}

impl CueCounts {
    fn of(mut found: Vec<(Currency, u64)>) -> Self {
        found.sort_unstable();
        found.dedup();
        let counts = found.chunk_by(|left, right| left.0 == right.0);
        CueCounts { counts: counts.filter_map(|same| Some((same.first()?.0, same.len() as u64))).collect() }
    }

    /// How many speak for this currency.
    pub fn count_for(&self, currency: Currency) -> u64 {
        self.counts.iter().find(|(known, _)| *known == currency).map_or(0, |(_, count)| *count)
    }

    /// The most that speak for one of the other currencies.
    pub fn count_against(&self, currency: Currency) -> u64 {
        self.counts.iter().filter(|(known, _)| *known != currency).map(|(_, count)| *count).max().unwrap_or(0)
    }
}

/// The cues in a message, those of each strength by themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlaceCues {
    /// Those that stand for a country almost surely.
    pub places: CueCounts,
    /// Those that lean towards a country.
    pub speech: CueCounts,
}

impl PlaceCues {
    /// Looks for cues in a message in this language.
    pub fn find(pieces: &Pieces, language: Option<Language>) -> Self {
        let table = Table::shared();
        let (mut places, mut speech) = (Vec::new(), Vec::new());
        let mut word_before = None;
        for (index, piece) in pieces.iter().enumerate() {
            let mut look_up = |key: u64| {
                for country in table.countries(key, language) {
                    match country.strength {
                        Strength::Place => places.push((country.currency, key)),
                        Strength::Speech => speech.push((country.currency, key)),
                    }
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
                PieceKind::Digits => {
                    word_before = None;
                    if index > 0 && pieces.mark(index - 1) == Some('+') {
                        look_up(mix(SALT_TELEPHONE, piece.hash));
                    }
                    if is_area_code(pieces, index) {
                        let key = mix(SALT_AREA, piece.hash);
                        look_up(if table.by_cue.contains_key(&key) { key } else { OTHER_AREA });
                    }
                }
                PieceKind::Mark(_) => {}
                PieceKind::Break => word_before = None,
            }
        }
        PlaceCues { places: CueCounts::of(places), speech: CueCounts::of(speech) }
    }
}

/// Whether these digits begin a telephone number of the North American Numbering Plan, written as `418-555-0137`, `(418) 555-0137` or
/// with points or blanks; numbers free of charge belong to no place.
fn is_area_code(pieces: &Pieces, index: usize) -> bool {
    let is_code = |at: usize| {
        pieces.digits(at).is_some_and(|digits| digits.len() == 3 && digits.as_bytes().first() >= Some(&b'2'))
    };
    let is_abroad = index >= 2
        && pieces.mark(index - 2) == Some('+')
        && pieces.digits(index - 1).is_some_and(|country| country != NORTH_AMERICA);
    let is_free = pieces
        .digits(index)
        .is_some_and(|digits| matches!(digits.as_bytes(), [b'8', second, third] if second == third && *second != b'1'));
    let next_digits = |at: usize| {
        (at + 1..at + 3).find(|next| !pieces.mark(*next).is_some_and(|mark| matches!(mark, '-' | '.' | ')' | '–')))
    };
    let exchange = next_digits(index).filter(|exchange| is_code(index) && !is_abroad && !is_free && is_code(*exchange));
    let line = exchange.and_then(next_digits).and_then(|line| pieces.digits(line));
    line.is_some_and(|digits| digits.len() == 4)
}

fn pair_key(first: u64, second: u64) -> u64 {
    mix(mix(SALT_PAIR, first), second)
}

fn key_of(cue: &str) -> u64 {
    if let Some(end) = cue.strip_prefix('.') {
        mix(SALT_ADDRESS, hash_of(end))
    } else if let Some(code) = cue.strip_prefix('+') {
        mix(SALT_TELEPHONE, hash_of(code))
    } else if let Some(code) = cue.strip_prefix('(') {
        if code == "other" { OTHER_AREA } else { mix(SALT_AREA, hash_of(code)) }
    } else {
        cue.split_once(' ').map_or_else(|| hash_of(cue), |(first, second)| pair_key(hash_of(first), hash_of(second)))
    }
}

/// A line of a source: what it says of its cues, and they.
fn read_line(line: &str) -> Option<(Country, impl Iterator<Item = &str>)> {
    let (head, cues) = line.split_once(" = ").filter(|_| !line.starts_with('#'))?;
    let mut words = head.split(' ');
    let currency = Currency::parse(words.next()?).ok()?;
    let strength = match words.next()? {
        "places" => Strength::Place,
        "speech" => Strength::Speech,
        _ => return None,
    };
    let languages = words.map(Language::parse).collect::<Result<_, _>>().ok()?;
    Some((Country { currency, strength, languages }, cues.split(", ")))
}

/// Every cue with the lines that it stands in.
struct Table {
    countries: Vec<Country>,
    by_cue: HashMap<u64, Vec<u16>>,
}

impl Table {
    fn shared() -> &'static Table {
        static TABLE: OnceLock<Table> = OnceLock::new();
        TABLE.get_or_init(|| {
            let mut table = Table { countries: Vec::new(), by_cue: HashMap::new() };
            for (country, cues) in SOURCES.iter().flat_map(|source| source.lines()).filter_map(read_line) {
                // Lines of one country say the same of their cues.
                if table.countries.last() != Some(&country) {
                    table.countries.push(country);
                }
                let index = u16::try_from(table.countries.len() - 1).unwrap_or(u16::MAX);
                for cue in cues {
                    table.by_cue.entry(key_of(cue)).or_default().push(index);
                }
            }
            table
        })
    }

    /// The countries for which a cue speaks in a message in this language.
    fn countries(&self, key: u64, language: Option<Language>) -> impl Iterator<Item = &Country> {
        let indices = self.by_cue.get(&key).into_iter().flatten();
        indices.filter_map(|index| self.countries.get(usize::from(*index))).filter(move |country| {
            country.languages.is_empty() || language.is_some_and(|language| country.languages.contains(&language))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_and_no_cue_stands_twice() {
        let mut known = std::collections::HashSet::new();
        for line in SOURCES.iter().flat_map(|source| source.lines()).filter(|line| !line.starts_with('#')) {
            let (country, cues) = read_line(line).unwrap_or_else(|| panic!("`{line}`"));
            for cue in cues {
                let is_plain = cue.bytes().all(|byte| byte.is_ascii_lowercase() || b" +.(0123456789".contains(&byte));
                assert!(is_plain && !cue.is_empty() && cue == cue.trim(), "`{cue}` in `{line}`");
                assert!(cue.split(' ').count() <= 2, "`{cue}` in `{line}`");
                assert!(known.insert((country.currency, cue)), "`{cue}` stands twice for {}", country.currency);
            }
        }
        assert!(Table::shared().countries.len() < usize::from(u16::MAX));
    }

    fn cues(text: &str, language: Language) -> PlaceCues {
        PlaceCues::find(&Pieces::read_whole(text), Some(language))
    }

    #[test]
    fn towns_terms_addresses_and_codes_speak_for_their_currency() {
        let count = |text: &str, code: &str| cues(text, Language::En).places.count_for(Currency::parse(code).unwrap());
        assert_eq!(count("Our shop is in Medicine Hat, Alberta.", "CAD"), 2);
        assert_eq!(count("Kia ora, please credit $24", "NZD"), 1);
        assert_eq!(count("accounts@harbour.com.au, +61 2 5550 1234", "AUD"), 2);
        assert_eq!(count("Grant, 418-555-0137", "CAD"), 1);
        assert_eq!(count("call (212) 555 0100 or 646.555.0101", "USD"), 1);
        assert_eq!(count("+1 418 555 0137", "CAD"), 1);
        assert_eq!(count("1-800-555-0137, invoice 212-555, 4.212.555, +49 302 555 1234", "USD"), 0);
        assert_eq!(count("Hat, medicine", "CAD"), 0);
        assert_eq!(count("Toronto, yes Toronto", "CAD"), 1);
    }

    #[test]
    fn turns_of_speech_lean_towards_a_country_in_its_languages_only() {
        let pesos = |text: &str, language: Language| {
            let cues = cues(text, language).speech;
            (cues.count_for(Currency::parse("ARS").unwrap()), cues.count_against(Currency::parse("ARS").unwrap()))
        };
        assert_eq!(pesos("Buen dia, les mando el galpon nuevo", Language::Es).0, 2);
        assert_eq!(pesos("Buen dia, les mando el galpon nuevo", Language::It).0, 0);
        let mobile = cues("cell. 340 555 0137", Language::It).places;
        assert_eq!(mobile.count_for(Currency::parse("USD").unwrap()), 0);
    }
}
