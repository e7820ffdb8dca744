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

/// A place of the look-up table; `position` is one more than the feature's, 0 where the place is free.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    key: u32,
    position: u32,
    inverse_document_frequency: f32,
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
        let position = self.features.len() as u32 + 1;
        let mut at = feature.key as usize & self.slot_mask;
        while let Some(slot) = self.slots.get_mut(at) {
            if slot.position == 0 {
                let ratio = (1.0 + f64::from(self.document_count)) / (1.0 + f64::from(feature.document_count));
                let inverse_document_frequency = (ratio.ln() + 1.0) as f32;
                *slot = Slot { key: feature.key, position, inverse_document_frequency };
                return self.features.push(feature);
            }
            if slot.key == feature.key {
                return;
            }
            at = (at + 1) & self.slot_mask;
        }
    }

    /// The position of the feature with `key`, and its inverse document frequency.
    #[inline]
    pub fn look_up(&self, key: u32) -> Option<(u32, f32)> {
        let mut at = key as usize & self.slot_mask;
        loop {
            let slot = self.slots.get(at)?;
            if slot.position == 0 {
                return None;
            }
            if slot.key == key {
                return Some((slot.position - 1, slot.inverse_document_frequency));
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
            assert_eq!(found.0, position as u32);
            assert!((found.1 - (1.0 + (11.0_f32 / 2.0).ln())).abs() < 1e-6);
        }
        assert_eq!(vocabulary.look_up(7), None);
        assert_eq!(Vocabulary::new(Vec::new(), 0).look_up(7), None);
    }
}
