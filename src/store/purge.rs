//! When ranks of the worklist that no page asks for any more are forgotten.

use crate::domain::ids::TenantId;
use crate::domain::time::Instant;

use super::SNAPSHOT_KEPT_SECONDS;

/// Says when ranks that are no longer needed are to be forgotten.
#[derive(Debug, Default)]
pub struct PurgeTimer {
    next_us: i64,
}

/// Seconds between two purges of ranks.
const PURGE_EVERY_SECONDS: i64 = 2;

impl PurgeTimer {
    /// The tenant to purge and the instant before which ranks must have ended, when a purge is due.
    pub fn due(&mut self, tenant: &TenantId, now: Instant) -> Option<(TenantId, Instant)> {
        if now.unix_us() < self.next_us {
            return None;
        }
        self.next_us = now.plus_seconds(PURGE_EVERY_SECONDS).unix_us();
        Some((tenant.clone(), now.plus_seconds(-SNAPSHOT_KEPT_SECONDS)))
    }
}
