//! Promises that are replaced, refused and kept, read off the position.

use super::*;
use crate::domain::invoice::ContactResult;
use crate::domain::money::Currency;
use crate::ledger::event::{AccountEvent, AccountFact, Settlement};
use crate::ledger::history::AccountHistory;
use crate::ledger::position::AccountPosition;
use crate::ledger::settlements::{LaterChanges, SettlingDocument, into_fold_order};

fn day(text: &str) -> CivilDate {
    CivilDate::parse("on", text).unwrap()
}

fn ids(text: &str) -> Vec<InvoiceId> {
    text.split_whitespace().map(|id| InvoiceId::parse(id).unwrap()).collect()
}

/// `A` and `B` of 1,000 each, due in January.
fn invoices() -> Vec<AccountEvent> {
    let issued = |invoice_id| AccountFact::InvoiceIssued {
        invoice_id,
        amount_minor: 1_000,
        due_on: day("2026-01-31"),
        business_unit: "".into(),
    };
    ids("A B").into_iter().map(|id| AccountEvent { on: day("2026-01-02"), fact: issued(id) }).collect()
}

/// A promise about invoices, all that are open when there are none, of a sum, or all when it is 0.
fn made(id: &str, on: &str, about: &str, amount_minor: i64, promised_on: &str) -> AccountEvent {
    let fact = AccountFact::PromiseMade {
        promise_id: PromiseId::parse(id).unwrap(),
        invoice_ids: ids(about),
        amount_minor: Some(amount_minor).filter(|minor| *minor > 0),
        promised_on: day(promised_on),
    };
    AccountEvent { on: day(on), fact }
}

fn contacted(on: &str, result: ContactResult) -> AccountEvent {
    AccountEvent { on: day(on), fact: AccountFact::Contacted { result } }
}

fn history(more: &[AccountEvent], as_of: &str) -> AccountHistory {
    let mut events = invoices();
    events.extend_from_slice(more);
    into_fold_order(&mut events);
    AccountHistory::fold(Currency::EUR, &events, day(as_of))
}

/// What is promised, what was promised and not paid, and what can be asked for.
fn parts(more: &[AccountEvent], as_of: &str) -> (i64, i64, i64) {
    let position = AccountPosition::read(&history(more, as_of), day(as_of));
    (position.parts.promised_minor, position.broken_promise_minor, position.parts.collectable_minor)
}

#[test]
fn a_later_promise_takes_the_place_of_the_one_before_for_its_invoices_and_from_its_day_on() {
    let events = [
        made("P-1", "2026-02-01", "", 0, "2026-12-01"),
        made("P-2", "2026-02-10", "A", 0, "2026-02-20"),
        made("P-3", "2026-02-15", "A", 300, "2026-03-20"),
    ];
    assert_eq!(parts(&events, "2026-02-09"), (2_000, 0, 0));
    assert_eq!(parts(&events[..2], "2026-02-21"), (1_000, 1_000, 1_000), "B is promised for December still");
    assert_eq!(parts(&events, "2026-02-14"), (2_000, 0, 0));
    assert_eq!(parts(&events, "2026-02-21"), (1_300, 0, 700));
    assert_eq!(parts(&events, "2026-03-21"), (1_000, 300, 1_000));
}

#[test]
fn a_promise_that_was_broken_stays_so_when_another_is_made() {
    let events = [made("P-1", "2026-02-01", "A", 0, "2026-02-05"), made("P-2", "2026-02-10", "A", 0, "2026-02-20")];
    assert_eq!(parts(&events, "2026-02-09"), (0, 1_000, 2_000));
    assert_eq!(parts(&events, "2026-02-10"), (1_000, 1_000, 1_000));
    assert_eq!(parts(&events, "2026-02-21"), (0, 1_000, 2_000), "each open minor unit once");
}

#[test]
fn instalments_of_one_day_stand_beside_each_other_and_the_last_of_two_promises_of_the_whole_counts() {
    let instalments =
        [made("P-1", "2026-02-01", "A", 400, "2026-02-10"), made("P-2", "2026-02-01", "A", 600, "2026-03-10")];
    assert_eq!(parts(&instalments, "2026-02-01"), (1_000, 0, 1_000));
    assert_eq!(parts(&instalments, "2026-02-11"), (600, 400, 1_400));
    let corrected =
        [made("P-1", "2026-02-01", "A", 0, "2026-12-01"), made("P-2", "2026-02-01", "A", 400, "2026-02-10")];
    assert_eq!(parts(&corrected, "2026-02-01"), (400, 0, 1_600));
    assert_eq!(parts(&corrected, "2026-02-11"), (0, 400, 2_000));
}

#[test]
fn a_sum_of_which_nobody_says_for_what_takes_the_place_of_such_sums_only() {
    let events = [
        made("P-1", "2026-02-01", "B", 0, "2026-05-01"),
        made("P-2", "2026-02-02", "", 200, "2026-04-01"),
        made("P-3", "2026-02-03", "", 200, "2026-03-01"),
    ];
    assert_eq!(parts(&events, "2026-02-02"), (1_200, 0, 800));
    assert_eq!(parts(&events, "2026-02-03"), (1_200, 0, 800));
    assert_eq!(parts(&events, "2026-03-02"), (1_000, 200, 1_000), "the second one is not promised any more");
    let all = [made("P-1", "2026-02-01", "", 200, "2026-04-01"), made("P-2", "2026-02-02", "", 0, "2026-03-01")];
    assert_eq!(parts(&all, "2026-03-02"), (0, 2_000, 2_000), "all that is open is more than any sum of it");
}

#[test]
fn a_refusal_ends_what_was_promised_up_to_its_day() {
    let events = [
        made("P-1", "2026-02-01", "A", 0, "2026-02-20"),
        contacted("2026-02-05", ContactResult::Promised),
        contacted("2026-02-10", ContactResult::Refused),
        made("P-2", "2026-02-12", "A", 0, "2026-03-01"),
    ];
    assert_eq!(parts(&events, "2026-02-09"), (1_000, 0, 1_000));
    assert_eq!(parts(&events, "2026-02-10"), (0, 0, 2_000));
    assert_eq!(parts(&events[..3], "2026-02-21"), (0, 1_000, 2_000), "promised and not paid by its day");
    assert_eq!(parts(&events, "2026-02-12"), (1_000, 0, 1_000), "they promised anew");
    let same_day = [made("P-1", "2026-02-10", "A", 0, "2026-03-01"), contacted("2026-02-10", ContactResult::Refused)];
    assert_eq!(parts(&same_day, "2026-02-10"), (0, 0, 2_000));
}

#[test]
fn a_promise_for_a_day_more_than_a_year_away_holds_nothing_back() {
    let near = [made("P-1", "2026-02-01", "A", 0, "2027-02-02")];
    assert_eq!(parts(&near, "2026-02-01"), (1_000, 0, 1_000));
    let far = [made("P-1", "2026-02-01", "A", 0, "2027-02-03")];
    assert_eq!(parts(&far, "2026-02-01"), (0, 0, 2_000));
    assert_eq!(parts(&far, "2027-02-04"), (0, 1_000, 2_000));
}

#[test]
fn a_promise_that_was_replaced_or_refused_is_kept_by_its_money_all_the_same() {
    let mut events = vec![
        made("P-1", "2026-02-01", "A", 0, "2026-12-01"),
        made("P-2", "2026-02-02", "A", 0, "2026-03-01"),
        contacted("2026-02-03", ContactResult::Refused),
    ];
    let paid = SettlingDocument {
        settlement: Settlement::Payment,
        amount_minor: 1_000,
        dated_on: day("2026-02-04"),
        lines: &[(ids("A").remove(0), 1_000)],
        settles_rest: false,
        later: Some(&LaterChanges { applications: Vec::new(), reversed_on: Some(day("2026-02-06")) }),
    };
    paid.post(&mut events);
    let kept =
        |on: &str| ["P-1", "P-2"].map(|id| history(&events, on).promises().is_kept(&PromiseId::parse(id).unwrap()));
    assert_eq!(["2026-02-03", "2026-02-04", "2026-02-06"].map(kept), [[false, false], [true, true], [false, false]]);
    assert_eq!(parts(&events, "2026-02-06"), (0, 0, 2_000), "it bounced, and the refusal stands");
}
