//! Accounts from ledger records: the events of each customer and currency, where the records are not in a store.

use std::collections::{BTreeMap, HashMap};

use super::contested::Contested;
use super::event::{AccountEvent, AccountFact, Settlement};
use super::meant::{Currencies, Meant};
use super::record::{DisputeRecord, LedgerRecord};
use super::settlements::{LaterChanges, Line, SettlingDocument, into_fold_order, is_clearing};
use crate::domain::customer::Customer;
use crate::domain::ids::{CustomerId, InvoiceId};
use crate::domain::invoice::{Allocation, CreditNote, Payment};
use crate::domain::money::{Currency, FxRate};
use crate::domain::settlement::DocumentId;
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

/// What became of each document after it was booked.
type Later = HashMap<DocumentId, LaterChanges>;

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
        let mut later = Later::new();
        let mut rest = Vec::new();
        for record in records {
            if !book.take_first(record, &mut currencies, &mut later) {
                rest.push(record);
            }
        }
        rest.retain(|record| !book.take_settlement(record, &later));
        for record in rest {
            book.take_fact(record, &currencies);
        }
        for ledger in book.customers.values_mut() {
            ledger.disputes.sort_by(|a, b| (a.opened_on, &a.id).cmp(&(b.opened_on, &b.id)));
            for events in ledger.accounts.values_mut() {
                into_fold_order(events);
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

    /// Takes in what others refer to, and what is told with the document that it refers to; whether the record is one of these.
    fn take_first(&mut self, record: &LedgerRecord, currencies: &mut Currencies, later: &mut Later) -> bool {
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
            LedgerRecord::FxRate(rate) => self.rates.push(rate.clone()),
            LedgerRecord::Uncleared(_) => {}
            LedgerRecord::Reversal(reversal) => {
                later.entry(reversal.document.clone()).or_default().reversed_on.get_or_insert(reversal.reversed_on);
            }
            LedgerRecord::Application(application) => {
                let changes = later.entry(application.document.clone()).or_default();
                changes.applications.push((application.applied_on, lines_of(&application.allocations)));
            }
            LedgerRecord::Payment(_)
            | LedgerRecord::CreditNote(_)
            | LedgerRecord::Dispute(_)
            | LedgerRecord::DisputePart(_)
            | LedgerRecord::Promise(_)
            | LedgerRecord::Contact(_)
            | LedgerRecord::Hold(_) => return false,
        }
        true
    }

    /// Posts a payment or credit note with what became of it; whether the record is one.
    fn take_settlement(&mut self, record: &LedgerRecord, later: &Later) -> bool {
        let (settlement, document, customer_id, amount, on, allocations) = match record {
            LedgerRecord::Payment(Payment { id, customer_id, amount, received_on, allocations }) => {
                let document = DocumentId::Payment(id.clone());
                (Settlement::Payment, document, customer_id, amount, received_on, allocations)
            }
            LedgerRecord::CreditNote(CreditNote { id, customer_id, amount, issued_on, allocations }) => {
                let document = DocumentId::CreditNote(id.clone());
                (Settlement::Credit, document, customer_id, amount, issued_on, allocations)
            }
            LedgerRecord::Customer(_)
            | LedgerRecord::CustomerStub(_)
            | LedgerRecord::CustomerPart(_)
            | LedgerRecord::Invoice(_)
            | LedgerRecord::Uncleared(_)
            | LedgerRecord::Dispute(_)
            | LedgerRecord::DisputePart(_)
            | LedgerRecord::Promise(_)
            | LedgerRecord::Contact(_)
            | LedgerRecord::FxRate(_)
            | LedgerRecord::Hold(_)
            | LedgerRecord::Reversal(_)
            | LedgerRecord::Application(_) => return false,
        };
        let lines = lines_of(allocations);
        let settling = SettlingDocument {
            settlement,
            amount_minor: amount.minor(),
            dated_on: *on,
            lines: &lines,
            settles_rest: settlement == Settlement::Payment && is_clearing(document.as_str(), &lines),
            later: later.get(&document),
        };
        settling.post(self.ledger(customer_id).accounts.entry(amount.currency()).or_default());
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
            | LedgerRecord::Uncleared(_)
            | LedgerRecord::CreditNote(_)
            | LedgerRecord::FxRate(_)
            | LedgerRecord::Reversal(_)
            | LedgerRecord::Application(_) => {}
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
}

fn lines_of(allocations: &[Allocation]) -> Vec<Line> {
    allocations.iter().map(|allocation| (allocation.invoice_id.clone(), allocation.amount.minor())).collect()
}
