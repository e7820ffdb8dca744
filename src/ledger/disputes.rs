//! The disputes of an account: what is contested, and the credits that decisions have granted.

use std::collections::BTreeMap;

use crate::domain::dispute::Resolution;
use crate::domain::ids::{DisputeId, InvoiceId};
use crate::domain::time::CivilDate;

/// Days from the decision of a dispute for which what it grants is held back until a credit note takes it off. A credit that has not
/// come by then may never come, and its amount is asked for again.
pub const CREDIT_AWAITED_DAYS: i32 = 30;

/// A dispute that is not decided yet.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenDispute {
    /// The invoices meant.
    pub invoice_ids: Vec<InvoiceId>,
    /// How much; absent means all that is open of them.
    pub amount_minor: Option<i64>,
    /// Day it was raised, or contested again after it had been decided.
    pub opened_on: CivilDate,
    /// What has been credited since, by invoice.
    credited_minor: BTreeMap<InvoiceId, i64>,
}

/// A credit that was granted by the decision of a dispute and has not come, or not all of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AwaitedCredit {
    /// The invoices meant.
    pub invoice_ids: Vec<InvoiceId>,
    /// How much is still to be credited: what was granted or, where that is not stated, all that was contested.
    pub left_minor: i64,
    /// Day of the decision.
    pub decided_on: CivilDate,
    /// Whether a part that nobody states was granted: the first credit on the invoices meant is that part.
    is_unstated_part: bool,
}

impl AwaitedCredit {
    /// Whether it is still waited for.
    pub fn is_awaited_on(&self, day: CivilDate) -> bool {
        day.days_since(self.decided_on) < CREDIT_AWAITED_DAYS
    }
}

/// What a decided dispute was about, and what has been credited for it.
#[derive(Debug, Clone, PartialEq)]
struct DecidedClaim {
    invoice_ids: Vec<InvoiceId>,
    amount_minor: Option<i64>,
    credited_minor: BTreeMap<InvoiceId, i64>,
}

/// The disputes of one account.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Disputes {
    /// Those that are not decided.
    pub open: BTreeMap<DisputeId, OpenDispute>,
    /// The credits that decisions have granted and that have not come.
    pub awaited: BTreeMap<DisputeId, AwaitedCredit>,
    decided: BTreeMap<DisputeId, DecidedClaim>,
}

impl Disputes {
    /// Opens a dispute, opens a decided one again, or changes what an open one is about.
    pub fn open(
        &mut self,
        dispute_id: &DisputeId,
        invoice_ids: &[InvoiceId],
        amount_minor: Option<i64>,
        on: CivilDate,
    ) {
        self.awaited.remove(dispute_id);
        let dispute = self.open.entry(dispute_id.clone()).or_insert_with(|| OpenDispute {
            invoice_ids: Vec::new(),
            amount_minor: None,
            opened_on: on,
            credited_minor: BTreeMap::new(),
        });
        dispute.invoice_ids = invoice_ids.to_vec();
        dispute.amount_minor = amount_minor;
    }

    /// Takes in the decision of a dispute. The credit that it grants is awaited as far as it has not come already: credit notes are
    /// booked before a decision as well as after it. `open_minor` tells what is open of an invoice.
    pub fn decide(
        &mut self,
        dispute_id: &DisputeId,
        resolution: Option<Resolution>,
        granted_minor: Option<i64>,
        on: CivilDate,
        open_minor: impl Fn(&InvoiceId) -> i64,
    ) {
        let Some(dispute) = self.open.remove(dispute_id) else { return };
        let before = self.decided.remove(dispute_id);
        let OpenDispute { invoice_ids, amount_minor, opened_on, mut credited_minor } = dispute;
        // One that is opened and decided on one day corrects the decision before it.
        let is_corrected = before.is_some() && opened_on == on;
        let is_same_claim =
            |claim: &DecidedClaim| (&claim.invoice_ids, claim.amount_minor) == (&invoice_ids, amount_minor);
        let since_minor = sum_of(&credited_minor, &invoice_ids);
        for (id, minor) in before
            .filter(|claim| is_corrected || is_same_claim(claim))
            .into_iter()
            .flat_map(|claim| claim.credited_minor)
        {
            *credited_minor.entry(id).or_insert(0) += minor;
        }
        let all_minor = sum_of(&credited_minor, &invoice_ids);
        let come_minor = if is_corrected { all_minor } else { since_minor };
        let resolution = resolution.filter(|resolution| resolution.is_credited());
        let is_unstated_part = resolution == Some(Resolution::PartialCredit) && granted_minor.is_none();
        if resolution.is_some() && !(is_unstated_part && come_minor > 0) {
            let open_minor: i64 = invoice_ids.iter().map(open_minor).sum();
            let granted_minor = granted_minor.map_or(open_minor, |granted_minor| granted_minor - come_minor);
            let contested_minor = amount_minor.map_or(open_minor, |amount_minor| amount_minor - all_minor);
            let left_minor = granted_minor.min(contested_minor).min(open_minor);
            if left_minor > 0 {
                let invoice_ids = invoice_ids.clone();
                let credit = AwaitedCredit { invoice_ids, left_minor, decided_on: on, is_unstated_part };
                self.awaited.insert(dispute_id.clone(), credit);
            }
        }
        self.decided.insert(dispute_id.clone(), DecidedClaim { invoice_ids, amount_minor, credited_minor });
    }

    /// Counts a credit on an invoice for the decided disputes that wait for it, and what is left of it for the open ones about the invoice.
    pub fn credit(&mut self, invoice_id: &InvoiceId, amount_minor: i64, on: CivilDate) {
        let mut free_minor = amount_minor;
        self.awaited.retain(|_, credit| credit.is_awaited_on(on));
        for (id, credit) in self.awaited.iter_mut().filter(|(_, credit)| credit.invoice_ids.contains(invoice_id)) {
            let come_minor = free_minor.min(credit.left_minor);
            free_minor -= come_minor;
            credit.left_minor = if credit.is_unstated_part { 0 } else { credit.left_minor - come_minor };
            if let Some(claim) = self.decided.get_mut(id) {
                *claim.credited_minor.entry(invoice_id.clone()).or_insert(0) += come_minor;
            }
        }
        self.awaited.retain(|_, credit| credit.left_minor > 0);
        for dispute in self.open.values_mut().filter(|dispute| dispute.invoice_ids.contains(invoice_id)) {
            *dispute.credited_minor.entry(invoice_id.clone()).or_insert(0) += free_minor;
        }
    }
}

fn sum_of(credited_minor: &BTreeMap<InvoiceId, i64>, invoice_ids: &[InvoiceId]) -> i64 {
    invoice_ids.iter().filter_map(|id| credited_minor.get(id)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dispute::Resolution::{PartialCredit, ValidCredit};

    const OPEN_MINOR: i64 = 1_000;

    fn day(text: &str) -> CivilDate {
        CivilDate::parse("on", text).unwrap()
    }

    fn id(text: &str) -> InvoiceId {
        InvoiceId::parse(text).unwrap()
    }

    /// Opens a dispute of this name, changes it, or opens it again.
    fn open(disputes: &mut Disputes, name: &str, invoices: &[&str], amount_minor: Option<i64>, on: &str) {
        let invoice_ids: Vec<_> = invoices.iter().map(|text| id(text)).collect();
        disputes.open(&DisputeId::parse(name).unwrap(), &invoice_ids, amount_minor, day(on));
    }

    /// Decides it, while 1,000 is open of every invoice, and tells what is awaited for it then.
    fn decide(disputes: &mut Disputes, name: &str, resolution: Resolution, granted: Option<i64>, on: &str) -> i64 {
        let dispute_id = DisputeId::parse(name).unwrap();
        disputes.decide(&dispute_id, Some(resolution), granted, day(on), |_| OPEN_MINOR);
        disputes.awaited.get(&dispute_id).map_or(0, |credit| credit.left_minor)
    }

    #[test]
    fn a_new_decision_never_awaits_more_than_is_left_of_the_claim() {
        let first = || {
            let mut disputes = Disputes::default();
            open(&mut disputes, "D", &["A"], Some(100), "2026-03-01");
            assert_eq!(decide(&mut disputes, "D", PartialCredit, Some(60), "2026-03-05"), 60);
            disputes.credit(&id("A"), 60, day("2026-03-07"));
            assert!(disputes.awaited.is_empty());
            disputes
        };
        let again = |amount: i64, granted, resolution, opened_on: &str| {
            let mut disputes = first();
            open(&mut disputes, "D", &["A"], Some(amount), opened_on);
            decide(&mut disputes, "D", resolution, granted, "2026-03-12")
        };
        assert_eq!(again(100, None, ValidCredit, "2026-03-10"), 40);
        assert_eq!(again(100, Some(100), ValidCredit, "2026-03-10"), 40, "the decision may tell all that is granted");
        assert_eq!(again(100, Some(30), PartialCredit, "2026-03-10"), 30, "or what is granted further");
        assert_eq!(again(40, Some(40), ValidCredit, "2026-03-10"), 40, "another claim, of the rest");
        assert_eq!(again(100, Some(70), PartialCredit, "2026-03-12"), 10, "a decision in place of the first one");
        assert_eq!(again(90, Some(60), PartialCredit, "2026-03-12"), 0, "which corrects the claim, too");
    }

    #[test]
    fn what_was_credited_counts_for_the_invoices_that_it_was_credited_on() {
        let mut disputes = Disputes::default();
        open(&mut disputes, "D", &["A", "B"], Some(500), "2026-03-01");
        disputes.credit(&id("A"), 200, day("2026-03-02"));
        disputes.credit(&id("B"), 50, day("2026-03-02"));
        open(&mut disputes, "D", &["B"], Some(300), "2026-03-03");
        assert_eq!(disputes.open[&DisputeId::parse("D").unwrap()].opened_on, day("2026-03-01"));
        assert_eq!(decide(&mut disputes, "D", ValidCredit, None, "2026-03-05"), 250);
    }

    /// Goal: a credit note that comes long after one decision is not lost to the dispute that it is for.
    #[test]
    fn a_credit_that_nobody_awaits_any_more_takes_no_credit_from_another_dispute() {
        let mut disputes = Disputes::default();
        open(&mut disputes, "D1", &["A"], Some(100), "2026-03-01");
        assert_eq!(decide(&mut disputes, "D1", ValidCredit, None, "2026-03-05"), 100);
        open(&mut disputes, "D2", &["A"], Some(80), "2026-04-10");
        disputes.credit(&id("A"), 80, day("2026-04-12"));
        assert_eq!(decide(&mut disputes, "D2", ValidCredit, None, "2026-04-13"), 0);
    }
}
