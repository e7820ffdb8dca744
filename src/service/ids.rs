//! New identifiers: time-ordered UUIDs from the clock and a seed that were handed in.

use std::sync::{Mutex, PoisonError};

use rand::{RngCore as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use uuid::Uuid;

use crate::domain::time::Instant;

/// Characters of the name of a process: as many as no two of them share.
const REPLICA_ID_CHARS: usize = 32;

/// Makes identifiers that sort by the time at which they were made.
#[derive(Debug)]
pub struct IdSource {
    random: Mutex<ChaCha20Rng>,
}

impl IdSource {
    /// A source whose randomness follows from `seed`.
    pub fn new(seed: [u8; 32]) -> Self {
        IdSource { random: Mutex::new(ChaCha20Rng::from_seed(seed)) }
    }

    /// A new identifier made at `now`.
    pub fn next_id(&self, now: Instant) -> String {
        let mut bytes = [0_u8; 10];
        self.random.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        let milliseconds = u64::try_from(now.unix_us().div_euclid(1_000)).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(milliseconds, &bytes).into_uuid().to_string()
    }

    /// A secret that cannot be guessed: 128 random bits in hexadecimal.
    pub fn secret(&self) -> String {
        let mut bytes = [0_u8; 16];
        self.random.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        Uuid::from_bytes(bytes).simple().to_string()
    }
}

/// The name of the process with this seed, from which nobody can tell the seed.
pub(super) fn replica_id(seed: &[u8; 32]) -> String {
    let derived = blake3::derive_key("recourse: the name of a replica", seed);
    blake3::Hash::from_bytes(derived).to_hex().chars().take(REPLICA_ID_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let ids = IdSource::new([7; 32]);
        let first = ids.next_id(Instant::from_unix_us(1_700_000_000_000_000));
        let second = ids.next_id(Instant::from_unix_us(1_700_000_000_001_000));
        assert!(first < second, "{first} {second}");
    }
}
