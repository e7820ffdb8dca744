//! A glossary of receivables mail: what the words of seven languages mean, as ideas that they share.
//!
//! `entreg`, `liefer` and `consegn` all stand for the idea `deliver`, so that what is learned from Spanish messages holds for
//! German and Italian ones, and a word that no training message had is understood as long as the glossary has it.

mod compounds;
mod edition;

use std::sync::OnceLock;

pub use self::edition::Edition;
use super::entities::pieces::{PieceKind, Pieces, mix};
use super::fold::fold_text;
use super::table::HashTable;
use crate::domain::locale::Language;

/// The shipped glossaries: lines of `idea = stem, stem | stem`; a stem stands for every word that begins with it, with `$` at its
/// end for the whole word only. Of several stems that fit, the longest counts. Those behind `|` came with [`Edition::Third`].
const SOURCES: [(Language, &str); 7] = [
    (Language::En, include_str!("en.txt")),
    (Language::Fr, include_str!("fr.txt")),
    (Language::De, include_str!("de.txt")),
    (Language::Es, include_str!("es.txt")),
    (Language::It, include_str!("it.txt")),
    (Language::Nl, include_str!("nl.txt")),
    (Language::Pt, include_str!("pt.txt")),
];
/// The words of each language that stand in nearly every sentence, by which it is recognised: lines of `language = word, word`.
const FUNCTION_WORDS: &str = include_str!("function_words.txt");

/// Longest stem, in letters.
const STEM_LETTERS_MAX: usize = 24;
/// Words that are looked at to recognise the language.
const RECOGNISED_WORDS_MAX: usize = 120;
/// Words of a message that are looked up.
const WORDS_MAX: usize = 4_000;
/// Letters from which a word that the message's language lacks is looked up in English, whose terms stand in mail of every language.
const BORROWED_LETTERS_MIN: usize = 4;
/// Keeps whole words and beginnings apart.
const SALT_WHOLE: u64 = 1;
const SALT_BEGINNING: u64 = 2;

/// What stands at a place of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// An idea, by its index in [`Glossary::names`].
    Idea(u16),
    /// Any figure.
    Figure,
    /// The end of a sentence.
    Break,
}

/// A meaning with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gloss {
    /// What it means.
    pub meaning: Meaning,
    /// First byte in the message.
    pub start: usize,
    /// One past the last byte in the message.
    pub end: usize,
}

/// The stem that a word begins with.
#[derive(Debug, Clone, Copy)]
struct Stem {
    idea: u16,
    /// How much of the word it covers.
    letter_count: usize,
}

/// Ideas with the words for them.
#[derive(Debug)]
pub struct Glossary {
    edition: Edition,
    names: Vec<String>,
    /// Idea of each stem, by language and letters.
    stems: HashTable<u16>,
    /// The languages, as bits, that have a function word, by its letters.
    function_words: HashTable<u8>,
}

/// A line that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is not `{expected}`")]
pub struct GlossaryLine {
    /// The line, counted from 1.
    pub line: usize,
    /// What was expected.
    pub expected: &'static str,
}

impl Glossary {
    /// The shipped glossary in this edition.
    #[expect(clippy::expect_used, reason = "the shipped glossary is read by a test")]
    pub fn shipped(edition: Edition) -> &'static Glossary {
        static SHIPPED: [OnceLock<Glossary>; Edition::ALL.len()] = [const { OnceLock::new() }; Edition::ALL.len()];
        let shipped = &SHIPPED[edition as usize];
        shipped
            .get_or_init(|| Glossary::parse(&SOURCES, FUNCTION_WORDS, edition).expect("the shipped glossary is valid"))
    }

    /// Reads a glossary.
    ///
    /// # Errors
    /// When a line has no name or nothing behind it.
    pub fn parse(sources: &[(Language, &str)], function_words: &str, edition: Edition) -> Result<Self, GlossaryLine> {
        let mut stems: Vec<(u64, String)> = Vec::new();
        for (language, source) in sources {
            for (name, stem) in read_lines(source, "idea = stem, stem | stem", edition)? {
                stems.push((stem_key(*language, &stem), name));
            }
        }
        let mut names: Vec<String> = stems.iter().map(|(_, name)| name.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let index_of = |name: &String| names.binary_search(name).ok().and_then(|index| u16::try_from(index).ok());
        let stems = HashTable::new(stems.iter().filter_map(|(key, name)| Some((*key, index_of(name)?))));
        let mut bits: Vec<(u64, u8)> = Vec::new();
        for (name, word) in read_lines(function_words, "language = word, word", edition)? {
            let known = Language::ALL.iter().position(|language| language.as_str() == name);
            let bit = known.ok_or(GlossaryLine { line: 0, expected: "language = word, word" })?;
            bits.push((word_hash(&word), 1 << bit));
        }
        bits.sort_unstable();
        let joined = bits.chunk_by(|left, right| left.0 == right.0);
        let function_words = joined
            .filter_map(|same| Some((same.first()?.0, same.iter().fold(0, |all, (_, bit)| all | bit))))
            .collect::<Vec<_>>();
        Ok(Glossary { edition, names, stems, function_words: HashTable::new(function_words.into_iter()) })
    }

    /// Names of the ideas, in their order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What is meant in a message, in reading order; words without a meaning here are left out.
    pub fn read(&self, pieces: &Pieces) -> Vec<Gloss> {
        let language = self.recognise(pieces);
        let mut glosses: Vec<Gloss> = Vec::with_capacity(pieces.len());
        for (index, piece) in pieces.iter().enumerate() {
            let gloss = |meaning: Meaning| Gloss { meaning, start: piece.start, end: piece.end };
            match piece.kind {
                PieceKind::Letters => {
                    let ideas = self.ideas_of(language, pieces.folded(index));
                    glosses.extend(ideas.into_iter().flatten().map(|idea| gloss(Meaning::Idea(idea))));
                }
                PieceKind::Digits => match glosses.last_mut() {
                    // A figure with separators is one figure.
                    Some(last) if last.meaning == Meaning::Figure && last.end + 1 >= piece.start => {
                        last.end = piece.end
                    }
                    _ => glosses.push(gloss(Meaning::Figure)),
                },
                PieceKind::Mark('.' | '!' | '?' | ';') if !pieces.is_joined(index + 1) => {
                    glosses.push(gloss(Meaning::Break));
                }
                PieceKind::Break if pieces.get(index + 1).is_some_and(|next| next.kind == PieceKind::Break) => {
                    glosses.push(gloss(Meaning::Break));
                }
                PieceKind::Mark(_) | PieceKind::Break => {}
            }
            if glosses.len() >= WORDS_MAX {
                break;
            }
        }
        glosses
    }

    /// The ideas that a folded word stands for, the second that of the second part of a compound.
    fn ideas_of(&self, language: Language, word: &str) -> [Option<u16>; 2] {
        if let Some(stem) = self.look_up(language, word) {
            return [Some(stem.idea), self.second_idea(language, word, stem)];
        }
        let borrows = language != Language::En && word.chars().count() >= BORROWED_LETTERS_MIN;
        let borrowed = if borrows { self.look_up(Language::En, word) } else { None };
        [borrowed.map(|stem| stem.idea), None]
    }

    fn look_up(&self, language: Language, word: &str) -> Option<Stem> {
        if let Some(idea) = self.stems.get(mix(word_hash(word), salt(language, SALT_WHOLE))) {
            return Some(Stem { idea, letter_count: word.chars().count() });
        }
        let mut beginnings = [0_u64; STEM_LETTERS_MAX];
        let mut state = HASH_START;
        let mut count = 0;
        for (slot, letter) in beginnings.iter_mut().zip(word.chars()) {
            state = mix(state, u64::from(letter));
            *slot = mix(state, salt(language, SALT_BEGINNING));
            count += 1;
        }
        let idea_of =
            |(before, key): (usize, &u64)| Some(Stem { idea: self.stems.get(*key)?, letter_count: before + 1 });
        beginnings.iter().take(count).enumerate().rev().find_map(idea_of)
    }

    /// The language with the most function words; where several have as many, the one that has a meaning for more words.
    fn recognise(&self, pieces: &Pieces) -> Language {
        let words = || (0..pieces.len()).filter_map(|index| pieces.letters(index)).take(RECOGNISED_WORDS_MAX);
        let mut counts = [0_u32; Language::ALL.len()];
        for word in words() {
            let languages = self.function_words.get(word_hash(word)).unwrap_or(0);
            for (bit, count) in counts.iter_mut().enumerate() {
                *count += u32::from(languages >> bit & 1);
            }
        }
        let most = counts.iter().copied().max().unwrap_or(0);
        let mut best = (None, 0);
        for (language, _) in Language::ALL.into_iter().zip(counts).filter(|(_, count)| *count == most) {
            let covered = words().filter(|word| self.look_up(language, word).is_some()).count();
            if best.0.is_none() || covered > best.1 {
                best = (Some(language), covered);
            }
        }
        best.0.unwrap_or(Language::En)
    }
}

const HASH_START: u64 = 0x51_7c_c1_b7_27_22_0a_95;

fn word_hash(word: &str) -> u64 {
    word.chars().fold(HASH_START, |state, letter| mix(state, u64::from(letter)))
}

fn salt(language: Language, kind: u64) -> u64 {
    (language as u64) << 8 | kind
}

/// The key of a stem as it is written.
fn stem_key(language: Language, stem: &str) -> u64 {
    match stem.strip_suffix('$') {
        Some(word) => mix(word_hash(word), salt(language, SALT_WHOLE)),
        None => mix(word_hash(stem), salt(language, SALT_BEGINNING)),
    }
}

/// Every name with each of the folded words behind it that the edition has.
fn read_lines(source: &str, expected: &'static str, edition: Edition) -> Result<Vec<(String, String)>, GlossaryLine> {
    let mut pairs = Vec::new();
    for (index, line) in source.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let wrong = || GlossaryLine { line: index + 1, expected };
        let (name, words) = line.split_once(" = ").ok_or_else(wrong)?;
        let (earlier, later) = words.split_once('|').unwrap_or((words, ""));
        let later = if edition.has_later_stems() { later } else { "" };
        let parts = [earlier, later].into_iter().filter(|part| !part.trim().is_empty());
        for word in parts.flat_map(|part| part.split(',')).map(|word| fold_text(word.trim())) {
            if word.trim_end_matches('$').is_empty() {
                return Err(wrong());
            }
            pairs.push((name.to_owned(), word));
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ideas(text: &str) -> Vec<&'static str> {
        let glossary = Glossary::shipped(Edition::First);
        let glosses = glossary.read(&Pieces::read_whole(text));
        let name = |gloss: &Gloss| match gloss.meaning {
            Meaning::Idea(index) => glossary.names()[usize::from(index)].as_str(),
            Meaning::Figure => "#",
            Meaning::Break => "|",
        };
        glosses.iter().map(name).collect()
    }

    #[test]
    fn one_idea_has_words_in_seven_languages() {
        for text in [
            "The delivery is not complete, we have the invoice here.",
            "La livraison n'est pas complète, nous avons la facture ici.",
            "Die Lieferung ist nicht vollständig, wir haben die Rechnung hier.",
            "La entrega no está completa, tenemos la factura aquí.",
            "La consegna non è completa, abbiamo la fattura qui.",
            "De levering is niet volledig, wij hebben de factuur hier.",
            "A entrega não está completa, temos a fatura aqui.",
        ] {
            let found = ideas(text);
            assert!(
                found.contains(&"deliver") && found.contains(&"not") && found.contains(&"invoice"),
                "{text} {found:?}"
            );
        }
    }

    #[test]
    fn the_longest_stem_counts_and_whole_words_are_kept_apart() {
        let source = [(Language::En, "pay = pay\npallet = pallet\nally = pal$"), (Language::De, "deliver = liefer")];
        let glossary = Glossary::parse(&source, "en = the\nde = der", Edition::First).unwrap();
        let read = |text: &str| -> Vec<&str> {
            let glosses = glossary.read(&Pieces::read_whole(text)).into_iter();
            glosses
                .filter_map(|gloss| if let Meaning::Idea(index) = gloss.meaning { Some(index) } else { None })
                .map(|index| glossary.names()[usize::from(index)].as_str())
                .collect()
        };
        assert_eq!(read("the pals paid pal for pallets payments"), ["ally", "pallet", "pay"]);
        assert_eq!(read("der Lieferschein mit pallets"), ["deliver", "pallet"]);
        assert!(Glossary::parse(&[(Language::En, "pay pay")], "", Edition::First).is_err());
    }

    #[test]
    fn later_stems_are_left_to_the_edition_that_has_them() {
        let source = [(Language::De, "deliver = liefer | zustell, lieferant$\nsupplier = | lieferant")];
        let ideas_in = |edition: Edition| -> Vec<String> {
            let glossary = Glossary::parse(&source, "de = der", edition).unwrap();
            let pieces = Pieces::read_whole("der Lieferant, die Lieferanten, die Zustellung");
            let index = |gloss: Gloss| if let Meaning::Idea(index) = gloss.meaning { Some(index) } else { None };
            let ideas = glossary.read(&pieces).into_iter().filter_map(index);
            ideas.map(|index| glossary.names()[usize::from(index)].clone()).collect()
        };
        assert_eq!(ideas_in(Edition::First), ["deliver", "deliver"]);
        assert_eq!(ideas_in(Edition::Third), ["deliver", "supplier", "deliver"]);
        assert!(Glossary::parse(&[(Language::De, "deliver = , liefer")], "", Edition::Third).is_err());
    }

    #[test]
    fn figures_and_ends_of_sentences_keep_their_place() {
        assert_eq!(ideas("We got 1,240.50. Delivered late!").iter().filter(|name| **name == "#").count(), 1);
        assert!(ideas("We got 12. Delivered late!").contains(&"|"));
        assert!(Glossary::shipped(Edition::Third).names().len() < usize::from(u16::MAX));
    }
}
