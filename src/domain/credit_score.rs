//! Credit scores on any agency's scale, brought to one reading: 0 is the worst, 1 the best.

use serde::{Deserialize, Serialize};

use super::time::CivilDate;
use super::violation::Violation;

/// A credit score with the scale it is read on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CreditScore {
    /// The score as the agency gave it.
    pub value: f64,
    /// The value that means the highest risk on that scale. It may be the larger one (as with Creditreform's 600).
    pub worst: f64,
    /// The value that means the lowest risk.
    pub best: f64,
    /// The day the agency gave it.
    pub scored_on: CivilDate,
}

impl CreditScore {
    /// A score on a scale from `worst` to `best`.
    ///
    /// # Errors
    /// A violation when a number is not finite, the scale has no width or the value lies outside it.
    pub fn new(value: f64, worst: f64, best: f64, scored_on: CivilDate) -> Result<Self, Violation> {
        if !(worst.is_finite() && best.is_finite()) || worst == best {
            let scale = format!("{worst} to {best}");
            return Err(Violation::new("credit_score.scale", scale, "two different finite ends"));
        }
        let (low, high) = if worst < best { (worst, best) } else { (best, worst) };
        if !value.is_finite() || value < low || value > high {
            return Err(Violation::new("credit_score.value", value, format!("a number from {low} to {high}")));
        }
        Ok(CreditScore { value, worst, best, scored_on })
    }

    /// Where the score stands between the worst (0) and the best (1) of its scale.
    pub fn standing(&self) -> f64 {
        (self.value - self.worst) / (self.best - self.worst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standing_reads_both_directions_of_scales() {
        let on = CivilDate::from_unix_days(20_000);
        assert_eq!(CreditScore::new(100.0, 600.0, 100.0, on).unwrap().standing(), 1.0);
        assert_eq!(CreditScore::new(75.0, 0.0, 100.0, on).unwrap().standing(), 0.75);
        assert!(CreditScore::new(601.0, 600.0, 100.0, on).is_err());
        assert!(CreditScore::new(f64::NAN, 0.0, 100.0, on).is_err());
        assert!(CreditScore::new(1.0, 1.0, 1.0, on).is_err());
    }
}
