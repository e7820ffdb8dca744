//! The ideas around a candidate, as features: what is learned from the words of one language holds for the others.

use std::ops::Range;

use super::context::kind;
use super::pieces::{Pieces, hash_of};
use super::scorer::Features;
use crate::text::glossary::{Edition, Glossary, Meaning};

/// The edition of the glossary that candidates are read with.
const EDITION: Edition = Edition::Third;
/// Ideas of a sentence that are looked at on each side of a candidate.
const IDEAS_MAX: u64 = 16;
/// Ideas next to a candidate that form pairs.
const PAIRED_COUNT: u64 = 4;
/// Figures are told apart by how many ideas stand before them, up to this many.
const FIGURE_DISTANCE_MAX: u64 = 6;
/// Ideas before and after a candidate that are paired with each part it plays.
const BESIDE_ROLE_COUNTS: (usize, usize) = (3, 2);
/// Stands for the lack of an idea.
const NO_IDEA: u64 = u64::MAX;

/// The names of the features of one side.
struct Side {
    idea: u64,
    placed_idea: u64,
    pair: u64,
    figure: u64,
}

const BEFORE: Side = Side {
    idea: kind("idea before"),
    placed_idea: kind("idea before at"),
    pair: kind("idea pair before"),
    figure: kind("figure before"),
};
const AFTER: Side = Side {
    idea: kind("idea after"),
    placed_idea: kind("idea after at"),
    pair: kind("idea pair after"),
    figure: kind("figure after"),
};

/// What a word of a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// An idea, by the hash of its name.
    Idea(u64),
    /// A figure.
    Figure,
    /// The end of a sentence.
    Break,
}

/// The ideas of a message in reading order, each with its first byte.
#[derive(Debug, Default)]
pub struct IdeaContext {
    said: Vec<(usize, Said)>,
}

impl IdeaContext {
    /// Reads a message.
    pub fn read(pieces: &Pieces) -> Self {
        let glossary = Glossary::shipped(EDITION);
        let said = glossary.read(pieces).into_iter().filter_map(|gloss| {
            let said = match gloss.meaning {
                Meaning::Idea(index) => Said::Idea(hash_of(glossary.names().get(usize::from(index))?)),
                Meaning::Figure => Said::Figure,
                Meaning::Break => Said::Break,
            };
            Some((gloss.start, said))
        });
        IdeaContext { said: said.collect() }
    }

    /// Adds every idea of the message once.
    pub fn add_all(&self, features: &mut Features) {
        let mut ideas: Vec<u64> = self.said.iter().filter_map(|(_, said)| idea_of(*said)).collect();
        ideas.sort_unstable();
        ideas.dedup();
        for idea in ideas {
            features.add(kind("any idea"), idea);
        }
    }

    /// Adds the ideas and figures of the sentence before and after the candidate at these bytes.
    pub fn add_around(&self, features: &mut Features, candidate: &Range<usize>, shape: u64) {
        add_side(features, self.before(candidate), &BEFORE, shape);
        add_side(features, self.after(candidate), &AFTER, shape);
    }

    /// Adds the nearest ideas of a candidate, each with every part that it plays.
    pub fn add_beside_roles(&self, features: &mut Features, candidate: &Range<usize>, roles: &[u64]) {
        let before = self.before(candidate).filter_map(idea_of).take(BESIDE_ROLE_COUNTS.0);
        let after = self.after(candidate).filter_map(idea_of).take(BESIDE_ROLE_COUNTS.1);
        let named = before.map(|idea| (kind("role after"), idea)).chain(after.map(|idea| (kind("role before"), idea)));
        for (name, idea) in named {
            for role in roles {
                features.add_pair(name, idea, *role);
            }
        }
    }

    /// Adds the nearest ideas of another candidate, which is related to the one in question by `relation`.
    pub fn add_beside_other(&self, features: &mut Features, other: &Range<usize>, relation: u64) {
        let mut before = self.before(other).filter_map(idea_of);
        features.add_pair(kind("other before"), before.next().unwrap_or(NO_IDEA), relation);
        features.add_pair(kind("other before 2"), before.next().unwrap_or(NO_IDEA), relation);
        let after = self.after(other).find_map(idea_of);
        features.add_pair(kind("other after"), after.unwrap_or(NO_IDEA), relation);
    }

    /// What stands before these bytes in their sentence, the nearest first.
    fn before(&self, candidate: &Range<usize>) -> impl Iterator<Item = Said> {
        let end = self.said.partition_point(|(start, _)| *start < candidate.start);
        self.said.iter().take(end).rev().map(|(_, said)| *said).take_while(|said| *said != Said::Break)
    }

    /// What stands after these bytes in their sentence, the nearest first.
    fn after(&self, candidate: &Range<usize>) -> impl Iterator<Item = Said> {
        let start = self.said.partition_point(|(start, _)| *start < candidate.end);
        self.said.iter().skip(start).map(|(_, said)| *said).take_while(|said| *said != Said::Break)
    }
}

fn idea_of(said: Said) -> Option<u64> {
    match said {
        Said::Idea(idea) => Some(idea),
        Said::Figure | Said::Break => None,
    }
}

fn add_side(features: &mut Features, said: impl Iterator<Item = Said>, side: &Side, shape: u64) {
    let mut distance = 0;
    let mut nearer = NO_IDEA;
    for word in said {
        let Some(idea) = idea_of(word) else {
            features.add_pair(side.figure, distance.min(FIGURE_DISTANCE_MAX), shape);
            continue;
        };
        let place = match distance {
            0 => 0,
            1 | 2 => 1,
            3..6 => 2,
            _ => 3,
        };
        features.add(side.idea, idea);
        features.add_pair(side.placed_idea, idea, place);
        if (1..PAIRED_COUNT).contains(&distance) {
            features.add_pair(side.pair, idea, nearer);
        }
        nearer = idea;
        distance += 1;
        if distance > IDEAS_MAX {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idea_is_the_same_feature_in_every_language() {
        let around = |text: &str| {
            let mut features = Features::new();
            let start = text.find("412").unwrap();
            IdeaContext::read(&Pieces::read_whole(text)).add_around(&mut features, &(start..start + 3), 0);
            features
        };
        let english = around("We have the invoice. The price is wrong: 412");
        let german = around("Wir haben die Ware. Der Preis ist falsch: 412");
        let shared = german.keys().iter().filter(|key| english.keys().contains(key)).count();
        assert!(shared >= 4, "{shared} of {}", german.keys().len());
        assert_eq!(around("The price is wrong: 412").keys(), english.keys(), "other sentences are left out");
    }
}
