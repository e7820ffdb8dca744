//! Rows of refreshes of whole worklists.

use serde::Serialize;

use crate::domain::ids::TenantId;
use crate::domain::time::Instant;

use crate::store::{FinishedRefresh, RefreshLease, RefreshState};

/// Up to which change of its ledger a worklist is brought in line.
#[derive(Debug, Serialize)]
pub struct LedgerRefreshWrite<'a> {
    /// Whose worklist.
    pub tenant: &'a TenantId,
    /// So many changes are seen to.
    pub change_count: i64,
}

/// A turn as it is claimed.
#[derive(Debug, Serialize)]
pub struct RefreshClaimWrite<'a> {
    tenant: &'a TenantId,
    holder: &'a str,
    claimed_at_us: i64,
    expires_at_us: i64,
    last_began_at_us: Option<i64>,
}

impl<'a> RefreshClaimWrite<'a> {
    /// The row of a turn that is claimed at `now`.
    pub fn new(tenant: &'a TenantId, lease: &'a RefreshLease, now: Instant, last_began_at: Option<Instant>) -> Self {
        let RefreshLease { holder, expires_at } = lease;
        RefreshClaimWrite {
            tenant,
            holder,
            claimed_at_us: now.unix_us(),
            expires_at_us: expires_at.unix_us(),
            last_began_at_us: last_began_at.map(Instant::unix_us),
        }
    }
}

/// A turn that is to last longer.
#[derive(Debug, Serialize)]
pub struct RefreshRenewalWrite<'a> {
    tenant: &'a TenantId,
    holder: &'a str,
    expires_at_us: i64,
}

impl<'a> RefreshRenewalWrite<'a> {
    /// The row of a turn with its new end.
    pub fn new(tenant: &'a TenantId, lease: &'a RefreshLease) -> Self {
        let RefreshLease { holder, expires_at } = lease;
        RefreshRenewalWrite { tenant, holder, expires_at_us: expires_at.unix_us() }
    }
}

/// A turn that is given back.
#[derive(Debug, Serialize)]
pub struct RefreshReleaseWrite<'a> {
    /// Whose worklist.
    pub tenant: &'a TenantId,
    /// Whose turn.
    pub holder: &'a str,
}

/// What a finished refresh saw, as written.
#[derive(Debug, Serialize)]
pub struct FinishedRefreshWrite<'a> {
    tenant: &'a TenantId,
    last_began_at_us: i64,
    last_basis: &'a str,
}

impl<'a> FinishedRefreshWrite<'a> {
    /// The row of a finished refresh.
    pub fn new(tenant: &'a TenantId, finished: &'a FinishedRefresh) -> Self {
        let FinishedRefresh { began_at, basis } = finished;
        FinishedRefreshWrite { tenant, last_began_at_us: began_at.unix_us(), last_basis: basis }
    }
}

/// How it stands with a refresh, as read.
#[derive(Debug, sqlx::FromRow)]
pub struct RefreshStateRow {
    holder: Option<String>,
    expires_at_us: Option<i64>,
    last_began_at_us: Option<i64>,
    last_basis: Option<String>,
    is_behind: i64,
}

impl From<RefreshStateRow> for RefreshState {
    fn from(row: RefreshStateRow) -> Self {
        let RefreshStateRow { holder, expires_at_us, last_began_at_us, last_basis, is_behind } = row;
        let lease = holder.zip(expires_at_us);
        let last = last_began_at_us.zip(last_basis);
        RefreshState {
            lease: lease.map(|(holder, us)| RefreshLease { holder, expires_at: Instant::from_unix_us(us) }),
            last: last.map(|(us, basis)| FinishedRefresh { began_at: Instant::from_unix_us(us), basis }),
            is_behind: is_behind != 0,
        }
    }
}
