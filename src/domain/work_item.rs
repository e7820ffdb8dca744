//! Work items: what stands on the worklist, and who has it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ids::{CustomerId, DisputeId, MessageId, QueueId, ScoreId, UserId, WorkItemId};
use super::money::{Currency, Money};
use super::time::{CivilDate, Instant};
use super::violation::Violation;

/// What kind of work an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WorkItemKind {
    /// Decide a dispute.
    Dispute,
    /// Ask an account for its overdue invoices.
    OverdueAccount,
    /// See whether a promise is kept.
    PromiseFollowUp,
    /// Apply a payment that a customer announced.
    CashApplication,
    /// Decide on a request for instalments or more time.
    PaymentPlan,
    /// Answer a question.
    Query,
    /// Read a message that fits nothing else.
    Review,
}

impl WorkItemKind {
    /// Every kind.
    pub const ALL: [WorkItemKind; 7] = [
        WorkItemKind::Dispute,
        WorkItemKind::OverdueAccount,
        WorkItemKind::PromiseFollowUp,
        WorkItemKind::CashApplication,
        WorkItemKind::PaymentPlan,
        WorkItemKind::Query,
        WorkItemKind::Review,
    ];

    /// The kind in capitals.
    pub fn as_str(self) -> &'static str {
        match self {
            WorkItemKind::Dispute => "DISPUTE",
            WorkItemKind::OverdueAccount => "OVERDUE_ACCOUNT",
            WorkItemKind::PromiseFollowUp => "PROMISE_FOLLOW_UP",
            WorkItemKind::CashApplication => "CASH_APPLICATION",
            WorkItemKind::PaymentPlan => "PAYMENT_PLAN",
            WorkItemKind::Query => "QUERY",
            WorkItemKind::Review => "REVIEW",
        }
    }

    /// Reads a kind in capitals.
    ///
    /// # Errors
    /// A violation listing the kinds.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        WorkItemKind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| {
            let known: Vec<_> = WorkItemKind::ALL.iter().map(|kind| kind.as_str()).collect();
            Violation::new("kind", text, format!("one of {}", known.join(", ")))
        })
    }
}

impl fmt::Display for WorkItemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How urgent an item is by the strategy's cut-offs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Tier {
    /// Today.
    High,
    /// This week.
    Medium,
    /// When there is time.
    Low,
}

impl Tier {
    /// The tier in capitals.
    pub fn as_str(self) -> &'static str {
        match self {
            Tier::High => "HIGH",
            Tier::Medium => "MEDIUM",
            Tier::Low => "LOW",
        }
    }

    /// Reads a tier in capitals.
    ///
    /// # Errors
    /// A violation listing the tiers.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        [Tier::High, Tier::Medium, Tier::Low]
            .into_iter()
            .find(|tier| tier.as_str() == text)
            .ok_or_else(|| Violation::new("tier", text, "one of HIGH, MEDIUM, LOW"))
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WorkItemState {
    /// Waits for somebody; claimed while its lease has not run out.
    Open,
    /// Hidden until its snooze ends.
    Snoozed,
    /// Done.
    Completed,
}

impl WorkItemState {
    /// The state in capitals.
    pub fn as_str(self) -> &'static str {
        match self {
            WorkItemState::Open => "OPEN",
            WorkItemState::Snoozed => "SNOOZED",
            WorkItemState::Completed => "COMPLETED",
        }
    }

    /// Reads a state in capitals.
    ///
    /// # Errors
    /// A violation listing the states.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        [WorkItemState::Open, WorkItemState::Snoozed, WorkItemState::Completed]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Violation::new("state", text, "one of OPEN, SNOOZED, COMPLETED"))
    }
}

/// What came of the work on an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CompletionResult {
    /// The matter is settled.
    Settled,
    /// The customer promised to pay.
    Promised,
    /// Nobody was reached.
    NotReached,
    /// The customer refused.
    Refused,
    /// It was handed to somebody else.
    HandedOver,
    /// The item should not have been on the list.
    NotNeeded,
}

/// Who holds an item, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Who claimed it.
    pub holder: UserId,
    /// Known only to the holder; needed to complete, snooze or release.
    pub token: String,
    /// When the lease runs out and others may claim.
    pub expires_at: Instant,
}

/// A piece of work with its present rank.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkItem {
    /// Made here.
    pub id: WorkItemId,
    /// What kind of work.
    pub kind: WorkItemKind,
    /// Whom it concerns, when known.
    pub customer_id: Option<CustomerId>,
    /// Currency of the account or of the contested amount.
    pub currency: Option<Currency>,
    /// The dispute to decide.
    pub dispute_id: Option<DisputeId>,
    /// The message to answer.
    pub message_id: Option<MessageId>,
    /// The team it belongs to, when one was set.
    pub queue: Option<QueueId>,
    /// The person it is meant for, when one was set.
    pub assignee: Option<UserId>,
    /// Where it stands.
    pub state: WorkItemState,
    /// Its priority, 0 to 100.
    pub priority: f64,
    /// Its tier.
    pub tier: Tier,
    /// The amount that the work is about, in the item's currency.
    pub stake: Option<Money>,
    /// One line that says what it is.
    pub summary: String,
    /// The score behind the priority.
    pub score_id: Option<ScoreId>,
    /// When it came up; the waiting bonus counts from here.
    pub created_at: Instant,
    /// When it is to be done at the latest, where the strategy or a promise says so.
    pub due_on: Option<CivilDate>,
    /// End of the snooze.
    pub snoozed_until: Option<Instant>,
    /// Who has it.
    pub lease: Option<Lease>,
    /// When it was completed, and with what result.
    pub completed: Option<(Instant, CompletionResult)>,
    /// Why it may not be worked on now, although it stays ranked: contact policy or legal hold.
    pub gate: Option<String>,
    /// Whether the customer wrote again about it while somebody had it: who completes it then may not have read that.
    pub is_raised: bool,
    /// Counts the changes.
    pub version: i64,
}

impl WorkItem {
    /// Whether somebody has it at `now`.
    pub fn is_held(&self, now: Instant) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.expires_at > now)
    }

    /// The item with a lease that has not run out at `now`, if it has one.
    pub fn held_beyond(mut self, now: Instant) -> WorkItem {
        if let Some(lease) = &mut self.lease {
            lease.expires_at = lease.expires_at.max(now.plus_seconds(1));
        }
        self
    }

    /// The item as it stands at `now`: without a lease or snooze that is over.
    pub fn as_of(mut self, now: Instant) -> WorkItem {
        if !self.is_held(now) || self.state == WorkItemState::Completed {
            self.lease = None;
        }
        if self.state == WorkItemState::Snoozed && self.snoozed_until.is_none_or(|until| until <= now) {
            self.state = WorkItemState::Open;
            self.snoozed_until = None;
        }
        self
    }
}
