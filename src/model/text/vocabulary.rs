//! The features that a text model knows: key, block and inverse document frequency of each.

use super::schema::Block;

/// A feature of the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Feature {
    /// The block it belongs to.
    pub block: Block,
    /// Its key, unique in the vocabulary.
    pub key: u32,
    /// Number of training messages it occurred in.
    pub document_count: u32,
}

/// All features of a model, found by key in one step.
#[derive(Debug)]
pub struct Vocabulary {
    features: Vec<Feature>,
    document_count: u32,
    slots: Vec<Slot>,
    slot_mask: usize,
}

/// A feature as it was looked up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownFeature {
    /// Its position in the vocabulary.
    pub position: u32,
    /// The block it belongs to.
    pub block: Block,
    /// Its inverse document frequency.
    pub inverse_document_frequency: f32,
}

/// A place of the look-up table.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    key: u32,
    known: Option<KnownFeature>,
}

impl Vocabulary {
    /// The vocabulary of `features`, counted over `document_count` messages. Of two features with one key the first stays.
    pub fn new(mut features: Vec<Feature>, document_count: u32) -> Self {
        features.sort_unstable();
        let slot_count = (features.len() * 2 + 2).next_power_of_two();
        let mut vocabulary = Vocabulary {
            features: Vec::with_capacity(features.len()),
            document_count,
            slots: vec![Slot::default(); slot_count],
            slot_mask: slot_count - 1,
        };
        for feature in features {
            vocabulary.insert(feature);
        }
        vocabulary
    }

    fn insert(&mut self, feature: Feature) {
        let position = self.features.len() as u32;
        let mut at = feature.key as usize & self.slot_mask;
        while let Some(slot) = self.slots.get_mut(at) {
            if slot.known.is_none() {
                let ratio = (1.0 + f64::from(self.document_count)) / (1.0 + f64::from(feature.document_count));
                let inverse_document_frequency = (ratio.ln() + 1.0) as f32;
                let known = KnownFeature { position, block: feature.block, inverse_document_frequency };
                *slot = Slot { key: feature.key, known: Some(known) };
                return self.features.push(feature);
            }
            if slot.key == feature.key {
                return;
            }
            at = (at + 1) & self.slot_mask;
        }
    }

    /// The feature with `key`.
    #[inline]
    pub fn look_up(&self, key: u32) -> Option<KnownFeature> {
        let mut at = key as usize & self.slot_mask;
        loop {
            let slot = self.slots.get(at)?;
            let known = slot.known?;
            if slot.key == key {
                return Some(known);
            }
            at = (at + 1) & self.slot_mask;
        }
    }

    /// The features in stored order, by block and key.
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// Number of messages it was counted over.
    pub fn document_count(&self) -> u32 {
        self.document_count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_is_found_at_its_place_and_no_other() {
        let feature = |key: u32| Feature { block: Block::Words, key: key.wrapping_mul(64), document_count: 1 };
        let vocabulary = Vocabulary::new((0..1_000).map(feature).collect(), 10);
        for (position, feature) in vocabulary.features().iter().enumerate() {
            let found = vocabulary.look_up(feature.key).unwrap();
            assert_eq!((found.position, found.block), (position as u32, feature.block));
            assert!((found.inverse_document_frequency - (1.0 + (11.0_f32 / 2.0).ln())).abs() < 1e-6);
        }
        assert_eq!(vocabulary.look_up(7), None);
        assert_eq!(Vocabulary::new(Vec::new(), 0).look_up(7), None);
    }
}
