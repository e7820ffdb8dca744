//! Words that are written in one: German `Lieferverzug` and Dutch `leverdatum` mean two things.

use super::{Glossary, Stem};
use crate::domain::locale::Language;

/// Fewest letters of the second part's stem; shorter ones are mostly endings.
const SECOND_LETTERS_MIN: usize = 5;
/// What may stand between the parts, the likeliest first.
const LINKS: [&str; 13] = ["", "s", "n", "e", "en", "es", "er", "ung", "ungs", "ing", "ings", "heits", "schafts"];

impl Glossary {
    /// The idea of what follows `stem` in the folded `word`, in the languages that write compounds in one.
    pub(super) fn second_idea(&self, language: Language, word: &str, stem: Stem) -> Option<u16> {
        if !self.edition.reads_second_parts() || !matches!(language, Language::De | Language::Nl) {
            return None;
        }
        let (end, _) = word.char_indices().nth(stem.letter_count)?;
        let rest = word.get(end..)?;
        let tails = LINKS.iter().filter_map(|link| rest.strip_prefix(link));
        let mut stems = tails.filter_map(|tail| self.look_up(language, tail));
        let second = stems.find(|second| second.letter_count >= SECOND_LETTERS_MIN)?;
        (second.idea != stem.idea).then_some(second.idea)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::entities::pieces::Pieces;
    use crate::text::glossary::{Edition, Meaning};

    #[test]
    fn both_parts_of_a_compound_are_read_where_it_is_asked_for() {
        let source = [
            (Language::De, "deliver = liefer\ndelay = verzug\nwork = arbeit\nhour = stunde"),
            (Language::En, "order = order\nsheet = sheet"),
        ];
        let read = |text: &str, edition: Edition| -> Vec<String> {
            let glossary = Glossary::parse(&source, "en = the\nde = der", edition).unwrap();
            let glosses = glossary.read(&Pieces::read_whole(text)).into_iter();
            let idea = |meaning| if let Meaning::Idea(index) = meaning { Some(usize::from(index)) } else { None };
            glosses.filter_map(|gloss| idea(gloss.meaning)).map(|index| glossary.names()[index].clone()).collect()
        };
        let text = "der Lieferverzug, die Arbeitsstunden, der Liefertermin";
        assert_eq!(read(text, Edition::First), ["deliver", "work", "deliver"]);
        assert_eq!(read(text, Edition::Second), ["deliver", "delay", "work", "hour", "deliver"]);
        assert_eq!(read("the ordersheet", Edition::Second), ["order"]);
        assert_eq!(read("der Lieferlieferung", Edition::Second), ["deliver"]);
    }
}
