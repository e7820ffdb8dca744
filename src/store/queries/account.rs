//! Reads accounts: a page costs one query for each table, however many accounts it has.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::{FromRow, query, query_as, query_scalar};

use super::dispute::open_and_latest;
use super::{Conn, Query, Row, all, limit_of, list_of, one};
use crate::domain::credit_score::CreditScore;
use crate::domain::customer::Customer;
use crate::domain::ids::{CustomerId, InvoiceId, TenantId};
use crate::domain::money::{Currency, FxRate, Money};
use crate::domain::time::CivilDate;
use crate::store::accounts::{AccountRow, Facts, build};
use crate::store::rows::ledger::{CreditScoreRow, CustomerRow, FxRateRow, OverviewRow};
use crate::store::rows::{Place, json_text};
use crate::store::sql::ledger;
use crate::store::{AccountKey, AccountRecord, KnownCustomer, StoreError};

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
        credit_scores: range.read(conn, ledger::CREDIT_SCORES_BETWEEN).await?,
        invoices: range.read(conn, ledger::INVOICES_BETWEEN).await?,
        payments: range.read(conn, ledger::PAYMENTS_BETWEEN).await?,
        credit_notes: range.read(conn, ledger::CREDIT_NOTES_BETWEEN).await?,
        allocations: range.read(conn, ledger::ALLOCATIONS_BETWEEN).await?,
        later_changes: range.read(conn, ledger::LATER_CHANGES_BETWEEN).await?,
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

/// The customer with this id.
pub async fn customer(conn: &mut Conn, tenant: &TenantId, id: &CustomerId) -> Result<Option<Customer>, StoreError> {
    let query: Query<'_, CustomerRow> = query_as(ledger::CUSTOMER);
    let customer = one(query.bind(tenant.as_str()).bind(id.as_str()), &mut *conn).await?;
    with_earlier_scores(conn, tenant, customer).await
}

/// A customer with the credit scores before the latest one; without one, none is asked for.
async fn with_earlier_scores(
    conn: &mut Conn,
    tenant: &TenantId,
    customer: Option<Customer>,
) -> Result<Option<Customer>, StoreError> {
    let Some(mut customer) = customer else { return Ok(None) };
    if customer.credit_score.is_some() {
        let of_customer = Range { tenant, first: &customer.id, last: &customer.id };
        let rows: Vec<CreditScoreRow> = of_customer.read(conn, ledger::CREDIT_SCORES_BETWEEN).await?;
        let scores: Result<_, StoreError> = rows.into_iter().map(CreditScore::try_from).collect();
        customer.earlier_credit_scores = scores?;
    }
    Ok(Some(customer))
}

/// What there is of a customer.
pub struct Overview {
    customer: Option<Customer>,
    opened_dispute_count: i64,
    has_disputes: bool,
    /// Whether there are accounts.
    pub has_accounts: bool,
}

/// What there is of a customer.
pub async fn overview(conn: &mut Conn, tenant: &TenantId, id: &CustomerId) -> Result<Overview, StoreError> {
    let query = query(ledger::CUSTOMER_OVERVIEW).bind(tenant.as_str()).bind(id.as_str());
    let row = query.fetch_one(conn).await.map_err(StoreError::from_driver)?;
    let OverviewRow { id, opened_count, has_disputes, has_accounts } =
        OverviewRow::from_row(&row).map_err(StoreError::from_driver)?;
    let customer = match id {
        Some(_) => Some(Customer::try_from(CustomerRow::from_row(&row).map_err(StoreError::from_driver)?)?),
        None => None,
    };
    Ok(Overview {
        customer,
        opened_dispute_count: opened_count.unwrap_or(0),
        has_disputes: has_disputes.is_some(),
        has_accounts: has_accounts.is_some(),
    })
}

/// What is known of a customer; what is not there is not asked for.
pub async fn known_customer(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &CustomerId,
    overview: Overview,
    closed_disputes_max: usize,
) -> Result<KnownCustomer, StoreError> {
    let Overview { customer, opened_dispute_count, has_disputes, has_accounts } = overview;
    let customer = with_earlier_scores(conn, tenant, customer).await?;
    let (open_disputes, closed_disputes) = match has_disputes {
        true => open_and_latest(conn, tenant, id, closed_disputes_max).await?,
        false => (Vec::new(), Vec::new()),
    };
    let accounts = match has_accounts {
        true => accounts_of(conn, tenant, id).await?,
        false => Vec::new(),
    };
    Ok(KnownCustomer { customer, accounts, open_disputes, closed_disputes, opened_dispute_count })
}

/// The latest rates on or before a day between `base` and other currencies, in both directions.
pub async fn fx_rates(
    conn: &mut Conn,
    tenant: &TenantId,
    currencies: &[Currency],
    base: Currency,
    on: CivilDate,
) -> Result<Vec<FxRate>, StoreError> {
    #[derive(Serialize)]
    struct Pair {
        from: Currency,
        to: Currency,
    }
    let there = currencies.iter().map(|currency| Pair { from: *currency, to: base });
    let back = currencies.iter().map(|currency| Pair { from: base, to: *currency });
    let pairs: Vec<Pair> = there.chain(back).collect();
    let query: Query<'_, FxRateRow> = query_as(ledger::FX_RATES);
    all(query.bind(tenant.as_str()).bind(json_text(&pairs)).bind(on.to_string()), conn).await
}

/// The currencies of accounts, of yearly revenues and of contested amounts.
pub async fn currencies(conn: &mut Conn, tenant: &TenantId) -> Result<Vec<Currency>, StoreError> {
    let codes: Vec<String> = query_scalar(ledger::CURRENCIES)
        .bind(tenant.as_str())
        .fetch_all(conn)
        .await
        .map_err(StoreError::from_driver)?;
    codes.iter().map(|code| Place { table: "account", id: code }.word("currency", code)).collect()
}

/// Whose the known invoices of a JSON list are, and their gross amounts.
pub async fn invoice_owners(
    conn: &mut Conn,
    tenant: &TenantId,
    invoice_ids: &str,
) -> Result<HashMap<InvoiceId, (CustomerId, Money)>, StoreError> {
    let query: Query<'_, (String, String, String, i64)> = query_as(ledger::INVOICE_OWNERS);
    let rows = query.bind(tenant.as_str()).bind(invoice_ids).fetch_all(conn).await.map_err(StoreError::from_driver)?;
    let mut owners = HashMap::with_capacity(rows.len());
    for (id, customer_id, currency, amount_minor) in rows {
        let place = Place { table: "invoice", id: &id };
        let amount = Money::from_minor(amount_minor, place.word("currency", &currency)?);
        owners.insert(place.word("id", &id)?, (place.word("customer_id", &customer_id)?, amount));
    }
    Ok(owners)
}

/// The currencies of those of these customers that have one account.
pub async fn sole_currencies(
    conn: &mut Conn,
    tenant: &TenantId,
    ids: &[CustomerId],
) -> Result<HashMap<CustomerId, Currency>, StoreError> {
    let query: Query<'_, (String, String)> = query_as(ledger::SOLE_CURRENCIES);
    let rows = query.bind(tenant.as_str()).bind(list_of(ids)).fetch_all(conn).await.map_err(StoreError::from_driver)?;
    let read = |(id, currency): (String, String)| {
        let place = Place { table: "account", id: &id };
        Ok((place.word("customer_id", &id)?, place.word("currency", &currency)?))
    };
    rows.into_iter().map(read).collect()
}

/// The names of the known ones of these customers.
pub async fn customer_names(
    conn: &mut Conn,
    tenant: &TenantId,
    ids: &[CustomerId],
) -> Result<HashMap<CustomerId, String>, StoreError> {
    let query: Query<'_, (String, String)> = query_as(ledger::CUSTOMER_NAMES);
    let rows = query.bind(tenant.as_str()).bind(list_of(ids)).fetch_all(conn).await.map_err(StoreError::from_driver)?;
    let named = |(id, name): (String, String)| Ok((Place { table: "customer", id: &id }.word("id", &id)?, name));
    rows.into_iter().map(named).collect()
}
