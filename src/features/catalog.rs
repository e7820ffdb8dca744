//! The catalog of payment features: their names, what they tell, and for which horizons they are of use.
//!
//! A name is never reused with another meaning: the digest of the catalog is part of every model.

use crate::domain::score::Factor;

/// Up to which horizon a feature is of use. Payment runs and weekdays decide between days; over weeks they are noise, and
/// models that see them do worse there (measured; see the model card).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Horizons up to [`NEAR_HORIZON_DAYS`] past due.
    Near,
    /// Every horizon.
    Any,
}

/// Longest horizon of the features that reach [near](Reach::Near), in days past due.
pub const NEAR_HORIZON_DAYS: i32 = 10;

macro_rules! features {
    ($($variant:ident = $name:literal, $factor:ident, $reach:ident, $meaning:literal;)*) => {
        /// One feature of an open invoice.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Feature {
            $(#[doc = $meaning] $variant,)*
        }

        impl Feature {
            /// Every feature in the order of its index.
            pub const ALL: &'static [Feature] = &[$(Feature::$variant,)*];

            /// The name, as stored with models.
            pub fn name(self) -> &'static str {
                match self { $(Feature::$variant => $name,)* }
            }

            /// Which factor of the reasons it belongs to.
            pub fn factor(self) -> Factor {
                match self { $(Feature::$variant => Factor::$factor,)* }
            }

            /// For which horizons it is of use.
            pub fn reach(self) -> Reach {
                match self { $(Feature::$variant => Reach::$reach,)* }
            }

            /// What it tells.
            pub fn meaning(self) -> &'static str {
                match self { $(Feature::$variant => $meaning,)* }
            }
        }
    };
}

features! {
    Amount = "inv_amount_log", InvoiceTraits, Any, "Logarithm of 1 plus the gross amount in units.";
    AmountRelative = "inv_amount_relative_log", InvoiceTraits, Any, "The same less the account's mean.";
    Terms = "inv_terms_days", InvoiceTraits, Any, "Days from issue to due date.";
    PastDue = "inv_past_due_days", Age, Any, "Days past due, negative before the due date.";
    OpenShare = "inv_open_share", InvoiceTraits, Any, "Share of the gross amount that is still open.";
    Disputed = "inv_disputed_flag", InvoiceTraits, Any, "1 while a dispute about it is not decided.";
    Promised = "inv_promised_flag", RecentPayments, Any, "1 while a promise to pay it is not due.";
    PromiseBroken = "inv_promise_broken_flag", RecentPayments, Any, "1 when the promised day has passed.";
    DueWeekday = "inv_due_weekday", PaymentHabit, Near, "Weekday of the due date, 0 for Monday.";
    DueDayOfMonth = "inv_due_day_of_month", PaymentHabit, Near, "Day of the month of the due date.";
    MonthEnd = "cal_month_end_days", PaymentHabit, Near, "Days left in the month.";
    Weekday = "cal_weekday", PaymentHabit, Near, "Weekday, 0 for Monday.";
    BankDaysWeek = "cal_bank_days_to_7", PaymentHabit, Near, "Bank days left until 7 days past due.";
    PeerLate3 = "peer_late_3_logit", Portfolio, Any, "Peers: share of invoices unpaid 3 days past due, as log-odds.";
    PeerRisk7 = "peer_risk_7_logit", Portfolio, Any, "Peers: unpaid 7 days past due of those unpaid after 3.";
    PeerRisk15 = "peer_risk_15_logit", Portfolio, Any, "Peers: unpaid 15 days past due of those unpaid after 3.";
    PeerRisk30 = "peer_risk_30_logit", Portfolio, Any, "Peers: unpaid 30 days past due of those unpaid after 3.";
    UnitRisk7 = "unit_risk_7_90d_logit", Portfolio, Any, "Selling unit: unpaid 7 days past due of those unpaid after 3, recently.";
    UnitRisk15 = "unit_risk_15_90d_logit", Portfolio, Any, "Selling unit: unpaid 15 days past due of those unpaid after 3, recently.";
    WholeRisk7 = "all_risk_7_90d_logit", Portfolio, Any, "All customers: unpaid 7 days past due of those unpaid after 3, recently.";
    WholeRisk15 = "all_risk_15_90d_logit", Portfolio, Any, "All customers: unpaid 15 days past due of those unpaid after 3, recently.";
    PeerShrunk7 = "acct_peer_risk_7_90d_logit", PaymentHabit, Any, "Account shrunk to its peers: unpaid after 7 days of those unpaid after 3, fading.";
    PeerShrunk15 = "acct_peer_risk_15_90d_logit", PaymentHabit, Any, "Account shrunk to its peers: unpaid after 15 days of those unpaid after 3, fading.";
    PeerShrunk30 = "acct_peer_risk_30_90d_logit", PaymentHabit, Any, "Account shrunk to its peers: unpaid after 30 days of those unpaid after 3, fading.";
    Risk7 = "acct_risk_7_logit", PaymentHabit, Any, "Account shrunk to its selling unit: unpaid after 7 days of those unpaid after 3.";
    Risk15 = "acct_risk_15_logit", PaymentHabit, Any, "Account shrunk to its selling unit: unpaid after 15 days of those unpaid after 3.";
    Risk30 = "acct_risk_30_logit", PaymentHabit, Any, "Account shrunk to its selling unit: unpaid after 30 days of those unpaid after 3.";
    RiskShort7 = "acct_risk_7_45d_logit", PaymentHabit, Any, "The same after 7 days, fading fast.";
    RiskShort15 = "acct_risk_15_45d_logit", PaymentHabit, Any, "The same after 15 days, fading fast.";
    RiskWeekday7 = "acct_risk_7_weekday_logit", PaymentHabit, Any, "Account on this weekday of the due date: unpaid after 7 days of those unpaid after 3.";
    RiskSize15 = "acct_risk_15_size_logit", PaymentHabit, Any, "Account at amounts of this size: unpaid after 15 days of those unpaid after 3.";
    Late3 = "acct_late_3_logit", PaymentHabit, Any, "Account shrunk to its selling unit: share of invoices unpaid 3 days past due.";
    LateShort3 = "acct_late_3_45d_logit", PaymentHabit, Any, "The same, fading fast.";
    Late7 = "acct_late_7_logit", PaymentHabit, Any, "Account: share of invoices unpaid 7 days past due.";
    Late15 = "acct_late_15_logit", PaymentHabit, Any, "Account: share of invoices unpaid 15 days past due.";
    Late30 = "acct_late_30_logit", PaymentHabit, Any, "Account: share of invoices unpaid 30 days past due.";
    LatenessMean = "acct_lateness_mean_60d_days", PaymentHabit, Any, "Mean lateness of invoices settled, fading.";
    LatenessSpread = "acct_lateness_spread_60d_days", PaymentHabit, Any, "Standard deviation of that lateness.";
    LateMean = "acct_late_mean_days", PaymentHabit, Any, "Mean lateness of the invoices that were late.";
    LastLate = "acct_last_late_mean_days", PaymentHabit, Any, "Mean lateness of the last three that were late.";
    LastLateness = "acct_last_lateness_mean_days", RecentPayments, Any, "Mean lateness of the last five settled.";
    RunLateness = "acct_last_run_lateness_days", RecentPayments, Any, "Mean lateness of what the last payment day settled.";
    OpenCount = "acct_open_count_log", OpenBalance, Any, "Logarithm of 1 plus the number of other open invoices.";
    OverdueShare = "acct_overdue_share", OpenBalance, Any, "Share of other open invoices that are overdue.";
    AmountShare = "inv_balance_share_log", OpenBalance, Any, "Logarithm of the share of the open balance that is this invoice.";
    OlderCount = "acct_older_open_count_log", OpenBalance, Any, "Logarithm of 1 plus the open invoices due before this one.";
    OldestOverdue = "acct_oldest_overdue_log", OpenBalance, Any, "Logarithm of 1 plus the days past due of the oldest other open invoice.";
    OpenBalance = "acct_open_log", OpenBalance, Any, "Logarithm of 1 plus what else is open, in units.";
    OverdueBalance = "acct_overdue_log", OpenBalance, Any, "Logarithm of 1 plus what else is overdue, in units.";
    InvoiceCount = "acct_invoice_count_log", PaymentHabit, Any, "Logarithm of 1 plus the invoices issued before.";
    AccountAge = "acct_age_log", PaymentHabit, Any, "Logarithm of 1 plus the days since the first invoice.";
    SincePayment = "acct_since_payment_log", RecentPayments, Any, "Logarithm of 1 plus the days since the last payment.";
    SettledWeek = "acct_settled_count_7d_log", RecentPayments, Any, "Logarithm of 1 plus the invoices settled in 7 days.";
    SettledSinceDue = "acct_settled_since_due_log", RecentPayments, Any, "Logarithm of 1 plus the invoices settled since this one was due.";
    SharePayments = "acct_weekday_share_to_7", PaymentHabit, Near, "Share of its invoices that the account settles on the weekdays left until 7 days past due.";
    ShareRuns = "acct_run_weekday_share_to_7", PaymentHabit, Near, "Share of its payment days that fall on those weekdays.";
    ShareRunsNext = "acct_run_weekday_share_2d", PaymentHabit, Near, "Share of its payment days that fall on the weekdays of the next two days.";
    RunGap = "acct_run_gap_days", PaymentHabit, Near, "Usual days between its payment days.";
    RunDue = "acct_run_due_days", PaymentHabit, Near, "Days until the next payment day if that gap holds.";
    SameDueShare = "acct_same_due_settled_share", RecentPayments, Near, "Share of the other invoices of the same due date that are settled.";
    EarlierShare = "acct_earlier_settled_share", RecentPayments, Near, "Share settled of those due in the 14 days before.";
    LaterShare = "acct_later_settled_share", RecentPayments, Near, "Share settled of those due later: this one was passed over.";
}

/// How many features there are.
pub const FEATURE_COUNT: usize = Feature::ALL.len();

/// The features of one open invoice, all finite, in the order of the catalog. Single precision is what models are trained
/// on and score with.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureRow([f32; FEATURE_COUNT]);

impl Default for FeatureRow {
    fn default() -> Self {
        FeatureRow([0.0; FEATURE_COUNT])
    }
}

impl FeatureRow {
    /// Sets a feature; what is not finite counts as 0.
    pub fn set(&mut self, feature: Feature, value: f64) {
        #[expect(clippy::cast_possible_truncation, reason = "features are of single precision")]
        let value = value as f32;
        self.0[feature as usize] = if value.is_finite() { value } else { 0.0 };
    }

    /// A row of these values in the order of the catalog; missing ones count as 0.
    pub fn from_values(values: &[f32]) -> Self {
        let mut row = FeatureRow::default();
        for (feature, value) in Feature::ALL.iter().zip(values) {
            row.set(*feature, f64::from(*value));
        }
        row
    }

    /// The value of a feature.
    pub fn get(&self, feature: Feature) -> f32 {
        self.0[feature as usize]
    }

    /// All values in the order of the catalog.
    pub fn values(&self) -> &[f32; FEATURE_COUNT] {
        &self.0
    }
}

/// Digest of the catalog: changes when a feature is added, renamed or moved.
pub fn digest() -> String {
    let mut hasher = blake3::Hasher::new();
    for feature in Feature::ALL {
        hasher.update(feature.name().as_bytes());
        hasher.update(b"\n");
    }
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_contacts_are_no_feature() {
        let names: BTreeSet<&str> = Feature::ALL.iter().map(|feature| feature.name()).collect();
        assert_eq!(names.len(), FEATURE_COUNT);
        assert!(names.iter().all(|name| !name.contains("contact")), "contacts follow lateness");
        for (index, feature) in Feature::ALL.iter().enumerate() {
            assert_eq!(*feature as usize, index);
        }
    }
}
