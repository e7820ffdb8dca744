//! Reads accounts: a page costs one query for each table, however many accounts it has.

use std::collections::HashMap;

use sqlx::{Executor, FromRow, Pool, query_as};

use super::{Conn, Db, Query, Row, all, limit_of, list_of};
use crate::domain::ids::{CustomerId, InvoiceId, TenantId};
use crate::domain::money::{Currency, FxRate};
use crate::domain::time::CivilDate;
use crate::store::accounts::{AccountRow, Facts, build};
use crate::store::rows::Place;
use crate::store::sql::ledger;
use crate::store::{AccountKey, AccountRecord, StoreError};

/// The accounts of a customer.
pub async fn accounts_of(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &CustomerId,
) -> Result<Vec<AccountRecord>, StoreError> {
    let query: Query<'_, AccountRow> = query_as(ledger::ACCOUNTS_OF);
    let keys = all(query.bind(tenant.as_str()).bind(id.as_str()), &mut *conn).await?;
    read(conn, tenant, keys).await
}

/// A page of accounts.
pub async fn scan(
    conn: &mut Conn,
    tenant: &TenantId,
    after: Option<&AccountKey>,
    limit: usize,
) -> Result<Vec<AccountRecord>, StoreError> {
    let (customer_id, currency) = after.map_or(("", ""), |key| (key.customer_id.as_str(), key.currency.as_str()));
    let query: Query<'_, AccountRow> = query_as(ledger::ACCOUNTS_AFTER);
    let query = query.bind(tenant.as_str()).bind(customer_id).bind(currency).bind(limit_of(limit));
    let keys = all(query, &mut *conn).await?;
    read(conn, tenant, keys).await
}

async fn read(conn: &mut Conn, tenant: &TenantId, keys: Vec<AccountKey>) -> Result<Vec<AccountRecord>, StoreError> {
    let (Some(first), Some(last)) = (keys.first(), keys.last()) else { return Ok(Vec::new()) };
    let range = Range { tenant, first: &first.customer_id, last: &last.customer_id };
    let facts = Facts {
        customers: range.read(conn, ledger::CUSTOMERS_BETWEEN).await?,
        invoices: range.read(conn, ledger::INVOICES_BETWEEN).await?,
        payments: range.read(conn, ledger::PAYMENTS_BETWEEN).await?,
        credit_notes: range.read(conn, ledger::CREDIT_NOTES_BETWEEN).await?,
        allocations: range.read(conn, ledger::ALLOCATIONS_BETWEEN).await?,
        disputes: range.read(conn, ledger::DISPUTES_BETWEEN).await?,
        promises: range.read(conn, ledger::PROMISES_BETWEEN).await?,
        contacts: range.read(conn, ledger::CONTACTS_BETWEEN).await?,
        holds: range.read(conn, ledger::HOLDS_BETWEEN).await?,
    };
    build(keys, facts)
}

/// A range of customers, both ends included.
#[derive(Clone, Copy)]
struct Range<'a> {
    tenant: &'a TenantId,
    first: &'a CustomerId,
    last: &'a CustomerId,
}

impl Range<'_> {
    async fn read<R>(self, conn: &mut Conn, sql: &'static str) -> Result<Vec<R>, StoreError>
    where
        R: for<'r> FromRow<'r, Row> + Send + Unpin,
    {
        let query: Query<'_, R> = query_as(sql);
        query
            .bind(self.tenant.as_str())
            .bind(self.first.as_str())
            .bind(self.last.as_str())
            .fetch_all(conn)
            .await
            .map_err(StoreError::from_driver)
    }
}

/// The latest rate on or before a day.
pub async fn fx_rate(
    db: &Pool<Db>,
    tenant: &TenantId,
    from: Currency,
    to: Currency,
    on: CivilDate,
) -> Result<Option<FxRate>, StoreError> {
    let query: Query<'_, (String, String)> = query_as(ledger::FX_RATE);
    let query = query.bind(tenant.as_str()).bind(from.to_string()).bind(to.to_string()).bind(on.to_string());
    let Some((valid_on, rate)) = query.fetch_optional(db).await.map_err(StoreError::from_driver)? else {
        return Ok(None);
    };
    let id = format!("{from}/{to}/{valid_on}");
    let place = Place { table: "fx_rate", id: &id };
    let rate = rate.parse().map_err(|error| place.bad("rate", error))?;
    Ok(Some(FxRate { from, to, on: place.word("valid_on", &valid_on)?, rate }))
}

/// Whose the known invoices of a JSON list are, and in which currency.
pub async fn invoice_owners<'c>(
    db: impl Executor<'c, Database = Db>,
    tenant: &TenantId,
    invoice_ids: &str,
) -> Result<HashMap<InvoiceId, (CustomerId, Currency)>, StoreError> {
    let query: Query<'_, (String, String, String)> = query_as(ledger::INVOICE_OWNERS);
    let rows = query.bind(tenant.as_str()).bind(invoice_ids).fetch_all(db).await.map_err(StoreError::from_driver)?;
    let mut owners = HashMap::with_capacity(rows.len());
    for (id, customer_id, currency) in rows {
        let place = Place { table: "invoice", id: &id };
        let owner = (place.word("customer_id", &customer_id)?, place.word("currency", &currency)?);
        owners.insert(place.word("id", &id)?, owner);
    }
    Ok(owners)
}

/// The names of the known ones of these customers.
pub async fn customer_names(
    db: &Pool<Db>,
    tenant: &TenantId,
    ids: &[CustomerId],
) -> Result<HashMap<CustomerId, String>, StoreError> {
    let query: Query<'_, (String, String)> = query_as(ledger::CUSTOMER_NAMES);
    let rows = query.bind(tenant.as_str()).bind(list_of(ids)).fetch_all(db).await.map_err(StoreError::from_driver)?;
    let named = |(id, name): (String, String)| Ok((Place { table: "customer", id: &id }.word("id", &id)?, name));
    rows.into_iter().map(named).collect()
}
