//! Learns the language profile from messages of known language.

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::domain::locale::Language;
use crate::text::entities::pieces::Pieces;
use crate::text::language::{BUCKETS, CLASSES, LanguageProfile, language_buckets};
use crate::text::quoting::own_parts;

/// Passes over the examples.
const EPOCHS: usize = 6;
/// Step size.
const RATE: f32 = 0.05;
/// Pull of every weight towards zero.
const DECAY: f32 = 1e-3;
/// Letters that a line must have to be an example of its own.
const LINE_BYTES_MIN: usize = 24;

/// Fits a profile to texts and their languages; `None` marks a text in any other language.
pub fn fit_language_profile(texts: &[(&str, Option<Language>)], seed: u64) -> LanguageProfile {
    let mut examples: Vec<(Vec<u32>, usize)> = Vec::new();
    for (text, language) in texts {
        let class = language.map_or(CLASSES - 1, |language| {
            Language::ALL.iter().position(|other| *other == language).unwrap_or(CLASSES - 1)
        });
        let whole = Pieces::read(text, &own_parts(text));
        examples.push((language_buckets(&whole), class));
        for sentence in text.split(['\n', '.', '?', '!', ';']).filter(|line| line.len() >= LINE_BYTES_MIN) {
            examples.push((language_buckets(&Pieces::read_whole(sentence)), class));
        }
    }
    let mut counts = [1.0_f32; CLASSES];
    for (_, class) in &examples {
        if let Some(count) = counts.get_mut(*class) {
            *count += 1.0;
        }
    }
    let mean = counts.iter().sum::<f32>() / 8.0;
    let importance = counts.map(|count| (mean / count).sqrt());
    let mut weights = vec![[0.0_f32; CLASSES]; BUCKETS];
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for epoch in 0..EPOCHS {
        examples.shuffle(&mut random);
        #[expect(clippy::cast_precision_loss, reason = "a handful of epochs")]
        let rate = RATE / (1.0 + epoch as f32);
        for (buckets, class) in &examples {
            step(&mut weights, buckets, *class, rate * importance.get(*class).copied().unwrap_or(1.0));
        }
    }
    LanguageProfile::from_weights(weights)
}

fn step(weights: &mut [[f32; CLASSES]], buckets: &[u32], class: usize, rate: f32) {
    let mut scores = [0.0_f32; CLASSES];
    for row in buckets.iter().filter_map(|bucket| weights.get(*bucket as usize)) {
        for (score, weight) in scores.iter_mut().zip(row) {
            *score += weight;
        }
    }
    let top = scores.iter().copied().fold(f32::MIN, f32::max);
    let parts = scores.map(|score| (score - top).exp());
    let total: f32 = parts.iter().sum();
    let slopes: [f32; CLASSES] = std::array::from_fn(|other| {
        parts.get(other).copied().unwrap_or_default() / total - if other == class { 1.0 } else { 0.0 }
    });
    for bucket in buckets {
        if let Some(row) = weights.get_mut(*bucket as usize) {
            for (weight, slope) in row.iter_mut().zip(slopes) {
                *weight -= rate * (slope + DECAY * *weight);
            }
        }
    }
}
