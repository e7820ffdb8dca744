//! What payments and credit notes that are applied later or taken back leave in an account's habits.

use recourse::domain::ids::InvoiceId;
use recourse::domain::money::Currency;
use recourse::domain::time::CivilDate;
use recourse::features::account::AccountHabits;
use recourse::ledger::event::{AccountEvent, AccountFact, Settlement};
use recourse::ledger::settlements::{LaterChanges, SettlingDocument, into_fold_order};

use super::ledger::day;

const AMOUNT_MINOR: i64 = 10_000;

fn id(text: &str) -> InvoiceId {
    InvoiceId::parse(text).unwrap()
}

fn issued(invoice: &str, due_on: CivilDate) -> AccountEvent {
    let fact = AccountFact::InvoiceIssued {
        invoice_id: id(invoice),
        amount_minor: AMOUNT_MINOR,
        due_on,
        business_unit: "".into(),
    };
    AccountEvent { on: due_on.plus_days(-30), fact }
}

/// Adds a document of one invoice's amount that settles it, on its own day or when it is applied.
fn settle(
    events: &mut Vec<AccountEvent>,
    settlement: Settlement,
    invoice: &str,
    (dated_on, applied_on, reversed_on): (CivilDate, Option<CivilDate>, Option<CivilDate>),
) {
    let line = vec![(id(invoice), AMOUNT_MINOR)];
    let lines: &[_] = if applied_on.is_some() { &[] } else { &line };
    let applications = applied_on.map(|on| (on, line.clone())).into_iter().collect();
    let later = LaterChanges { applications, reversed_on };
    SettlingDocument {
        settlement,
        amount_minor: AMOUNT_MINOR,
        dated_on,
        lines,
        settles_rest: false,
        later: Some(&later),
    }
    .post(events);
}

fn habits(events: &mut [AccountEvent], as_of: CivilDate) -> AccountHabits {
    into_fold_order(events);
    AccountHabits::fold(Currency::EUR, &*events, as_of)
}

/// Goal: a payment day keeps what it settled when a credit note of the same day is taken back, for which it was never counted.
#[test]
fn a_credit_note_that_is_taken_back_takes_nothing_from_a_payment_day() {
    let (due_on, on, back_on) = (day("2026-01-31"), day("2026-02-03"), day("2026-02-09"));
    let mut events = vec![issued("A", due_on), issued("B", due_on)];
    settle(&mut events, Settlement::Payment, "B", (on, None, None));
    let alone = habits(&mut events.clone(), back_on);
    settle(&mut events, Settlement::Credit, "A", (on, None, Some(back_on)));
    let before = habits(&mut events.clone(), back_on.plus_days(-1));
    assert_eq!((before.rhythm().settled_since(on), before.rhythm().settled_count()), (1, 2));
    let after = habits(&mut events, back_on);
    assert_eq!((after.rhythm().settled_since(on), after.rhythm().settled_count()), (1, 1));
    assert_eq!(after.rhythm().last_run_lateness_days(), 3.0);
    let week = |habits: &AccountHabits| habits.rhythm().weekday_shares(back_on, back_on.plus_days(7));
    assert!((week(&after).0 - week(&alone).0).abs() < 1e-12);
}

/// Goal: what the clerk takes to apply cash is not the customer's lateness. Nothing of the later days is known before them.
#[test]
fn cash_that_is_applied_late_does_not_make_its_customer_late() {
    let mut at_once = Vec::new();
    let mut applied = Vec::new();
    let mut bounced = Vec::new();
    let first_due_on = day("2026-01-05");
    for index in 0..8 {
        let (invoice, due_on) = (format!("A-{index}"), first_due_on.plus_days(7 * index));
        let applied_on = due_on.plus_days(25);
        for events in [&mut at_once, &mut applied, &mut bounced] {
            events.push(issued(&invoice, due_on));
        }
        settle(&mut at_once, Settlement::Payment, &invoice, (due_on, None, None));
        settle(&mut applied, Settlement::Payment, &invoice, (due_on, Some(applied_on), None));
        let days = (due_on, Some(applied_on), Some(applied_on.plus_days(3)));
        settle(&mut bounced, Settlement::Payment, &invoice, days);
    }
    let as_of = first_due_on.plus_days(7 * 7 + 28);
    let [at_once, applied, bounced] = [at_once, applied, bounced].map(|mut events| habits(&mut events, as_of));
    let of = |habits: &AccountHabits| {
        let rhythm = habits.rhythm();
        (rhythm.last_lateness_days(), rhythm.last_late_days(), rhythm.late_days(), rhythm.settled_count())
    };
    assert_eq!(of(&applied), of(&at_once));
    assert_eq!(applied.rhythm().days_since_payment(as_of), at_once.rhythm().days_since_payment(as_of));
    let (mean, spread) = bounced.rhythm().lateness_days(as_of);
    let (mean_of_nobody, spread_of_nobody) = AccountHabits::new(Currency::EUR).rhythm().lateness_days(as_of);
    assert_eq!(bounced.rhythm().settled_count(), 0);
    assert!((mean - mean_of_nobody).abs() < 1e-9 && (spread - spread_of_nobody).abs() < 1e-9, "{mean} {spread}");
}

/// Goal: an invoice is as late as the last of what settled it, in whichever order that was allocated.
#[test]
fn an_invoice_is_as_late_as_the_last_document_that_settled_it() {
    let due_on = day("2026-01-31");
    let half = AMOUNT_MINOR / 2;
    let mut events = vec![issued("A", due_on)];
    let later = LaterChanges { applications: vec![(due_on.plus_days(40), vec![(id("A"), half)])], reversed_on: None };
    let (settlement, amount_minor) = (Settlement::Payment, half);
    let early = SettlingDocument {
        settlement,
        amount_minor,
        dated_on: due_on,
        lines: &[],
        settles_rest: false,
        later: Some(&later),
    };
    early.post(&mut events);
    let lines = [(id("A"), half)];
    SettlingDocument {
        settlement,
        amount_minor,
        dated_on: due_on.plus_days(20),
        lines: &lines,
        settles_rest: false,
        later: None,
    }
    .post(&mut events);
    assert_eq!(habits(&mut events, due_on.plus_days(40)).rhythm().last_lateness_days(), 20.0);
}
