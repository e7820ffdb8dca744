//! What is settled, applied later and taken back, read off the fold.

use super::*;
use crate::domain::dispute::Resolution;
use crate::domain::ids::{DisputeId, PromiseId};
use crate::domain::money::Currency;
use crate::ledger::history::AccountHistory;
use crate::ledger::position::AccountPosition;

fn day(text: &str) -> CivilDate {
    CivilDate::parse("on", text).unwrap()
}

fn id(text: &str) -> InvoiceId {
    InvoiceId::parse(text).unwrap()
}

/// An invoice of 1,000, due on the last day of January.
fn issued(text: &str, on: &str) -> AccountEvent {
    let fact = AccountFact::InvoiceIssued {
        invoice_id: id(text),
        amount_minor: 1_000,
        due_on: day("2026-01-31"),
        business_unit: "North".into(),
    };
    AccountEvent { on: day(on), fact }
}

/// A document with what became of it.
#[derive(Clone)]
struct Made {
    settlement: Settlement,
    amount_minor: i64,
    on: &'static str,
    lines: Vec<Line>,
    settles_rest: bool,
    later: LaterChanges,
}

impl Made {
    fn applied(mut self, on: &str, invoice: &str, amount_minor: i64) -> Self {
        self.later.applications.push((day(on), vec![(id(invoice), amount_minor)]));
        self
    }

    fn reversed(mut self, on: &str) -> Self {
        self.later.reversed_on = Some(day(on));
        self
    }
}

fn made(settlement: Settlement, amount_minor: i64, on: &'static str, lines: &[(&str, i64)]) -> Made {
    let lines = lines.iter().map(|(invoice, amount_minor)| (id(invoice), *amount_minor)).collect();
    Made { settlement, amount_minor, on, lines, settles_rest: false, later: LaterChanges::default() }
}

fn paid(amount_minor: i64, on: &'static str, lines: &[(&str, i64)]) -> Made {
    made(Settlement::Payment, amount_minor, on, lines)
}

fn events(facts: &[AccountEvent], documents: &[Made]) -> Vec<AccountEvent> {
    let mut events = facts.to_vec();
    for Made { settlement, amount_minor, on, lines, settles_rest, later } in documents {
        let later = (*later != LaterChanges::default()).then_some(later);
        let (settlement, amount_minor, dated_on, settles_rest) = (*settlement, *amount_minor, day(on), *settles_rest);
        SettlingDocument { settlement, amount_minor, dated_on, lines, settles_rest, later }.post(&mut events);
    }
    into_fold_order(&mut events);
    events
}

fn history(events: &[AccountEvent], on: &str) -> AccountHistory {
    AccountHistory::fold(Currency::EUR, events, day(on))
}

/// What is open and what is unapplied at the end of a day.
fn open_and_unapplied(events: &[AccountEvent], on: &str) -> (i64, i64) {
    let history = history(events, on);
    (history.open_invoices().map(|invoice| invoice.open_minor).sum(), history.unapplied_minor())
}

#[test]
fn a_bounced_payment_opens_its_invoice_again_and_no_day_before_sees_it() {
    let facts = [issued("A", "2026-01-02")];
    let first = paid(300, "2026-01-20", &[("A", 300)]);
    let second = paid(800, "2026-02-10", &[("A", 700)]);
    let without = events(&facts, &[first.clone(), second.clone()]);
    let with = events(&facts, &[first, second.reversed("2026-02-15")]);
    assert_eq!(history(&with, "2026-02-14"), history(&without, "2026-02-14"));
    assert_eq!(open_and_unapplied(&with, "2026-02-14"), (0, 100));
    let after = history(&with, "2026-02-15");
    assert_eq!((open_and_unapplied(&with, "2026-02-15"), after.last_payment_on()), ((700, 0), Some(day("2026-01-20"))));
    let invoice = after.open_invoice(&id("A")).unwrap();
    assert_eq!(
        (invoice.amount_minor, invoice.issued_on, invoice.due_on),
        (1_000, day("2026-01-02"), day("2026-01-31"))
    );
    assert_eq!(&*invoice.business_unit, "North");
    assert_eq!(AccountPosition::read(&after, day("2026-02-15")).oldest_days_past_due, 15);
}

#[test]
fn of_an_invoice_that_was_paid_twice_the_surplus_goes_first() {
    let facts = [issued("A", "2026-01-02")];
    let (first, second) = (paid(1_000, "2026-02-01", &[("A", 1_000)]), paid(1_200, "2026-02-02", &[("A", 1_200)]));
    let once = events(&facts, &[first.clone().reversed("2026-02-05"), second.clone()]);
    assert_eq!(open_and_unapplied(&once, "2026-02-04"), (0, 1_200));
    assert_eq!(open_and_unapplied(&once, "2026-02-05"), (0, 200));
    let twice = events(&facts, &[first.clone().reversed("2026-02-05"), second.reversed("2026-02-06")]);
    assert_eq!(open_and_unapplied(&twice, "2026-02-06"), (1_000, 0));
    let again = events(&facts, &[first.reversed("2026-02-05"), paid(1_000, "2026-02-07", &[("A", 1_000)])]);
    assert_eq!(["2026-02-05", "2026-02-07"].map(|on| open_and_unapplied(&again, on)), [(1_000, 0), (0, 0)]);
}

#[test]
fn a_payment_for_an_unknown_invoice_is_taken_back_before_and_after_it_is_known() {
    let facts = [issued("A", "2026-01-10")];
    let early = paid(1_100, "2026-01-02", &[("A", 1_100)]);
    let before = events(&facts, &[early.clone().reversed("2026-01-05")]);
    assert_eq!(open_and_unapplied(&before, "2026-01-10"), (1_000, 0));
    let after = events(&facts, &[early.reversed("2026-01-15")]);
    assert_eq!(["2026-01-10", "2026-01-15"].map(|on| open_and_unapplied(&after, on)), [(0, 100), (1_000, 0)]);
}

#[test]
fn what_was_left_settles_invoices_from_the_day_of_its_application() {
    let facts = [issued("A", "2026-01-02"), issued("B", "2026-01-02")];
    let payment =
        paid(1_500, "2026-02-01", &[("A", 200)]).applied("2026-02-05", "A", 800).applied("2026-02-07", "B", 300);
    let kept = events(&facts, std::slice::from_ref(&payment));
    let days = ["2026-02-01", "2026-02-05", "2026-02-07"];
    assert_eq!(days.map(|on| open_and_unapplied(&kept, on)), [(1_800, 1_300), (1_000, 500), (700, 200)]);
    assert_eq!(history(&kept, "2026-02-07").last_payment_on(), Some(day("2026-02-01")), "no money came since");
    let bounced = events(&facts, &[payment.clone().reversed("2026-02-09")]);
    assert_eq!(history(&bounced, "2026-02-08"), history(&kept, "2026-02-08"));
    assert_eq!(open_and_unapplied(&bounced, "2026-02-09"), (2_000, 0));
    let void = events(&facts, &[payment.reversed("2026-02-05")]);
    assert_eq!(
        ["2026-02-04", "2026-02-05", "2026-02-09"].map(|on| open_and_unapplied(&void, on)),
        [(1_800, 1_300), (2_000, 0), (2_000, 0)]
    );
}

#[test]
fn a_credit_note_is_applied_and_taken_back_without_being_a_payment() {
    let facts = [issued("A", "2026-01-02")];
    let note = made(Settlement::Credit, 400, "2026-02-01", &[("A", 100)]).applied("2026-02-03", "A", 250);
    let events = events(&facts, &[note.reversed("2026-02-08")]);
    let days = ["2026-02-01", "2026-02-03", "2026-02-08"];
    assert_eq!(days.map(|on| open_and_unapplied(&events, on)), [(900, 300), (650, 50), (1_000, 0)]);
    assert_eq!(history(&events, "2026-02-08").last_payment_on(), None);
}

#[test]
fn a_promise_is_kept_by_money_that_stays() {
    let promise_id = PromiseId::parse("P").unwrap();
    let fact = AccountFact::PromiseMade {
        promise_id: promise_id.clone(),
        invoice_ids: vec![id("A")],
        amount_minor: Some(600),
        promised_on: day("2026-02-10"),
    };
    let facts = [issued("A", "2026-01-02"), AccountEvent { on: day("2026-02-03"), fact }];
    let documents = [
        paid(100, "2026-02-01", &[("A", 100)]).reversed("2026-02-12"),
        paid(650, "2026-02-05", &[("A", 500)]).applied("2026-02-07", "A", 150).reversed("2026-02-12"),
    ];
    let events = events(&facts, &documents);
    let kept = ["2026-02-05", "2026-02-07", "2026-02-11", "2026-02-12"];
    assert_eq!(kept.map(|on| history(&events, on).promises().is_kept(&promise_id)), [false, true, true, false]);
    let position = AccountPosition::read(&history(&events, "2026-02-12"), day("2026-02-12"));
    assert_eq!((position.open_minor, position.broken_promise_minor), (1_000, 600), "the first payment came before it");
}

#[test]
fn two_payments_of_a_day_are_taken_back_one_by_one() {
    let facts = [issued("A", "2026-01-02")];
    let documents = [
        paid(300, "2026-02-01", &[("A", 300)]).reversed("2026-02-05"),
        paid(200, "2026-02-01", &[]).reversed("2026-02-06"),
    ];
    let events = events(&facts, &documents);
    let last = ["2026-02-05", "2026-02-06"].map(|on| history(&events, on).last_payment_on());
    assert_eq!(last, [Some(day("2026-02-01")), None]);
}

fn promised(on: &str, invoice: &str, amount_minor: Option<i64>, promised_on: &str) -> AccountEvent {
    let (promise_id, invoice_ids) = (PromiseId::parse(&format!("P-{on}")).unwrap(), vec![id(invoice)]);
    let promised_on = day(promised_on);
    AccountEvent { on: day(on), fact: AccountFact::PromiseMade { promise_id, invoice_ids, amount_minor, promised_on } }
}

fn position(events: &[AccountEvent], on: &str) -> AccountPosition {
    AccountPosition::read(&history(events, on), day(on))
}

fn collectable(events: &[AccountEvent], on: &str) -> i64 {
    position(events, on).parts.collectable_minor
}

/// Goal: a credit that is held back on the invoice which it is for is not taken off another one, too, be the dispute open or decided.
#[test]
fn credit_that_a_dispute_is_waiting_for_covers_nothing_else() {
    let dispute_id = DisputeId::parse("D").unwrap();
    let opened =
        AccountFact::DisputeOpened { dispute_id: dispute_id.clone(), invoice_ids: vec![id("A")], amount_minor: None };
    let (resolution, credited_minor) = (Some(Resolution::ValidCredit), None);
    let decided = AccountFact::DisputeDecided { dispute_id, resolution, credited_minor };
    let facts = [
        issued("A", "2026-01-02"),
        issued("B", "2026-01-02"),
        AccountEvent { on: day("2026-02-05"), fact: opened },
        AccountEvent { on: day("2026-02-10"), fact: decided },
    ];
    let note = |amount_minor, on| made(Settlement::Credit, amount_minor, on, &[]);
    let later = events(&facts, &[note(1_000, "2026-02-11").applied("2026-02-20", "A", 1_000)]);
    assert_eq!(["2026-02-11", "2026-02-19", "2026-02-20"].map(|on| collectable(&later, on)), [1_000; 3]);
    let covered = position(&later, "2026-02-11").parts.covered_minor;
    assert_eq!((covered, position(&later, "2026-02-11").unapplied_minor), (0, 1_000));
    let never = events(&facts, &[note(1_000, "2026-02-06")]);
    let days = ["2026-02-06", "2026-02-10", "2026-03-11", "2026-03-12"];
    assert_eq!(days.map(|on| collectable(&never, on)), [1_000; 4], "nor once nobody waits any more");
    let more = events(&facts, &[note(1_300, "2026-02-11"), paid(200, "2026-02-12", &[])]);
    assert_eq!(["2026-02-11", "2026-02-12"].map(|on| collectable(&more, on)), [700, 500], "what exceeds it does");
}

/// Goal: cash that came for a promise is taken off once, and the promise is not called broken while the cash waits to be applied.
#[test]
fn cash_that_came_for_a_promise_covers_nothing_else() {
    let facts = [
        issued("A", "2026-01-02"),
        issued("B", "2026-01-02"),
        promised("2026-02-05", "B", Some(1_000), "2026-02-20"),
        promised("2026-02-06", "B", Some(1_000), "2026-02-20"),
    ];
    let days = ["2026-02-10", "2026-02-12", "2026-02-20", "2026-02-21"];
    let cash = paid(1_000, "2026-02-10", &[]);
    for cash in [cash.clone(), cash.clone().applied("2026-02-12", "B", 1_000)] {
        let events = events(&facts, &[cash]);
        assert_eq!(days.map(|on| collectable(&events, on)), [1_000; 4]);
        assert_eq!(days.map(|on| position(&events, on).broken_promise_minor), [0; 4]);
    }
    let here = position(&events(&facts, &[cash]), "2026-02-12");
    let of_invoices: Vec<_> =
        here.invoices.iter().map(|invoice| (invoice.invoice.id.as_str(), invoice.parts.covered_minor)).collect();
    assert_eq!(of_invoices, [("A", 0), ("B", 1_000)], "what was promised is covered first");
    let part = events(&facts, &[paid(400, "2026-02-10", &[])]);
    let parts = position(&part, "2026-02-10").parts;
    assert_eq!((parts.covered_minor, parts.promised_minor, parts.collectable_minor), (400, 600, 1_000));
    assert_eq!((collectable(&part, "2026-02-21"), position(&part, "2026-02-21").broken_promise_minor), (1_600, 600));
    let before = events(&facts, &[paid(1_000, "2026-02-04", &[])]);
    let parts = position(&before, "2026-02-12").parts;
    assert_eq!((parts.covered_minor, parts.promised_minor), (1_000, 1_000), "it came before the promises");
    assert_eq!(position(&before, "2026-02-21").broken_promise_minor, 1_000);
    let bounced = events(&facts, &[paid(1_000, "2026-02-10", &[]).reversed("2026-02-21")]);
    assert_eq!(position(&bounced, "2026-02-21").broken_promise_minor, 1_000);
}

/// Goal: what a customer had paid before promising the rest keeps no promise, whenever somebody applies it.
#[test]
fn cash_that_came_before_a_promise_does_not_keep_it() {
    let half = AccountFact::CreditApplied { invoice_id: id("A"), amount_minor: 800 };
    let facts = [
        issued("A", "2026-01-02"),
        AccountEvent { on: day("2026-01-02"), fact: half },
        promised("2026-02-05", "A", Some(100), "2026-02-20"),
    ];
    let cash = paid(100, "2026-02-01", &[]).applied("2026-02-07", "A", 100);
    let left = events(&facts, std::slice::from_ref(&cash));
    let parts = position(&left, "2026-02-08").parts;
    assert_eq!((parts.promised_minor, parts.collectable_minor), (100, 0));
    let broken = |events: &[AccountEvent]| position(events, "2026-02-21").broken_promise_minor;
    assert_eq!(broken(&left), 100);
    let kept = paid(100, "2026-02-08", &[("A", 100)]);
    let bounced = events(&facts, &[cash.reversed("2026-02-10"), kept]);
    assert_eq!(broken(&bounced), 0, "what bounced had not counted for the promise");
}

/// Goal: an export that tells only on which day an invoice was cleared does not pay again what a credit note or part payment had settled.
#[test]
fn a_payment_of_what_is_open_settles_no_more() {
    let facts = [issued("A", "2026-01-02"), issued("B", "2026-01-02")];
    let rest = Made { settles_rest: true, ..paid(1_000, "2026-02-10", &[("A", 1_000)]) };
    for (documents, open) in [
        (vec![made(Settlement::Credit, 300, "2026-01-20", &[("A", 300)])], 700),
        (vec![paid(400, "2026-01-20", &[("A", 400)])], 600),
        (vec![paid(400, "2026-02-10", &[("A", 400)])], 600),
        (vec![paid(400, "2026-01-20", &[("A", 400)]), paid(600, "2026-01-21", &[("A", 600)])], 0),
        (Vec::new(), 1_000),
    ] {
        let cleared: Vec<Made> = std::iter::once(rest.clone()).chain(documents.clone()).collect();
        assert_eq!(open_and_unapplied(&events(&facts, &cleared), "2026-02-10"), (1_000, 0), "{open}");
        let bounced: Vec<Made> = std::iter::once(rest.clone().reversed("2026-02-15")).chain(documents).collect();
        assert_eq!(open_and_unapplied(&events(&facts, &bounced), "2026-02-15"), (1_000 + open, 0));
    }
    let later = events(&facts, &[rest, made(Settlement::Credit, 300, "2026-02-20", &[("A", 300)])]);
    assert_eq!(open_and_unapplied(&later, "2026-02-20"), (1_000, 300), "a credit for what was paid is the customer's");
}

#[test]
fn a_payment_of_what_is_open_is_known_by_its_id() {
    let lines = |ids: &[&str]| ids.iter().map(|text| (id(text), 1)).collect::<Vec<Line>>();
    let its_id = clearing_payment_id(&id("A"));
    assert!(is_clearing(&its_id, &lines(&["A"])));
    assert!(!is_clearing(&its_id, &lines(&["B"])) && !is_clearing(&its_id, &lines(&["A", "B"])));
    assert!(!is_clearing("P-1", &lines(&["A"])) && !is_clearing(&its_id, &[]));
}
