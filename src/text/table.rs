//! A table from well mixed keys to small values, found in one step.

/// Stands for an empty slot.
const NO_KEY: u64 = 0;
/// Bits of a filter for each key, at least.
const FILTER_BITS_PER_KEY: usize = 8;
/// Mixes the keys of a filter; an odd number without a pattern.
const FILTER_FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// Tells most keys that are not in a set, from so few bits that they stay in the cache.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyFilter {
    words: Vec<u64>,
    /// By how much a mixed key is shifted to be the number of a bit.
    shift: u32,
}

impl KeyFilter {
    /// A filter for these keys.
    pub fn new(keys: impl ExactSizeIterator<Item = u64>) -> Self {
        let bit_count = (keys.len() * FILTER_BITS_PER_KEY).next_power_of_two().max(64);
        let words = vec![0; bit_count / 64];
        let mut filter = KeyFilter { words, shift: u64::BITS - bit_count.trailing_zeros() };
        for key in keys {
            let (at, bit) = filter.place(key);
            if let Some(word) = filter.words.get_mut(at) {
                *word |= bit;
            }
        }
        filter
    }

    /// Whether `key` may be in the set; if not, it is not.
    #[inline]
    pub fn may_hold(&self, key: u64) -> bool {
        let (at, bit) = self.place(key);
        self.words.get(at).is_some_and(|word| word & bit != 0)
    }

    #[inline]
    fn place(&self, key: u64) -> (usize, u64) {
        let number = key.wrapping_mul(FILTER_FACTOR) >> self.shift;
        ((number / 64) as usize, 1 << (number % 64))
    }
}

/// Values by key; a later value for a key replaces the earlier one. A miss, the usual case, seldom gets beyond the filter.
#[derive(Debug, Clone, PartialEq)]
pub struct HashTable<T> {
    filter: KeyFilter,
    keys: Vec<u64>,
    values: Vec<T>,
}

impl<T: Copy + Default> HashTable<T> {
    /// A table of these pairs.
    pub fn new(pairs: impl Iterator<Item = (u64, T)>) -> Self {
        let pairs: Vec<(u64, T)> = pairs.collect();
        let slot_count = (pairs.len() * 2 + 2).next_power_of_two();
        let filter = KeyFilter::new(pairs.iter().map(|(key, _)| stored(*key)));
        let mut table = HashTable { filter, keys: vec![NO_KEY; slot_count], values: vec![T::default(); slot_count] };
        for (key, value) in pairs {
            let key = stored(key);
            let free =
                table.places(key).find(|at| table.keys.get(*at).is_some_and(|known| [NO_KEY, key].contains(known)));
            let slot = free.and_then(|at| table.keys.get_mut(at).zip(table.values.get_mut(at)));
            if let Some((known, kept)) = slot {
                (*known, *kept) = (key, value);
            }
        }
        table
    }

    /// The value of `key`.
    #[inline]
    pub fn get(&self, key: u64) -> Option<T> {
        let key = stored(key);
        if !self.filter.may_hold(key) {
            return None;
        }
        for at in self.places(key) {
            match self.keys.get(at) {
                Some(known) if *known == key => return self.values.get(at).copied(),
                Some(&NO_KEY) | None => return None,
                Some(_) => {}
            }
        }
        None
    }

    /// The places where `key` may stand, the likeliest first.
    fn places(&self, key: u64) -> impl Iterator<Item = usize> + use<T> {
        let mask = self.keys.len() - 1;
        let first = (key ^ (key >> 32)) as usize;
        (0..=mask).map(move |step| first.wrapping_add(step) & mask)
    }
}

/// The key as it is stored: never that of an empty slot.
fn stored(key: u64) -> u64 {
    if key == NO_KEY { u64::MAX } else { key }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_and_no_other() {
        let table = HashTable::new((0..1_000_u64).map(|key| (key * 64, key)));
        assert!((0..1_000).all(|key| table.get(key * 64) == Some(key)));
        assert_eq!(table.get(7), None);
        assert_eq!(HashTable::<u8>::new(std::iter::empty()).get(0), None);
    }

    #[test]
    fn a_filter_holds_its_keys_and_passes_over_most_others() {
        let filter = KeyFilter::new((0..10_000_u32).map(|key| u64::from(key) * 3));
        assert!((0..10_000).all(|key| filter.may_hold(key * 3)));
        let held = (0..10_000).filter(|key| filter.may_hold(key * 3 + 1)).count();
        assert!(held < 2_000, "{held}");
        assert!(!KeyFilter::new(std::iter::empty()).may_hold(0));
    }
}
