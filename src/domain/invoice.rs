//! The documents and events of a receivable: invoices, payments, credit notes, promises, contacts and holds.

use serde::{Deserialize, Serialize};

use super::ids::{ContactId, CreditNoteId, CustomerId, HoldId, InvoiceId, PaymentId, PromiseId, UserId};
use super::money::{Currency, Money};
use super::time::CivilDate;
use super::violation::{Gather, Violation, Violations};

/// An invoice as issued. It never changes; payments and credits are documents of their own, and so is what becomes of them
/// [later](super::settlement).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// Invoice number, or the id of the calling system.
    pub id: InvoiceId,
    /// Who owes it.
    pub customer_id: CustomerId,
    /// Gross amount, above 0.
    pub amount: Money,
    /// Day of issue; the invoice is known from then on.
    pub issued_on: CivilDate,
    /// Day by which it is to be paid, not before the day of issue.
    pub due_on: CivilDate,
    /// The tenant's selling unit, empty when it has none.
    pub business_unit: String,
}

impl Invoice {
    /// Checks what must hold between the fields.
    ///
    /// # Errors
    /// Every violation: an amount not above 0, a due date before the day of issue.
    pub fn validate(&self) -> Result<(), Violations> {
        let mut gather = Gather::default();
        if self.amount.minor() <= 0 {
            gather.push(Violation::new("invoice.amount", self.amount, "an amount above 0"));
        }
        if self.due_on < self.issued_on {
            let expected = format!("a day on or after issued_on {}", self.issued_on);
            gather.push(Violation::new("invoice.due_on", self.due_on, expected));
        }
        gather.finish()
    }
}

/// What part of a payment or credit note settles which invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// The invoice settled.
    pub invoice_id: InvoiceId,
    /// By how much, above 0, in the invoice's currency.
    pub amount: Money,
}

/// Money received from a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Id of the calling system.
    pub id: PaymentId,
    /// Who paid.
    pub customer_id: CustomerId,
    /// Amount received, above 0. What is not allocated is unapplied cash.
    pub amount: Money,
    /// Day the money arrived.
    pub received_on: CivilDate,
    /// The invoices settled by it, in the payment's currency.
    pub allocations: Vec<Allocation>,
}

/// A credit granted to a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditNote {
    /// Id of the calling system.
    pub id: CreditNoteId,
    /// Who is credited.
    pub customer_id: CustomerId,
    /// Amount credited, above 0. What is not allocated stays to the customer's credit.
    pub amount: Money,
    /// Day of issue.
    pub issued_on: CivilDate,
    /// The invoices reduced by it.
    pub allocations: Vec<Allocation>,
}

/// Checks the amounts of a payment or credit note, whose fields start with `document`.
///
/// # Errors
/// Every violation: amounts not above 0, another currency in an allocation, more allocated than there is.
pub fn validate_allocations(document: &str, amount: Money, allocations: &[Allocation]) -> Result<(), Violations> {
    let mut gather = Gather::default();
    if amount.minor() <= 0 {
        gather.push(Violation::new(format!("{document}.amount"), amount, "an amount above 0"));
    }
    let allocated = gather_allocated(document, amount.currency(), allocations, &mut gather);
    if allocated.minor() > amount.minor() {
        let expected = format!("allocations that sum to at most {amount}");
        gather.push(Violation::new(format!("{document}.allocations"), allocated, expected));
    }
    gather.finish()
}

/// What the allocations of a document sum to, at most the largest amount there is; every one that is not above 0 or in another currency
/// is noted.
pub fn gather_allocated(document: &str, currency: Currency, allocations: &[Allocation], gather: &mut Gather) -> Money {
    let mut allocated_minor: i128 = 0;
    for (index, allocation) in allocations.iter().enumerate() {
        let field = format!("{document}.allocations[{index}].amount");
        if allocation.amount.minor() <= 0 {
            gather.push(Violation::new(field.clone(), allocation.amount, "an amount above 0"));
        }
        if allocation.amount.currency() != currency {
            gather.push(Violation::new(field, allocation.amount, format!("the currency {currency}")));
        }
        allocated_minor += i128::from(allocation.amount.minor());
    }
    Money::from_minor(i64::try_from(allocated_minor).unwrap_or(i64::MAX), currency)
}

/// A customer's promise to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// Id of the calling system or made here.
    pub id: PromiseId,
    /// Who promised.
    pub customer_id: CustomerId,
    /// The invoices meant; empty means all that were open when it was made.
    pub invoice_ids: Vec<InvoiceId>,
    /// How much; absent means all of the invoices meant.
    pub amount: Option<Money>,
    /// Day the promise was made.
    pub made_on: CivilDate,
    /// Day by which payment was promised, not before `made_on`.
    pub promised_on: CivilDate,
}

/// Most days from the day on which a promise is made to the day promised: what is promised for later holds nothing back.
pub const PROMISE_DAYS_MAX: i32 = 366;

/// Whether the day promised is near enough to the day on which the promise was made that payment is waited for.
pub fn is_promise_near(made_on: CivilDate, promised_on: CivilDate) -> bool {
    promised_on.days_since(made_on) <= PROMISE_DAYS_MAX
}

/// How a customer was contacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ContactChannel {
    /// A telephone call.
    Call,
    /// An email.
    Email,
    /// A letter.
    Letter,
    /// A text or chat message.
    Chat,
    /// A visit.
    Visit,
}

impl ContactChannel {
    /// Every one.
    pub const ALL: [ContactChannel; 5] = [
        ContactChannel::Call,
        ContactChannel::Email,
        ContactChannel::Letter,
        ContactChannel::Chat,
        ContactChannel::Visit,
    ];
}

/// What came of a contact, in the dispositions that collectors use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ContactResult {
    /// A message was left.
    MessageLeft,
    /// Nobody was reached.
    Unreachable,
    /// The customer says that they never received the invoice.
    InvoiceNotReceived,
    /// The invoice waits for approval at the customer.
    AwaitingApproval,
    /// The customer contests.
    Disputed,
    /// The payment is in the customer's next run.
    InPaymentRun,
    /// The customer says that they paid.
    PaymentSent,
    /// The customer promised to pay.
    Promised,
    /// The customer refused to pay.
    Refused,
    /// Something else was agreed; see the note.
    Other,
}

impl ContactResult {
    /// Every one.
    pub const ALL: [ContactResult; 10] = [
        ContactResult::MessageLeft,
        ContactResult::Unreachable,
        ContactResult::InvoiceNotReceived,
        ContactResult::AwaitingApproval,
        ContactResult::Disputed,
        ContactResult::InPaymentRun,
        ContactResult::PaymentSent,
        ContactResult::Promised,
        ContactResult::Refused,
        ContactResult::Other,
    ];
}

/// A contact with a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Id of the calling system or made here.
    pub id: ContactId,
    /// Who was contacted.
    pub customer_id: CustomerId,
    /// How.
    pub channel: ContactChannel,
    /// What came of it.
    pub result: ContactResult,
    /// Who made the contact, when known.
    pub user_id: Option<UserId>,
    /// Day of the contact.
    pub contacted_on: CivilDate,
    /// Free text, at most [`NOTE_BYTES_MAX`] bytes.
    pub note: String,
}

/// Longest note accepted, in bytes.
pub const NOTE_BYTES_MAX: usize = 4_000;

/// Why an invoice is not collected for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HoldKind {
    /// The customer pays by agreed instalments.
    PaymentPlan,
    /// The matter is with lawyers or a court.
    Legal,
}

impl HoldKind {
    /// Every one.
    pub const ALL: [HoldKind; 2] = [HoldKind::PaymentPlan, HoldKind::Legal];
}

/// A hold on the collection of invoices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Id of the calling system or made here.
    pub id: HoldId,
    /// Whose invoices.
    pub customer_id: CustomerId,
    /// The invoices held; empty means all of the account.
    pub invoice_ids: Vec<InvoiceId>,
    /// Why.
    pub kind: HoldKind,
    /// First day of the hold.
    pub from_on: CivilDate,
    /// Last day of the hold; absent while it lasts.
    pub until_on: Option<CivilDate>,
}
