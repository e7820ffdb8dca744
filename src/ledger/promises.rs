//! The promises of an account: what was promised and paid, and what takes the place of a promise or ends it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::event::TakenBack;
use crate::domain::ids::{InvoiceId, PromiseId};
use crate::domain::invoice::is_promise_near;
use crate::domain::time::CivilDate;

/// What a promise means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Invoices that it names, or the only one that is open.
    Named,
    /// All that is open.
    All,
    /// A sum without saying of which of several invoices.
    AnySum,
}

impl Scope {
    /// Whether a later promise of this scope takes the place of one of the other.
    fn replaces(self, earlier: Scope) -> bool {
        match self {
            Scope::Named => earlier != Scope::AnySum,
            Scope::All => true,
            Scope::AnySum => earlier == Scope::AnySum,
        }
    }
}

/// A promise to pay that is not kept. What a later one has taken the place of stays with it, and is neither promised nor broken.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenPromise {
    /// The invoices meant; never empty.
    pub invoice_ids: Vec<InvoiceId>,
    /// What was open on them when it was made, or the amount promised if that was less.
    pub amount_minor: i64,
    /// What has been paid on them since.
    pub paid_minor: i64,
    /// Day it was made.
    pub made_on: CivilDate,
    /// Day by which payment was promised.
    pub promised_on: CivilDate,
    scope: Scope,
    /// The invoices meant for which a later promise has taken its place.
    replaced_ids: BTreeSet<InvoiceId>,
}

impl OpenPromise {
    fn is_kept(&self) -> bool {
        self.paid_minor >= self.amount_minor
    }

    fn is_replaced(&self) -> bool {
        self.replaced_ids.len() == self.invoice_ids.len()
    }

    /// How much of what is open it still promises, by invoice: the first ones first, without those for which a later promise has taken
    /// its place. `came_minor` has come for it and is not applied yet; `open_minor` tells what is open of an invoice beyond what came for
    /// it. What was credited meanwhile is no longer promised.
    pub fn shares(
        &self,
        came_minor: i64,
        open_minor: impl Fn(&InvoiceId) -> i64,
    ) -> impl Iterator<Item = (&InvoiceId, i64)> {
        let mut left_minor = self.amount_minor - self.paid_minor - came_minor;
        let shares = self.invoice_ids.iter().map(move |id| {
            let share_minor = left_minor.clamp(0, open_minor(id));
            left_minor -= share_minor;
            (id, share_minor)
        });
        shares.filter(|(id, share_minor)| *share_minor > 0 && !self.replaced_ids.contains(*id))
    }
}

/// The promises of one account.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Promises {
    open: BTreeMap<PromiseId, OpenPromise>,
    kept: HashMap<PromiseId, OpenPromise>,
    refused_on: Option<CivilDate>,
}

impl Promises {
    /// Takes in a promise about these invoices, of which something is open. It takes the place of every earlier one for them that is not
    /// broken yet. A sum that may be meant for any of several invoices takes the place of earlier such sums only, and only such a sum or a
    /// promise of all takes its place. Promises of one day stand beside each other, as instalments do, as far as what is open has room for
    /// both.
    /// `names_invoices` is unset when `invoice_ids` are all that is open; `open_minor` tells what is open of an invoice.
    pub fn make(
        &mut self,
        promise_id: &PromiseId,
        (invoice_ids, names_invoices): (Vec<InvoiceId>, bool),
        amount_minor: Option<i64>,
        (made_on, promised_on): (CivilDate, CivilDate),
        open_minor: impl Fn(&InvoiceId) -> i64,
    ) {
        let all_minor: i64 = invoice_ids.iter().map(&open_minor).sum();
        let amount_minor = amount_minor.map_or(all_minor, |amount_minor| amount_minor.min(all_minor));
        if amount_minor <= 0 {
            return;
        }
        let scope = match (names_invoices, amount_minor < all_minor) {
            (false, false) => Scope::All,
            (false, true) if invoice_ids.len() > 1 => Scope::AnySum,
            (false, true) | (true, _) => Scope::Named,
        };
        let replaced_ids = BTreeSet::new();
        let promise =
            OpenPromise { invoice_ids, amount_minor, paid_minor: 0, made_on, promised_on, scope, replaced_ids };
        self.replace(&promise, open_minor);
        self.open.insert(promise_id.clone(), promise);
    }

    fn replace(&mut self, later: &OpenPromise, open_minor: impl Fn(&InvoiceId) -> i64) {
        let taken: BTreeMap<&InvoiceId, i64> = later.shares(0, &open_minor).collect();
        let meant: BTreeSet<&InvoiceId> = later.invoice_ids.iter().collect();
        let all_minor: i64 = later.invoice_ids.iter().map(&open_minor).sum();
        let rivals = self.open.values_mut().filter(|earlier| {
            let is_pending = earlier.promised_on >= later.made_on && !earlier.is_replaced();
            is_pending && later.scope.replaces(earlier.scope)
        });
        for earlier in rivals {
            let is_of_that_day = earlier.made_on == later.made_on;
            let replaced_ids: Vec<InvoiceId> = match later.scope {
                Scope::AnySum => {
                    let earlier_minor: i64 = earlier.shares(0, &open_minor).map(|(_, share_minor)| share_minor).sum();
                    let has_room = earlier_minor + later.amount_minor <= all_minor;
                    if is_of_that_day && has_room { Vec::new() } else { earlier.invoice_ids.clone() }
                }
                Scope::Named | Scope::All if is_of_that_day => {
                    let has_room = |id: &InvoiceId, share_minor: i64| {
                        share_minor + taken.get(id).copied().unwrap_or(0) <= open_minor(id)
                    };
                    let crowded =
                        earlier.shares(0, &open_minor).filter(|(id, share_minor)| !has_room(id, *share_minor));
                    crowded.map(|(id, _)| id.clone()).collect()
                }
                Scope::Named | Scope::All => {
                    earlier.invoice_ids.iter().filter(|id| meant.contains(id)).cloned().collect()
                }
            };
            earlier.replaced_ids.extend(replaced_ids);
        }
    }

    /// Takes in that the customer refused to pay: what was promised up to this day is expected no longer.
    pub fn refuse(&mut self, on: CivilDate) {
        self.refused_on = Some(on);
    }

    /// Counts a payment of `paid_on` for the promises about its invoice that had been made by then, kept ones too: another payment may be
    /// taken back. What had been paid before a promise keeps it no more for being applied after it.
    pub fn credit(&mut self, invoice_id: &InvoiceId, amount_minor: i64, paid_on: CivilDate) {
        for promise in self.open.values_mut().chain(self.kept.values_mut()) {
            if promise.made_on <= paid_on && promise.invoice_ids.contains(invoice_id) {
                promise.paid_minor += amount_minor;
            }
        }
        self.kept.extend(self.open.extract_if(.., |_, promise| promise.is_kept()));
    }

    /// Takes back what a payment of `paid_on` counted for the promises that had been made by then.
    pub fn take_back(&mut self, paid_on: CivilDate, taken_back: &[TakenBack]) {
        for TakenBack { invoice_id, amount_minor, invoice: _ } in taken_back {
            let promises = self.open.values_mut().chain(self.kept.values_mut());
            for promise in promises.filter(|promise| promise.made_on <= paid_on) {
                if promise.invoice_ids.contains(invoice_id) {
                    promise.paid_minor -= amount_minor;
                }
            }
        }
        self.open.extend(self.kept.extract_if(|_, promise| !promise.is_kept()));
    }

    /// Those that are not kept, whether or not their day has passed.
    pub fn open(&self) -> impl Iterator<Item = (&PromiseId, &OpenPromise)> {
        self.open.iter()
    }

    /// Whether as much was paid since the promise as it was about, and not taken back.
    pub fn is_kept(&self, id: &PromiseId) -> bool {
        self.kept.contains_key(id)
    }

    /// Whether what a promise is about is expected by its day, so that nobody asks for it before: not when its day is
    /// [too far away](is_promise_near), nor when the customer has refused to pay since, be it on the day on which it was made.
    pub fn is_expected(&self, promise: &OpenPromise) -> bool {
        is_promise_near(promise.made_on, promise.promised_on)
            && self.refused_on.is_none_or(|refused_on| refused_on < promise.made_on)
    }

    /// Day on which the customer last refused to pay.
    pub fn refused_on(&self) -> Option<CivilDate> {
        self.refused_on
    }
}

#[cfg(test)]
mod tests;
