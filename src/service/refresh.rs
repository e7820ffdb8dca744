//! Refreshing: every account and open dispute scored again, and the worklist brought in line.

use super::view::AccountScore;
use super::{Service, ServiceError, unfinished};
use crate::domain::ids::TenantId;
use crate::domain::time::CivilDate;

/// What a refresh did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RefreshSummary {
    /// Accounts looked at.
    pub account_count: u64,
    /// Overdue accounts put or kept on the list.
    pub overdue_count: u64,
    /// Items taken off because nothing is left to ask for.
    pub completed_count: u64,
    /// Open disputes scored again.
    pub dispute_count: u64,
}

/// An entry of a worklist that was ranked from the ledger alone.
#[derive(Debug, Clone, PartialEq)]
pub enum RankedEntry {
    /// An overdue account.
    Account(Box<AccountScore>),
    /// An open dispute of the ledger.
    Dispute(Box<super::view::DisputeView>),
}

impl Service {
    /// Scores every account and open dispute of a tenant again and brings the worklist in line.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn refresh_worklist(&self, _tenant: &TenantId) -> Result<RefreshSummary, ServiceError> {
        Err(unfinished())
    }

    /// Ranks the overdue accounts and open disputes as they stood on a day, from the ledger alone, storing nothing.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn rank_as_of(
        &self,
        _tenant: &TenantId,
        _as_of: CivilDate,
        _limit: usize,
    ) -> Result<Vec<RankedEntry>, ServiceError> {
        Err(unfinished())
    }
}
