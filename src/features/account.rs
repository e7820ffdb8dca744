//! `AccountHabits`: the fold over an account's events that the payment features are read from.
//!
//! Every event costs a logarithm of the open due dates at most, so that a long ledger can be replayed as it was known on
//! each of its days.

use std::collections::{BTreeMap, HashMap};

use super::cohort::{CohortBook, size_band};
use super::rhythm::PaymentRhythm;
use crate::domain::ids::{DisputeId, InvoiceId};
use crate::domain::invoice::is_promise_near;
use crate::domain::money::{Currency, Money};
use crate::domain::time::CivilDate;
use crate::ledger::event::{AccountEvent, AccountFact, Settlement, TakenBack};

/// An open invoice as the features see it.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenInvoice {
    /// Day of issue.
    pub issued_on: CivilDate,
    /// Day by which it is to be paid.
    pub due_on: CivilDate,
    /// What is still open, in minor units.
    pub open_minor: i64,
    /// Logarithm of 1 plus the gross amount in units.
    pub amount_log: f64,
    /// The tenant's selling unit.
    pub business_unit: Box<str>,
    /// Disputes about it that are not decided.
    pub dispute_count: u32,
    /// Day by which payment was last promised; none when that was [too far away](is_promise_near).
    pub promised_on: Option<CivilDate>,
    /// The last day of the documents that settled part of it since it is open.
    paid_on: Option<CivilDate>,
}

/// The habits of an account as known at the end of a day.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountHabits {
    currency: Currency,
    open: HashMap<InvoiceId, OpenInvoice>,
    /// What settles no open amount of its invoice: it came before the invoice was known, or beyond what was open of it.
    beyond_minor: HashMap<InvoiceId, i64>,
    disputes: BTreeMap<DisputeId, Vec<InvoiceId>>,
    book: CohortBook,
    rhythm: PaymentRhythm,
    invoice_count: u64,
    amount_log_sum: f64,
    first_issued_on: Option<CivilDate>,
}

impl AccountHabits {
    /// An account of which nothing is known yet.
    pub fn new(currency: Currency) -> Self {
        AccountHabits {
            currency,
            open: HashMap::new(),
            beyond_minor: HashMap::new(),
            disputes: BTreeMap::new(),
            book: CohortBook::default(),
            rhythm: PaymentRhythm::default(),
            invoice_count: 0,
            amount_log_sum: 0.0,
            first_issued_on: None,
        }
    }

    /// The habits as known at the end of `as_of`: events after that day are not looked at.
    /// `events` are in [fold order](AccountEvent::fold_order).
    pub fn fold<'a>(currency: Currency, events: impl IntoIterator<Item = &'a AccountEvent>, as_of: CivilDate) -> Self {
        let mut habits = AccountHabits::new(currency);
        for event in events {
            if event.on > as_of {
                break;
            }
            habits.apply(event);
        }
        habits.end_day(as_of);
        habits
    }

    /// Takes in the next event, which is not earlier than the last one and after every day that was ended.
    pub fn apply(&mut self, event: &AccountEvent) {
        self.book.start(event.on);
        self.book.note_through(event.on.plus_days(-1));
        match &event.fact {
            AccountFact::InvoiceIssued { invoice_id, amount_minor, due_on, business_unit } => {
                self.issue(event.on, invoice_id, *amount_minor, *due_on, business_unit);
            }
            AccountFact::CreditApplied { invoice_id, amount_minor } => {
                self.reduce(event.on, invoice_id, *amount_minor, event.on);
            }
            AccountFact::PaymentApplied { invoice_id, amount_minor, settles_rest: _ } => {
                self.rhythm.pay(event.on, *amount_minor);
                self.reduce(event.on, invoice_id, *amount_minor, event.on);
            }
            AccountFact::UnappliedCash { amount_minor } => self.rhythm.pay(event.on, *amount_minor),
            AccountFact::UnappliedApplied { settlement: _, dated_on, invoice_id, amount_minor } => {
                self.reduce(event.on, invoice_id, *amount_minor, *dated_on);
            }
            AccountFact::DocumentReversed { settlement, dated_on, taken_back, unapplied_minor } => {
                for line in taken_back {
                    self.take_back(event.on, line);
                }
                let applied_minor: i64 = taken_back.iter().map(|line| line.amount_minor).sum();
                match settlement {
                    Settlement::Payment => self.rhythm.take_back(*dated_on, applied_minor + unapplied_minor, event.on),
                    Settlement::Credit => {}
                }
            }
            AccountFact::DisputeOpened { dispute_id, invoice_ids, amount_minor: _ } => {
                self.dispute(dispute_id, invoice_ids);
            }
            AccountFact::DisputeDecided { dispute_id, resolution: _, credited_minor: _ } => self.decide(dispute_id),
            AccountFact::PromiseMade { promise_id: _, invoice_ids, amount_minor: _, promised_on } => {
                self.promise(
                    invoice_ids,
                    Some(*promised_on).filter(|promised_on| is_promise_near(event.on, *promised_on)),
                );
            }
            AccountFact::UnappliedCredit { amount_minor: _ }
            | AccountFact::Contacted { result: _ }
            | AccountFact::HoldStarted { hold_id: _, invoice_ids: _, kind: _ }
            | AccountFact::HoldEnded { hold_id: _ } => {}
        }
    }

    /// Ends a day whose events have all been taken in.
    pub fn end_day(&mut self, day: CivilDate) {
        self.book.note_through(day);
    }

    fn issue(&mut self, on: CivilDate, id: &InvoiceId, amount_minor: i64, due_on: CivilDate, business_unit: &str) {
        let amount_log = self.amount_log(amount_minor);
        let early_minor = self.beyond_minor.remove(id).unwrap_or(0);
        let open_minor = (amount_minor - early_minor).max(0);
        self.keep_beyond(id, early_minor - amount_minor);
        self.invoice_count += 1;
        self.amount_log_sum += amount_log;
        self.first_issued_on.get_or_insert(on);
        self.book.cohort_mut(due_on).open(size_band(amount_log), open_minor);
        if open_minor > 0 {
            let invoice = OpenInvoice {
                issued_on: on,
                due_on,
                open_minor,
                amount_log,
                business_unit: business_unit.into(),
                dispute_count: 0,
                promised_on: None,
                paid_on: None,
            };
            self.open.insert(id.clone(), invoice);
        }
    }

    /// Takes in on a day that something of a document of `dated_on` settles an invoice. It is settled on that day for the cohorts, as it is
    /// in the portfolio and in what is learned, but was paid by the day of the document.
    fn reduce(&mut self, on: CivilDate, invoice_id: &InvoiceId, amount_minor: i64, dated_on: CivilDate) {
        let Some(invoice) = self.open.get_mut(invoice_id) else {
            *self.beyond_minor.entry(invoice_id.clone()).or_insert(0) += amount_minor;
            return;
        };
        let reduced_minor = amount_minor.min(invoice.open_minor);
        invoice.open_minor -= reduced_minor;
        let due_on = invoice.due_on;
        let paid_on = invoice.paid_on.map_or(dated_on, |paid_on| paid_on.max(dated_on));
        invoice.paid_on = Some(paid_on);
        let cohort = self.book.cohort_mut(due_on);
        cohort.open_minor -= reduced_minor;
        if invoice.open_minor == 0 {
            cohort.settle(size_band(invoice.amount_log));
            self.rhythm.settle(due_on, on, paid_on);
            self.open.remove(invoice_id);
            self.book.forget_if_settled(due_on, on);
            self.keep_beyond(invoice_id, amount_minor - reduced_minor);
        }
    }

    fn keep_beyond(&mut self, invoice_id: &InvoiceId, beyond_minor: i64) {
        if beyond_minor > 0 {
            self.beyond_minor.insert(invoice_id.clone(), beyond_minor);
        }
    }

    fn amount_log(&self, amount_minor: i64) -> f64 {
        Money::from_minor(amount_minor, self.currency).units_f64().max(0.0).ln_1p()
    }

    /// Takes back what settled an invoice: first what had come beyond its amount, and then it is open again with its due date. What was
    /// promised of it before is not remembered.
    fn take_back(&mut self, on: CivilDate, line: &TakenBack) {
        let TakenBack { invoice_id, amount_minor, invoice } = line;
        if let Some(open) = self.open.get_mut(invoice_id) {
            open.open_minor += amount_minor;
            self.book.cohort_mut(open.due_on).open_minor += amount_minor;
            return;
        }
        let beyond_minor = self.beyond_minor.remove(invoice_id).unwrap_or(0);
        self.keep_beyond(invoice_id, beyond_minor - amount_minor);
        let open_minor = amount_minor - beyond_minor;
        let Some(invoice) = invoice.as_ref().filter(|_| open_minor > 0) else { return };
        let amount_log = self.amount_log(invoice.amount_minor);
        self.book.cohort_mut(invoice.due_on).reopen(size_band(amount_log), open_minor);
        if let Some(settled) = invoice.settled {
            self.rhythm.unsettle(invoice.due_on, settled, on);
        }
        let is_about = |invoice_ids: &&Vec<InvoiceId>| invoice_ids.contains(invoice_id);
        let dispute_count = u32::try_from(self.disputes.values().filter(is_about).count()).unwrap_or(u32::MAX);
        let reopened = OpenInvoice {
            issued_on: invoice.issued_on,
            due_on: invoice.due_on,
            open_minor,
            amount_log,
            business_unit: invoice.business_unit.clone(),
            dispute_count,
            promised_on: None,
            paid_on: None,
        };
        self.open.insert(invoice_id.clone(), reopened);
    }

    fn dispute(&mut self, dispute_id: &DisputeId, invoice_ids: &[InvoiceId]) {
        self.decide(dispute_id);
        for invoice_id in invoice_ids {
            if let Some(invoice) = self.open.get_mut(invoice_id) {
                invoice.dispute_count += 1;
            }
        }
        self.disputes.insert(dispute_id.clone(), invoice_ids.to_vec());
    }

    fn decide(&mut self, dispute_id: &DisputeId) {
        for invoice_id in self.disputes.remove(dispute_id).unwrap_or_default() {
            if let Some(invoice) = self.open.get_mut(&invoice_id) {
                invoice.dispute_count = invoice.dispute_count.saturating_sub(1);
            }
        }
    }

    fn promise(&mut self, invoice_ids: &[InvoiceId], promised_on: Option<CivilDate>) {
        if invoice_ids.is_empty() {
            for invoice in self.open.values_mut() {
                invoice.promised_on = promised_on;
            }
        }
        for invoice_id in invoice_ids {
            if let Some(invoice) = self.open.get_mut(invoice_id) {
                invoice.promised_on = promised_on;
            }
        }
    }

    /// Currency of the account.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The open invoice with this id.
    pub fn open_invoice(&self, id: &InvoiceId) -> Option<&OpenInvoice> {
        self.open.get(id)
    }

    /// Ids of the open invoices, sorted.
    pub fn open_invoice_ids(&self) -> Vec<InvoiceId> {
        let mut ids: Vec<InvoiceId> = self.open.keys().cloned().collect();
        ids.sort_unstable();
        ids
    }

    /// Due-date cohorts and their rates.
    pub fn book(&self) -> &CohortBook {
        &self.book
    }

    /// When and how payments come.
    pub fn rhythm(&self) -> &PaymentRhythm {
        &self.rhythm
    }

    /// Invoices issued so far.
    pub fn invoice_count(&self) -> u64 {
        self.invoice_count
    }

    /// Mean logarithm of the amounts issued so far, drawn towards a common value.
    pub fn amount_log_mean(&self) -> f64 {
        const PRIOR_LOG: f64 = 8.0;
        const PRIOR_COUNT: f64 = 2.0;
        #[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
        let count = self.invoice_count as f64;
        (self.amount_log_sum + PRIOR_LOG * PRIOR_COUNT) / (count + PRIOR_COUNT)
    }

    /// Day of the first invoice.
    pub fn first_issued_on(&self) -> Option<CivilDate> {
        self.first_issued_on
    }
}
