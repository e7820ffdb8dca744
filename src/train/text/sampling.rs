//! Randomness from a seed, and the folds that labels are held back in.

use super::repeats::RepeatGroups;

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

/// The fold of every example: each label is spread evenly over the folds, and texts that repeat each other lie in one fold, so that no
/// text is judged by a learner that has seen it.
pub fn stratified_folds(labels: &[usize], groups: &RepeatGroups, fold_count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    SeededRandom::new(seed, 1).shuffle(&mut order);
    order.sort_by_key(|&example| labels.get(example).copied());
    let mut folds = vec![0; labels.len()];
    let mut fold_of_group: Vec<Option<usize>> = vec![None; groups.group_count()];
    // Ranks go on from label to label by the number of all examples, so that repeats of one label move nothing of the others.
    let (mut label, mut rank) = (None, 0);
    for (position, example) in order.into_iter().enumerate() {
        if labels.get(example) != label {
            (label, rank) = (labels.get(example), position);
        }
        let place = fold_of_group.get_mut(groups.group_of(example));
        if let Some((fold, of_group)) = folds.get_mut(example).zip(place) {
            *fold = *of_group.get_or_insert_with(|| {
                rank += 1;
                (rank - 1) % fold_count
            });
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
        let apart = RepeatGroups::apart(100);
        let folds = stratified_folds(&labels, &apart, 5, 7);
        for fold in 0..5 {
            for label in 0..4 {
                assert_eq!((0..100).filter(|&i| labels[i] == label && folds[i] == fold).count(), 5);
            }
        }
        assert_eq!(folds, stratified_folds(&labels, &apart, 5, 7));
        assert_ne!(folds, stratified_folds(&labels, &apart, 5, 8));
    }

    /// Goal: repeats share a fold, their label stays spread, and a label without repeats keeps the folds that it has without them.
    #[test]
    fn repeats_lie_in_one_fold_and_change_no_other_label() {
        let labels: Vec<usize> = (0..100).map(|i| i / 50).collect();
        let texts: Vec<String> = (0..100).map(|i| if i < 50 { (i / 5).to_string() } else { i.to_string() }).collect();
        let groups = RepeatGroups::of_texts(texts.iter().map(String::as_str));
        assert_eq!(groups.repeat_count(), 40);
        let folds = stratified_folds(&labels, &groups, 5, 7);
        assert!((0..50).all(|i| folds[i] == folds[i / 5 * 5]));
        assert!((0..5).all(|fold| (0..50).filter(|&i| folds[i] == fold).count() == 10));
        assert_eq!(folds[50..], stratified_folds(&labels, &RepeatGroups::apart(100), 5, 7)[50..]);
    }
}
