//! What settles no invoice yet: the cash by the day on which it came, the credit apart from it, and the promises that the cash came for.

use std::collections::BTreeMap;

use super::event::Settlement;
use super::history::{AccountHistory, InvoiceState};
use super::promises::OpenPromise;
use crate::domain::ids::{InvoiceId, PromiseId};
use crate::domain::time::CivilDate;

/// Money and credit to the customer's favour that settle no invoice, in minor units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unapplied {
    /// All of it, with what came beyond the amounts of its invoices. That has counted for their promises and disputes already.
    total_minor: i64,
    /// What is left of payments, by their days.
    cash_minor: BTreeMap<CivilDate, i64>,
    /// What is left of credit notes.
    credit_minor: i64,
}

impl Unapplied {
    /// Takes in a document of `dated_on`, or what is left of it.
    pub fn come(&mut self, settlement: Settlement, dated_on: CivilDate, amount_minor: i64) {
        self.total_minor += amount_minor;
        match settlement {
            Settlement::Payment => *self.cash_minor.entry(dated_on).or_insert(0) += amount_minor,
            Settlement::Credit => self.credit_minor += amount_minor,
        }
    }

    /// Takes in that something of a document of `dated_on` was applied or taken back.
    pub fn go(&mut self, settlement: Settlement, dated_on: CivilDate, amount_minor: i64) {
        self.come(settlement, dated_on, -amount_minor);
        self.cash_minor.retain(|_, left_minor| *left_minor != 0);
    }

    /// Takes in that more, or less when it is negative, came beyond the amount of an invoice.
    pub fn exceed(&mut self, amount_minor: i64) {
        self.total_minor += amount_minor;
    }

    /// All of it.
    pub fn total_minor(&self) -> i64 {
        self.total_minor
    }

    /// What covers any invoice while `contested_minor` is held back for disputes: credit may be meant for these, and would be taken off twice.
    pub fn free_minor(&self, contested_minor: i64) -> i64 {
        self.total_minor - self.credit_minor.min(contested_minor).max(0)
    }
}

/// Cash that settles no invoice yet and came since a promise was made. Until somebody applies it, it counts as paid on the invoices of
/// the promise: of several promises, for the one with the first day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CameForPromises {
    by_promise: BTreeMap<PromiseId, i64>,
    /// With the days on which it came.
    by_invoice: BTreeMap<InvoiceId, Vec<(CivilDate, i64)>>,
}

impl CameForPromises {
    /// Spreads the cash that is left over the promises of an account.
    pub fn read(history: &AccountHistory) -> Self {
        let mut came = CameForPromises::default();
        let mut cash_minor = history.unapplied().cash_minor.clone();
        if cash_minor.is_empty() {
            return came;
        }
        let open_minor = |id: &InvoiceId| history.open_invoice(id).map_or(0, |invoice| invoice.open_minor);
        let mut promises: Vec<(&PromiseId, &OpenPromise)> = history.promises().open().collect();
        promises.sort_by_key(|(id, promise)| (promise.promised_on, *id));
        for (id, promise) in promises {
            let meant: Vec<(&InvoiceId, i64)> = promise.shares(0, open_minor).collect();
            let promised_minor: i64 = meant.iter().map(|(_, share_minor)| share_minor).sum();
            let mut wanted_minor = promised_minor - came.since(promise);
            for (came_on, left_minor) in cash_minor.range_mut(promise.made_on..) {
                for invoice in meant.iter().filter_map(|(id, _)| history.open_invoice(id)) {
                    let put_minor = wanted_minor.min(*left_minor).min(came.room_minor(invoice)).max(0);
                    if put_minor > 0 {
                        wanted_minor -= put_minor;
                        *left_minor -= put_minor;
                        came.by_invoice.entry(invoice.id.clone()).or_default().push((*came_on, put_minor));
                    }
                }
            }
            came.by_promise.insert(id.clone(), came.since(promise).min(promised_minor));
        }
        came
    }

    /// What came for the invoices of a promise since it was made: another promise of the same invoice is kept by the same cash.
    fn since(&self, promise: &OpenPromise) -> i64 {
        let of_invoices = promise.invoice_ids.iter().filter_map(|id| self.by_invoice.get(id)).flatten();
        of_invoices.filter(|(came_on, _)| *came_on >= promise.made_on).map(|(_, minor)| minor).sum()
    }

    /// What came for a promise.
    pub fn for_promise(&self, id: &PromiseId) -> i64 {
        self.by_promise.get(id).copied().unwrap_or(0)
    }

    /// What came for an invoice.
    pub fn for_invoice(&self, id: &InvoiceId) -> i64 {
        self.by_invoice.get(id).into_iter().flatten().map(|(_, minor)| minor).sum()
    }

    /// What is open of an invoice beyond what came for it.
    pub fn room_minor(&self, invoice: &InvoiceState) -> i64 {
        invoice.open_minor - self.for_invoice(&invoice.id)
    }
}
