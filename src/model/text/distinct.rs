//! The distinct features of a message: every key once, with what its occurrences count together.

/// Places of the table for each key, at least; more, so that keys seldom meet.
const PLACES_PER_KEY: usize = 2;
/// Places of the smallest table.
const PLACES_MIN: usize = 1 << 11;
/// Places of the largest table that is kept for the next message; a long message would slow down all that follow.
const PLACES_KEPT_MAX: usize = 1 << 14;

/// Keys in order of first occurrence.
#[derive(Debug, Default)]
pub struct DistinctKeys {
    keys: Vec<u32>,
    counts: Vec<f32>,
    /// One more than the index of the key that stands here; 0 where none does.
    places: Vec<u32>,
}

impl DistinctKeys {
    /// The keys.
    pub fn keys(&self) -> &[u32] {
        &self.keys
    }

    /// What the occurrences of each key count together.
    pub fn counts(&self) -> &[f32] {
        &self.counts
    }

    /// Forgets all keys.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.counts.clear();
        if self.places.len() > PLACES_KEPT_MAX {
            self.places = Vec::new();
        }
        self.places.fill(0);
    }

    /// Adds an occurrence of `key` that counts `value`, and tells the index of the key.
    #[inline]
    pub fn add(&mut self, key: u32, value: f32) -> u32 {
        if self.places.len() < (self.keys.len() + 1) * PLACES_PER_KEY {
            self.grow();
        }
        let at = self.place_of(key);
        let Some(place) = self.places.get_mut(at) else { return 0 };
        if *place == 0 {
            self.keys.push(key);
            self.counts.push(value);
            *place = self.keys.len() as u32;
        } else if let Some(count) = self.counts.get_mut(*place as usize - 1) {
            *count += value;
        }
        *place - 1
    }

    /// The place where `key` stands or is to stand.
    #[inline]
    fn place_of(&self, key: u32) -> usize {
        let mask = self.places.len() - 1;
        // The upper bits, since tables of features take the lower ones.
        let mut at = (key >> 7) as usize & mask;
        while let Some(index) = self.places.get(at).and_then(|place| (*place as usize).checked_sub(1)) {
            if self.keys.get(index) == Some(&key) {
                break;
            }
            at = (at + 1) & mask;
        }
        at
    }

    #[cold]
    fn grow(&mut self) {
        let length = (self.places.len() * 2).max(PLACES_MIN);
        self.places.clear();
        self.places.resize(length, 0);
        for index in 0..self.keys.len() {
            let at = self.keys.get(index).map_or(0, |key| self.place_of(*key));
            if let Some(place) = self.places.get_mut(at) {
                *place = index as u32 + 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_kept_once_in_order_of_first_occurrence() {
        let mut distinct = DistinctKeys::default();
        for round in 0..3 {
            let keys: Vec<u32> = (0..15_000_u32).map(|index| (index % 9_000).wrapping_mul(128)).collect();
            let indexes: Vec<u32> = keys.iter().map(|key| distinct.add(*key, 0.5)).collect();
            assert_eq!(distinct.keys().len(), 9_000, "round {round}");
            assert!(keys.iter().zip(&indexes).all(|(key, index)| distinct.keys()[*index as usize] == *key));
            assert_eq!((distinct.counts()[0], distinct.counts()[8_999]), (1.0, 0.5));
            distinct.clear();
            assert!(distinct.keys().is_empty());
        }
    }
}
