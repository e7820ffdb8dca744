//! Accounts from ledger records: the events of each customer and currency, where the records are not in a store.

use std::collections::BTreeMap;

use super::contested::Contested;
use super::event::{AccountEvent, AccountFact};
use super::meant::{Currencies, Meant};
use super::record::{DisputeRecord, LedgerRecord};
use crate::domain::customer::Customer;
use crate::domain::ids::{CustomerId, InvoiceId};
use crate::domain::invoice::Allocation;
use crate::domain::money::{Currency, FxRate, Money};
use crate::domain::time::CivilDate;

/// All that records tell of one customer.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerLedger {
    /// The customer, as last handed in.
    pub customer: Customer,
    /// Events of each account in fold order.
    pub accounts: BTreeMap<Currency, Vec<AccountEvent>>,
    /// The disputes in the order in which they were raised.
    pub disputes: Vec<DisputeRecord>,
}

/// All that records tell.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LedgerBook {
    /// The customers.
    pub customers: BTreeMap<CustomerId, CustomerLedger>,
    /// The exchange rates.
    pub rates: Vec<FxRate>,
}

impl LedgerBook {
    /// Reads records, in any order.
    pub fn read<'a>(records: impl IntoIterator<Item = &'a LedgerRecord>) -> Self {
        let mut book = LedgerBook::default();
        let mut currencies = Currencies::new();
        let mut facts = Vec::new();
        for record in records {
            if !book.take_document(record, &mut currencies) {
                facts.push(record);
            }
        }
        for record in facts {
            book.take_fact(record, &currencies);
        }
        for ledger in book.customers.values_mut() {
            ledger.disputes.sort_by(|a, b| (a.opened_on, &a.id).cmp(&(b.opened_on, &b.id)));
            for events in ledger.accounts.values_mut() {
                events.sort_by(AccountEvent::fold_order);
            }
        }
        book
    }

    fn ledger(&mut self, id: &CustomerId) -> &mut CustomerLedger {
        self.customers.entry(id.clone()).or_insert_with(|| CustomerLedger {
            customer: Customer::unnamed(id.clone()),
            accounts: BTreeMap::new(),
            disputes: Vec::new(),
        })
    }

    fn post(&mut self, id: &CustomerId, currency: Currency, on: CivilDate, fact: AccountFact) {
        self.ledger(id).accounts.entry(currency).or_default().push(AccountEvent { on, fact });
    }

    /// Posts what makes accounts; whether the record is one of these.
    fn take_document(&mut self, record: &LedgerRecord, currencies: &mut Currencies) -> bool {
        match record {
            LedgerRecord::Customer(customer) => {
                let ledger = self.ledger(&customer.id);
                ledger.customer = customer.clone().told_after(&ledger.customer);
            }
            LedgerRecord::CustomerStub(customer) => {
                self.ledger(&customer.id);
            }
            LedgerRecord::CustomerPart(part) => {
                let ledger = self.ledger(&part.customer.id);
                ledger.customer = part.completed_by(Some(&ledger.customer)).told_after(&ledger.customer);
            }
            LedgerRecord::Invoice(invoice) => {
                let currency = invoice.amount.currency();
                currencies.insert(invoice.id.clone(), currency);
                let fact = AccountFact::InvoiceIssued {
                    invoice_id: invoice.id.clone(),
                    amount_minor: invoice.amount.minor(),
                    due_on: invoice.due_on,
                    business_unit: invoice.business_unit.as_str().into(),
                };
                self.post(&invoice.customer_id, currency, invoice.issued_on, fact);
            }
            LedgerRecord::Payment(payment) => {
                let applied = |invoice_id, amount_minor| AccountFact::PaymentApplied { invoice_id, amount_minor };
                let unapplied = |amount_minor| AccountFact::UnappliedCash { amount_minor };
                let document = (&payment.customer_id, payment.amount, payment.received_on);
                self.post_allocated(document, &payment.allocations, applied, unapplied);
            }
            LedgerRecord::CreditNote(note) => {
                let applied = |invoice_id, amount_minor| AccountFact::CreditApplied { invoice_id, amount_minor };
                let unapplied = |amount_minor| AccountFact::UnappliedCredit { amount_minor };
                let document = (&note.customer_id, note.amount, note.issued_on);
                self.post_allocated(document, &note.allocations, applied, unapplied);
            }
            LedgerRecord::FxRate(rate) => self.rates.push(rate.clone()),
            LedgerRecord::Dispute(_)
            | LedgerRecord::DisputePart(_)
            | LedgerRecord::Promise(_)
            | LedgerRecord::Contact(_)
            | LedgerRecord::Hold(_) => return false,
        }
        true
    }

    /// Posts what is said about accounts to those that it means.
    fn take_fact(&mut self, record: &LedgerRecord, currencies: &Currencies) {
        match record {
            LedgerRecord::Dispute(dispute) => self.take_dispute(dispute, currencies),
            LedgerRecord::DisputePart(part) => self.take_dispute(&part.dispute, currencies),
            LedgerRecord::Promise(promise) => {
                let meant = Meant { invoice_ids: promise.invoice_ids.clone(), amount: promise.amount };
                let made = |(invoice_ids, amount_minor)| AccountFact::PromiseMade {
                    promise_id: promise.id.clone(),
                    invoice_ids,
                    amount_minor,
                    promised_on: promise.promised_on,
                };
                self.post_meant(&promise.customer_id, &meant, currencies, promise.made_on, made);
            }
            LedgerRecord::Contact(contact) => {
                let everything = Meant { invoice_ids: Vec::new(), amount: None };
                let contacted = |_| AccountFact::Contacted { result: contact.result };
                self.post_meant(&contact.customer_id, &everything, currencies, contact.contacted_on, contacted);
            }
            LedgerRecord::Hold(hold) => {
                let meant = Meant { invoice_ids: hold.invoice_ids.clone(), amount: None };
                let started = |(invoice_ids, _)| AccountFact::HoldStarted {
                    hold_id: hold.id.clone(),
                    invoice_ids,
                    kind: hold.kind,
                };
                self.post_meant(&hold.customer_id, &meant, currencies, hold.from_on, started);
                if let Some(until_on) = hold.until_on {
                    let ended = |_| AccountFact::HoldEnded { hold_id: hold.id.clone() };
                    self.post_meant(&hold.customer_id, &meant, currencies, until_on.plus_days(1), ended);
                }
            }
            LedgerRecord::Customer(_)
            | LedgerRecord::CustomerStub(_)
            | LedgerRecord::CustomerPart(_)
            | LedgerRecord::Invoice(_)
            | LedgerRecord::Payment(_)
            | LedgerRecord::CreditNote(_)
            | LedgerRecord::FxRate(_) => {}
        }
    }

    fn take_dispute(&mut self, dispute: &DisputeRecord, currencies: &Currencies) {
        self.ledger(&dispute.customer_id).disputes.push(dispute.clone());
        let present = Meant { invoice_ids: dispute.invoice_ids.clone(), amount: dispute.contested_amount };
        let periods = dispute.open_periods();
        let contested = Contested::new(dispute.id.clone(), present, &dispute.past_details, periods);
        for (currency, events) in &mut self.ledger(&dispute.customer_id).accounts {
            events.extend(contested.events(*currency, currencies));
        }
    }

    /// Posts a fact to each account that a document means, made from what is meant there.
    fn post_meant(
        &mut self,
        customer_id: &CustomerId,
        meant: &Meant,
        currencies: &Currencies,
        on: CivilDate,
        fact: impl Fn((Vec<InvoiceId>, Option<i64>)) -> AccountFact,
    ) {
        for (currency, events) in &mut self.ledger(customer_id).accounts {
            if let Some(part) = meant.within(*currency, currencies) {
                events.push(AccountEvent { on, fact: fact(part) });
            }
        }
    }

    fn post_allocated(
        &mut self,
        (customer_id, amount, on): (&CustomerId, Money, CivilDate),
        allocations: &[Allocation],
        applied: impl Fn(InvoiceId, i64) -> AccountFact,
        unapplied: impl Fn(i64) -> AccountFact,
    ) {
        let mut left_minor = amount.minor();
        for allocation in allocations {
            left_minor -= allocation.amount.minor();
            let fact = applied(allocation.invoice_id.clone(), allocation.amount.minor());
            self.post(customer_id, amount.currency(), on, fact);
        }
        if left_minor > 0 {
            self.post(customer_id, amount.currency(), on, unapplied(left_minor));
        }
    }
}
