//! `AccountHistory`: the one fold over an account's events, used to serve, to look back and to train.

use std::collections::{BTreeMap, HashSet};

use super::disputes::{AwaitedCredit, Disputes, OpenDispute};
use super::event::{AccountEvent, AccountFact, Settlement, TakenBack};
use super::promises::Promises;
use super::unapplied::Unapplied;
use crate::domain::ids::{DisputeId, HoldId, InvoiceId, PromiseId};
use crate::domain::invoice::{ContactResult, HoldKind};
use crate::domain::money::Currency;
use crate::domain::time::CivilDate;

/// An invoice as known after the events folded so far.
#[derive(Debug, Clone, PartialEq)]
pub struct InvoiceState {
    /// Its number.
    pub id: InvoiceId,
    /// Gross amount in minor units.
    pub amount_minor: i64,
    /// What is still open, never negative.
    pub open_minor: i64,
    /// Day of issue.
    pub issued_on: CivilDate,
    /// Day by which it is to be paid.
    pub due_on: CivilDate,
    /// The tenant's selling unit.
    pub business_unit: Box<str>,
}

/// A hold on collection.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenHold {
    /// The invoices held; empty means all of the account.
    pub invoice_ids: Vec<InvoiceId>,
    /// Why.
    pub kind: HoldKind,
}

/// An account as known after the events folded so far.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountHistory {
    currency: Currency,
    as_of: Option<CivilDate>,
    open_invoices: BTreeMap<InvoiceId, InvoiceState>,
    disputes: Disputes,
    promises: Promises,
    open_holds: BTreeMap<HoldId, OpenHold>,
    /// What settles no open amount of its invoice: it came before the invoice was known, or beyond what was open of it.
    beyond_minor: BTreeMap<InvoiceId, i64>,
    /// Invoices of which nothing is open any more; what is paid on them beyond that is unapplied.
    closed_ids: HashSet<InvoiceId>,
    unapplied: Unapplied,
    /// Days of the contacts, ascending.
    contacted_on: Vec<CivilDate>,
    /// What was paid on each day and not taken back since, ascending.
    paid_minor: Vec<(CivilDate, i64)>,
}

impl AccountHistory {
    /// An account of which nothing is known yet.
    pub fn new(currency: Currency) -> Self {
        AccountHistory {
            currency,
            as_of: None,
            open_invoices: BTreeMap::new(),
            disputes: Disputes::default(),
            promises: Promises::default(),
            open_holds: BTreeMap::new(),
            beyond_minor: BTreeMap::new(),
            closed_ids: HashSet::new(),
            unapplied: Unapplied::default(),
            contacted_on: Vec::new(),
            paid_minor: Vec::new(),
        }
    }

    /// The account as known at the end of `as_of`: events after that day are not looked at.
    /// `events` are in [fold order](AccountEvent::fold_order).
    pub fn fold<'a>(currency: Currency, events: impl IntoIterator<Item = &'a AccountEvent>, as_of: CivilDate) -> Self {
        let mut history = AccountHistory::new(currency);
        for event in events {
            if event.on > as_of {
                break;
            }
            history.apply(event);
        }
        history
    }

    /// Takes in the next event, which is not earlier than the last one.
    pub fn apply(&mut self, event: &AccountEvent) {
        debug_assert!(self.as_of.is_none_or(|as_of| as_of <= event.on), "events are folded in order");
        self.as_of = Some(event.on);
        match &event.fact {
            AccountFact::InvoiceIssued { invoice_id, amount_minor, due_on, business_unit } => {
                let early_minor = self.beyond_minor.remove(invoice_id).unwrap_or(0);
                let state = InvoiceState {
                    id: invoice_id.clone(),
                    amount_minor: *amount_minor,
                    open_minor: amount_minor - early_minor,
                    issued_on: event.on,
                    due_on: *due_on,
                    business_unit: business_unit.clone(),
                };
                self.keep(state);
            }
            AccountFact::CreditApplied { invoice_id, amount_minor } => {
                self.reduce(invoice_id, *amount_minor);
                self.disputes.credit(invoice_id, *amount_minor, event.on);
            }
            AccountFact::PaymentApplied { invoice_id, amount_minor, settles_rest: _ } => {
                self.pay(event.on, *amount_minor);
                self.reduce(invoice_id, *amount_minor);
                self.promises.credit(invoice_id, *amount_minor, event.on);
            }
            AccountFact::UnappliedCash { amount_minor } => {
                self.pay(event.on, *amount_minor);
                self.unapplied.come(Settlement::Payment, event.on, *amount_minor);
            }
            AccountFact::UnappliedCredit { amount_minor } => {
                self.unapplied.come(Settlement::Credit, event.on, *amount_minor);
            }
            AccountFact::UnappliedApplied { settlement, dated_on, invoice_id, amount_minor } => {
                self.unapplied.go(*settlement, *dated_on, *amount_minor);
                self.reduce(invoice_id, *amount_minor);
                match settlement {
                    Settlement::Payment => self.promises.credit(invoice_id, *amount_minor, *dated_on),
                    Settlement::Credit => self.disputes.credit(invoice_id, *amount_minor, event.on),
                }
            }
            AccountFact::DocumentReversed { settlement, dated_on, taken_back, unapplied_minor } => {
                self.unapplied.go(*settlement, *dated_on, *unapplied_minor);
                for line in taken_back {
                    self.take_back(line);
                }
                match settlement {
                    Settlement::Payment => self.take_payment_back(*dated_on, taken_back, *unapplied_minor),
                    Settlement::Credit => {}
                }
            }
            AccountFact::DisputeOpened { dispute_id, invoice_ids, amount_minor } => {
                self.disputes.open(dispute_id, invoice_ids, *amount_minor, event.on);
            }
            AccountFact::DisputeDecided { dispute_id, resolution, credited_minor } => {
                let invoices = &self.open_invoices;
                let open_minor = |id: &InvoiceId| invoices.get(id).map_or(0, |invoice| invoice.open_minor);
                self.disputes.decide(dispute_id, *resolution, *credited_minor, event.on, open_minor);
            }
            AccountFact::PromiseMade { promise_id, invoice_ids, amount_minor, promised_on } => {
                self.promise(promise_id, invoice_ids, *amount_minor, event.on, *promised_on);
            }
            AccountFact::Contacted { result } => {
                self.contacted_on.push(event.on);
                if *result == ContactResult::Refused {
                    self.promises.refuse(event.on);
                }
            }
            AccountFact::HoldStarted { hold_id, invoice_ids, kind } => {
                let hold = OpenHold { invoice_ids: invoice_ids.clone(), kind: *kind };
                self.open_holds.insert(hold_id.clone(), hold);
            }
            AccountFact::HoldEnded { hold_id } => {
                self.open_holds.remove(hold_id);
            }
        }
    }

    fn reduce(&mut self, invoice_id: &InvoiceId, amount_minor: i64) {
        if let Some(mut invoice) = self.open_invoices.remove(invoice_id) {
            invoice.open_minor -= amount_minor;
            self.keep(invoice);
            return;
        }
        *self.beyond_minor.entry(invoice_id.clone()).or_insert(0) += amount_minor;
        if self.closed_ids.contains(invoice_id) {
            self.unapplied.exceed(amount_minor);
        }
    }

    /// Keeps an invoice of which something is open. Of one that is settled, its id is kept, and what came beyond its amount is unapplied.
    fn keep(&mut self, invoice: InvoiceState) {
        if invoice.open_minor > 0 {
            self.open_invoices.insert(invoice.id.clone(), invoice);
            return;
        }
        if invoice.open_minor < 0 {
            self.unapplied.exceed(-invoice.open_minor);
            self.beyond_minor.insert(invoice.id.clone(), -invoice.open_minor);
        }
        self.closed_ids.insert(invoice.id);
    }

    /// Takes back what settled an invoice: first what had come beyond its amount, and then it is open again.
    fn take_back(&mut self, line: &TakenBack) {
        let TakenBack { invoice_id, amount_minor, invoice } = line;
        if let Some(open) = self.open_invoices.get_mut(invoice_id) {
            open.open_minor = (open.open_minor + amount_minor).min(open.amount_minor);
            return;
        }
        let beyond_minor = self.beyond_minor.remove(invoice_id).unwrap_or(0);
        if beyond_minor > *amount_minor {
            self.beyond_minor.insert(invoice_id.clone(), beyond_minor - amount_minor);
        }
        if self.closed_ids.contains(invoice_id) {
            self.unapplied.exceed(-beyond_minor.min(*amount_minor));
        }
        let open_minor = amount_minor - beyond_minor;
        let Some(invoice) = invoice.as_ref().filter(|_| open_minor > 0) else { return };
        self.closed_ids.remove(invoice_id);
        self.keep(InvoiceState {
            id: invoice_id.clone(),
            amount_minor: invoice.amount_minor,
            open_minor,
            issued_on: invoice.issued_on,
            due_on: invoice.due_on,
            business_unit: invoice.business_unit.clone(),
        });
    }

    fn pay(&mut self, on: CivilDate, amount_minor: i64) {
        match self.paid_minor.last_mut() {
            Some((last_on, paid_minor)) if *last_on == on => *paid_minor += amount_minor,
            Some(_) | None => self.paid_minor.push((on, amount_minor)),
        }
    }

    /// Takes back that a payment came, and what it counted for the promises that had been made by then.
    fn take_payment_back(&mut self, paid_on: CivilDate, taken_back: &[TakenBack], unapplied_minor: i64) {
        let applied_minor: i64 = taken_back.iter().map(|line| line.amount_minor).sum();
        if let Ok(index) = self.paid_minor.binary_search_by_key(&paid_on, |(on, _)| *on) {
            self.paid_minor[index].1 -= applied_minor + unapplied_minor;
            self.paid_minor.retain(|(_, paid_minor)| *paid_minor > 0);
        }
        self.promises.take_back(paid_on, taken_back);
    }

    fn promise(
        &mut self,
        promise_id: &PromiseId,
        invoice_ids: &[InvoiceId],
        amount_minor: Option<i64>,
        made_on: CivilDate,
        promised_on: CivilDate,
    ) {
        let invoices = &self.open_invoices;
        let open_minor = |id: &InvoiceId| invoices.get(id).map_or(0, |invoice| invoice.open_minor);
        let names_invoices = !invoice_ids.is_empty();
        let invoice_ids = if names_invoices { invoice_ids.to_vec() } else { invoices.keys().cloned().collect() };
        let days = (made_on, promised_on);
        self.promises.make(promise_id, (invoice_ids, names_invoices), amount_minor, days, open_minor);
    }

    /// Currency of the account.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The day of the last event folded.
    pub fn as_of(&self) -> Option<CivilDate> {
        self.as_of
    }

    /// Open invoices in the order of their ids.
    pub fn open_invoices(&self) -> impl Iterator<Item = &InvoiceState> {
        self.open_invoices.values()
    }

    /// The open invoice with this id.
    pub fn open_invoice(&self, id: &InvoiceId) -> Option<&InvoiceState> {
        self.open_invoices.get(id)
    }

    /// Disputes that are not decided.
    pub fn open_disputes(&self) -> impl Iterator<Item = (&DisputeId, &OpenDispute)> {
        self.disputes.open.iter()
    }

    /// Credits that decisions have granted and that have not come.
    pub fn awaited_credits(&self) -> impl Iterator<Item = &AwaitedCredit> {
        self.disputes.awaited.values()
    }

    /// What was promised, kept and refused.
    pub fn promises(&self) -> &Promises {
        &self.promises
    }

    /// Holds that have not ended.
    pub fn open_holds(&self) -> impl Iterator<Item = (&HoldId, &OpenHold)> {
        self.open_holds.iter()
    }

    /// Money and credit to the customer's favour that settles no invoice, in minor units.
    pub fn unapplied_minor(&self) -> i64 {
        self.unapplied.total_minor()
    }

    /// The same by what it is.
    pub fn unapplied(&self) -> &Unapplied {
        &self.unapplied
    }

    /// Days of the contacts, ascending.
    pub fn contacted_on(&self) -> &[CivilDate] {
        &self.contacted_on
    }

    /// Day on which the customer last paid; a credit note is no payment, nor is money that was taken back.
    pub fn last_payment_on(&self) -> Option<CivilDate> {
        self.paid_minor.last().map(|(on, _)| *on)
    }
}
