//! Writes prepared rows and takes in ledger records.

use sqlx::{query, query_as};

use super::super::changeable;
use super::{Conn, Query, all};
use crate::domain::customer::Customer;
use crate::domain::ids::TenantId;
use crate::domain::time::Instant;
use crate::ledger::record::RecordOutcome;
use crate::store::StoreError;
use crate::store::clearings::KnownClearingRow;
use crate::store::dispute_revision::StoredDispute;
use crate::store::ingest::{Intake, Known};
use crate::store::rows::dispute::StoredDisputeRow;
use crate::store::rows::ledger::CustomerRow;
use crate::store::settlements::KnownDocumentRow;
use crate::store::sql::{ledger, service, worklist};
use crate::store::write::{Expect, Prepared, Row, TableRows, Write, batches, json_list};

use super::account::invoice_owners;
pub use super::worklist::claim;

/// Most rank rows forgotten at a time.
const PURGE_ROWS_MAX: i64 = 5_000;

/// Writes the rows of one or more callers in their order, those of a table together. When it is refused, nothing may be
/// committed, and the row named in the error may be another than the one at fault.
pub async fn apply_together(conn: &mut Conn, lists: &[&Prepared]) -> Result<(), StoreError> {
    let batches = batches(lists.iter().flat_map(|list| list.rows.iter().map(|row| (&list.tenant, row))));
    for TableRows { write, rows } in batches.into_iter().flatten() {
        write_rows(conn, write, &rows).await?;
    }
    Ok(())
}

/// Writes the rows of one caller one by one. When it is refused, nothing may be committed, and the error names the row.
pub async fn apply_singly(conn: &mut Conn, list: &Prepared) -> Result<(), StoreError> {
    let batches = batches(list.rows.iter().map(|row| (&list.tenant, row)));
    for TableRows { write, rows } in batches.into_iter().flatten() {
        for row in rows {
            write_rows(conn, write, &[row]).await?;
        }
    }
    Ok(())
}

async fn write_rows(conn: &mut Conn, write: Write, rows: &[&Row]) -> Result<(), StoreError> {
    let json = json_list(rows);
    for (index, sql) in write.statements().iter().enumerate() {
        let done = query(*sql).bind(json.as_str()).execute(&mut *conn).await.map_err(StoreError::from_driver)?;
        let must_write_each = match (index, write.expect()) {
            (0, Expect::New | Expect::Current) => true,
            (_, Expect::New | Expect::Current | Expect::Anything) => false,
        };
        if must_write_each && usize::try_from(done.rows_affected()) != Ok(rows.len()) {
            return Err(write.conflict(rows.first().map_or("", |row| row.key.as_str())));
        }
    }
    Ok(())
}

/// Decides on every record of an intake and writes the accepted ones.
pub async fn take_in(conn: &mut Conn, intake: &Intake) -> Result<Vec<RecordOutcome>, StoreError> {
    let tenant = intake.tenant.as_str();
    let mut known = Known::default();
    let [payments, credit_notes] = intake.named_documents();
    // First of all: who waits here for another process finds all that it wrote afterwards, be it about the document or the same record.
    for (named, to_settle) in
        [(&payments, changeable::PAYMENTS_TO_SETTLE), (&credit_notes, changeable::CREDIT_NOTES_TO_SETTLE)]
    {
        let Some(named) = named else { continue };
        query(to_settle).bind(tenant).bind(named).fetch_all(&mut *conn).await.map_err(StoreError::from_driver)?;
    }
    for look_up in intake.look_ups() {
        let query: Query<'_, (String, Option<String>)> = query_as(look_up.sql);
        let rows = query.bind(tenant).bind(look_up.json).fetch_all(&mut *conn).await;
        let digests = rows.map_err(StoreError::from_driver)?.into_iter();
        known.digests.extend(digests.map(|(id, digest)| ((look_up.kind, id), digest)));
    }
    if let Some(named) = intake.invoices_told_anew(&known) {
        let query: Query<'_, KnownClearingRow> = query_as(ledger::CLEARINGS_NAMED);
        let rows = query.bind(tenant).bind(named).fetch_all(&mut *conn).await.map_err(StoreError::from_driver)?;
        for row in rows {
            row.note_in(&mut known)?;
        }
    }
    if let Some(named) = intake.customers_in_part() {
        let query: Query<'_, CustomerRow> = query_as(changeable::CUSTOMERS_TO_CHANGE);
        let customers: Vec<Customer> = all(query.bind(tenant).bind(named), &mut *conn).await?;
        known.customers.extend(customers.into_iter().map(|customer| (customer.id.clone(), customer)));
    }
    if let Some(named) = intake.disputes() {
        let query: Query<'_, StoredDisputeRow> = query_as(service::DISPUTES_NAMED);
        let rows = query.bind(tenant).bind(named).fetch_all(&mut *conn).await.map_err(StoreError::from_driver)?;
        for row in rows {
            let stored = StoredDispute::try_from(row)?;
            known.disputes.insert(stored.dispute.id.to_string(), stored);
        }
    }
    if let Some(named) = intake.named_invoices() {
        known.owners = invoice_owners(&mut *conn, &intake.tenant, &named).await?;
    }
    for (named, with_later) in [(payments, ledger::PAYMENTS_NAMED), (credit_notes, ledger::CREDIT_NOTES_NAMED)] {
        let Some(named) = named else { continue };
        let query: Query<'_, KnownDocumentRow> = query_as(with_later);
        let rows = query.bind(tenant).bind(&named).fetch_all(&mut *conn).await.map_err(StoreError::from_driver)?;
        for row in rows {
            let (id, document) = row.try_into()?;
            known.documents.insert(id, document);
        }
    }
    let plan = intake.plan(known);
    let batches = batches(plan.rows.iter().map(|row| (&intake.tenant, row)));
    for TableRows { write, rows } in batches.into_iter().flatten() {
        write_rows(conn, write, &rows).await?;
    }
    Ok(plan.outcomes)
}

/// Forgets ranks that ended so long ago that no page asks for them.
pub async fn purge_ranks(conn: &mut Conn, tenant: &TenantId, before: Instant) -> Result<(), StoreError> {
    let query = query(worklist::PURGE_RANKS).bind(tenant.as_str()).bind(before.unix_us()).bind(PURGE_ROWS_MAX);
    query.execute(conn).await.map(drop).map_err(StoreError::from_driver)
}
