//! Ledger records: what a calling system hands in, one document or fact each.

use serde::{Deserialize, Serialize};

use crate::domain::customer::{Customer, CustomerPart};
use crate::domain::dispute::{Dispute, PriorityLabel, Resolution, Severity};
use crate::domain::dispute_details::PastDetails;
use crate::domain::dispute_past::{Closing, OpenPeriod, PastDecisions, RaisedAgain};
use crate::domain::ids::{CustomerId, DisputeId, InvoiceId, PaymentId, ReversalId};
use crate::domain::invoice::{Contact, CreditNote, Hold, Invoice, Payment, Promise};
use crate::domain::money::{FxRate, Money};
use crate::domain::settlement::{Application, DocumentId, Reversal};
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::CivilDate;
use crate::ledger::settlements::clearing_payment_id;

/// A dispute of another system, as a fact of the past or present.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DisputeRecord {
    /// Id of the calling system.
    pub id: DisputeId,
    /// Who contests.
    pub customer_id: CustomerId,
    /// The invoices meant, at least one.
    pub invoice_ids: Vec<InvoiceId>,
    /// What is contested.
    pub contested_item: ItemCode,
    /// How serious it is.
    pub severity: Severity,
    /// How much; absent means all that is open on the invoices.
    pub contested_amount: Option<Money>,
    /// Day it was raised.
    pub opened_on: CivilDate,
    /// How and when it was decided.
    pub decided: Option<(Resolution, CivilDate)>,
    /// What is credited for it, once decided; known here only, since other systems tell of it by credit notes.
    #[serde(skip)]
    pub credited_amount: Option<Money>,
    /// When it was raised again; known here only, since other systems do not tell of it.
    #[serde(skip)]
    pub raised_again: RaisedAgain,
    /// How it was decided before; known here only, since other systems tell of the last decision.
    #[serde(skip)]
    pub past_decisions: PastDecisions,
    /// What it was about before; known here only, since other systems tell of what it is about now.
    #[serde(skip)]
    pub past_details: PastDetails,
    /// How urgent a person said it was.
    pub priority_label: Option<PriorityLabel>,
    /// The customer's message, when there was one.
    pub message: Option<String>,
}

/// What a source may leave untold of a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisputeField {
    /// What is contested.
    ContestedItem,
    /// How serious it is.
    Severity,
    /// How much.
    ContestedAmount,
    /// How and when it was decided.
    Decision,
}

/// A dispute of which a source tells only some fields.
#[derive(Debug, Clone, PartialEq)]
pub struct DisputePart {
    /// The dispute as told; an untold field is as it is of a new dispute that does not say.
    pub dispute: DisputeRecord,
    /// The fields that are not told, which keep what is known.
    pub untold: Vec<DisputeField>,
}

impl DisputePart {
    /// The whole dispute: what is told, and what is known of the rest.
    pub fn completed_by(&self, known: Option<&DisputeRecord>) -> DisputeRecord {
        let mut whole = self.dispute.clone();
        let Some(known) = known else { return whole };
        for field in &self.untold {
            match field {
                DisputeField::ContestedItem => whole.contested_item = known.contested_item.clone(),
                DisputeField::Severity => whole.severity = known.severity,
                DisputeField::ContestedAmount => whole.contested_amount = known.contested_amount,
                DisputeField::Decision => whole.decided = known.decided,
            }
        }
        whole
    }
}

impl DisputeRecord {
    /// A dispute that is kept here as a fact of history, with the message that it began with. Where the day of its decision is not
    /// known, that is the day of the last change in UTC.
    pub fn of(dispute: Dispute, message: Option<String>) -> Self {
        let decided_on = dispute.resolved_on.unwrap_or_else(|| dispute.updated_at.utc_date());
        DisputeRecord {
            id: dispute.id,
            customer_id: dispute.customer_id,
            invoice_ids: dispute.invoice_ids,
            contested_item: dispute.contested_item,
            severity: dispute.severity,
            contested_amount: dispute.contested_amount,
            opened_on: dispute.opened_on,
            decided: dispute.resolution.map(|resolution| (resolution, decided_on)),
            credited_amount: dispute.credited_amount,
            raised_again: dispute.raised_again,
            past_decisions: dispute.past_decisions,
            past_details: dispute.past_details,
            priority_label: dispute.priority_label,
            message,
        }
    }

    /// How it was decided at the end of `day`, and on which day.
    pub fn decided_by(&self, day: CivilDate) -> Option<(Resolution, CivilDate)> {
        self.past_decisions.known_by(self.decided, day)
    }

    /// The invoices that it meant at the end of `day`.
    pub fn invoice_ids_on(&self, day: CivilDate) -> &[InvoiceId] {
        self.past_details.held_on(day).map_or(&self.invoice_ids, |held| &held.invoice_ids)
    }

    /// When it was open.
    pub fn open_periods(&self) -> Vec<OpenPeriod> {
        let credited_amount = self.credited_amount;
        let closed = self.decided.map(|(resolution, on)| Closing { on, resolution: Some(resolution), credited_amount });
        self.past_decisions.open_periods(self.opened_on, closed)
    }
}

/// One record of the ledger, checked field by field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum LedgerRecord {
    /// A customer; replaces what was known.
    Customer(Customer),
    /// A customer of whom only the id is known; changes nothing when the customer is known already.
    CustomerStub(Customer),
    /// A customer of whom a file tells only some fields; the others keep what is known. Written down, a customer is always whole.
    #[serde(skip)]
    CustomerPart(CustomerPart),
    /// An invoice.
    Invoice(Invoice),
    /// A payment.
    Payment(Payment),
    /// A file that tells which invoices are cleared says that this one is not. It is held against what is known, and not kept.
    #[serde(skip)]
    Uncleared(InvoiceId),
    /// A credit note.
    CreditNote(CreditNote),
    /// A dispute.
    Dispute(DisputeRecord),
    /// A dispute of which a file tells only some fields; the others keep what is known. Written down, a dispute is always whole.
    #[serde(skip)]
    DisputePart(DisputePart),
    /// A promise to pay.
    Promise(Promise),
    /// A contact.
    Contact(Contact),
    /// An exchange rate.
    FxRate(FxRate),
    /// A hold.
    Hold(Hold),
    /// The reversal of a payment or credit note.
    Reversal(Reversal),
    /// The application of a payment or credit note.
    Application(Application),
}

impl LedgerRecord {
    /// The kind in lower case, as reported with errors.
    pub fn kind(&self) -> &'static str {
        match self {
            LedgerRecord::Customer(_) | LedgerRecord::CustomerStub(_) | LedgerRecord::CustomerPart(_) => "customer",
            LedgerRecord::Invoice(_) => "invoice",
            LedgerRecord::Payment(_) | LedgerRecord::Uncleared(_) => "payment",
            LedgerRecord::CreditNote(_) => "credit_note",
            LedgerRecord::Dispute(_) | LedgerRecord::DisputePart(_) => "dispute",
            LedgerRecord::Promise(_) => "promise",
            LedgerRecord::Contact(_) => "contact",
            LedgerRecord::FxRate(_) => "fx_rate",
            LedgerRecord::Hold(_) => "hold",
            LedgerRecord::Reversal(_) => "reversal",
            LedgerRecord::Application(_) => "application",
        }
    }

    /// The external id, under which the record is known for good.
    pub fn external_id(&self) -> String {
        match self {
            LedgerRecord::Customer(customer) | LedgerRecord::CustomerStub(customer) => customer.id.to_string(),
            LedgerRecord::CustomerPart(part) => part.customer.id.to_string(),
            LedgerRecord::Invoice(invoice) => invoice.id.to_string(),
            LedgerRecord::Payment(payment) => payment.id.to_string(),
            LedgerRecord::Uncleared(invoice_id) => clearing_payment_id(invoice_id),
            LedgerRecord::CreditNote(credit_note) => credit_note.id.to_string(),
            LedgerRecord::Dispute(dispute) => dispute.id.to_string(),
            LedgerRecord::DisputePart(part) => part.dispute.id.to_string(),
            LedgerRecord::Promise(promise) => promise.id.to_string(),
            LedgerRecord::Contact(contact) => contact.id.to_string(),
            LedgerRecord::FxRate(rate) => format!("{}/{}/{}", rate.from, rate.to, rate.on),
            LedgerRecord::Hold(hold) => hold.id.to_string(),
            LedgerRecord::Reversal(reversal) => reversal.id.to_string(),
            LedgerRecord::Application(application) => application.id.to_string(),
        }
    }

    /// The payment or credit note that must be known before the record can be taken in.
    pub fn document(&self) -> Option<&DocumentId> {
        match self {
            LedgerRecord::Reversal(reversal) => Some(&reversal.document),
            LedgerRecord::Application(application) => Some(&application.document),
            LedgerRecord::Customer(_)
            | LedgerRecord::CustomerStub(_)
            | LedgerRecord::CustomerPart(_)
            | LedgerRecord::Invoice(_)
            | LedgerRecord::Payment(_)
            | LedgerRecord::Uncleared(_)
            | LedgerRecord::CreditNote(_)
            | LedgerRecord::Dispute(_)
            | LedgerRecord::DisputePart(_)
            | LedgerRecord::Promise(_)
            | LedgerRecord::Contact(_)
            | LedgerRecord::FxRate(_)
            | LedgerRecord::Hold(_) => None,
        }
    }
}

/// Why a record was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordRejection {
    /// Fields could not be accepted.
    #[error(transparent)]
    Invalid(#[from] crate::domain::violation::Violations),
    /// It refers to an invoice that is not known.
    #[error("`{field}` names invoice `{invoice_id}`, which is not known")]
    UnknownInvoice {
        /// The field that names it.
        field: String,
        /// The invoice.
        invoice_id: InvoiceId,
    },
    /// It refers to a payment or credit note that is not known.
    #[error("`{field}` names {document}, which is not known")]
    UnknownDocument {
        /// The field that names it.
        field: String,
        /// The document.
        document: DocumentId,
    },
    /// The document was taken back before, by another reversal.
    #[error("`{field}` names {document}, which reversal `{reversal_id}` has taken back already")]
    AlreadyReversed {
        /// The field that names it.
        field: String,
        /// The document.
        document: DocumentId,
        /// The reversal that is known.
        reversal_id: ReversalId,
    },
    /// The id is known with other content.
    #[error("{kind} `{external_id}` is known with other content, which stays; {}", correction_of(kind))]
    ContentConflict {
        /// Kind of record.
        kind: &'static str,
        /// Its id.
        external_id: String,
    },
    /// The invoice is told as open, but was told as cleared.
    #[error(
        "invoice `{invoice_id}` is told as not cleared, but payment `{payment_id}` of {received_on} cleared it and stays; if that \
         payment was taken back, record a reversal of it"
    )]
    ClearedBefore {
        /// The invoice.
        invoice_id: InvoiceId,
        /// The payment that cleared it.
        payment_id: PaymentId,
        /// Its day.
        received_on: CivilDate,
    },
    /// A dispute is known, and the record cannot be another state of it.
    #[error("dispute `{external_id}` is known with {field} `{known}`, which a later record cannot change to `{given}`")]
    DisputeContradiction {
        /// Id of the dispute.
        external_id: String,
        /// The field that differs.
        field: &'static str,
        /// What is known.
        known: String,
        /// What the record says.
        given: String,
    },
    /// An allocation is in another currency than its invoice.
    #[error("`{field}` is in {given}, but invoice `{invoice_id}` is in {expected}")]
    CurrencyMismatch {
        /// The field.
        field: String,
        /// The invoice.
        invoice_id: InvoiceId,
        /// Currency of the allocation.
        given: crate::domain::money::Currency,
        /// Currency of the invoice.
        expected: crate::domain::money::Currency,
    },
    /// An invoice belongs to another customer.
    #[error("`{field}` names invoice `{invoice_id}`, which belongs to another customer")]
    OtherCustomer {
        /// The field.
        field: String,
        /// The invoice.
        invoice_id: InvoiceId,
    },
}

/// What to do about a record of this kind that was wrong.
fn correction_of(kind: &str) -> &'static str {
    match kind {
        "promise" => {
            "record a new promise under an id of its own, which takes its place from the day on which it is made"
        }
        "invoice" => "correct its amount by a credit note, and tell a later day that was agreed by a promise",
        _ => "correct it by a document of its own, such as a credit note",
    }
}

impl RecordRejection {
    /// The reason in upper snake case, for machines.
    pub fn reason(&self) -> &'static str {
        match self {
            RecordRejection::Invalid(_) => "INVALID_RECORD",
            RecordRejection::UnknownInvoice { .. } => "UNKNOWN_INVOICE",
            RecordRejection::UnknownDocument { .. } => "UNKNOWN_DOCUMENT",
            RecordRejection::AlreadyReversed { .. } => "ALREADY_REVERSED",
            RecordRejection::ContentConflict { .. } | RecordRejection::DisputeContradiction { .. } => {
                "CONTENT_CONFLICT"
            }
            RecordRejection::ClearedBefore { .. } => "CLEARED_BEFORE",
            RecordRejection::CurrencyMismatch { .. } => "CURRENCY_MISMATCH",
            RecordRejection::OtherCustomer { .. } => "OTHER_CUSTOMER",
        }
    }
}

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordOutcome {
    /// It was new.
    Inserted,
    /// A customer changed, a hold was closed, or a dispute came in a later state.
    Updated,
    /// It was known with the same content.
    Unchanged,
    /// It was refused; nothing of it was kept.
    Rejected(RecordRejection),
}
