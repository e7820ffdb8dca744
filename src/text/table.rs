//! A table from well mixed keys to small values, found in one step.

/// Stands for an empty slot.
const NO_KEY: u64 = 0;

/// Values by key; a later value for a key replaces the earlier one. Keys lie together, so that a miss, the usual case, reads little.
#[derive(Debug, Clone, PartialEq)]
pub struct HashTable<T> {
    keys: Vec<u64>,
    values: Vec<T>,
}

impl<T: Copy + Default> HashTable<T> {
    /// A table of these pairs.
    pub fn new(pairs: impl Iterator<Item = (u64, T)>) -> Self {
        let pairs: Vec<(u64, T)> = pairs.collect();
        let slot_count = (pairs.len() * 2 + 2).next_power_of_two();
        let mut table = HashTable { keys: vec![NO_KEY; slot_count], values: vec![T::default(); slot_count] };
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
}
