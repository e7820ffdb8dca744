//! Accounts from ledger records: the events of each customer and currency, where the records are not in a store.

use std::collections::BTreeMap;

use super::event::{AccountEvent, AccountFact};
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
    /// Reads records, of which every invoice comes before what refers to it.
    pub fn read<'a>(records: impl IntoIterator<Item = &'a LedgerRecord>) -> Self {
        let mut book = LedgerBook::default();
        let mut currency_of = BTreeMap::new();
        for record in records {
            book.take(record, &mut currency_of);
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

    fn take(&mut self, record: &LedgerRecord, currency_of: &mut BTreeMap<InvoiceId, Currency>) {
        match record {
            LedgerRecord::Customer(customer) => self.ledger(&customer.id).customer = customer.clone(),
            LedgerRecord::CustomerStub(customer) => {
                self.ledger(&customer.id);
            }
            LedgerRecord::Invoice(invoice) => {
                let currency = invoice.amount.currency();
                currency_of.insert(invoice.id.clone(), currency);
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
                let document = (&payment.customer_id, payment.amount, payment.received_on);
                self.post_allocated(document, &payment.allocations, applied);
            }
            LedgerRecord::CreditNote(note) => {
                let applied = |invoice_id, amount_minor| AccountFact::CreditApplied { invoice_id, amount_minor };
                self.post_allocated((&note.customer_id, note.amount, note.issued_on), &note.allocations, applied);
            }
            LedgerRecord::Dispute(dispute) => self.take_dispute(dispute, currency_of),
            LedgerRecord::Promise(promise) => {
                let named = promise.invoice_ids.iter().find_map(|id| currency_of.get(id).copied());
                let Some(currency) = promise.amount.map(Money::currency).or(named) else { return };
                let fact = AccountFact::PromiseMade {
                    promise_id: promise.id.clone(),
                    invoice_ids: promise.invoice_ids.clone(),
                    amount_minor: promise.amount.map(Money::minor),
                    promised_on: promise.promised_on,
                };
                self.post(&promise.customer_id, currency, promise.made_on, fact);
            }
            LedgerRecord::Contact(contact) => {
                let fact = AccountFact::Contacted { result: contact.result };
                self.post_to_all(&contact.customer_id, contact.contacted_on, &fact);
            }
            LedgerRecord::FxRate(rate) => self.rates.push(rate.clone()),
            LedgerRecord::Hold(hold) => {
                let started = AccountFact::HoldStarted {
                    hold_id: hold.id.clone(),
                    invoice_ids: hold.invoice_ids.clone(),
                    kind: hold.kind,
                };
                self.post_to_all(&hold.customer_id, hold.from_on, &started);
                if let Some(until_on) = hold.until_on {
                    let ended = AccountFact::HoldEnded { hold_id: hold.id.clone() };
                    self.post_to_all(&hold.customer_id, until_on.plus_days(1), &ended);
                }
            }
        }
    }

    fn take_dispute(&mut self, dispute: &DisputeRecord, currency_of: &BTreeMap<InvoiceId, Currency>) {
        self.ledger(&dispute.customer_id).disputes.push(dispute.clone());
        let named = dispute.invoice_ids.iter().find_map(|id| currency_of.get(id).copied());
        let Some(currency) = dispute.contested_amount.map(Money::currency).or(named) else { return };
        let opened = AccountFact::DisputeOpened {
            dispute_id: dispute.id.clone(),
            invoice_ids: dispute.invoice_ids.clone(),
            amount_minor: dispute.contested_amount.map(Money::minor),
        };
        self.post(&dispute.customer_id, currency, dispute.opened_on, opened);
        if let Some((resolution, decided_on)) = dispute.decided {
            let dispute_id = dispute.id.clone();
            let decided = AccountFact::DisputeDecided { dispute_id, resolution: Some(resolution) };
            self.post(&dispute.customer_id, currency, decided_on, decided);
        }
    }

    fn post_allocated(
        &mut self,
        (customer_id, amount, on): (&CustomerId, Money, CivilDate),
        allocations: &[Allocation],
        applied: impl Fn(InvoiceId, i64) -> AccountFact,
    ) {
        let mut left_minor = amount.minor();
        for allocation in allocations {
            left_minor -= allocation.amount.minor();
            let fact = applied(allocation.invoice_id.clone(), allocation.amount.minor());
            self.post(customer_id, amount.currency(), on, fact);
        }
        if left_minor > 0 {
            self.post(customer_id, amount.currency(), on, AccountFact::UnappliedCash { amount_minor: left_minor });
        }
    }

    fn post_to_all(&mut self, customer_id: &CustomerId, on: CivilDate, fact: &AccountFact) {
        for events in self.ledger(customer_id).accounts.values_mut() {
            events.push(AccountEvent { on, fact: fact.clone() });
        }
    }
}
