//! Rates of lateness: counts, counts that fade with time, and their shrinking towards a wider group.

use crate::domain::time::CivilDate;

/// Smallest and largest rate that is turned into log-odds.
const RATE_MIN: f64 = 0.002;

/// How often something happened, out of how many times.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rate {
    /// How often it happened.
    pub happened: f64,
    /// How often it could have.
    pub count: f64,
}

impl Rate {
    /// Adds cases.
    pub fn add(&mut self, happened: f64, count: f64) {
        self.happened += happened;
        self.count += count;
    }

    /// What is left when the cases of `part` are taken out.
    pub fn without(self, part: Rate) -> Rate {
        Rate { happened: (self.happened - part.happened).max(0.0), count: (self.count - part.count).max(0.0) }
    }

    /// The rate drawn towards `prior` as if `strength` cases at that rate had been seen (empirical Bayes).
    pub fn shrunk(self, prior: f64, strength: f64) -> f64 {
        let happened = self.happened.min(self.count);
        (happened + strength * prior) / (self.count + strength)
    }
}

/// A rate whose cases lose half of their weight every so many days.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct FadingRate {
    rate: Rate,
    on: Option<CivilDate>,
}

impl FadingRate {
    /// Adds cases of a day that is not before the last one.
    pub fn add(&mut self, on: CivilDate, half_life_days: f64, happened: f64, count: f64) {
        self.rate = self.on(on, half_life_days);
        self.on = Some(on);
        self.rate.add(happened, count);
    }

    /// The rate as of a day that is not before the last one.
    pub fn on(&self, on: CivilDate, half_life_days: f64) -> Rate {
        let Some(last_on) = self.on else { return self.rate };
        let weight = fade(on.days_since(last_on), half_life_days);
        Rate { happened: self.rate.happened * weight, count: self.rate.count * weight }
    }
}

/// The weight left after `days`.
pub fn fade(days: i32, half_life_days: f64) -> f64 {
    if days <= 0 { 1.0 } else { (-f64::from(days) / half_life_days).exp2() }
}

/// Log-odds of a rate, kept within the range in which they mean something.
pub fn log_odds(rate: f64) -> f64 {
    let rate = rate.clamp(RATE_MIN, 1.0 - RATE_MIN);
    (rate / (1.0 - rate)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fading_rate_halves_its_weight_but_keeps_its_value() {
        let day = CivilDate::parse("on", "2026-01-01").unwrap();
        let mut rate = FadingRate::default();
        rate.add(day, 45.0, 1.0, 2.0);
        let later = rate.on(day.plus_days(45), 45.0);
        assert!((later.count - 1.0).abs() < 1e-12 && (later.happened - 0.5).abs() < 1e-12);
        assert!((later.shrunk(0.1, 0.0) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_rate_without_cases_is_its_prior() {
        assert!((Rate::default().shrunk(0.3, 5.0) - 0.3).abs() < 1e-12);
    }
}
