//! A table from well mixed keys to small values, found in one step.

/// Values by key; a later value for a key replaces the earlier one.
#[derive(Debug)]
pub struct HashTable<T> {
    slots: Vec<Option<(u64, T)>>,
}

impl<T: Copy> HashTable<T> {
    /// A table of these pairs.
    pub fn new(pairs: impl Iterator<Item = (u64, T)>) -> Self {
        let pairs: Vec<(u64, T)> = pairs.collect();
        let slot_count = (pairs.len() * 2 + 2).next_power_of_two();
        let mut table = HashTable { slots: vec![None; slot_count] };
        for (key, value) in pairs {
            let free = table
                .places(key)
                .find(|at| table.slots.get(*at).is_some_and(|slot| slot.is_none_or(|(known, _)| known == key)));
            if let Some(slot) = free.and_then(|at| table.slots.get_mut(at)) {
                *slot = Some((key, value));
            }
        }
        table
    }

    /// The value of `key`.
    #[inline]
    pub fn get(&self, key: u64) -> Option<T> {
        for at in self.places(key) {
            match self.slots.get(at) {
                Some(Some((known, value))) if *known == key => return Some(*value),
                Some(Some(_)) => {}
                Some(None) | None => return None,
            }
        }
        None
    }

    /// The places where `key` may stand, the likeliest first.
    fn places(&self, key: u64) -> impl Iterator<Item = usize> + use<T> {
        let mask = self.slots.len() - 1;
        let first = (key ^ (key >> 32)) as usize;
        (0..=mask).map(move |step| first.wrapping_add(step) & mask)
    }
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
