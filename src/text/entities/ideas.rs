//! The ideas around a candidate, as features: what is learned from the words of one language holds for the others.

use std::ops::Range;

use super::context::kind;
use super::pieces::{Pieces, hash_of};
use super::scorer::Features;
use crate::text::glossary::{Edition, Gloss, Glossary, Meaning};

/// The edition of the glossary that candidates are read with.
const EDITION: Edition = Edition::Third;
/// Ideas of a sentence that are looked at on each side of a candidate.
const IDEAS_MAX: u64 = 16;
/// Ideas next to a candidate that form pairs.
const PAIRED_COUNT: u64 = 4;
/// Figures are told apart by how many ideas stand before them, up to this many.
const FIGURE_DISTANCE_MAX: u64 = 6;
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

/// The ideas of a message in reading order.
#[derive(Debug, Default)]
pub struct IdeaContext {
    glosses: Vec<Gloss>,
}

impl IdeaContext {
    /// Reads a message.
    pub fn read(pieces: &Pieces) -> Self {
        IdeaContext { glosses: Glossary::shipped(EDITION).read(pieces) }
    }

    /// Adds every idea of the message once.
    pub fn add_all(&self, features: &mut Features) {
        let mut ideas: Vec<u64> = self.glosses.iter().filter_map(idea_of).collect();
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

    /// Adds the nearest ideas of another candidate, which is related to the one in question by `relation`.
    pub fn add_beside_other(&self, features: &mut Features, other: &Range<usize>, relation: u64) {
        let mut before = self.before(other).filter_map(idea_of);
        features.add_pair(kind("other before"), before.next().unwrap_or(NO_IDEA), relation);
        features.add_pair(kind("other before 2"), before.next().unwrap_or(NO_IDEA), relation);
        let after = self.after(other).find_map(idea_of);
        features.add_pair(kind("other after"), after.unwrap_or(NO_IDEA), relation);
    }

    /// What stands before these bytes in their sentence, the nearest first.
    fn before(&self, candidate: &Range<usize>) -> impl Iterator<Item = &Gloss> {
        let end = self.glosses.partition_point(|gloss| gloss.start < candidate.start);
        self.glosses.iter().take(end).rev().take_while(|gloss| gloss.meaning != Meaning::Break)
    }

    /// What stands after these bytes in their sentence, the nearest first.
    fn after(&self, candidate: &Range<usize>) -> impl Iterator<Item = &Gloss> {
        let start = self.glosses.partition_point(|gloss| gloss.start < candidate.end);
        self.glosses.iter().skip(start).take_while(|gloss| gloss.meaning != Meaning::Break)
    }
}

fn idea_of(gloss: &Gloss) -> Option<u64> {
    match gloss.meaning {
        Meaning::Idea(index) => Glossary::shipped(EDITION).names().get(usize::from(index)).map(|name| hash_of(name)),
        Meaning::Figure | Meaning::Break => None,
    }
}

fn add_side<'g>(features: &mut Features, glosses: impl Iterator<Item = &'g Gloss>, side: &Side, shape: u64) {
    let mut distance = 0;
    let mut nearer = NO_IDEA;
    for gloss in glosses {
        let Some(idea) = idea_of(gloss) else {
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
        let shared = german.buckets().iter().filter(|bucket| english.buckets().contains(bucket)).count();
        assert!(shared >= 4, "{shared} of {}", german.buckets().len());
        assert_eq!(around("The price is wrong: 412").buckets(), english.buckets(), "other sentences are left out");
    }
}
