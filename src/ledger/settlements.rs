//! The events of payments and credit notes: what they settle, what is left of them, and what becomes of that later.
//!
//! A ledger in memory and one in a database tell them here, so that both tell the same.

use std::collections::HashMap;

use super::event::{AccountEvent, AccountFact, IssuedInvoice, SettledInFull, Settlement, TakenBack};
use crate::domain::ids::InvoiceId;
use crate::domain::time::CivilDate;

/// An invoice, and how many minor units of a document settle it.
pub type Line = (InvoiceId, i64);

/// Ends the id of a payment of what is open of an invoice, behind that of the invoice.
const CLEARING_MARK: &str = "/cleared";

/// The id of the payment of what is open of an invoice, of which is told only on which day it came.
pub fn clearing_payment_id(invoice_id: &InvoiceId) -> String {
    format!("{invoice_id}{CLEARING_MARK}")
}

/// The id of such a payment that came on this day, after the one before was taken back.
pub fn later_clearing_payment_id(invoice_id: &InvoiceId, received_on: CivilDate) -> String {
    format!("{invoice_id}{CLEARING_MARK}/{received_on}")
}

/// Whether a payment with this id is such a payment of the invoice.
pub fn clears(payment_id: &str, invoice_id: &InvoiceId) -> bool {
    let mark = payment_id.strip_prefix(invoice_id.as_str()).and_then(|rest| rest.strip_prefix(CLEARING_MARK));
    mark.is_some_and(|rest| {
        rest.is_empty() || rest.strip_prefix('/').is_some_and(|day| CivilDate::parse("day", day).is_ok())
    })
}

/// Whether a payment with this id and these lines is such a payment.
pub fn is_clearing(payment_id: &str, lines: &[Line]) -> bool {
    match lines {
        [(invoice_id, _)] => clears(payment_id, invoice_id),
        [] | [_, _, ..] => false,
    }
}

/// What became of a document after it was booked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LaterChanges {
    /// Its applications, each with its day and its lines.
    pub applications: Vec<(CivilDate, Vec<Line>)>,
    /// Day on which it was taken back.
    pub reversed_on: Option<CivilDate>,
}

/// A payment or credit note.
#[derive(Debug, Clone, Copy)]
pub struct SettlingDocument<'a> {
    /// Which of the two.
    pub settlement: Settlement,
    /// Its amount in minor units.
    pub amount_minor: i64,
    /// Its day.
    pub dated_on: CivilDate,
    /// Its own allocations.
    pub lines: &'a [Line],
    /// Whether it settles what is open of its invoices and no more.
    pub settles_rest: bool,
    /// What became of it; `None` when nothing did.
    pub later: Option<&'a LaterChanges>,
}

impl SettlingDocument<'_> {
    /// Adds its events. An application on or after the day of the reversal settles nothing: there is no document to apply any more.
    pub fn post(&self, events: &mut Vec<AccountEvent>) {
        let SettlingDocument { settlement, amount_minor, dated_on: on, lines, settles_rest, later } = *self;
        let mut left_minor = amount_minor;
        for (invoice_id, amount_minor) in lines {
            let (invoice_id, amount_minor) = (invoice_id.clone(), *amount_minor);
            left_minor -= amount_minor;
            let fact = match settlement {
                Settlement::Payment => AccountFact::PaymentApplied { invoice_id, amount_minor, settles_rest },
                Settlement::Credit => AccountFact::CreditApplied { invoice_id, amount_minor },
            };
            events.push(AccountEvent { on, fact });
        }
        if left_minor > 0 {
            let fact = match settlement {
                Settlement::Payment => AccountFact::UnappliedCash { amount_minor: left_minor },
                Settlement::Credit => AccountFact::UnappliedCredit { amount_minor: left_minor },
            };
            events.push(AccountEvent { on, fact });
        }
        let Some(LaterChanges { applications, reversed_on }) = later else { return };
        let taken_back = |(invoice_id, amount_minor): &Line| {
            let (invoice_id, amount_minor) = (invoice_id.clone(), *amount_minor);
            TakenBack { invoice_id, amount_minor, invoice: None }
        };
        let mut all: Vec<TakenBack> = lines.iter().map(taken_back).collect();
        let is_applied = |applied_on: &CivilDate| reversed_on.is_none_or(|reversed_on| *applied_on < reversed_on);
        for (applied_on, lines) in applications.iter().filter(|(applied_on, _)| is_applied(applied_on)) {
            for line in lines {
                let (invoice_id, amount_minor) = line.clone();
                left_minor -= amount_minor;
                let fact = AccountFact::UnappliedApplied { settlement, dated_on: on, invoice_id, amount_minor };
                events.push(AccountEvent { on: *applied_on, fact });
                all.push(taken_back(line));
            }
        }
        if let Some(reversed_on) = reversed_on {
            // Below zero where an application takes what went beyond an invoice: that is taken back with the line of the invoice.
            let unapplied_minor = left_minor;
            let fact = AccountFact::DocumentReversed { settlement, dated_on: on, taken_back: all, unapplied_minor };
            events.push(AccountEvent { on: *reversed_on, fact });
        }
    }
}

/// An invoice that something is taken back of, on the way through the events of its account.
#[derive(Debug, Default)]
struct Tracked {
    invoice: Option<IssuedInvoice>,
    settled_minor: i64,
    is_settled: bool,
    /// The last day of the documents that settled part of it, while it is open.
    paid_on: Option<CivilDate>,
}

impl Tracked {
    /// Takes in on a day that something of a document of `dated_on` settles the invoice.
    fn settle(&mut self, amount_minor: i64, on: CivilDate, dated_on: CivilDate, last_payment_on: Option<CivilDate>) {
        self.settled_minor += amount_minor;
        let Some(invoice) = self.invoice.as_mut().filter(|_| !self.is_settled) else { return };
        let paid_on = self.paid_on.map_or(dated_on, |paid_on| paid_on.max(dated_on));
        self.paid_on = Some(paid_on);
        if self.settled_minor >= invoice.amount_minor {
            self.is_settled = true;
            let is_on_payment_day = paid_on == on && last_payment_on == Some(on);
            invoice.settled = Some(SettledInFull { on, paid_on, is_on_payment_day });
        }
    }

    fn issue(&mut self, invoice: IssuedInvoice) {
        self.is_settled = self.settled_minor >= invoice.amount_minor;
        self.invoice = Some(invoice);
    }

    /// The invoice as known before the taking back.
    fn take_back(&mut self, amount_minor: i64) -> Option<IssuedInvoice> {
        let before = self.invoice.clone();
        self.settled_minor -= amount_minor;
        if let Some(invoice) = self.invoice.as_mut().filter(|invoice| self.settled_minor < invoice.amount_minor) {
            if self.is_settled {
                self.paid_on = None;
            }
            self.is_settled = false;
            invoice.settled = None;
        }
        before
    }
}

/// An invoice that is settled by a payment of what is open and by other documents, on the way through the events of its account.
#[derive(Debug, Default)]
struct Cleared {
    /// What is open of it; below zero before it is issued.
    open_minor: i64,
    /// The payments of what was open, with their days and what they might have been at most.
    payments: Vec<(CivilDate, i64, i64)>,
}

/// Gives payments of what is open their amounts. Where nothing else settles an invoice that is all of it, so that few are looked at.
fn settle_rests(events: &mut [AccountEvent]) {
    let mut cleared = invoices_with_rests(events);
    if cleared.is_empty() {
        return;
    }
    for AccountEvent { on, fact } in events {
        if let AccountFact::InvoiceIssued { invoice_id, amount_minor, .. } = fact {
            if let Some(invoice) = cleared.get_mut(invoice_id) {
                invoice.open_minor += *amount_minor;
            }
        } else if let AccountFact::DocumentReversed { settlement, dated_on, taken_back, unapplied_minor: _ } = fact {
            for line in taken_back {
                if let Some(invoice) = cleared.get_mut(&line.invoice_id) {
                    invoice.take_back(*settlement, *dated_on, line);
                }
            }
        } else if let Some(invoice) = fact.settles().and_then(|(invoice_id, _)| cleared.get_mut(invoice_id)) {
            invoice.settle(*on, fact);
        }
    }
}

/// The invoices of which a payment settles what is open and that something else settles, too.
fn invoices_with_rests(events: &[AccountEvent]) -> HashMap<InvoiceId, Cleared> {
    let is_rest = |event: &&AccountEvent| matches!(event.fact, AccountFact::PaymentApplied { settles_rest: true, .. });
    let rests = events.iter().filter(is_rest).filter_map(|event| Some((event.fact.settles()?.0, 0)));
    let mut counts: HashMap<&InvoiceId, usize> = rests.collect();
    if counts.is_empty() {
        return HashMap::new();
    }
    for (invoice_id, _) in events.iter().filter_map(|event| event.fact.settles()) {
        counts.entry(invoice_id).and_modify(|count| *count += 1);
    }
    let several = counts.into_iter().filter(|(_, count)| *count > 1);
    several.map(|(invoice_id, _)| (invoice_id.clone(), Cleared::default())).collect()
}

impl Cleared {
    /// Takes in what settles the invoice, which for a payment of what is open is known only now.
    fn settle(&mut self, on: CivilDate, fact: &mut AccountFact) {
        if let AccountFact::PaymentApplied { invoice_id: _, amount_minor, settles_rest: true } = fact {
            let most_minor = *amount_minor;
            *amount_minor = most_minor.min(self.open_minor.max(0));
            self.payments.push((on, most_minor, *amount_minor));
        }
        self.open_minor -= fact.settles().map_or(0, |(_, amount_minor)| amount_minor);
    }

    /// Takes in what a reversal takes back, which of a payment of what was open is no more than that.
    fn take_back(&mut self, settlement: Settlement, dated_on: CivilDate, line: &mut TakenBack) {
        let is_it = |(paid_on, most_minor, _): &&(CivilDate, i64, i64)| {
            settlement == Settlement::Payment && *paid_on == dated_on && *most_minor == line.amount_minor
        };
        if let Some((_, _, settled_minor)) = self.payments.iter().find(is_it) {
            line.amount_minor = *settled_minor;
        }
        self.open_minor += line.amount_minor;
    }
}

/// Sorts the events of an account into [fold order](AccountEvent::fold_order), gives payments of what is open their amounts, and tells
/// reversals of the invoices that they open again.
pub fn into_fold_order(events: &mut [AccountEvent]) {
    events.sort_by(AccountEvent::fold_order);
    settle_rests(events);
    let mut tracked: HashMap<InvoiceId, Tracked> = HashMap::new();
    for event in &*events {
        if let AccountFact::DocumentReversed { taken_back, .. } = &event.fact {
            tracked.extend(taken_back.iter().map(|line| (line.invoice_id.clone(), Tracked::default())));
        }
    }
    if tracked.is_empty() {
        return;
    }
    let mut last_payment_on = None;
    for AccountEvent { on, fact } in events {
        match fact {
            AccountFact::InvoiceIssued { invoice_id, amount_minor, due_on, business_unit } => {
                let Some(tracked) = tracked.get_mut(invoice_id) else { continue };
                tracked.issue(IssuedInvoice {
                    amount_minor: *amount_minor,
                    issued_on: *on,
                    due_on: *due_on,
                    business_unit: business_unit.clone(),
                    settled: None,
                });
            }
            AccountFact::CreditApplied { invoice_id, amount_minor } => {
                if let Some(tracked) = tracked.get_mut(invoice_id) {
                    tracked.settle(*amount_minor, *on, *on, last_payment_on);
                }
            }
            AccountFact::PaymentApplied { invoice_id, amount_minor, settles_rest: _ } => {
                last_payment_on = Some(*on);
                if let Some(tracked) = tracked.get_mut(invoice_id) {
                    tracked.settle(*amount_minor, *on, *on, last_payment_on);
                }
            }
            AccountFact::UnappliedCash { .. } => last_payment_on = Some(*on),
            AccountFact::UnappliedApplied { settlement: _, dated_on, invoice_id, amount_minor } => {
                if let Some(tracked) = tracked.get_mut(invoice_id) {
                    tracked.settle(*amount_minor, *on, *dated_on, last_payment_on);
                }
            }
            AccountFact::DocumentReversed { settlement: _, dated_on: _, taken_back, unapplied_minor: _ } => {
                for line in taken_back {
                    let tracked = tracked.get_mut(&line.invoice_id);
                    line.invoice = tracked.and_then(|tracked| tracked.take_back(line.amount_minor)).map(Box::new);
                }
            }
            AccountFact::UnappliedCredit { .. }
            | AccountFact::DisputeOpened { .. }
            | AccountFact::DisputeDecided { .. }
            | AccountFact::PromiseMade { .. }
            | AccountFact::Contacted { .. }
            | AccountFact::HoldStarted { .. }
            | AccountFact::HoldEnded { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests;
