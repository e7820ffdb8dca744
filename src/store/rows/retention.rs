//! Rows of what is forgotten: they name what is to go, and how old it must be.

use serde::Serialize;

use crate::domain::ids::TenantId;
use crate::domain::time::Instant;

/// An answer or a score that is to be forgotten.
#[derive(Debug, Serialize)]
pub struct ForgottenWrite<'a> {
    tenant: &'a TenantId,
    id: &'a str,
    before_us: i64,
}

impl<'a> ForgottenWrite<'a> {
    /// The row of one that must have come before an instant.
    pub fn new(tenant: &'a TenantId, id: &'a str, before: Instant) -> Self {
        ForgottenWrite { tenant, id, before_us: before.unix_us() }
    }
}
