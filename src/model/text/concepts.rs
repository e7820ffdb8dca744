//! The lexicon's concepts and the glossary's ideas as extra features of a text model.

use super::extra::{ExtraFeature, ExtraFeatures, ExtraRegistry, hash_of_name};
use super::figures::find_figures;
use super::ideas::Ideas;
use super::schema::Block;
use crate::text::entities::pieces::Pieces;
use crate::text::glossary::Edition;
use crate::text::lexicon::{ConceptHit, Lexicon};

/// Name under which new artifacts refer to the concepts and ideas of a message.
pub const CONCEPT_FEATURES: &str = "concepts/4";
/// Name of the features of the glossary's second edition, without figures.
const SECOND_EDITION: &str = "concepts/3";
/// Name of those of its first edition.
const FIRST_EDITION: &str = "concepts/2";

/// What a pair of concepts within one sentence counts.
const PAIR_VALUE: f32 = 0.4;
/// What a concept in the first or last third of a message counts, beside its plain feature.
const PLACE_VALUE: f32 = 0.4;
/// Most concepts of a sentence that are paired.
const PAIRED_MAX: usize = 12;

/// The extra features that this program knows.
pub const KNOWN_EXTRAS: ExtraRegistry<'static> = ExtraRegistry::new(&[
    &ConceptFeatures { name: CONCEPT_FEATURES, edition: Edition::Third, has_figures: true },
    &ConceptFeatures { name: SECOND_EDITION, edition: Edition::Second, has_figures: false },
    &ConceptFeatures { name: FIRST_EDITION, edition: Edition::First, has_figures: false },
]);

/// Concepts, pairs of concepts within a sentence, where in the message a concept stands, the ideas of the words, and what the
/// figures tell.
#[derive(Debug, Clone, Copy)]
struct ConceptFeatures {
    name: &'static str,
    edition: Edition,
    has_figures: bool,
}

impl ExtraFeatures for ConceptFeatures {
    fn name(&self) -> &'static str {
        self.name
    }

    fn find(&self, text: &str, emit: &mut dyn FnMut(ExtraFeature)) {
        let pieces = Pieces::read_whole(text);
        let ideas = Ideas::read(&pieces, self.edition);
        ideas.emit(emit);
        if self.has_figures {
            find_figures(&pieces, &ideas, emit);
        }
        let lexicon = Lexicon::shipped();
        let hits = lexicon.find(&pieces);
        let name = |hit: &ConceptHit| lexicon.names().get(usize::from(hit.concept)).map_or("", String::as_str);
        let mut seen: Vec<u16> = Vec::with_capacity(hits.len());
        let mut feature = String::with_capacity(64);
        for hit in &hits {
            if seen.contains(&hit.concept) {
                continue;
            }
            seen.push(hit.concept);
            let span = Some((hit.start, hit.end));
            emit(ExtraFeature { block: Block::Extra, hash: hash_of_name(name(hit)), value: 1.0, span });
            let third = if hit.start * 3 < text.len() {
                "@first"
            } else if hit.start * 3 >= text.len() * 2 {
                "@last"
            } else {
                continue;
            };
            feature.clear();
            feature.push_str(name(hit));
            feature.push_str(third);
            emit(ExtraFeature { block: Block::Extra, hash: hash_of_name(&feature), value: PLACE_VALUE, span });
        }
        let mut rest = hits.as_slice();
        while let Some(first) = rest.first() {
            let count = rest.iter().take_while(|hit| hit.sentence == first.sentence).count();
            let (sentence, tail) = rest.split_at(count);
            emit_pairs(sentence, &name, &mut feature, emit);
            rest = tail;
        }
    }
}

fn emit_pairs<'l>(
    sentence: &[ConceptHit],
    name: &dyn Fn(&ConceptHit) -> &'l str,
    feature: &mut String,
    emit: &mut dyn FnMut(ExtraFeature),
) {
    let mut hits: Vec<ConceptHit> = sentence.iter().take(PAIRED_MAX).copied().collect();
    hits.sort_by_key(|hit| hit.concept);
    for (index, left) in hits.iter().enumerate() {
        for right in hits.iter().skip(index + 1) {
            feature.clear();
            feature.push_str(name(left));
            feature.push('+');
            feature.push_str(name(right));
            let span = Some((left.start.min(right.start), left.end.max(right.end)));
            emit(ExtraFeature { block: Block::Extra, hash: hash_of_name(feature), value: PAIR_VALUE, span });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(name: &str, text: &str) -> Vec<ExtraFeature> {
        let mut found: Vec<ExtraFeature> = Vec::new();
        KNOWN_EXTRAS.by_name(name).unwrap().find(text, &mut |feature| found.push(feature));
        found
    }

    #[test]
    fn concepts_and_their_pairs_are_features_in_any_language() {
        for text in ["We counted only 118, two are missing.", "Wir haben gezählt: nur 118, zwei fehlen."] {
            let found = features(CONCEPT_FEATURES, text);
            assert!(found.iter().any(|feature| feature.hash == hash_of_name("counted")), "{found:?}");
            assert!(
                found.iter().any(|feature| feature.block == Block::Extra && feature.value == PAIR_VALUE),
                "{found:?}"
            );
            assert!(
                found.iter().all(|feature| feature.span.is_some_and(|(start, end)| start < end && end <= text.len()))
            );
        }
    }

    #[test]
    fn a_model_from_before_reads_as_it_was_trained() {
        let text = "Der Restbetrag ist offen: 120 berechnet, 118 gekommen, 2 fehlen.";
        let has = |name: &str, block: Block, feature: &str| {
            let hash = hash_of_name(feature);
            features(name, text).iter().any(|feature| feature.block == block && feature.hash == hash)
        };
        let figures = "figures: difference of counts";
        assert!(has(SECOND_EDITION, Block::Ideas, "remainder") && has(SECOND_EDITION, Block::Ideas, "amount"));
        assert!(has(FIRST_EDITION, Block::Ideas, "remainder") && !has(FIRST_EDITION, Block::Ideas, "amount"));
        assert!(has(CONCEPT_FEATURES, Block::Extra, figures) && !has(SECOND_EDITION, Block::Extra, figures));
    }
}
