//! Open amounts by how long they are past due.

/// Days past due at which the ageing buckets after `current` end: 1–30, 31–60, 61–90, over 90.
pub const AGEING_BOUNDS_DAYS: [i32; 3] = [30, 60, 90];

/// Open amounts by days past due, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ageing {
    /// Not past due.
    pub current_minor: i64,
    /// 1 to 30 days past due.
    pub days_1_30_minor: i64,
    /// 31 to 60 days past due.
    pub days_31_60_minor: i64,
    /// 61 to 90 days past due.
    pub days_61_90_minor: i64,
    /// More than 90 days past due.
    pub days_over_90_minor: i64,
}

impl Ageing {
    /// Adds an open amount that is `days_past_due` late (0 or less: not past due).
    pub fn add(&mut self, days_past_due: i32, open_minor: i64) {
        let [first, second, third] = AGEING_BOUNDS_DAYS;
        let bucket = if days_past_due <= 0 {
            &mut self.current_minor
        } else if days_past_due <= first {
            &mut self.days_1_30_minor
        } else if days_past_due <= second {
            &mut self.days_31_60_minor
        } else if days_past_due <= third {
            &mut self.days_61_90_minor
        } else {
            &mut self.days_over_90_minor
        };
        *bucket += open_minor;
    }

    /// All buckets together.
    pub fn total_minor(&self) -> i64 {
        self.current_minor + self.overdue_minor()
    }

    /// All buckets past due.
    pub fn overdue_minor(&self) -> i64 {
        self.days_1_30_minor + self.days_31_60_minor + self.days_61_90_minor + self.days_over_90_minor
    }

    /// Adds another ageing, bucket by bucket.
    pub fn merge(&mut self, other: &Ageing) {
        self.current_minor += other.current_minor;
        self.days_1_30_minor += other.days_1_30_minor;
        self.days_31_60_minor += other.days_31_60_minor;
        self.days_61_90_minor += other.days_61_90_minor;
        self.days_over_90_minor += other.days_over_90_minor;
    }
}
