//! Accounts from rows: the dated events of each account, in fold order.

use std::collections::HashMap;

use crate::domain::customer::Customer;
use crate::domain::dispute_details::PastDetails;
use crate::domain::dispute_past::{Closing, PastDecisions};
use crate::domain::ids::InvoiceId;
use crate::domain::money::Currency;
use crate::domain::time::{CivilDate, Instant};
use crate::ledger::contested::Contested;
use crate::ledger::event::{AccountEvent, AccountFact, Settlement};
use crate::ledger::meant::{Currencies, Meant};
use crate::ledger::settlements::{Line, SettlingDocument, into_fold_order, is_clearing};

use super::rows::Place;
use super::rows::ledger::{CreditScoreRow, CustomerRow};
use super::rows::settlement::{LaterByDocument, LaterChangeFact, later_by_document};
use super::{AccountKey, AccountRecord, StoreError};

/// An account's key as read.
#[derive(Debug, sqlx::FromRow)]
pub struct AccountRow {
    customer_id: String,
    currency: String,
}

impl TryFrom<AccountRow> for AccountKey {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> Result<Self, StoreError> {
        let place = Place { table: "account", id: &row.customer_id };
        Ok(AccountKey {
            customer_id: place.word("customer_id", &row.customer_id)?,
            currency: place.word("currency", &row.currency)?,
        })
    }
}

/// An invoice as read for its event.
#[derive(Debug, sqlx::FromRow)]
pub struct InvoiceFact {
    customer_id: String,
    id: String,
    currency: String,
    amount_minor: i64,
    issued_on: String,
    due_on: String,
    business_unit: String,
}

/// A payment or credit note as read for its events.
#[derive(Debug, sqlx::FromRow)]
pub struct DocumentFact {
    customer_id: String,
    id: String,
    currency: String,
    amount_minor: i64,
    dated_on: String,
}

/// An allocation as read for its event.
#[derive(Debug, sqlx::FromRow)]
pub struct AllocationFact {
    document: String,
    document_id: String,
    invoice_id: String,
    amount_minor: i64,
}

/// A promise as read for its event.
#[derive(Debug, sqlx::FromRow)]
pub struct PromiseFact {
    customer_id: String,
    id: String,
    invoice_ids: String,
    amount_minor: Option<i64>,
    currency: Option<String>,
    made_on: String,
    promised_on: String,
}

/// A contact as read for its event.
#[derive(Debug, sqlx::FromRow)]
pub struct ContactFact {
    customer_id: String,
    id: String,
    result: String,
    contacted_on: String,
}

/// A hold as read for its events.
#[derive(Debug, sqlx::FromRow)]
pub struct HoldFact {
    customer_id: String,
    id: String,
    invoice_ids: String,
    kind: String,
    from_on: String,
    until_on: Option<String>,
}

/// A dispute as read for its events.
#[derive(Debug, sqlx::FromRow)]
pub struct DisputeFact {
    customer_id: String,
    id: String,
    invoice_ids: String,
    contested_minor: Option<i64>,
    contested_currency: Option<String>,
    opened_on: String,
    is_open: i64,
    resolution: Option<String>,
    resolved_on: Option<String>,
    credited_minor: Option<i64>,
    credited_currency: Option<String>,
    past_decisions: String,
    past_details: String,
    voided_on: Option<String>,
    updated_at_us: i64,
}

/// Everything known of a range of customers, each list in the order of customer and id.
#[derive(Debug, Default)]
pub struct Facts {
    /// The customers.
    pub customers: Vec<CustomerRow>,
    /// Their earlier credit scores, by day.
    pub credit_scores: Vec<CreditScoreRow>,
    /// Their invoices.
    pub invoices: Vec<InvoiceFact>,
    /// Their payments.
    pub payments: Vec<DocumentFact>,
    /// Their credit notes.
    pub credit_notes: Vec<DocumentFact>,
    /// Their allocations, in the order of their lines.
    pub allocations: Vec<AllocationFact>,
    /// What became of their payments and credit notes later.
    pub later_changes: Vec<LaterChangeFact>,
    /// Their disputes.
    pub disputes: Vec<DisputeFact>,
    /// Their promises.
    pub promises: Vec<PromiseFact>,
    /// Contacts with them.
    pub contacts: Vec<ContactFact>,
    /// Holds on their collection.
    pub holds: Vec<HoldFact>,
}

/// The accounts with these keys, in their order, from what is known of their customers.
pub fn build(keys: Vec<AccountKey>, facts: Facts) -> Result<Vec<AccountRecord>, StoreError> {
    let mut ledger = Ledger::open(keys, facts.customers, facts.credit_scores)?;
    let currencies = ledger.add_invoices(facts.invoices)?;
    let allocations = Allocations::read(facts.allocations, facts.later_changes)?;
    for payment in facts.payments {
        let place = Place { table: "payment", id: &payment.id };
        ledger.add_document(place, &payment, &allocations, Settlement::Payment)?;
    }
    for note in facts.credit_notes {
        let place = Place { table: "credit_note", id: &note.id };
        ledger.add_document(place, &note, &allocations, Settlement::Credit)?;
    }
    for dispute in facts.disputes {
        ledger.add_dispute(&dispute, &currencies)?;
    }
    for promise in facts.promises {
        ledger.add_promise(&promise, &currencies)?;
    }
    for contact in facts.contacts {
        ledger.add_contact(&contact)?;
    }
    for hold in facts.holds {
        ledger.add_hold(&hold, &currencies)?;
    }
    Ok(ledger.finish())
}

/// A document: `payment` or `credit_note`, and its id.
type DocumentKey = (Box<str>, Box<str>);

/// The allocations of each document, and what became of it later.
struct Allocations {
    lines: HashMap<DocumentKey, Vec<Line>>,
    later: LaterByDocument,
}

impl Allocations {
    fn read(facts: Vec<AllocationFact>, later_changes: Vec<LaterChangeFact>) -> Result<Self, StoreError> {
        let mut lines: HashMap<DocumentKey, Vec<Line>> = HashMap::new();
        for AllocationFact { document, document_id, invoice_id, amount_minor } in facts {
            let invoice_id = Place { table: "allocation", id: &document_id }.word("invoice_id", &invoice_id)?;
            lines.entry((document.into(), document_id.into())).or_default().push((invoice_id, amount_minor));
        }
        Ok(Allocations { lines, later: later_by_document(later_changes)? })
    }
}

struct Ledger {
    accounts: Vec<AccountRecord>,
    /// The accounts of each customer, by their places in the list.
    places: HashMap<Box<str>, Vec<usize>>,
}

impl Ledger {
    fn open(
        keys: Vec<AccountKey>,
        rows: Vec<CustomerRow>,
        credit_scores: Vec<CreditScoreRow>,
    ) -> Result<Self, StoreError> {
        let mut customers = HashMap::new();
        for row in rows {
            let customer = Customer::try_from(row)?;
            customers.insert(customer.id.to_string(), customer);
        }
        for row in credit_scores {
            if let Some(customer) = customers.get_mut(&row.customer_id) {
                customer.earlier_credit_scores.push(row.try_into()?);
            }
        }
        let mut places: HashMap<Box<str>, Vec<usize>> = HashMap::new();
        let mut accounts = Vec::with_capacity(keys.len());
        for AccountKey { customer_id, currency } in keys {
            places.entry(customer_id.as_str().into()).or_default().push(accounts.len());
            let customer =
                customers.get(customer_id.as_str()).cloned().unwrap_or_else(|| Customer::unnamed(customer_id));
            accounts.push(AccountRecord { customer, currency, events: Vec::new() });
        }
        Ok(Ledger { accounts, places })
    }

    /// The accounts of a customer, as far as they were asked for.
    fn of<'a>(&'a mut self, customer_id: &str) -> impl Iterator<Item = &'a mut AccountRecord> {
        let (first, last) = match self.places.get(customer_id).map(Vec::as_slice) {
            Some([first, .., last]) => (*first, *last + 1),
            Some([only]) => (*only, *only + 1),
            Some([]) | None => (0, 0),
        };
        self.accounts[first..last].iter_mut()
    }

    fn add_invoices(&mut self, facts: Vec<InvoiceFact>) -> Result<Currencies, StoreError> {
        let mut currencies = Currencies::with_capacity(facts.len());
        for fact in facts {
            let place = Place { table: "invoice", id: &fact.id };
            let currency: Currency = place.word("currency", &fact.currency)?;
            let invoice_id: InvoiceId = place.word("id", &fact.id)?;
            currencies.insert(invoice_id.clone(), currency);
            let event = AccountEvent {
                on: place.word("issued_on", &fact.issued_on)?,
                fact: AccountFact::InvoiceIssued {
                    invoice_id,
                    amount_minor: fact.amount_minor,
                    due_on: place.word("due_on", &fact.due_on)?,
                    business_unit: fact.business_unit.into_boxed_str(),
                },
            };
            if let Some(account) = self.of(&fact.customer_id).find(|account| account.currency == currency) {
                account.events.push(event);
            }
        }
        Ok(currencies)
    }

    fn add_document(
        &mut self,
        place: Place<'_>,
        fact: &DocumentFact,
        allocations: &Allocations,
        settlement: Settlement,
    ) -> Result<(), StoreError> {
        let currency: Currency = place.word("currency", &fact.currency)?;
        let dated_on: CivilDate = place.word("dated_on", &fact.dated_on)?;
        let Some(account) = self.of(&fact.customer_id).find(|account| account.currency == currency) else {
            return Ok(());
        };
        let key: DocumentKey = (place.table.into(), fact.id.as_str().into());
        let lines = allocations.lines.get(&key).map_or(&[][..], Vec::as_slice);
        let settling = SettlingDocument {
            settlement,
            amount_minor: fact.amount_minor,
            dated_on,
            lines,
            settles_rest: settlement == Settlement::Payment && is_clearing(&fact.id, lines),
            later: allocations.later.get(&key),
        };
        settling.post(&mut account.events);
        Ok(())
    }

    fn add_dispute(&mut self, fact: &DisputeFact, currencies: &Currencies) -> Result<(), StoreError> {
        let place = Place { table: "dispute", id: &fact.id };
        let dispute_id: crate::domain::ids::DisputeId = place.word("id", &fact.id)?;
        let opened_on: CivilDate = place.word("opened_on", &fact.opened_on)?;
        let meant = read_meant(place, &fact.invoice_ids, fact.contested_minor, fact.contested_currency.as_deref())?;
        let resolution = place.word_opt("resolution", fact.resolution.as_deref())?;
        let resolved_on = place.word_opt("resolved_on", fact.resolved_on.as_deref())?;
        let past_decisions: PastDecisions = place.json("past_decisions", &fact.past_decisions)?;
        let voided_on = place.word_opt("voided_on", fact.voided_on.as_deref())?;
        // Of a dispute from before the days of its end were kept, the day of the last change in UTC stands for it.
        let changed_on = Instant::from_unix_us(fact.updated_at_us).utc_date();
        let on = resolved_on.or(voided_on).unwrap_or(changed_on);
        let credited_currency = fact.credited_currency.as_deref();
        let credited_amount = place.money("credited_currency", fact.credited_minor, credited_currency)?;
        let closed = (fact.is_open == 0).then_some(Closing { on, resolution, credited_amount });
        let periods = past_decisions.open_periods(opened_on, closed);
        let past_details: PastDetails = place.json("past_details", &fact.past_details)?;
        let contested = Contested::new(dispute_id, meant, &past_details, periods);
        for account in self.of(&fact.customer_id) {
            account.events.extend(contested.events(account.currency, currencies));
        }
        Ok(())
    }

    fn add_promise(&mut self, fact: &PromiseFact, currencies: &Currencies) -> Result<(), StoreError> {
        let place = Place { table: "promise", id: &fact.id };
        let promise_id: crate::domain::ids::PromiseId = place.word("id", &fact.id)?;
        let on = place.word("made_on", &fact.made_on)?;
        let promised_on = place.word("promised_on", &fact.promised_on)?;
        let meant = read_meant(place, &fact.invoice_ids, fact.amount_minor, fact.currency.as_deref())?;
        for account in self.of(&fact.customer_id) {
            let Some((invoice_ids, amount_minor)) = meant.within(account.currency, currencies) else { continue };
            let promise_id = promise_id.clone();
            let fact = AccountFact::PromiseMade { promise_id, invoice_ids, amount_minor, promised_on };
            account.events.push(AccountEvent { on, fact });
        }
        Ok(())
    }

    fn add_contact(&mut self, fact: &ContactFact) -> Result<(), StoreError> {
        let place = Place { table: "contact", id: &fact.id };
        let on = place.word("contacted_on", &fact.contacted_on)?;
        let result = place.word("result", &fact.result)?;
        for account in self.of(&fact.customer_id) {
            account.events.push(AccountEvent { on, fact: AccountFact::Contacted { result } });
        }
        Ok(())
    }

    /// A hold ends on the day after its last one: a state as of its last day is still held.
    fn add_hold(&mut self, fact: &HoldFact, currencies: &Currencies) -> Result<(), StoreError> {
        let place = Place { table: "hold", id: &fact.id };
        let hold_id: crate::domain::ids::HoldId = place.word("id", &fact.id)?;
        let on = place.word("from_on", &fact.from_on)?;
        let kind = place.word("kind", &fact.kind)?;
        let until_on: Option<CivilDate> = place.word_opt("until_on", fact.until_on.as_deref())?;
        let meant = read_meant(place, &fact.invoice_ids, None, None)?;
        for account in self.of(&fact.customer_id) {
            let Some((invoice_ids, _)) = meant.within(account.currency, currencies) else { continue };
            let started = AccountFact::HoldStarted { hold_id: hold_id.clone(), invoice_ids, kind };
            account.events.push(AccountEvent { on, fact: started });
            if let Some(until_on) = until_on {
                let ended = AccountFact::HoldEnded { hold_id: hold_id.clone() };
                account.events.push(AccountEvent { on: until_on.plus_days(1), fact: ended });
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Vec<AccountRecord> {
        for account in &mut self.accounts {
            into_fold_order(&mut account.events);
        }
        self.accounts
    }
}

/// The invoices and the amount that a stored document means.
fn read_meant(
    place: Place<'_>,
    invoice_ids: &str,
    amount_minor: Option<i64>,
    currency: Option<&str>,
) -> Result<Meant, StoreError> {
    Ok(Meant {
        invoice_ids: place.json("invoice_ids", invoice_ids)?,
        amount: place.money("currency", amount_minor, currency)?,
    })
}
