//! Random draws of the shapes that the simulator needs, from a generator that is the same on every platform.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// A stream of random draws.
pub struct Draw(ChaCha8Rng);

impl Draw {
    /// The stream of this number among those of a seed; streams do not depend on one another.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Draw(rng)
    }

    /// A number from 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        self.0.r#gen::<f64>()
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A whole number from `low` to `high`, both included.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        self.0.gen_range(low..=high.max(low))
    }

    /// A normally distributed number.
    pub fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        // Box and Muller 1958: √(−2 ln u) · cos(2π v) for independent uniform u, v.
        let u = 1.0 - self.unit();
        let v = self.unit();
        mean + deviation * (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    /// A logistically distributed number around 0.
    pub fn logistic(&mut self, scale: f64) -> f64 {
        let u = self.unit().clamp(1e-12, 1.0 - 1e-12);
        scale * (u / (1.0 - u)).ln()
    }

    /// A whole number of days, normally distributed.
    pub fn days(&mut self, mean: f64, deviation: f64) -> i32 {
        whole_days(self.normal(mean, deviation))
    }

    /// An index, each with a probability proportional to its weight.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (index, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return index;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// One of the entries of a list that is not empty.
    pub fn pick<'a, T>(&mut self, entries: &'a [T]) -> &'a T {
        &entries[self.0.gen_range(0..entries.len())]
    }

    /// Puts a list into random order.
    pub fn shuffle<T>(&mut self, entries: &mut [T]) {
        for index in (1..entries.len()).rev() {
            entries.swap(index, self.0.gen_range(0..=index));
        }
    }
}

/// Rounds to whole days within ten years either way.
pub fn whole_days(days: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "the clamp keeps it within i32")]
    let whole = days.round().clamp(-3_650.0, 3_650.0) as i32;
    whole
}

/// Rounds an amount in currency units to minor units, at least one.
pub fn minor_units(units: f64, minor_per_unit: i64) -> i64 {
    #[expect(clippy::cast_precision_loss, reason = "at most 10,000 minor units make a unit")]
    let minor = units * minor_per_unit as f64;
    #[expect(clippy::cast_possible_truncation, reason = "the clamp keeps it within i64")]
    let whole = minor.round().clamp(1.0, 1e15) as i64;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ() {
        let first: Vec<f64> = (0..5).map(|_| Draw::new(7, 1).unit()).collect();
        assert!(first.iter().all(|value| value.to_bits() == first[0].to_bits()));
        assert_ne!(Draw::new(7, 1).unit().to_bits(), Draw::new(7, 2).unit().to_bits());
    }

    #[test]
    fn normal_draws_have_their_mean_and_deviation() {
        let mut draw = Draw::new(1, 0);
        let values: Vec<f64> = (0..20_000).map(|_| draw.normal(3.0, 2.0)).collect();
        let mean = values.iter().sum::<f64>() / 20_000.0;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!((mean - 3.0).abs() < 0.05 && (variance.sqrt() - 2.0).abs() < 0.05, "{mean} {variance}");
    }
}
