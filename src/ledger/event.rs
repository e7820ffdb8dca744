//! Ledger events: what became known of an account, and on which day.

use std::cmp::Ordering;

use crate::domain::dispute::Resolution;
use crate::domain::ids::{DisputeId, HoldId, InvoiceId, PromiseId};
use crate::domain::invoice::{ContactResult, HoldKind};
use crate::domain::time::CivilDate;

/// One dated fact about an account (a customer's receivable position in one currency). Amounts are minor units of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountEvent {
    /// The day on which the fact became known; a state as of a day includes all events of that day.
    pub on: CivilDate,
    /// The fact.
    pub fact: AccountFact,
}

/// Which kind of document settles an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// A payment.
    Payment,
    /// A credit note.
    Credit,
}

/// What a reversal takes back of an invoice.
#[derive(Debug, Clone, PartialEq)]
pub struct TakenBack {
    /// The invoice that was settled by it.
    pub invoice_id: InvoiceId,
    /// By how much.
    pub amount_minor: i64,
    /// The invoice; absent when it is not issued yet.
    pub invoice: Option<Box<IssuedInvoice>>,
}

/// An invoice, told again with what is taken back of it, so that nobody need remember the invoices that are settled.
#[derive(Debug, Clone, PartialEq)]
pub struct IssuedInvoice {
    /// Gross amount, above 0.
    pub amount_minor: i64,
    /// Day of issue.
    pub issued_on: CivilDate,
    /// Day by which it is to be paid.
    pub due_on: CivilDate,
    /// The tenant's selling unit, empty when it has none.
    pub business_unit: Box<str>,
    /// How nothing came to be open of it; absent while something was, or when it was paid before it was issued.
    pub settled: Option<SettledInFull>,
}

/// How nothing came to be open of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledInFull {
    /// Day since which nothing was open.
    pub on: CivilDate,
    /// The last day of the documents that settled it, which is before `on` when they were applied later.
    pub paid_on: CivilDate,
    /// Whether that is a payment day: a payment came on `on`, was told before what settled the invoice, and that is of `on`, too.
    pub is_on_payment_day: bool,
}

/// What became known.
#[derive(Debug, Clone, PartialEq)]
pub enum AccountFact {
    /// An invoice was issued.
    InvoiceIssued {
        /// Its number.
        invoice_id: InvoiceId,
        /// Gross amount, above 0.
        amount_minor: i64,
        /// Day by which it is to be paid.
        due_on: CivilDate,
        /// The tenant's selling unit, empty when it has none.
        business_unit: Box<str>,
    },
    /// A credit note reduced an invoice.
    CreditApplied {
        /// The invoice reduced.
        invoice_id: InvoiceId,
        /// By how much.
        amount_minor: i64,
    },
    /// Part of a payment settled an invoice.
    PaymentApplied {
        /// The invoice settled.
        invoice_id: InvoiceId,
        /// By how much.
        amount_minor: i64,
        /// Whether it settled what was open and no more: before the events are in order, the amount is the most that it may be.
        settles_rest: bool,
    },
    /// Money came in that is not allocated to an invoice.
    UnappliedCash {
        /// How much.
        amount_minor: i64,
    },
    /// A credit note, or what is left of one, is not allocated to an invoice.
    UnappliedCredit {
        /// How much.
        amount_minor: i64,
    },
    /// Money or credit that was not allocated settles an invoice. It came with its document, not now.
    UnappliedApplied {
        /// Of which kind of document.
        settlement: Settlement,
        /// The day of the document.
        dated_on: CivilDate,
        /// The invoice settled.
        invoice_id: InvoiceId,
        /// By how much.
        amount_minor: i64,
    },
    /// A payment or credit note was taken back as a whole.
    DocumentReversed {
        /// Which of the two.
        settlement: Settlement,
        /// The day of the document.
        dated_on: CivilDate,
        /// What it settled, be it by its own allocations or by applications.
        taken_back: Vec<TakenBack>,
        /// What was left of it; below 0 where applications took what had gone beyond the amount of an invoice.
        unapplied_minor: i64,
    },
    /// A dispute was raised, or contested again after it had been decided, or means something else since this day while it is open.
    DisputeOpened {
        /// The dispute.
        dispute_id: DisputeId,
        /// The invoices meant.
        invoice_ids: Vec<InvoiceId>,
        /// How much of them; absent means all that is open.
        amount_minor: Option<i64>,
    },
    /// A dispute was decided, or was entered in error when there is no resolution.
    DisputeDecided {
        /// The dispute.
        dispute_id: DisputeId,
        /// How it was decided.
        resolution: Option<Resolution>,
        /// What is credited for it in this account; absent when that is not stated.
        credited_minor: Option<i64>,
    },
    /// A promise to pay was made.
    PromiseMade {
        /// The promise.
        promise_id: PromiseId,
        /// The invoices meant; empty means all that are open.
        invoice_ids: Vec<InvoiceId>,
        /// How much; absent means all of them.
        amount_minor: Option<i64>,
        /// The day by which payment was promised.
        promised_on: CivilDate,
    },
    /// The customer was contacted.
    Contacted {
        /// What came of it.
        result: ContactResult,
    },
    /// Collection was put on hold.
    HoldStarted {
        /// The hold.
        hold_id: HoldId,
        /// The invoices held; empty means all of the account.
        invoice_ids: Vec<InvoiceId>,
        /// Why.
        kind: HoldKind,
    },
    /// A hold ended.
    HoldEnded {
        /// The hold.
        hold_id: HoldId,
    },
}

impl AccountFact {
    /// The invoice that this settles in part or whole, and by how much.
    pub fn settles(&self) -> Option<(&InvoiceId, i64)> {
        match self {
            AccountFact::CreditApplied { invoice_id, amount_minor }
            | AccountFact::PaymentApplied { invoice_id, amount_minor, settles_rest: _ }
            | AccountFact::UnappliedApplied { settlement: _, dated_on: _, invoice_id, amount_minor } => {
                Some((invoice_id, *amount_minor))
            }
            AccountFact::InvoiceIssued { .. }
            | AccountFact::UnappliedCash { .. }
            | AccountFact::UnappliedCredit { .. }
            | AccountFact::DocumentReversed { .. }
            | AccountFact::DisputeOpened { .. }
            | AccountFact::DisputeDecided { .. }
            | AccountFact::PromiseMade { .. }
            | AccountFact::Contacted { .. }
            | AccountFact::HoldStarted { .. }
            | AccountFact::HoldEnded { .. } => None,
        }
    }

    /// Order of facts within one day: what must be known first comes first.
    fn order_within_day(&self) -> u8 {
        match self {
            AccountFact::InvoiceIssued { .. } => 0,
            AccountFact::HoldStarted { .. } => 1,
            AccountFact::DisputeOpened { .. } => 2,
            AccountFact::PromiseMade { .. } => 3,
            AccountFact::Contacted { .. } => 4,
            AccountFact::CreditApplied { .. } => 5,
            AccountFact::PaymentApplied { settles_rest: false, .. } => 6,
            AccountFact::UnappliedCredit { .. } => 7,
            AccountFact::UnappliedCash { .. } => 8,
            AccountFact::UnappliedApplied { .. } => 9,
            AccountFact::PaymentApplied { settles_rest: true, .. } => 10,
            AccountFact::DocumentReversed { .. } => 11,
            AccountFact::DisputeDecided { .. } => 12,
            AccountFact::HoldEnded { .. } => 13,
        }
    }
}

impl AccountEvent {
    /// The order in which the events of an account are folded. Sort with a stable sort over events that were
    /// read in the order of their ids, so that equal ones keep one order.
    pub fn fold_order(&self, other: &AccountEvent) -> Ordering {
        (self.on, self.fact.order_within_day()).cmp(&(other.on, other.fact.order_within_day()))
    }
}
