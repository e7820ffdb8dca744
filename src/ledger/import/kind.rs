//! What rows can be, and which fields each kind of row has.

use std::fmt;

use super::codes::CodeSet;
use crate::domain::violation::Violation;

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ImportKind {
    /// Invoices, each with an optional full payment and dispute.
    Invoices,
    /// Customers.
    Customers,
    /// Payments, each with at most one allocation.
    Payments,
    /// Credit notes, each with at most one allocation.
    CreditNotes,
    /// Disputes.
    Disputes,
    /// Promises to pay.
    Promises,
    /// Contacts.
    Contacts,
    /// Exchange rates.
    FxRates,
    /// Holds.
    Holds,
    /// Reversals of payments and credit notes.
    Reversals,
    /// Applications of payments and credit notes, each with one allocation.
    Applications,
    /// Ledger records as JSON, which need no mapping.
    Records,
}

/// A field that a row may fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldSpec {
    /// Its name in mappings.
    pub name: &'static str,
    /// Whether a row is refused without it.
    pub is_required: bool,
    /// The words that it takes, where they are a closed set.
    pub codes: Option<CodeSet>,
}

const fn required(name: &'static str) -> FieldSpec {
    FieldSpec { name, is_required: true, codes: None }
}

const fn optional(name: &'static str) -> FieldSpec {
    FieldSpec { name, is_required: false, codes: None }
}

impl FieldSpec {
    const fn of(self, codes: CodeSet) -> Self {
        FieldSpec { codes: Some(codes), ..self }
    }
}

const INVOICE_FIELDS: &[FieldSpec] = &[
    required("invoice_id"),
    required("customer_id"),
    required("amount"),
    required("currency"),
    required("issued_on"),
    required("due_on"),
    optional("business_unit"),
    optional("customer_name"),
    optional("cleared_on"),
    optional("disputed").of(CodeSet::Truth),
    optional("disputed_on"),
    optional("contested_item").of(CodeSet::ContestedItem),
    optional("severity").of(CodeSet::Severity),
];

const CUSTOMER_FIELDS: &[FieldSpec] = &[
    required("customer_id"),
    optional("name"),
    optional("segment"),
    optional("country"),
    optional("language"),
    optional("currency"),
    optional("annual_revenue"),
    optional("credit_limit"),
    optional("credit_score"),
    optional("credit_score_worst"),
    optional("credit_score_best"),
    optional("credit_scored_on"),
];

const PAYMENT_FIELDS: &[FieldSpec] = &[
    required("payment_id"),
    required("customer_id"),
    required("amount"),
    required("currency"),
    required("received_on"),
    optional("invoice_id"),
    optional("allocated_amount"),
];

const CREDIT_NOTE_FIELDS: &[FieldSpec] = &[
    required("credit_note_id"),
    required("customer_id"),
    required("amount"),
    required("currency"),
    required("issued_on"),
    optional("invoice_id"),
    optional("allocated_amount"),
];

const DISPUTE_FIELDS: &[FieldSpec] = &[
    required("dispute_id"),
    required("customer_id"),
    required("invoice_ids"),
    required("opened_on"),
    optional("contested_item").of(CodeSet::ContestedItem),
    optional("severity").of(CodeSet::Severity),
    optional("contested_amount"),
    optional("currency"),
    optional("resolution").of(CodeSet::Resolution),
    optional("resolved_on"),
    optional("priority_label").of(CodeSet::PriorityLabel),
    optional("message"),
];

const PROMISE_FIELDS: &[FieldSpec] = &[
    required("promise_id"),
    required("customer_id"),
    required("made_on"),
    required("promised_on"),
    optional("invoice_ids"),
    optional("amount"),
    optional("currency"),
];

const CONTACT_FIELDS: &[FieldSpec] = &[
    required("contact_id"),
    required("customer_id"),
    required("channel").of(CodeSet::ContactChannel),
    required("result").of(CodeSet::ContactResult),
    required("contacted_on"),
    optional("user_id"),
    optional("note"),
];

const FX_RATE_FIELDS: &[FieldSpec] = &[required("from"), required("to"), required("on"), required("rate")];

const HOLD_FIELDS: &[FieldSpec] = &[
    required("hold_id"),
    required("customer_id"),
    required("kind").of(CodeSet::HoldKind),
    required("from_on"),
    optional("until_on"),
    optional("invoice_ids"),
];

const REVERSAL_FIELDS: &[FieldSpec] =
    &[required("reversal_id"), optional("payment_id"), optional("credit_note_id"), required("reversed_on")];

const APPLICATION_FIELDS: &[FieldSpec] = &[
    required("application_id"),
    optional("payment_id"),
    optional("credit_note_id"),
    required("applied_on"),
    required("invoice_id"),
    required("amount"),
    required("currency"),
];

impl ImportKind {
    /// Every kind.
    pub const ALL: [ImportKind; 12] = [
        ImportKind::Invoices,
        ImportKind::Customers,
        ImportKind::Payments,
        ImportKind::CreditNotes,
        ImportKind::Disputes,
        ImportKind::Promises,
        ImportKind::Contacts,
        ImportKind::FxRates,
        ImportKind::Holds,
        ImportKind::Reversals,
        ImportKind::Applications,
        ImportKind::Records,
    ];

    /// The kind as written in mappings and commands.
    pub fn as_str(self) -> &'static str {
        match self {
            ImportKind::Invoices => "invoices",
            ImportKind::Customers => "customers",
            ImportKind::Payments => "payments",
            ImportKind::CreditNotes => "credit_notes",
            ImportKind::Disputes => "disputes",
            ImportKind::Promises => "promises",
            ImportKind::Contacts => "contacts",
            ImportKind::FxRates => "fx_rates",
            ImportKind::Holds => "holds",
            ImportKind::Reversals => "reversals",
            ImportKind::Applications => "applications",
            ImportKind::Records => "records",
        }
    }

    /// Reads a kind.
    ///
    /// # Errors
    /// A violation of `kind` listing the kinds.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        ImportKind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| {
            let known: Vec<_> = ImportKind::ALL.iter().map(|kind| kind.as_str()).collect();
            Violation::new("kind", text, format!("one of {}", known.join(", ")))
        })
    }

    /// The fields of a row; none for records, which carry their own.
    pub fn fields(self) -> &'static [FieldSpec] {
        match self {
            ImportKind::Invoices => INVOICE_FIELDS,
            ImportKind::Customers => CUSTOMER_FIELDS,
            ImportKind::Payments => PAYMENT_FIELDS,
            ImportKind::CreditNotes => CREDIT_NOTE_FIELDS,
            ImportKind::Disputes => DISPUTE_FIELDS,
            ImportKind::Promises => PROMISE_FIELDS,
            ImportKind::Contacts => CONTACT_FIELDS,
            ImportKind::FxRates => FX_RATE_FIELDS,
            ImportKind::Holds => HOLD_FIELDS,
            ImportKind::Reversals => REVERSAL_FIELDS,
            ImportKind::Applications => APPLICATION_FIELDS,
            ImportKind::Records => &[],
        }
    }
}

impl fmt::Display for ImportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
