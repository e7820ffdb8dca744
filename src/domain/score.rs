//! Scores: one scoring event each, with the reasons that add up to its priority exactly.

use serde::{Deserialize, Serialize};

use super::ids::{ModelId, ScoreId};
use super::time::Instant;
use super::work_item::Tier;

/// Priorities and contributions are whole multiples of one part in this many, so that sums of them as binary
/// floating-point numbers are exact in every client.
pub const PRIORITY_PARTS: f64 = 1024.0;

/// What moved a priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Factor {
    /// Where the reckoning starts, before any factor of the item counts.
    Base,
    /// What is contested.
    ContestedItem,
    /// How serious it is.
    Severity,
    /// What the customer is worth.
    CustomerValue,
    /// What is open on the account.
    OpenBalance,
    /// How good the customer's credit is.
    CreditScore,
    /// How much is contested or collectable.
    Stake,
    /// How long it has been open or overdue.
    Age,
    /// How often it was raised.
    Repeats,
    /// How often the customer was right before.
    PastValidity,
    /// How the customer pays.
    PaymentHabit,
    /// What the customer paid or left lately.
    RecentPayments,
    /// What the invoice is: its size, terms and selling unit.
    InvoiceTraits,
    /// How the segment and the whole portfolio pay.
    Portfolio,
    /// How long the item has waited on the list.
    Waiting,
    /// How much work it is.
    Effort,
}

/// One factor's contribution to a priority.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// What moved it.
    pub factor: Factor,
    /// By how many priority points, negative when it lowers; a multiple of 1/1024.
    pub points: f64,
    /// The value that did so, for the sentence: a code, an amount, a number of days.
    pub value: String,
}

/// One scoring event: everything needed to say why, and to repeat it bit for bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Made here.
    pub id: ScoreId,
    /// When it was scored.
    pub scored_at: Instant,
    /// Calibrated probability of loss or delay unless acted on, in [0, 1].
    pub probability: f64,
    /// What is at stake, in units of the strategy's base currency.
    pub stake_base: f64,
    /// Expected value of acting now, in units of the base currency.
    pub value_base: f64,
    /// Value for each minute of work.
    pub rank_key: f64,
    /// 0 to 100, a multiple of 1/1024.
    pub priority: f64,
    /// By the strategy's cut-offs.
    pub tier: Tier,
    /// Contributions, which add up to `priority` exactly.
    pub reasons: Vec<Reason>,
    /// The models used.
    pub model_ids: Vec<ModelId>,
    /// Digest of the strategy used.
    pub strategy_digest: String,
    /// Digest of the features used.
    pub feature_digest: String,
}
