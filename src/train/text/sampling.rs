//! Randomness from a seed, and the folds that labels are held back in.

/// A small generator with well-spread output (SplitMix64); the same seed always gives the same numbers.
#[derive(Debug, Clone)]
pub struct SeededRandom(u64);

impl SeededRandom {
    /// A generator for `seed`; `stream` keeps uses of one seed apart.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut random = SeededRandom(seed ^ stream.wrapping_mul(0xA24B_AED4_963E_E407));
        random.next_bits();
        random
    }

    /// 64 random bits.
    pub fn next_bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number below `bound`, which is at most 2^32.
    pub fn below(&mut self, bound: usize) -> usize {
        (((self.next_bits() >> 32) * bound as u64) >> 32) as usize
    }

    /// A number in [0, 1).
    pub fn unit(&mut self) -> f32 {
        (self.next_bits() >> 40) as f32 / (1_u32 << 24) as f32
    }

    /// Puts `items` into random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// The fold of every example: each label is spread evenly over the folds.
pub fn stratified_folds(labels: &[usize], fold_count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    SeededRandom::new(seed, 1).shuffle(&mut order);
    order.sort_by_key(|&example| labels.get(example).copied());
    let mut folds = vec![0; labels.len()];
    for (rank, example) in order.into_iter().enumerate() {
        if let Some(fold) = folds.get_mut(example) {
            *fold = rank % fold_count;
        }
    }
    folds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fold_holds_every_label_in_equal_parts() {
        let labels: Vec<usize> = (0..100).map(|i| i % 4).collect();
        let folds = stratified_folds(&labels, 5, 7);
        for fold in 0..5 {
            for label in 0..4 {
                assert_eq!((0..100).filter(|&i| labels[i] == label && folds[i] == fold).count(), 5);
            }
        }
        assert_eq!(folds, stratified_folds(&labels, 5, 7));
        assert_ne!(folds, stratified_folds(&labels, 5, 8));
    }
}
