//! Refreshes of whole worklists: which replica is at it, and what the last one saw.

use crate::domain::time::Instant;

/// The turn of one replica to bring a tenant's worklist in line, as long as it lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshLease {
    /// Whose turn it is: a name that no other process has.
    pub holder: String,
    /// When it runs out unless it is renewed.
    pub expires_at: Instant,
}

/// A refresh of a whole worklist that was finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedRefresh {
    /// When it began: it saw everything that was stored by then.
    pub began_at: Instant,
    /// Digest of what it scored by beside the ledger and the day.
    pub basis: String,
}

/// How it stands with the refresh of a tenant's worklist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefreshState {
    /// The turn that was given last, unless it was given back; it may have run out.
    pub lease: Option<RefreshLease>,
    /// The last refresh that was finished, by its beginning.
    pub last: Option<FinishedRefresh>,
    /// Whether records were taken in since the worklist was brought in line.
    pub is_behind: bool,
}
