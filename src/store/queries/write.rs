//! Writes prepared rows and takes in ledger records.

use std::collections::HashMap;

use sqlx::{query, query_as, query_scalar};

use super::{Conn, Query};
use crate::domain::ids::TenantId;
use crate::domain::time::Instant;
use crate::ledger::record::RecordOutcome;
use crate::store::StoreError;
use crate::store::ingest::{Intake, Known};
use crate::store::rows::Place;
use crate::store::sql::{ledger, worklist};
use crate::store::write::{Expect, Prepared, TableRows, batches};

pub use super::worklist::claim;

/// Most rank rows forgotten at a time.
const PURGE_ROWS_MAX: i64 = 5_000;

/// Writes the rows of one or more callers in their order. When one of them cannot be written, nothing may be committed.
pub async fn apply(conn: &mut Conn, lists: &[&Prepared]) -> Result<(), StoreError> {
    let batches = batches(lists.iter().flat_map(|list| list.rows.iter().map(|row| (&list.tenant, row))));
    write_batches(conn, batches).await
}

async fn write_batches(conn: &mut Conn, batches: Vec<Vec<TableRows>>) -> Result<(), StoreError> {
    for table in batches.into_iter().flatten() {
        write_table(conn, &table).await?;
    }
    Ok(())
}

async fn write_table(conn: &mut Conn, table: &TableRows) -> Result<(), StoreError> {
    for (index, sql) in table.write.statements().iter().enumerate() {
        let answers = match (index, table.write.expect()) {
            (0, Expect::New | Expect::Current) => true,
            (_, Expect::New | Expect::Current | Expect::Anything) => false,
        };
        if !answers {
            query(*sql).bind(table.json.as_str()).execute(&mut *conn).await.map_err(StoreError::from_driver)?;
            continue;
        }
        let keys: Vec<String> = query_scalar(*sql)
            .bind(table.json.as_str())
            .fetch_all(&mut *conn)
            .await
            .map_err(StoreError::from_driver)?;
        if keys.len() != table.keys.len() {
            let missing = table.keys.iter().find(|key| !keys.contains(key));
            return Err(table.write.conflict(missing.map_or("", String::as_str)));
        }
    }
    Ok(())
}

/// Decides on every record of an intake and writes the accepted ones.
pub async fn take_in(conn: &mut Conn, intake: &Intake) -> Result<Vec<RecordOutcome>, StoreError> {
    let tenant = intake.tenant.as_str();
    let mut known = Known::default();
    for look_up in intake.look_ups() {
        let query: Query<'_, (String, Option<String>)> = query_as(look_up.sql);
        let rows = query.bind(tenant).bind(look_up.json).fetch_all(&mut *conn).await;
        let digests = rows.map_err(StoreError::from_driver)?.into_iter();
        known.digests.extend(digests.map(|(id, digest)| ((look_up.kind, id), digest)));
    }
    if let Some(named) = intake.named_invoices() {
        let query: Query<'_, (String, String, String)> = query_as(ledger::INVOICE_OWNERS);
        let rows = query.bind(tenant).bind(named).fetch_all(&mut *conn).await.map_err(StoreError::from_driver)?;
        known.owners = HashMap::with_capacity(rows.len());
        for (id, customer_id, currency) in rows {
            let place = Place { table: "invoice", id: &id };
            let owner = (place.word("customer_id", &customer_id)?, place.word("currency", &currency)?);
            known.owners.insert(place.word("id", &id)?, owner);
        }
    }
    let plan = intake.plan(known);
    let batches = batches(plan.rows.iter().map(|row| (&intake.tenant, row)));
    write_batches(conn, batches).await?;
    Ok(plan.outcomes)
}

/// Forgets ranks that ended so long ago that no page asks for them.
pub async fn purge_ranks(conn: &mut Conn, tenant: &TenantId, before: Instant) -> Result<(), StoreError> {
    let query = query(worklist::PURGE_RANKS).bind(tenant.as_str()).bind(before.unix_us()).bind(PURGE_ROWS_MAX);
    query.execute(conn).await.map(drop).map_err(StoreError::from_driver)
}
