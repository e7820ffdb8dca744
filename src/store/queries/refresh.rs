//! Reads how it stands with refreshes of whole worklists.

use sqlx::query_as;

use super::{Conn, Query};
use crate::domain::ids::TenantId;
use crate::store::rows::refresh::RefreshStateRow;
use crate::store::sql::upkeep;
use crate::store::{RefreshState, StoreError};

/// How it stands with the refresh of a tenant's worklist; of a tenant that has stored nothing, as if it was never refreshed.
pub async fn state(conn: &mut Conn, tenant: &TenantId) -> Result<RefreshState, StoreError> {
    let query: Query<'_, RefreshStateRow> = query_as(upkeep::REFRESH_STATE);
    let row = query.bind(tenant.as_str()).fetch_optional(conn).await.map_err(StoreError::from_driver)?;
    Ok(row.map_or_else(RefreshState::default, RefreshState::from))
}
