//! Reads taxonomies, and how often their codes are used.

use sqlx::query_as;

use super::{Conn, Query, all, one};
use crate::domain::ids::TenantId;
use crate::domain::taxonomy::ItemCode;
use crate::store::rows::taxonomy::{ItemCountRow, TaxonomyRow};
use crate::store::sql::service;
use crate::store::{StoreError, TaxonomyRecord};

/// The taxonomy that was loaded last.
pub async fn latest(conn: &mut Conn, tenant: &TenantId) -> Result<Option<TaxonomyRecord>, StoreError> {
    let query: Query<'_, TaxonomyRow> = query_as(service::TAXONOMY);
    one(query.bind(tenant.as_str()), conn).await
}

/// How many disputes there are of each contested item.
pub async fn dispute_counts(conn: &mut Conn, tenant: &TenantId) -> Result<Vec<(ItemCode, u64)>, StoreError> {
    let query: Query<'_, ItemCountRow> = query_as(service::DISPUTE_COUNTS_BY_ITEM);
    all(query.bind(tenant.as_str()), conn).await
}
