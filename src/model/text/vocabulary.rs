//! The features that a text model knows: key, block and inverse document frequency of each.

use std::cmp::Reverse;

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
    /// Block and inverse document frequency of each feature.
    kinds: Vec<(Block, f32)>,
    slots: Vec<Slot>,
    slot_mask: usize,
    /// Of the features at their positions.
    digest: blake3::Hash,
}

/// A place of the look-up table, small, so that most of the table stays in the cache.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    key: u32,
    /// Of the feature; [`NO_POSITION`] where the place is free.
    position: u32,
}

/// No feature.
const NO_POSITION: u32 = u32::MAX;

/// For each of `features` its place where the commonest stand first.
///
/// Half of what is found of a message is among the few thousand commonest features: side by side they stay in the cache.
pub fn commonest_first(features: &[Feature]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..features.len() as u32).collect();
    order.sort_by_key(|index| Reverse(features.get(*index as usize).map_or(0, |feature| feature.document_count)));
    let mut places = vec![0; features.len()];
    for (place, index) in (0..).zip(order) {
        if let Some(known) = places.get_mut(index as usize) {
            *known = place;
        }
    }
    places
}

impl Vocabulary {
    /// The vocabulary of `features` by block and key, counted over `document_count` messages. Of two features with one key the first
    /// stays.
    pub fn new(mut features: Vec<Feature>, document_count: u32) -> Self {
        features.sort_unstable();
        Self::in_order(features.into_iter(), document_count)
    }

    /// The vocabulary of `features`, each at its place.
    pub fn placed(features: &[Feature], places: &[u32], document_count: u32) -> Self {
        let mut order: Vec<(u32, Feature)> = places.iter().copied().zip(features.iter().copied()).collect();
        order.sort_unstable();
        Self::in_order(order.into_iter().map(|(_, feature)| feature), document_count)
    }

    fn in_order(features: impl ExactSizeIterator<Item = Feature>, document_count: u32) -> Self {
        let slot_count = (features.len() * 4 / 3 + 2).next_power_of_two();
        let mut vocabulary = Vocabulary {
            features: Vec::with_capacity(features.len()),
            document_count,
            kinds: Vec::with_capacity(features.len()),
            slots: vec![Slot { key: 0, position: NO_POSITION }; slot_count],
            slot_mask: slot_count - 1,
            digest: blake3::hash(&[]),
        };
        for feature in features {
            vocabulary.insert(feature);
        }
        vocabulary.digest = vocabulary.digest_of_features();
        vocabulary
    }

    fn digest_of_features(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        let mut bytes = Vec::new();
        for feature in &self.features {
            bytes.push(feature.block as u8);
            bytes.extend(feature.key.to_le_bytes());
            bytes.extend(feature.document_count.to_le_bytes());
        }
        hasher.update(&self.document_count.to_le_bytes());
        hasher.update(&bytes).finalize()
    }

    /// The same for vocabularies that turn the same features into the same vector.
    pub fn digest(&self) -> blake3::Hash {
        self.digest
    }

    fn insert(&mut self, feature: Feature) {
        let position = self.features.len() as u32;
        let mut at = feature.key as usize & self.slot_mask;
        while let Some(slot) = self.slots.get_mut(at) {
            if slot.position == NO_POSITION {
                let ratio = (1.0 + f64::from(self.document_count)) / (1.0 + f64::from(feature.document_count));
                *slot = Slot { key: feature.key, position };
                self.kinds.push((feature.block, (ratio.ln() + 1.0) as f32));
                return self.features.push(feature);
            }
            if slot.key == feature.key {
                return;
            }
            at = (at + 1) & self.slot_mask;
        }
    }

    /// The places where the features with these keys stand, if they are known and nothing stands in their way.
    ///
    /// All places are read before any is looked at, so that the memory can answer for many at once.
    pub fn likely_slots(&self, keys: &[u32], slots: &mut Vec<Slot>) {
        let likely = |key: &u32| self.slots.get(*key as usize & self.slot_mask);
        slots.clear();
        slots.extend(keys.iter().map(|key| likely(key).copied().unwrap_or(Slot { key: 0, position: NO_POSITION })));
    }

    /// The position of the feature with `key`, whose likely slot is `slot`.
    #[inline]
    pub fn position_from(&self, key: u32, mut slot: Slot) -> Option<u32> {
        let mut at = key as usize & self.slot_mask;
        while slot.key != key || slot.position == NO_POSITION {
            if slot.position == NO_POSITION {
                return None;
            }
            at = (at + 1) & self.slot_mask;
            slot = *self.slots.get(at)?;
        }
        Some(slot.position)
    }

    /// Block and inverse document frequency of the feature at `position`.
    #[inline]
    pub fn kind(&self, position: u32) -> (Block, f32) {
        self.kinds.get(position as usize).copied().unwrap_or((Block::Words, 0.0))
    }

    /// The features by position.
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
        let look_up = |vocabulary: &Vocabulary, key: u32| {
            let mut slots = Vec::new();
            vocabulary.likely_slots(&[key], &mut slots);
            vocabulary.position_from(key, slots[0])
        };
        for (position, feature) in vocabulary.features().iter().enumerate() {
            let position = position as u32;
            assert_eq!(look_up(&vocabulary, feature.key), Some(position));
            let (block, frequency) = vocabulary.kind(position);
            assert_eq!(block, feature.block);
            assert!((frequency - (1.0 + (11.0_f32 / 2.0).ln())).abs() < 1e-6);
        }
        assert_eq!(look_up(&vocabulary, 7), None);
        assert_eq!(look_up(&Vocabulary::new(Vec::new(), 0), 7), None);
    }
}
