//! A lexicon of what receivables mail speaks about: concepts with their words in seven languages.
//!
//! A concept found in a German message is the same feature as in a Portuguese one, so that the messages of all languages
//! train each other.

mod head;

use std::sync::OnceLock;

use self::head::{Beginnings, Head, Prefixes, SLOT_SEED, Second};
use super::entities::pieces::{PieceKind, Pieces, mix};
use super::fold::fold_text;
use super::table::KeyFilter;

/// The shipped concepts.
const SOURCES: [&str; 5] = [
    include_str!("concepts_items.txt"),
    include_str!("concepts_items2.txt"),
    include_str!("concepts_intents.txt"),
    include_str!("concepts_severity.txt"),
    include_str!("concepts_more.txt"),
];

/// Slots of the table of first letters.
const SLOT_COUNT: usize = 16_384;
/// Words of a message that are looked at.
const WORDS_MAX: usize = 4_000;
/// Words that a gap may span.
const GAP_WORDS_MAX: usize = 3;
/// Stands in a pattern for any figure.
const ANY_FIGURE: &str = "#";
/// First letters by which patterns are looked up; shorter words by all that they have.
const KEY_LETTERS: usize = 6;

/// One word of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
struct PatternWord {
    letters: Box<str>,
    is_whole: bool,
    /// Whether other words may stand before it.
    follows_gap: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    words: Vec<PatternWord>,
    concept: u16,
}

/// A concept found in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConceptHit {
    /// Index of the concept in [`Lexicon::names`].
    pub concept: u16,
    /// Sentence of the message that it stands in, counted from 0.
    pub sentence: u16,
    /// First byte in the message.
    pub start: usize,
    /// One past the last byte in the message.
    pub end: usize,
}

/// The concepts and their patterns.
#[derive(Debug)]
pub struct Lexicon {
    names: Vec<String>,
    patterns: Vec<Pattern>,
    /// What each pattern starts with, so that most are passed over at a glance.
    heads: Vec<Head>,
    /// Where the patterns of each slot start in `patterns`; one more entry than slots.
    slots: Vec<u32>,
    /// Of the first letters that patterns are looked up by.
    first_letters: KeyFilter,
}

/// A line of the lexicon that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the lexicon is not `name = pattern, pattern`")]
pub struct LexiconLine {
    /// The line, counted from 1.
    pub line: usize,
}

/// A message as patterns are looked for in it.
struct Message<'a> {
    pieces: &'a Pieces,
    words: Vec<MessageWord>,
    beginnings: Beginnings,
}

impl Message<'_> {
    /// The folded letters of the word at `at`; empty behind the last.
    fn folded(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| self.pieces.folded(word.piece))
    }
}

/// Where in a message patterns are tried.
struct Place<'a> {
    message: &'a Message<'a>,
    at: usize,
    /// Of the word here.
    word: &'a Prefixes,
    /// Of the next.
    next: &'a Prefixes,
}

impl Place<'_> {
    /// Whether a pattern with this head may match here.
    fn may_match(&self, head: &Head) -> bool {
        self.word.may_fit(&head.first)
            && match head.second {
                Second::Nothing => true,
                Second::Next(second) => self.next.may_fit(&second),
                Second::Behind(beginning) => self.message.beginnings.may_hold(beginning),
            }
    }
}

/// A word of the message.
struct MessageWord {
    piece: usize,
    sentence: u16,
}

impl Lexicon {
    /// The shipped lexicon.
    #[expect(clippy::expect_used, reason = "the shipped lexicon is read by a test")]
    pub fn shipped() -> &'static Lexicon {
        static SHIPPED: OnceLock<Lexicon> = OnceLock::new();
        SHIPPED.get_or_init(|| Lexicon::parse(&SOURCES.join("\n")).expect("the shipped lexicon is valid"))
    }

    /// Reads a lexicon: lines of `name = pattern, pattern; pattern`, with `#` for comments.
    ///
    /// # Errors
    /// When a line has no name or no pattern.
    pub fn parse(text: &str) -> Result<Self, LexiconLine> {
        let mut names = Vec::new();
        let mut patterns: Vec<(usize, Pattern)> = Vec::new();
        let mut keys = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, list) = line.split_once(" = ").ok_or(LexiconLine { line: index + 1 })?;
            let concept = u16::try_from(names.len()).map_err(|_| LexiconLine { line: index + 1 })?;
            names.push(name.trim().to_owned());
            for words in list.split([',', ';']).map(pattern_words).filter(|words| !words.is_empty()) {
                let first_letters = words.first().map_or(SLOT_SEED, |word| key_of(&word.letters));
                keys.push(first_letters);
                patterns.push((slot_at(first_letters), Pattern { words, concept }));
            }
        }
        patterns.sort_by_key(|(slot, _)| *slot);
        let mut slots = vec![0_u32; SLOT_COUNT + 1];
        for (slot, _) in &patterns {
            if let Some(count) = slots.get_mut(slot + 1) {
                *count += 1;
            }
        }
        let mut total = 0;
        for slot in &mut slots {
            total += *slot;
            *slot = total;
        }
        let patterns: Vec<Pattern> = patterns.into_iter().map(|(_, pattern)| pattern).collect();
        let heads = patterns.iter().map(Head::of).collect();
        Ok(Lexicon { names, patterns, heads, slots, first_letters: KeyFilter::new(keys.into_iter()) })
    }

    /// Names of the concepts.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Every concept in a message, in reading order; each at most once in a sentence.
    pub fn find(&self, pieces: &Pieces) -> Vec<ConceptHit> {
        let words = message_words(pieces);
        let message = Message { pieces, beginnings: Beginnings::read(pieces, &words), words };
        let mut hits = Vec::new();
        let (mut word, mut next) = (Prefixes::default(), Prefixes::default());
        next.read(message.folded(0));
        for at in 0..message.words.len() {
            std::mem::swap(&mut word, &mut next);
            next.read(message.folded(at + 1));
            self.find_at(&Place { message: &message, at, word: &word, next: &next }, &mut hits);
        }
        hits.sort_unstable_by_key(|hit| (hit.sentence, hit.concept, hit.start, hit.end));
        hits.dedup_by_key(|hit| (hit.sentence, hit.concept));
        hits.sort_unstable_by_key(|hit| (hit.start, hit.concept, hit.sentence));
        hits
    }

    fn find_at(&self, place: &Place<'_>, hits: &mut Vec<ConceptHit>) {
        let Place { message, at, word, .. } = *place;
        if message.words.get(at).is_some_and(|word| message.pieces.digits(word.piece).is_some()) {
            self.find_in_slot(key_of(ANY_FIGURE), &Place { word: &Prefixes::of(ANY_FIGURE), ..*place }, hits);
        }
        for key in word.hashes.iter().take(usize::from(word.count).min(KEY_LETTERS)) {
            if self.first_letters.may_hold(*key) {
                self.find_in_slot(*key, place, hits);
            }
        }
    }

    fn find_in_slot(&self, key: u64, place: &Place<'_>, hits: &mut Vec<ConceptHit>) {
        let slot = slot_at(key);
        let range =
            self.slots.get(slot).zip(self.slots.get(slot + 1)).map(|(start, end)| *start as usize..*end as usize);
        let Some(range) = range.filter(|range| !range.is_empty()) else { return };
        let heads = self.heads.get(range.clone()).unwrap_or_default();
        let patterns = self.patterns.get(range).unwrap_or_default();
        let Place { message, at, .. } = *place;
        for (pattern, _) in patterns.iter().zip(heads).filter(|(_, head)| place.may_match(head)) {
            let Some(last) = match_pattern(pattern, message, at) else { continue };
            let Some(word) = message.words.get(at) else { continue };
            let start = message.pieces.get(word.piece).map_or(0, |piece| piece.start);
            let end = message.pieces.get(last).map_or(start, |piece| piece.end);
            hits.push(ConceptHit { concept: pattern.concept, sentence: word.sentence, start, end });
        }
    }
}

fn pattern_words(pattern: &str) -> Vec<PatternWord> {
    let mut words = Vec::new();
    let mut follows_gap = false;
    for part in pattern.split_whitespace() {
        if part == "~" {
            follows_gap = true;
            continue;
        }
        if part == ANY_FIGURE {
            words.push(PatternWord { letters: ANY_FIGURE.into(), is_whole: true, follows_gap });
            follows_gap = false;
            continue;
        }
        let (part, is_whole) = part.strip_suffix('$').map_or((part, false), |part| (part, true));
        let folded = fold_text(part);
        let mut runs = letter_and_digit_runs(&folded).peekable();
        while let Some(run) = runs.next() {
            let is_inner = runs.peek().is_some();
            words.push(PatternWord { letters: run.into(), is_whole: is_whole || is_inner, follows_gap });
            follows_gap = false;
        }
    }
    words
}

/// Runs of letters and runs of digits, as [`Pieces`] cuts them.
fn letter_and_digit_runs(text: &str) -> impl Iterator<Item = &str> {
    let class = |c: char| if c.is_ascii_digit() { 2 } else { u8::from(c.is_alphabetic()) };
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c| class(c) == 0);
        let kind = class(rest.chars().next()?);
        let end = rest.char_indices().find(|(_, c)| class(*c) != kind).map_or(rest.len(), |(at, _)| at);
        let (run, tail) = rest.split_at(end);
        rest = tail;
        Some(run)
    })
}

/// The slot of the letters that were hashed.
fn slot_at(state: u64) -> usize {
    usize::try_from((state ^ (state >> 31)) % SLOT_COUNT as u64).unwrap_or_default()
}

/// What stands for a word's first letters.
fn key_of(word: &str) -> u64 {
    word.chars().take(KEY_LETTERS).fold(SLOT_SEED, |state, letter| mix(state, u64::from(letter)))
}

fn message_words(pieces: &Pieces) -> Vec<MessageWord> {
    let mut words = Vec::with_capacity(pieces.len());
    let mut sentence = 0_u16;
    for (index, piece) in pieces.iter().enumerate() {
        match piece.kind {
            PieceKind::Letters | PieceKind::Digits => words.push(MessageWord { piece: index, sentence }),
            PieceKind::Mark('.' | '!' | '?' | ';') if !pieces.is_joined(index + 1) => {
                sentence = sentence.saturating_add(1)
            }
            PieceKind::Break if pieces.get(index + 1).is_some_and(|next| next.kind == PieceKind::Break) => {
                sentence = sentence.saturating_add(1);
            }
            PieceKind::Mark(_) | PieceKind::Break => {}
        }
        if words.len() >= WORDS_MAX {
            break;
        }
    }
    words
}

/// The last piece of the pattern if it matches from this word on.
fn match_pattern(pattern: &Pattern, message: &Message<'_>, at: usize) -> Option<usize> {
    let Message { pieces, words, beginnings: _ } = message;
    let first = words.get(at)?;
    let mut next = at;
    let mut last = first.piece;
    for (index, expected) in pattern.words.iter().enumerate() {
        let span = if expected.follows_gap { GAP_WORDS_MAX } else { 0 };
        let found = (next..=next + span).find(|candidate| {
            words.get(*candidate).is_some_and(|word| {
                let text = pieces.folded(word.piece);
                let fits = if &*expected.letters == ANY_FIGURE {
                    pieces.digits(word.piece).is_some()
                } else if expected.is_whole {
                    text == &*expected.letters
                } else {
                    text.starts_with(&*expected.letters)
                };
                fits && word.sentence == first.sentence
            })
        });
        if index == 0 && found != Some(at) {
            return None;
        }
        let found = found?;
        last = words.get(found)?.piece;
        next = found + 1;
    }
    Some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concepts(text: &str) -> Vec<&'static str> {
        let lexicon = Lexicon::shipped();
        let hits = lexicon.find(&Pieces::read_whole(text));
        hits.iter().map(|hit| lexicon.names()[usize::from(hit.concept)].as_str()).collect()
    }

    #[test]
    fn one_concept_is_found_in_seven_languages() {
        for text in [
            "It never arrived.",
            "Rien n'est arrivé.",
            "Die Ware ist nie angekommen.",
            "El pedido nunca llegó.",
            "La merce non è mai arrivata, mai ricevuta.",
            "De pallet is nooit aangekomen.",
            "A encomenda nunca chegou.",
        ] {
            assert!(concepts(text).contains(&"never_arrived"), "{text}");
        }
    }

    #[test]
    fn gaps_and_whole_words_hold() {
        let lexicon = Lexicon::parse("a = took ~ discount, vat$").unwrap();
        let count = |text: &str| lexicon.find(&Pieces::read_whole(text)).len();
        assert_eq!(count("you took back the discount"), 1);
        assert_eq!(count("you took a b c d discount"), 0);
        assert_eq!(count("took it. discount"), 0);
        assert_eq!(count("VAT"), 1);
        assert_eq!(count("vats"), 0);
        assert_eq!(Lexicon::parse("a b c").unwrap_err(), LexiconLine { line: 1 });
    }
}
