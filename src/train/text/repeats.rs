//! Which texts repeat another: resent, forwarded or answered mail, and mail made from one template, with the same words.
//!
//! A repeat on the other side of a split is an answer that was seen before: figures measured on it are those of a memory. The words must
//! be the same; case, accents, punctuation, space and the marks of a reply or a forwarding before the text do not count, and neither do
//! words with a digit. A learner reads digits as shapes only, so that a template filled with another invoice number is the same to it.

use std::collections::{BTreeSet, HashMap};

use crate::text::fold::fold_text;
use crate::text::tokens::learned_part;

/// Marks before the subject of an answer or a forwarded mail, folded: English, French, German, Spanish, Italian, Dutch, Portuguese.
const MARKS: &[&str] = &[
    "re", "fw", "fwd", "tr", "ref", "rep", "aw", "antw", "wg", "rv", "rif", "r", "i", "inoltra", "doorst", "betr",
    "res", "enc",
];

/// Stands for a text; repeats have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextDigest([u8; 32]);

impl TextDigest {
    /// The digest of the part of `text` that is learned from.
    pub fn new(text: &str) -> Self {
        let folded = fold_text(learned_part(text));
        let own = without_marks(&folded);
        let mut digest = blake3::Hasher::new();
        let mut has_words = false;
        let words = own.split(|letter: char| !letter.is_alphanumeric());
        for word in words.filter(|word| !word.is_empty() && !word.contains(char::is_numeric)) {
            digest.update(word.as_bytes());
            digest.update(b" ");
            has_words = true;
        }
        if !has_words {
            digest.update(own.trim().as_bytes());
        }
        TextDigest(*digest.finalize().as_bytes())
    }

    /// Its bytes, the first of which do for a short digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// `text`, which is folded, without `re:`, `fwd:`, `aw[2]:` and the like before it.
fn without_marks(text: &str) -> &str {
    let mut rest = text.trim_start();
    while let Some((mark, behind)) = rest.split_once(':') {
        let word = mark.trim_end_matches(|letter: char| letter.is_ascii_digit() || "[]() ".contains(letter));
        if !MARKS.contains(&word) {
            break;
        }
        rest = behind.trim_start();
    }
    rest
}

/// Texts with which of them are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatGroups {
    group_of: Vec<usize>,
    group_count: usize,
}

impl RepeatGroups {
    /// Groups texts that repeat each other.
    pub fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut groups: HashMap<TextDigest, usize> = HashMap::new();
        let mut group_of = Vec::new();
        for text in texts {
            let next = groups.len();
            group_of.push(*groups.entry(TextDigest::new(text)).or_insert(next));
        }
        RepeatGroups { group_of, group_count: groups.len() }
    }

    /// Groups of one text each.
    pub fn apart(text_count: usize) -> Self {
        RepeatGroups { group_of: (0..text_count).collect(), group_count: text_count }
    }

    /// The group of the text at `index`, below [`RepeatGroups::group_count`].
    pub fn group_of(&self, index: usize) -> usize {
        self.group_of.get(index).copied().unwrap_or(0)
    }

    /// The positions of the texts of each group.
    pub fn members(&self) -> Vec<Vec<usize>> {
        let mut members = vec![Vec::new(); self.group_count];
        for (index, group) in self.group_of.iter().enumerate() {
            members[*group].push(index);
        }
        members
    }

    /// Number of different texts.
    pub fn group_count(&self) -> usize {
        self.group_count
    }

    /// Number of texts that repeat an earlier one.
    pub fn repeat_count(&self) -> usize {
        self.group_of.len() - self.group_count
    }
}

/// Texts that are known, to ask whether another is one of them.
#[derive(Debug, Clone, Default)]
pub struct KnownTexts(BTreeSet<TextDigest>);

impl KnownTexts {
    /// Takes in texts.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        KnownTexts(texts.into_iter().map(TextDigest::new).collect())
    }

    /// Whether `text` repeats one of them.
    pub fn holds(&self, text: &str) -> bool {
        self.0.contains(&TextDigest::new(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resent_answered_and_forwarded_texts_repeat_the_first() {
        let known = KnownTexts::new(["Die Rechnung 4711 ist zu hoch: bitte prüfen!"]);
        for repeat in [
            "die rechnung 4711 ist  zu hoch\nbitte prüfen",
            "Re: Die Rechnung 4711 ist zu hoch: bitte prüfen!",
            "AW: WG: Die Rechnung 4711 ist zu hoch: bitte prüfen!",
            "RE[2]: Fwd : Die Rechnung 4711 ist zu hoch: bitte prüfen!",
            "Réf : TR: die Rechnung 4711 ist zu hoch, bitte prufen",
            "> Die Rechnung 4711 ist zu hoch: bitte prüfen!",
            "Die Rechnung 4712-B07/2026 ist zu hoch: bitte prüfen!",
        ] {
            assert!(known.holds(repeat), "{repeat}");
        }
        for other in
            ["Rechnung: bitte prüfen!", "Frage: Die Rechnung 4711", "Die Mahnung 4711 ist zu hoch: bitte prüfen!"]
        {
            assert!(!known.holds(other), "{other}");
        }
    }

    /// Goal: mail that a program fills with numbers is as many texts as there are sentences in it.
    #[test]
    fn a_template_with_other_numbers_is_one_text() {
        let filled = |row: usize| {
            let sentences = ["Invoice {} is too high.", "We miss {} boxes of order {}-A7.", "Paid on {}.03. as agreed"];
            sentences[row % sentences.len()].replace("{}", &(4_711 + row * 37).to_string())
        };
        let texts: Vec<String> = (0..60).map(filled).collect();
        let groups = RepeatGroups::of_texts(texts.iter().map(String::as_str));
        assert_eq!((groups.group_count(), groups.repeat_count()), (3, 57));
        assert_eq!(groups.members()[1], (0..20).map(|round| 1 + 3 * round).collect::<Vec<usize>>());
    }

    #[test]
    fn texts_without_words_are_told_apart_by_their_signs() {
        let groups = RepeatGroups::of_texts(["?", "!", "", " ", "?", "Re:", "4711", "4712"]);
        assert_eq!((groups.group_count(), groups.repeat_count()), (5, 3));
        assert_eq!((groups.group_of(0), groups.group_of(4)), (0, 0));
        assert_eq!(RepeatGroups::apart(3).repeat_count(), 0);
    }
}
