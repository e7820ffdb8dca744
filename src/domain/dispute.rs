//! Disputes: their severity, status machine and resolutions.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::dispute_details::PastDetails;
use super::dispute_past::{PastDecisions, RaisedAgain};
use super::ids::{CustomerId, DisputeId, InvoiceId, UserId};
use super::money::Money;
use super::taxonomy::ItemCode;
use super::time::{CivilDate, Instant};
use super::violation::Violation;

/// How serious a dispute is, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Severity {
    /// A small part or a correctable formality; the rest will be paid.
    Minor,
    /// A line or invoice is contested and held back.
    Moderate,
    /// Whole invoices are refused, other payments withheld, or the complaint is repeated or escalated.
    Major,
    /// Lawyers, courts, fraud, the end of the relation, insolvency or a public complaint.
    Critical,
}

impl Severity {
    /// Every severity, ascending.
    pub const ALL: [Severity; 4] = [Severity::Minor, Severity::Moderate, Severity::Major, Severity::Critical];

    /// The severity in capitals.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Minor => "MINOR",
            Severity::Moderate => "MODERATE",
            Severity::Major => "MAJOR",
            Severity::Critical => "CRITICAL",
        }
    }

    /// Reads a severity in capitals.
    ///
    /// # Errors
    /// A violation listing the severities.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        Severity::ALL
            .into_iter()
            .find(|severity| severity.as_str() == text)
            .ok_or_else(|| Violation::new("severity", text, "one of MINOR, MODERATE, MAJOR, CRITICAL"))
    }

    /// 0 for minor to 3 for critical.
    pub fn rank(self) -> u8 {
        match self {
            Severity::Minor => 0,
            Severity::Moderate => 1,
            Severity::Major => 2,
            Severity::Critical => 3,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DisputeStatus {
    /// Received and scored, seen by nobody yet.
    New,
    /// A person has confirmed what is contested.
    Triaged,
    /// Somebody works on it.
    InProgress,
    /// An answer of the customer is awaited.
    AwaitingCustomer,
    /// Decided, see the resolution.
    Resolved,
    /// Decided and carried out.
    Closed,
    /// Entered in error.
    Voided,
    /// Decided once and contested again.
    Reopened,
}

impl DisputeStatus {
    /// Every status.
    pub const ALL: [DisputeStatus; 8] = [
        DisputeStatus::New,
        DisputeStatus::Triaged,
        DisputeStatus::InProgress,
        DisputeStatus::AwaitingCustomer,
        DisputeStatus::Resolved,
        DisputeStatus::Closed,
        DisputeStatus::Voided,
        DisputeStatus::Reopened,
    ];

    /// The status in capitals.
    pub fn as_str(self) -> &'static str {
        match self {
            DisputeStatus::New => "NEW",
            DisputeStatus::Triaged => "TRIAGED",
            DisputeStatus::InProgress => "IN_PROGRESS",
            DisputeStatus::AwaitingCustomer => "AWAITING_CUSTOMER",
            DisputeStatus::Resolved => "RESOLVED",
            DisputeStatus::Closed => "CLOSED",
            DisputeStatus::Voided => "VOIDED",
            DisputeStatus::Reopened => "REOPENED",
        }
    }

    /// Reads a status in capitals.
    ///
    /// # Errors
    /// A violation listing the statuses.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        DisputeStatus::ALL.into_iter().find(|status| status.as_str() == text).ok_or_else(|| {
            let known: Vec<_> = DisputeStatus::ALL.iter().map(|status| status.as_str()).collect();
            Violation::new("status", text, format!("one of {}", known.join(", ")))
        })
    }

    /// The statuses that may follow this one.
    pub fn successors(self) -> &'static [DisputeStatus] {
        match self {
            DisputeStatus::New | DisputeStatus::Reopened => &[
                DisputeStatus::Triaged,
                DisputeStatus::InProgress,
                DisputeStatus::AwaitingCustomer,
                DisputeStatus::Resolved,
                DisputeStatus::Voided,
            ],
            DisputeStatus::Triaged => &[
                DisputeStatus::InProgress,
                DisputeStatus::AwaitingCustomer,
                DisputeStatus::Resolved,
                DisputeStatus::Voided,
            ],
            DisputeStatus::InProgress => {
                &[DisputeStatus::AwaitingCustomer, DisputeStatus::Resolved, DisputeStatus::Voided]
            }
            DisputeStatus::AwaitingCustomer => {
                &[DisputeStatus::InProgress, DisputeStatus::Resolved, DisputeStatus::Voided]
            }
            DisputeStatus::Resolved => &[DisputeStatus::Closed, DisputeStatus::Reopened],
            DisputeStatus::Closed => &[DisputeStatus::Reopened],
            DisputeStatus::Voided => &[],
        }
    }

    /// Whether the amount contested is still in question.
    pub fn is_open(self) -> bool {
        match self {
            DisputeStatus::New
            | DisputeStatus::Triaged
            | DisputeStatus::InProgress
            | DisputeStatus::AwaitingCustomer
            | DisputeStatus::Reopened => true,
            DisputeStatus::Resolved | DisputeStatus::Closed | DisputeStatus::Voided => false,
        }
    }
}

impl fmt::Display for DisputeStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A change of status that is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a dispute in status `{from}` cannot become `{to}`")]
pub struct IllegalTransition {
    /// Present status.
    pub from: DisputeStatus,
    /// Status asked for.
    pub to: DisputeStatus,
}

/// How a dispute was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Resolution {
    /// The customer was right; the contested amount is credited.
    ValidCredit,
    /// The customer was partly right.
    PartialCredit,
    /// The customer was wrong; the amount stays due.
    InvalidRebill,
    /// The amount is given up without a decision on who was right.
    WriteOff,
    /// The customer no longer contests.
    Withdrawn,
}

impl Resolution {
    /// Every resolution.
    pub const ALL: [Resolution; 5] = [
        Resolution::ValidCredit,
        Resolution::PartialCredit,
        Resolution::InvalidRebill,
        Resolution::WriteOff,
        Resolution::Withdrawn,
    ];

    /// The resolution in capitals.
    pub fn as_str(self) -> &'static str {
        match self {
            Resolution::ValidCredit => "VALID_CREDIT",
            Resolution::PartialCredit => "PARTIAL_CREDIT",
            Resolution::InvalidRebill => "INVALID_REBILL",
            Resolution::WriteOff => "WRITE_OFF",
            Resolution::Withdrawn => "WITHDRAWN",
        }
    }

    /// Reads a resolution in capitals.
    ///
    /// # Errors
    /// A violation listing the resolutions.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        Resolution::ALL.into_iter().find(|resolution| resolution.as_str() == text).ok_or_else(|| {
            let known: Vec<_> = Resolution::ALL.iter().map(|resolution| resolution.as_str()).collect();
            Violation::new("resolution", text, format!("one of {}", known.join(", ")))
        })
    }

    /// Whether the amount, or a part of it, is to be credited.
    pub fn is_credited(self) -> bool {
        match self {
            Resolution::ValidCredit | Resolution::PartialCredit | Resolution::WriteOff => true,
            Resolution::InvalidRebill | Resolution::Withdrawn => false,
        }
    }

    /// Whether the customer was right, where the resolution says so.
    pub fn customer_was_right(self) -> Option<bool> {
        match self {
            Resolution::ValidCredit | Resolution::PartialCredit => Some(true),
            Resolution::InvalidRebill | Resolution::Withdrawn => Some(false),
            Resolution::WriteOff => None,
        }
    }
}

/// How urgently a person said that a dispute had to be handled: P1 is the most urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PriorityLabel {
    /// At once.
    P1,
    /// Today.
    P2,
    /// This week.
    P3,
    /// When there is time.
    P4,
}

impl PriorityLabel {
    /// Every label, the most urgent first.
    pub const ALL: [PriorityLabel; 4] = [PriorityLabel::P1, PriorityLabel::P2, PriorityLabel::P3, PriorityLabel::P4];

    /// `P1` to `P4`.
    pub fn as_str(self) -> &'static str {
        match self {
            PriorityLabel::P1 => "P1",
            PriorityLabel::P2 => "P2",
            PriorityLabel::P3 => "P3",
            PriorityLabel::P4 => "P4",
        }
    }

    /// Reads `P1` to `P4`.
    ///
    /// # Errors
    /// A violation of `priority_label`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        PriorityLabel::ALL
            .into_iter()
            .find(|label| label.as_str() == text)
            .ok_or_else(|| Violation::new("priority_label", text, "one of P1, P2, P3, P4"))
    }
}

/// A dispute: what a customer contests, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dispute {
    /// Id of the calling system or made here.
    pub id: DisputeId,
    /// Who contests.
    pub customer_id: CustomerId,
    /// The invoices meant, as far as they are known.
    pub invoice_ids: Vec<InvoiceId>,
    /// Invoice numbers that its messages name, as written, of invoices that the ledger does not know yet.
    #[serde(default)]
    pub awaited_numbers: Vec<String>,
    /// What is contested, a code of the tenant's taxonomy.
    pub contested_item: ItemCode,
    /// How serious it is.
    pub severity: Severity,
    /// How much is contested; absent means all that is open on the invoices meant.
    pub contested_amount: Option<Money>,
    /// Day it was raised.
    pub opened_on: CivilDate,
    /// Where it stands.
    pub status: DisputeStatus,
    /// How it was decided, once it is.
    pub resolution: Option<Resolution>,
    /// What was credited for it, once decided.
    pub credited_amount: Option<Money>,
    /// Day it was decided.
    pub resolved_on: Option<CivilDate>,
    /// When the customer raised it again.
    pub raised_again: RaisedAgain,
    /// How it was decided before it was contested again or decided otherwise.
    pub past_decisions: PastDecisions,
    /// What it was about before that changed.
    pub past_details: PastDetails,
    /// Day on which it became known what it is about now; absent of a dispute from before these days were kept, and counts as the day
    /// on which it was raised.
    pub details_on: Option<CivilDate>,
    /// Day it was found to be entered in error, once it is.
    pub voided_on: Option<CivilDate>,
    /// How urgent a person said it was, where one did.
    pub priority_label: Option<PriorityLabel>,
    /// Who works on it.
    pub assignee: Option<UserId>,
    /// When the row last changed.
    pub updated_at: Instant,
    /// Counts the changes; a write must name the version it read.
    pub version: i64,
}

impl Dispute {
    /// Moves the dispute to another status.
    ///
    /// # Errors
    /// [`IllegalTransition`] when the status machine has no such step.
    pub fn transition(&mut self, to: DisputeStatus) -> Result<(), IllegalTransition> {
        if !self.status.successors().contains(&to) {
            return Err(IllegalTransition { from: self.status, to });
        }
        self.status = to;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voided_is_final_and_nothing_returns_to_new() {
        assert!(DisputeStatus::Voided.successors().is_empty());
        for status in DisputeStatus::ALL {
            assert!(!status.successors().contains(&DisputeStatus::New));
            assert!(!status.successors().contains(&status));
        }
    }

    #[test]
    fn only_decided_disputes_are_reopened_or_closed() {
        for status in DisputeStatus::ALL {
            let decided = matches!(status, DisputeStatus::Resolved | DisputeStatus::Closed);
            assert_eq!(status.successors().contains(&DisputeStatus::Reopened), decided, "{status}");
        }
    }

    #[test]
    fn words_read_as_they_are_written() {
        for status in DisputeStatus::ALL {
            assert_eq!(DisputeStatus::parse(status.as_str()).unwrap(), status);
        }
        for resolution in Resolution::ALL {
            assert_eq!(Resolution::parse(resolution.as_str()).unwrap(), resolution);
        }
        for severity in Severity::ALL {
            assert_eq!(Severity::parse(severity.as_str()).unwrap(), severity);
        }
    }
}
