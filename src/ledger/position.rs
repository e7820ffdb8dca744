//! An account's position on a day: ageing buckets and the collectable amount with its parts.

use std::collections::BTreeMap;

use super::ageing::Ageing;
use super::history::{AccountHistory, InvoiceState};
use super::unapplied::CameForPromises;
use crate::domain::ids::InvoiceId;
use crate::domain::invoice::HoldKind;
use crate::domain::money::Currency;
use crate::domain::time::CivilDate;

/// Why a part of an open amount is not collectable now, or that it is. Every minor unit is in exactly one part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Collectable {
    /// Held by a legal matter.
    pub legal_minor: i64,
    /// Contested in an open dispute, or granted by the decision of one less than [`CREDIT_AWAITED_DAYS`](super::disputes::CREDIT_AWAITED_DAYS) ago and not credited yet.
    pub disputed_minor: i64,
    /// On a payment plan.
    pub payment_plan_minor: i64,
    /// Promised, and the promise neither broken nor [ended](super::promises::Promises::is_expected).
    pub promised_minor: i64,
    /// Covered by money or credit of the customer that settles no invoice yet: cash covers what was promised before it came, and what is
    /// left covers what is longest past due. Credit covers only as far as it exceeds what is disputed, for which it may be meant.
    pub covered_minor: i64,
    /// What remains: the amount that can be asked for.
    pub collectable_minor: i64,
}

impl Collectable {
    /// Takes what could be asked for as covered, as far as `free_minor` reaches, and returns what is left of that.
    fn cover(&mut self, free_minor: i64) -> i64 {
        let covered_minor = self.collectable_minor.min(free_minor);
        self.covered_minor += covered_minor;
        self.collectable_minor -= covered_minor;
        free_minor - covered_minor
    }

    fn add(&mut self, other: Collectable) {
        let Collectable {
            legal_minor,
            disputed_minor,
            payment_plan_minor,
            promised_minor,
            covered_minor,
            collectable_minor,
        } = other;
        self.legal_minor += legal_minor;
        self.disputed_minor += disputed_minor;
        self.payment_plan_minor += payment_plan_minor;
        self.promised_minor += promised_minor;
        self.covered_minor += covered_minor;
        self.collectable_minor += collectable_minor;
    }
}

/// One open invoice with its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct InvoicePosition {
    /// The invoice.
    pub invoice: InvoiceState,
    /// Days past due on the day looked at; negative before the due date.
    pub days_past_due: i32,
    /// The parts of its open amount.
    pub parts: Collectable,
}

impl InvoicePosition {
    /// What is open and not with lawyers or a court.
    pub fn free_minor(&self) -> i64 {
        self.invoice.open_minor - self.parts.legal_minor
    }
}

/// An account on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountPosition {
    /// Currency of every amount.
    pub currency: Currency,
    /// The day looked at.
    pub as_of: CivilDate,
    /// What is open in all.
    pub open_minor: i64,
    /// Open amounts by days past due.
    pub ageing: Ageing,
    /// The parts of the open amount.
    pub parts: Collectable,
    /// The collectable part that is past due.
    pub collectable_overdue_minor: i64,
    /// Money and credit that settles no invoice yet.
    pub unapplied_minor: i64,
    /// Promised amounts whose day has passed, each open minor unit once, less the cash that came for them and is not applied yet.
    pub broken_promise_minor: i64,
    /// Days past due of the oldest open invoice; 0 when nothing is past due.
    pub oldest_days_past_due: i32,
    /// Contacts in the seven days up to `as_of`.
    pub contact_count_7d: usize,
    /// Day of the last contact.
    pub last_contact_on: Option<CivilDate>,
    /// Day of the last payment.
    pub last_payment_on: Option<CivilDate>,
    /// The open invoices, the longest past due first.
    pub invoices: Vec<InvoicePosition>,
}

impl AccountPosition {
    /// Reads the position off a history that was folded up to `as_of`.
    pub fn read(history: &AccountHistory, as_of: CivilDate) -> Self {
        let mut claims = Claims::read(history, as_of);
        let mut invoices = Vec::new();
        let mut ageing = Ageing::default();
        let (mut broken_promise_minor, mut contested_minor, mut came_minor) = (0, 0, 0);
        for invoice in history.open_invoices() {
            let days_past_due = as_of.days_since(invoice.due_on);
            let invoice_parts = claims.split(invoice);
            ageing.add(days_past_due, invoice.open_minor);
            broken_promise_minor += claims.broken_minor(invoice);
            contested_minor += claims.contested_minor(invoice);
            came_minor += invoice_parts.covered_minor;
            invoices.push(InvoicePosition { invoice: invoice.clone(), days_past_due, parts: invoice_parts });
        }
        invoices.sort_by(|a, b| b.days_past_due.cmp(&a.days_past_due).then_with(|| a.invoice.id.cmp(&b.invoice.id)));
        let mut parts = Collectable::default();
        let mut collectable_overdue_minor = 0;
        let mut free_minor = (history.unapplied().free_minor(contested_minor) - came_minor).max(0);
        for invoice in &mut invoices {
            free_minor = invoice.parts.cover(free_minor);
            parts.add(invoice.parts);
            if invoice.days_past_due > 0 {
                collectable_overdue_minor += invoice.parts.collectable_minor;
            }
        }
        let contacted_on = history.contacted_on();
        AccountPosition {
            currency: history.currency(),
            as_of,
            open_minor: ageing.total_minor(),
            ageing,
            parts,
            collectable_overdue_minor,
            unapplied_minor: history.unapplied_minor(),
            broken_promise_minor,
            oldest_days_past_due: invoices.first().map_or(0, |first| first.days_past_due.max(0)),
            contact_count_7d: contacted_on.iter().filter(|on| as_of.days_since(**on) < 7).count(),
            last_contact_on: contacted_on.last().copied(),
            last_payment_on: history.last_payment_on(),
            invoices,
        }
    }
}

/// What lays claim to open amounts before they are collectable.
struct Claims {
    legal: Held,
    payment_plan: Held,
    /// Contested amount by invoice; `None` contests all that is open.
    disputed_minor: BTreeMap<InvoiceId, Option<i64>>,
    promised_minor: BTreeMap<InvoiceId, i64>,
    /// Promised by invoice, the day of the promise having passed. Two promises may be about the same money.
    broken_minor: BTreeMap<InvoiceId, i64>,
    /// Cash that came for promises and is not applied yet.
    came: CameForPromises,
}

/// The invoices under one kind of hold.
#[derive(Default)]
struct Held {
    all: bool,
    invoice_ids: Vec<InvoiceId>,
}

impl Held {
    fn holds(&self, id: &InvoiceId) -> bool {
        self.all || self.invoice_ids.contains(id)
    }
}

impl Claims {
    fn read(history: &AccountHistory, as_of: CivilDate) -> Self {
        let mut claims = Claims {
            legal: Held::default(),
            payment_plan: Held::default(),
            disputed_minor: BTreeMap::new(),
            promised_minor: BTreeMap::new(),
            broken_minor: BTreeMap::new(),
            came: CameForPromises::read(history),
        };
        for (_, hold) in history.open_holds() {
            let held = match hold.kind {
                HoldKind::Legal => &mut claims.legal,
                HoldKind::PaymentPlan => &mut claims.payment_plan,
            };
            held.all |= hold.invoice_ids.is_empty();
            held.invoice_ids.extend(hold.invoice_ids.iter().cloned());
        }
        for (_, dispute) in history.open_disputes() {
            claims.contest(history, &dispute.invoice_ids, dispute.amount_minor);
        }
        for credit in history.awaited_credits().filter(|credit| credit.is_awaited_on(as_of)) {
            claims.contest(history, &credit.invoice_ids, Some(credit.left_minor));
        }
        let promises = history.promises();
        for (id, promise) in promises.open() {
            let by_invoice = if promise.promised_on < as_of {
                &mut claims.broken_minor
            } else if promises.is_expected(promise) {
                &mut claims.promised_minor
            } else {
                continue;
            };
            let room_minor =
                |id: &InvoiceId| history.open_invoice(id).map_or(0, |invoice| claims.came.room_minor(invoice));
            for (id, share_minor) in promise.shares(claims.came.for_promise(id), room_minor) {
                *by_invoice.entry(id.clone()).or_insert(0) += share_minor;
            }
        }
        claims
    }

    fn contest(&mut self, history: &AccountHistory, invoice_ids: &[InvoiceId], amount_minor: Option<i64>) {
        let mut left_minor = amount_minor;
        for id in invoice_ids {
            let Some(invoice) = history.open_invoice(id) else { continue };
            let claim = left_minor.map(|left_minor| left_minor.min(invoice.open_minor));
            if let (Some(left_minor), Some(claim)) = (&mut left_minor, claim) {
                *left_minor -= claim;
            }
            let entry = self.disputed_minor.entry(id.clone()).or_insert(Some(0));
            *entry = match (*entry, claim) {
                (Some(before), Some(claim)) => Some(before + claim),
                (None, _) | (_, None) => None,
            };
        }
    }

    /// What of an open amount was promised for a day that has passed.
    fn broken_minor(&self, invoice: &InvoiceState) -> i64 {
        self.broken_minor.get(&invoice.id).map_or(0, |broken_minor| (*broken_minor).min(self.came.room_minor(invoice)))
    }

    /// What of an open amount is contested or about to be credited.
    fn contested_minor(&self, invoice: &InvoiceState) -> i64 {
        let contested = self.disputed_minor.get(&invoice.id);
        contested.map_or(0, |minor| minor.unwrap_or(invoice.open_minor).min(invoice.open_minor))
    }

    /// Splits an open amount: legal first, then disputed, payment plan, what cash came for, promised; the rest is collectable.
    fn split(&mut self, invoice: &InvoiceState) -> Collectable {
        let mut left_minor = invoice.open_minor;
        let mut take = |wanted_minor: i64| {
            let taken_minor = wanted_minor.clamp(0, left_minor);
            left_minor -= taken_minor;
            taken_minor
        };
        let legal_minor = take(if self.legal.holds(&invoice.id) { invoice.open_minor } else { 0 });
        let disputed_minor = take(self.contested_minor(invoice));
        let payment_plan_minor = take(if self.payment_plan.holds(&invoice.id) { invoice.open_minor } else { 0 });
        let covered_minor = take(self.came.for_invoice(&invoice.id));
        let promised_minor = take(self.promised_minor.get(&invoice.id).copied().unwrap_or(0));
        let collectable_minor = left_minor;
        Collectable {
            legal_minor,
            disputed_minor,
            payment_plan_minor,
            promised_minor,
            covered_minor,
            collectable_minor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dispute::Resolution;
    use crate::domain::ids::{DisputeId, HoldId, PromiseId};
    use crate::ledger::event::{AccountEvent, AccountFact};

    fn day(text: &str) -> CivilDate {
        CivilDate::parse("on", text).unwrap()
    }

    fn invoice_id(text: &str) -> InvoiceId {
        InvoiceId::parse(text).unwrap()
    }

    fn issued(id: &str, on: &str, due_on: &str, amount_minor: i64) -> AccountEvent {
        let fact = AccountFact::InvoiceIssued {
            invoice_id: invoice_id(id),
            amount_minor,
            due_on: day(due_on),
            business_unit: "".into(),
        };
        AccountEvent { on: day(on), fact }
    }

    fn position(events: &[AccountEvent], as_of: &str) -> AccountPosition {
        AccountPosition::read(&AccountHistory::fold(Currency::EUR, events, day(as_of)), day(as_of))
    }

    #[test]
    fn every_minor_unit_is_in_one_bucket_and_one_part() {
        let events = [
            issued("A", "2026-01-01", "2026-01-31", 1_000),
            issued("B", "2026-01-01", "2026-03-31", 2_000),
            AccountEvent {
                on: day("2026-02-10"),
                fact: AccountFact::DisputeOpened {
                    dispute_id: DisputeId::parse("D").unwrap(),
                    invoice_ids: vec![invoice_id("A")],
                    amount_minor: Some(300),
                },
            },
            AccountEvent {
                on: day("2026-02-11"),
                fact: AccountFact::PromiseMade {
                    promise_id: PromiseId::parse("P").unwrap(),
                    invoice_ids: vec![invoice_id("A")],
                    amount_minor: Some(500),
                    promised_on: day("2026-03-01"),
                },
            },
        ];
        let kept = position(&events, "2026-02-28");
        assert_eq!(kept.ageing.days_1_30_minor, 1_000);
        assert_eq!(kept.ageing.current_minor, 2_000);
        assert_eq!((kept.parts.disputed_minor, kept.parts.promised_minor), (300, 500));
        assert_eq!(kept.parts.collectable_minor, 2_200);
        assert_eq!(kept.collectable_overdue_minor, 200);
        let broken = position(&events, "2026-03-02");
        assert_eq!((broken.parts.promised_minor, broken.broken_promise_minor), (0, 500));
        assert_eq!(broken.collectable_overdue_minor, 700);
    }

    #[test]
    fn a_legal_hold_takes_everything_until_it_ends() {
        let hold_id = HoldId::parse("H").unwrap();
        let events = [
            issued("A", "2026-01-01", "2026-01-31", 1_000),
            AccountEvent {
                on: day("2026-02-01"),
                fact: AccountFact::HoldStarted { hold_id: hold_id.clone(), invoice_ids: vec![], kind: HoldKind::Legal },
            },
            AccountEvent { on: day("2026-02-20"), fact: AccountFact::HoldEnded { hold_id } },
        ];
        assert_eq!(position(&events, "2026-02-10").parts.legal_minor, 1_000);
        assert_eq!(position(&events, "2026-02-20").parts.collectable_minor, 1_000);
    }

    #[test]
    fn a_payment_that_is_known_before_its_invoice_settles_it() {
        let payment = AccountEvent {
            on: day("2026-01-01"),
            fact: AccountFact::PaymentApplied { invoice_id: invoice_id("A"), amount_minor: 400, settles_rest: false },
        };
        let events = [payment, issued("A", "2026-01-02", "2026-01-31", 1_000)];
        assert_eq!(position(&events, "2026-01-02").open_minor, 600);
    }

    fn paid(id: &str, on: &str, amount_minor: i64) -> AccountEvent {
        AccountEvent {
            on: day(on),
            fact: AccountFact::PaymentApplied { invoice_id: invoice_id(id), amount_minor, settles_rest: false },
        }
    }

    #[test]
    fn what_is_paid_beyond_an_invoice_is_unapplied() {
        let twice = [
            issued("A", "2026-01-02", "2026-01-31", 1_000),
            paid("A", "2026-01-10", 1_000),
            paid("A", "2026-01-11", 1_000),
        ];
        assert_eq!(position(&twice, "2026-01-10").unapplied_minor, 0);
        assert_eq!(position(&twice, "2026-01-11").unapplied_minor, 1_000);
        let early = [paid("A", "2026-01-01", 1_200), issued("A", "2026-01-02", "2026-01-31", 1_000)];
        let early = position(&early, "2026-01-02");
        assert_eq!((early.open_minor, early.unapplied_minor), (0, 200));
    }

    /// Goal: nobody is asked for money that is here already.
    #[test]
    fn money_that_settles_no_invoice_yet_covers_what_is_longest_past_due() {
        let cash = AccountFact::UnappliedCash { amount_minor: 1_300 };
        let events = [
            issued("A", "2026-01-02", "2026-02-10", 1_000),
            issued("B", "2026-01-03", "2026-01-31", 800),
            AccountEvent { on: day("2026-02-15"), fact: cash },
        ];
        let before = position(&events, "2026-02-14");
        assert_eq!((before.collectable_overdue_minor, before.parts.covered_minor), (1_800, 0));
        let after = position(&events, "2026-02-15");
        assert_eq!((after.collectable_overdue_minor, after.parts.covered_minor), (500, 1_300));
        let of_invoices = after.invoices.iter().map(|invoice| {
            let Collectable { covered_minor, collectable_minor, .. } = invoice.parts;
            (invoice.invoice.id.as_str(), covered_minor, collectable_minor)
        });
        assert_eq!(of_invoices.collect::<Vec<_>>(), [("B", 800, 0), ("A", 500, 500)]);
        assert_eq!((after.open_minor, after.unapplied_minor), (1_800, 1_300));
    }

    fn promised(id: &str, made_on: &str, invoice_ids: &[&str], amount_minor: i64, promised_on: &str) -> AccountEvent {
        let fact = AccountFact::PromiseMade {
            promise_id: PromiseId::parse(id).unwrap(),
            invoice_ids: invoice_ids.iter().map(|id| invoice_id(id)).collect(),
            amount_minor: Some(amount_minor),
            promised_on: day(promised_on),
        };
        AccountEvent { on: day(made_on), fact }
    }

    /// Goal: who promises the same invoice again and again breaks the promise of one amount, and never of more than is open.
    #[test]
    fn money_that_was_promised_several_times_is_broken_once() {
        let events = [
            issued("A", "2026-01-01", "2026-01-31", 1_000),
            issued("B", "2026-01-01", "2026-01-31", 500),
            promised("P1", "2026-02-01", &["A"], 1_000, "2026-02-05"),
            promised("P2", "2026-02-06", &["A"], 1_000, "2026-02-10"),
            promised("P3", "2026-02-11", &["A", "B"], 1_200, "2026-02-15"),
            promised("P4", "2026-02-16", &["B"], 300, "2026-02-25"),
        ];
        let broken = |as_of| position(&events, as_of).broken_promise_minor;
        assert_eq!((broken("2026-02-06"), broken("2026-02-11")), (1_000, 1_000));
        assert_eq!(broken("2026-02-16"), 1_200);
        assert_eq!(broken("2026-02-26"), 1_500);
    }

    #[test]
    fn what_was_credited_is_no_longer_promised() {
        let promise = AccountFact::PromiseMade {
            promise_id: PromiseId::parse("P").unwrap(),
            invoice_ids: vec![invoice_id("A")],
            amount_minor: None,
            promised_on: day("2026-02-10"),
        };
        let credit = AccountFact::CreditApplied { invoice_id: invoice_id("A"), amount_minor: 1_000 };
        let events = [
            issued("A", "2026-01-02", "2026-01-31", 1_000),
            AccountEvent { on: day("2026-02-01"), fact: promise },
            AccountEvent { on: day("2026-02-05"), fact: credit },
        ];
        assert_eq!(position(&events[..2], "2026-02-11").broken_promise_minor, 1_000);
        assert_eq!(position(&events, "2026-02-11").broken_promise_minor, 0);
    }

    fn contested(on: &str, amount_minor: Option<i64>) -> AccountEvent {
        let (dispute_id, invoice_ids) = (DisputeId::parse("D").unwrap(), vec![invoice_id("A"), invoice_id("B")]);
        AccountEvent { on: day(on), fact: AccountFact::DisputeOpened { dispute_id, invoice_ids, amount_minor } }
    }

    fn decided(on: &str, resolution: Option<Resolution>, credited_minor: Option<i64>) -> AccountEvent {
        let dispute_id = DisputeId::parse("D").unwrap();
        AccountEvent { on: day(on), fact: AccountFact::DisputeDecided { dispute_id, resolution, credited_minor } }
    }

    fn credited(id: &str, on: &str, amount_minor: i64) -> AccountEvent {
        AccountEvent { on: day(on), fact: AccountFact::CreditApplied { invoice_id: invoice_id(id), amount_minor } }
    }

    /// Goal: what a decision grants is held back once, as far as it has not been credited, and a decision that grants nothing holds nothing.
    #[test]
    fn a_granted_credit_is_held_back_until_it_comes() {
        let issued = [issued("A", "2026-01-02", "2026-01-31", 1_000), issued("B", "2026-01-02", "2026-01-31", 500)];
        let held = |facts: &[AccountEvent]| {
            let events: Vec<_> = issued.iter().chain(facts).cloned().collect();
            position(&events, "2026-02-20").parts.disputed_minor
        };
        let (opened, partly) = (contested("2026-02-01", Some(800)), Some(Resolution::PartialCredit));
        let of_part = |credited_minor| decided("2026-02-10", partly, credited_minor);
        assert_eq!(held(&[opened.clone(), of_part(Some(300))]), 300);
        assert_eq!(held(&[opened.clone(), of_part(Some(300)), credited("B", "2026-02-11", 100)]), 200);
        assert_eq!(held(&[opened.clone(), credited("B", "2026-02-09", 300), of_part(Some(300))]), 0, "booked before");
        assert_eq!(held(&[opened.clone(), of_part(None)]), 800, "which part nobody says");
        assert_eq!(held(&[opened.clone(), of_part(None), credited("A", "2026-02-12", 50)]), 0, "this one");
        assert_eq!(held(&[opened.clone(), credited("A", "2026-02-09", 50), of_part(None)]), 0);
        let all = contested("2026-02-01", None);
        assert_eq!(held(&[all.clone(), decided("2026-02-10", Some(Resolution::ValidCredit), None)]), 1_500);
        assert_eq!(held(&[all.clone(), decided("2026-02-20", Some(Resolution::ValidCredit), None)]), 1_500);
        for resolution in [Some(Resolution::InvalidRebill), Some(Resolution::Withdrawn), None] {
            assert_eq!(held(&[all.clone(), decided("2026-02-10", resolution, None)]), 0, "{resolution:?}");
        }
        let again = [all, decided("2026-02-10", partly, Some(300)), contested("2026-02-12", Some(700))];
        assert_eq!(held(&again), 700, "it is contested again");
    }
}
