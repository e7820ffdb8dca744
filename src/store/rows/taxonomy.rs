//! Rows of taxonomies, and of how often their codes are used.

use serde::Serialize;

use crate::domain::ids::TenantId;
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::Instant;

use super::Place;
use crate::store::{StoreError, TaxonomyRecord};

/// A taxonomy as written.
#[derive(Debug, Serialize)]
pub struct TaxonomyWrite<'a> {
    tenant: &'a TenantId,
    version: i64,
    name: &'a str,
    digest: &'a str,
    document: &'a str,
    loaded_at_us: i64,
}

impl<'a> TaxonomyWrite<'a> {
    /// The row of a taxonomy.
    pub fn new(tenant: &'a TenantId, taxonomy: &'a TaxonomyRecord) -> Self {
        let TaxonomyRecord { version, name, digest, text, loaded_at } = taxonomy;
        TaxonomyWrite { tenant, version: *version, name, digest, document: text, loaded_at_us: loaded_at.unix_us() }
    }
}

/// A taxonomy as read.
#[derive(Debug, sqlx::FromRow)]
pub struct TaxonomyRow {
    version: i64,
    name: String,
    digest: String,
    document: String,
    loaded_at_us: i64,
}

impl TryFrom<TaxonomyRow> for TaxonomyRecord {
    type Error = StoreError;

    fn try_from(row: TaxonomyRow) -> Result<Self, StoreError> {
        let TaxonomyRow { version, name, digest, document, loaded_at_us } = row;
        Ok(TaxonomyRecord { version, name, digest, text: document, loaded_at: Instant::from_unix_us(loaded_at_us) })
    }
}

/// The disputes of a contested item, counted.
#[derive(Debug, sqlx::FromRow)]
pub struct ItemCountRow {
    contested_item: String,
    dispute_count: i64,
}

impl TryFrom<ItemCountRow> for (ItemCode, u64) {
    type Error = StoreError;

    fn try_from(row: ItemCountRow) -> Result<Self, StoreError> {
        let place = Place { table: "dispute", id: &row.contested_item };
        Ok((place.word("contested_item", &row.contested_item)?, place.count("dispute_count", row.dispute_count)?))
    }
}
