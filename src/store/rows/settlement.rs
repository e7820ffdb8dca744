//! Rows of reversals and applications.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{CustomerId, InvoiceId, TenantId};
use crate::domain::invoice::Allocation;
use crate::domain::settlement::{Application, Reversal};
use crate::domain::time::CivilDate;
use crate::ledger::settlements::{LaterChanges, Line};

use super::{Place, json_text};
use crate::store::StoreError;
use crate::store::settlements::applied_minor;

/// A reversal as written.
#[derive(Debug, Serialize)]
pub struct ReversalWrite<'a> {
    tenant: &'a TenantId,
    id: &'a str,
    customer_id: &'a CustomerId,
    document: &'static str,
    document_id: &'a str,
    reversed_on: CivilDate,
    content_digest: &'a str,
}

impl<'a> ReversalWrite<'a> {
    /// The row of a reversal of a customer's document.
    pub fn new(
        tenant: &'a TenantId,
        customer_id: &'a CustomerId,
        reversal: &'a Reversal,
        content_digest: &'a str,
    ) -> Self {
        let Reversal { id, document, reversed_on } = reversal;
        ReversalWrite {
            tenant,
            id: id.as_str(),
            customer_id,
            document: document.kind(),
            document_id: document.as_str(),
            reversed_on: *reversed_on,
            content_digest,
        }
    }
}

/// An application as written.
#[derive(Debug, Serialize)]
pub struct ApplicationWrite<'a> {
    tenant: &'a TenantId,
    id: &'a str,
    customer_id: &'a CustomerId,
    document: &'static str,
    document_id: &'a str,
    applied_on: CivilDate,
    amount_minor: i64,
    allocations: String,
    content_digest: &'a str,
}

impl<'a> ApplicationWrite<'a> {
    /// The row of an application of a customer's document.
    pub fn new(
        tenant: &'a TenantId,
        customer_id: &'a CustomerId,
        application: &'a Application,
        content_digest: &'a str,
    ) -> Self {
        let Application { id, document, applied_on, allocations } = application;
        let line = |Allocation { invoice_id, amount }: &Allocation| StoredLine {
            invoice_id: invoice_id.clone(),
            amount_minor: amount.minor(),
        };
        let lines: Vec<StoredLine> = allocations.iter().map(line).collect();
        ApplicationWrite {
            tenant,
            id: id.as_str(),
            customer_id,
            document: document.kind(),
            document_id: document.as_str(),
            applied_on: *applied_on,
            amount_minor: applied_minor(application),
            allocations: json_text(&lines),
            content_digest,
        }
    }
}

/// An allocation of an application, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct StoredLine {
    invoice_id: InvoiceId,
    amount_minor: i64,
}

/// A reversal, or an application, which has allocations, as read for the events of its document.
#[derive(Debug, sqlx::FromRow)]
pub struct LaterChangeFact {
    document: String,
    document_id: String,
    id: String,
    changed_on: String,
    allocations: Option<String>,
}

/// What became of each document: `payment` or `credit_note`, and its id.
pub type LaterByDocument = HashMap<(Box<str>, Box<str>), LaterChanges>;

/// What became of the documents that the facts are about.
pub fn later_by_document(facts: Vec<LaterChangeFact>) -> Result<LaterByDocument, StoreError> {
    let mut later = LaterByDocument::new();
    for LaterChangeFact { document, document_id, id, changed_on, allocations } in facts {
        let changes = later.entry((document.into(), document_id.into())).or_default();
        let Some(allocations) = allocations else {
            let place = Place { table: "reversal", id: &id };
            changes.reversed_on = Some(place.word("reversed_on", &changed_on)?);
            continue;
        };
        let place = Place { table: "application", id: &id };
        let stored: Vec<StoredLine> = place.json("allocations", &allocations)?;
        let lines: Vec<Line> = stored.into_iter().map(|line| (line.invoice_id, line.amount_minor)).collect();
        changes.applications.push((place.word("applied_on", &changed_on)?, lines));
    }
    Ok(later)
}
