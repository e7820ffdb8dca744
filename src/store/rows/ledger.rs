//! Rows of the ledger's documents.

use serde::Serialize;

use crate::domain::credit_score::CreditScore;
use crate::domain::customer::Customer;
use crate::domain::ids::{CustomerId, InvoiceId, TenantId, UserId};
use crate::domain::invoice::{
    Allocation, Contact, ContactChannel, ContactResult, CreditNote, Hold, HoldKind, Invoice, Payment, Promise,
};
use crate::domain::locale::{Country, Language};
use crate::domain::money::{Currency, FxRate};
use crate::domain::time::CivilDate;

use super::{Place, currency, json_text, minor};
use crate::store::StoreError;

/// A customer as written.
#[derive(Debug, Serialize)]
pub struct CustomerWrite<'a> {
    tenant: &'a TenantId,
    id: &'a CustomerId,
    name: &'a str,
    segment: &'a str,
    country: Option<Country>,
    language: Option<Language>,
    annual_revenue_minor: Option<i64>,
    annual_revenue_currency: Option<Currency>,
    credit_limit_minor: Option<i64>,
    credit_limit_currency: Option<Currency>,
    credit_score_value: Option<f64>,
    credit_score_worst: Option<f64>,
    credit_score_best: Option<f64>,
    credit_score_on: Option<CivilDate>,
    content_digest: &'a str,
}

impl<'a> CustomerWrite<'a> {
    /// The row of a customer.
    pub fn new(tenant: &'a TenantId, customer: &'a Customer, content_digest: &'a str) -> Self {
        let Customer {
            id,
            name,
            segment,
            country,
            language,
            annual_revenue,
            credit_limit,
            credit_score,
            earlier_credit_scores: _,
        } = customer;
        CustomerWrite {
            tenant,
            id,
            name,
            segment,
            country: *country,
            language: *language,
            annual_revenue_minor: minor(*annual_revenue),
            annual_revenue_currency: currency(*annual_revenue),
            credit_limit_minor: minor(*credit_limit),
            credit_limit_currency: currency(*credit_limit),
            credit_score_value: credit_score.map(|score| score.value),
            credit_score_worst: credit_score.map(|score| score.worst),
            credit_score_best: credit_score.map(|score| score.best),
            credit_score_on: credit_score.map(|score| score.scored_on),
            content_digest,
        }
    }
}

/// A customer as read.
#[derive(Debug, sqlx::FromRow)]
pub struct CustomerRow {
    id: String,
    name: String,
    segment: String,
    country: Option<String>,
    language: Option<String>,
    annual_revenue_minor: Option<i64>,
    annual_revenue_currency: Option<String>,
    credit_limit_minor: Option<i64>,
    credit_limit_currency: Option<String>,
    credit_score_value: Option<f64>,
    credit_score_worst: Option<f64>,
    credit_score_best: Option<f64>,
    credit_score_on: Option<String>,
}

/// What there is of a customer, as read; the id is there when the customer's own row is.
#[derive(Debug, sqlx::FromRow)]
pub struct OverviewRow {
    /// The customer's id.
    pub id: Option<String>,
    /// How many disputes were opened.
    pub opened_count: Option<i64>,
    /// 1 when there are disputes.
    pub has_disputes: Option<i64>,
    /// 1 when there are accounts.
    pub has_accounts: Option<i64>,
}

impl TryFrom<CustomerRow> for Customer {
    type Error = StoreError;

    fn try_from(row: CustomerRow) -> Result<Self, StoreError> {
        let place = Place { table: "customer", id: &row.id };
        let credit_score =
            match (row.credit_score_value, row.credit_score_worst, row.credit_score_best, &row.credit_score_on) {
                (Some(value), Some(worst), Some(best), Some(scored_on)) => {
                    let scored_on = place.word("credit_score_on", scored_on)?;
                    Some(CreditScore { value, worst, best, scored_on })
                }
                (None, _, _, _) | (_, None, _, _) | (_, _, None, _) | (_, _, _, None) => None,
            };
        Ok(Customer {
            id: place.word("id", &row.id)?,
            country: place.word_opt("country", row.country.as_deref())?,
            language: place.word_opt("language", row.language.as_deref())?,
            annual_revenue: place.money(
                "annual_revenue_currency",
                row.annual_revenue_minor,
                row.annual_revenue_currency.as_deref(),
            )?,
            credit_limit: place.money(
                "credit_limit_currency",
                row.credit_limit_minor,
                row.credit_limit_currency.as_deref(),
            )?,
            credit_score,
            earlier_credit_scores: Vec::new(),
            name: row.name,
            segment: row.segment,
        })
    }
}

/// An earlier credit score of a customer, as read.
#[derive(Debug, sqlx::FromRow)]
pub struct CreditScoreRow {
    /// Whose score.
    pub customer_id: String,
    value: f64,
    worst: f64,
    best: f64,
    scored_on: String,
}

impl TryFrom<CreditScoreRow> for CreditScore {
    type Error = StoreError;

    fn try_from(row: CreditScoreRow) -> Result<Self, StoreError> {
        let CreditScoreRow { customer_id, value, worst, best, scored_on } = row;
        let place = Place { table: "credit_score", id: &customer_id };
        Ok(CreditScore { value, worst, best, scored_on: place.word("scored_on", &scored_on)? })
    }
}

/// An account as written: a customer in a currency.
#[derive(Debug, Serialize)]
pub struct AccountWrite<'a> {
    /// Whose data.
    pub tenant: &'a TenantId,
    /// Whose account.
    pub customer_id: &'a CustomerId,
    /// Its currency.
    pub currency: Currency,
}

/// An invoice as written.
#[derive(Debug, Serialize)]
pub struct InvoiceWrite<'a> {
    tenant: &'a TenantId,
    id: &'a InvoiceId,
    customer_id: &'a CustomerId,
    currency: Currency,
    amount_minor: i64,
    issued_on: CivilDate,
    due_on: CivilDate,
    business_unit: &'a str,
    content_digest: &'a str,
}

impl<'a> InvoiceWrite<'a> {
    /// The row of an invoice.
    pub fn new(tenant: &'a TenantId, invoice: &'a Invoice, content_digest: &'a str) -> Self {
        let Invoice { id, customer_id, amount, issued_on, due_on, business_unit } = invoice;
        InvoiceWrite {
            tenant,
            id,
            customer_id,
            currency: amount.currency(),
            amount_minor: amount.minor(),
            issued_on: *issued_on,
            due_on: *due_on,
            business_unit,
            content_digest,
        }
    }
}

/// A payment or credit note as written; the day has another name in either table.
#[derive(Debug, Serialize)]
pub struct DocumentWrite<'a> {
    tenant: &'a TenantId,
    id: &'a str,
    customer_id: &'a CustomerId,
    currency: Currency,
    amount_minor: i64,
    received_on: CivilDate,
    issued_on: CivilDate,
    content_digest: &'a str,
}

impl<'a> DocumentWrite<'a> {
    /// The row of a payment.
    pub fn payment(tenant: &'a TenantId, payment: &'a Payment, content_digest: &'a str) -> Self {
        let Payment { id, customer_id, amount, received_on, allocations: _ } = payment;
        DocumentWrite {
            tenant,
            id: id.as_str(),
            customer_id,
            currency: amount.currency(),
            amount_minor: amount.minor(),
            received_on: *received_on,
            issued_on: *received_on,
            content_digest,
        }
    }

    /// The row of a credit note.
    pub fn credit_note(tenant: &'a TenantId, note: &'a CreditNote, content_digest: &'a str) -> Self {
        let CreditNote { id, customer_id, amount, issued_on, allocations: _ } = note;
        DocumentWrite {
            tenant,
            id: id.as_str(),
            customer_id,
            currency: amount.currency(),
            amount_minor: amount.minor(),
            received_on: *issued_on,
            issued_on: *issued_on,
            content_digest,
        }
    }
}

/// An allocation as written.
#[derive(Debug, Serialize)]
pub struct AllocationWrite<'a> {
    tenant: &'a TenantId,
    customer_id: &'a CustomerId,
    document: &'static str,
    document_id: &'a str,
    line_index: usize,
    invoice_id: &'a InvoiceId,
    amount_minor: i64,
}

impl<'a> AllocationWrite<'a> {
    /// The rows of a document's allocations; `document` is `payment` or `credit_note`.
    pub fn lines(
        tenant: &'a TenantId,
        customer_id: &'a CustomerId,
        document: &'static str,
        document_id: &'a str,
        allocations: &'a [Allocation],
    ) -> impl Iterator<Item = AllocationWrite<'a>> {
        allocations.iter().enumerate().map(move |(line_index, Allocation { invoice_id, amount })| AllocationWrite {
            tenant,
            customer_id,
            document,
            document_id,
            line_index,
            invoice_id,
            amount_minor: amount.minor(),
        })
    }
}

/// A promise as written.
#[derive(Debug, Serialize)]
pub struct PromiseWrite<'a> {
    tenant: &'a TenantId,
    id: &'a str,
    customer_id: &'a CustomerId,
    invoice_ids: String,
    amount_minor: Option<i64>,
    currency: Option<Currency>,
    made_on: CivilDate,
    promised_on: CivilDate,
    content_digest: &'a str,
}

impl<'a> PromiseWrite<'a> {
    /// The row of a promise.
    pub fn new(tenant: &'a TenantId, promise: &'a Promise, content_digest: &'a str) -> Self {
        let Promise { id, customer_id, invoice_ids, amount, made_on, promised_on } = promise;
        PromiseWrite {
            tenant,
            id: id.as_str(),
            customer_id,
            invoice_ids: json_text(invoice_ids),
            amount_minor: minor(*amount),
            currency: currency(*amount),
            made_on: *made_on,
            promised_on: *promised_on,
            content_digest,
        }
    }
}

/// A contact as written.
#[derive(Debug, Serialize)]
pub struct ContactWrite<'a> {
    tenant: &'a TenantId,
    id: &'a str,
    customer_id: &'a CustomerId,
    channel: ContactChannel,
    result: ContactResult,
    user_id: Option<&'a UserId>,
    contacted_on: CivilDate,
    note: &'a str,
    content_digest: &'a str,
}

impl<'a> ContactWrite<'a> {
    /// The row of a contact.
    pub fn new(tenant: &'a TenantId, contact: &'a Contact, content_digest: &'a str) -> Self {
        let Contact { id, customer_id, channel, result, user_id, contacted_on, note } = contact;
        ContactWrite {
            tenant,
            id: id.as_str(),
            customer_id,
            channel: *channel,
            result: *result,
            user_id: user_id.as_ref(),
            contacted_on: *contacted_on,
            note,
            content_digest,
        }
    }
}

/// A hold as written.
#[derive(Debug, Serialize)]
pub struct HoldWrite<'a> {
    tenant: &'a TenantId,
    id: &'a str,
    customer_id: &'a CustomerId,
    invoice_ids: String,
    kind: HoldKind,
    from_on: CivilDate,
    until_on: Option<CivilDate>,
    content_digest: &'a str,
}

impl<'a> HoldWrite<'a> {
    /// The row of a hold.
    pub fn new(tenant: &'a TenantId, hold: &'a Hold, content_digest: &'a str) -> Self {
        let Hold { id, customer_id, invoice_ids, kind, from_on, until_on } = hold;
        HoldWrite {
            tenant,
            id: id.as_str(),
            customer_id,
            invoice_ids: json_text(invoice_ids),
            kind: *kind,
            from_on: *from_on,
            until_on: *until_on,
            content_digest,
        }
    }
}

/// An exchange rate as written.
#[derive(Debug, Serialize)]
pub struct FxRateWrite<'a> {
    tenant: &'a TenantId,
    from_currency: Currency,
    to_currency: Currency,
    valid_on: CivilDate,
    rate: String,
    content_digest: &'a str,
}

impl<'a> FxRateWrite<'a> {
    /// The row of a rate.
    pub fn new(tenant: &'a TenantId, fx_rate: &'a FxRate, content_digest: &'a str) -> Self {
        let FxRate { from, to, on, rate } = fx_rate;
        FxRateWrite {
            tenant,
            from_currency: *from,
            to_currency: *to,
            valid_on: *on,
            rate: rate.to_string(),
            content_digest,
        }
    }
}

/// An exchange rate as read.
#[derive(Debug, sqlx::FromRow)]
pub struct FxRateRow {
    from_currency: String,
    to_currency: String,
    valid_on: String,
    rate: String,
}

impl TryFrom<FxRateRow> for FxRate {
    type Error = StoreError;

    fn try_from(row: FxRateRow) -> Result<Self, StoreError> {
        let id = format!("{}/{}/{}", row.from_currency, row.to_currency, row.valid_on);
        let place = Place { table: "fx_rate", id: &id };
        Ok(FxRate {
            from: place.word("from_currency", &row.from_currency)?,
            to: place.word("to_currency", &row.to_currency)?,
            on: place.word("valid_on", &row.valid_on)?,
            rate: row.rate.parse().map_err(|error| place.bad("rate", error))?,
        })
    }
}
