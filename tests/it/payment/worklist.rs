//! The replay of past worklists: its rules hold, and it sees nothing of the future.

use recourse::domain::ids::{CustomerId, InvoiceId};
use recourse::domain::money::Currency;
use recourse::domain::strategy::Strategy;
use recourse::domain::time::CivilDate;
use recourse::ledger::event::{AccountEvent, AccountFact};
use recourse::train::payment::replay::{KnownInvoice, outcomes};
use recourse::train::payment::spec::PaymentSpec;
use recourse::train::worklist::{
    Policy, PolicyReport, WorklistError, WorklistMeasure, WorklistReport, WorklistSpec, replay_worklist,
};

use super::ledger::{MadeAccount, day, make};
use super::training::small;

fn spec(capacity: usize) -> WorklistSpec {
    WorklistSpec {
        from: day("2025-09-01"),
        to: day("2025-10-31"),
        capacity,
        repeat_after_days: 14,
        strategy: Strategy::shipped(),
        training: small(PaymentSpec::overdue(1)),
        seed: 1,
        today: day("2026-06-01"),
    }
}

fn replay(accounts: &[MadeAccount], spec: &WorklistSpec) -> Result<WorklistReport, WorklistError> {
    let replays: Vec<_> = accounts.iter().map(MadeAccount::replay).collect();
    replay_worklist(&replays, Currency::EUR, spec, &|_| {})
}

fn value(policy: &PolicyReport, measure: WorklistMeasure) -> f64 {
    policy.measures[&measure].value.unwrap()
}

/// Goal: the four rankings work within the capacity and on the same invoices; shares are shares, curves rise to the share
/// reached, and the same seed repeats the report.
#[test]
fn every_ranking_works_the_same_list_within_the_capacity() {
    let accounts = make(24, 30, 1);
    let report = replay(&accounts, &spec(2)).unwrap();
    assert_eq!(report.policies.iter().map(|policy| policy.policy).collect::<Vec<_>>(), Policy::ALL);
    assert!(report.late_cash > 0.0 && report.late_invoice_count <= report.invoice_count);
    for policy in &report.policies {
        assert!(policy.contact_count <= 2 * report.day_count && policy.contact_count >= policy.invoice_count);
        let reached = value(policy, WorklistMeasure::LateCashReachedShare);
        assert!((0.0..=1.0).contains(&reached) && reached > 0.0);
        assert!(value(policy, WorklistMeasure::LateCashReachedInTimeShare) <= reached);
        assert!(value(policy, WorklistMeasure::DaysSooner) > 0.0);
        assert!(value(policy, WorklistMeasure::UnpaidCash30) <= value(policy, WorklistMeasure::UnpaidCash7));
        assert!(
            policy.by_day.windows(2).all(|pair| pair[0].late_cash_reached_share <= pair[1].late_cash_reached_share)
        );
        assert!((policy.by_day.last().unwrap().late_cash_reached_share.unwrap() - reached).abs() < 1e-9);
        assert_eq!(policy.recourse_minus_policy.is_empty(), policy.policy == Policy::Recourse);
    }
    assert_eq!(replay(&accounts, &spec(2)), Ok(report));
}

/// Goal: with room for everything every ranking reaches everything, so a difference is never an artefact of the counting.
#[test]
fn without_a_limit_all_rankings_reach_all_late_cash() {
    let report = replay(&make(24, 30, 1), &spec(10_000)).unwrap();
    for policy in &report.policies {
        assert!((value(policy, WorklistMeasure::LateCashReachedShare) - 1.0).abs() < 1e-9, "{policy:?}");
        assert_eq!(policy.invoice_count, report.invoice_count);
        assert_eq!(policy.measures, report.policies[0].measures);
    }
}

fn invoice(id: &str, on: CivilDate, amount_minor: i64) -> AccountEvent {
    let (invoice_id, business_unit) = (InvoiceId::parse(id).unwrap(), "U1".into());
    let fact = AccountFact::InvoiceIssued { invoice_id, amount_minor, due_on: on.plus_days(10), business_unit };
    AccountEvent { on, fact }
}

/// Goal: figures worked out by hand. Two invoices fall due on Monday 2025-10-13 and one contact is made a day. The large one
/// is paid 40 days late, the small one 2 days late: largest first works the large one on the Tuesday, 39 days before it is
/// paid, and the small one on the Wednesday finds it paid.
#[test]
fn largest_first_reaches_the_large_late_invoice_first() {
    let mut accounts = make(24, 30, 1);
    accounts.iter_mut().for_each(|account| account.events.retain(|event| event.on < day("2025-09-01")));
    let issued_on = day("2025-10-03");
    let paid = |id: &str, on, amount_minor| {
        let invoice_id = InvoiceId::parse(id).unwrap();
        AccountEvent { on, fact: AccountFact::PaymentApplied { invoice_id, amount_minor, settles_rest: false } }
    };
    let due_on = issued_on.plus_days(10);
    let mut events = vec![
        invoice("LARGE", issued_on, 90_000_000_000),
        invoice("SMALL", issued_on, 100),
        paid("SMALL", due_on.plus_days(2), 100),
        paid("LARGE", due_on.plus_days(40), 90_000_000_000),
    ];
    events.sort_by(AccountEvent::fold_order);
    accounts.push(MadeAccount { customer_id: CustomerId::parse("NEW-1").unwrap(), events });
    let spec = WorklistSpec { from: due_on, to: due_on.plus_days(4), ..spec(1) };
    let report = replay(&accounts, &spec).unwrap();
    let largest = &report.policies[2];
    assert_eq!(largest.policy, Policy::LargestFirst);
    assert_eq!(report.day_count, 5);
    assert!(value(largest, WorklistMeasure::DaysSooner) > 38.9 && value(largest, WorklistMeasure::DaysSooner) <= 39.0);
    assert!(largest.by_day[0].late_cash_reached_share.unwrap() < 0.01);
    assert!(largest.by_day[1].late_cash_reached_share.unwrap() > 0.99);
}

/// Goal: what a ranking picks depends on nothing after the day. The rest of the ledger is rewritten after the last day
/// replayed; the contacts and the invoices worked, with their days, stay the same.
#[test]
fn later_payments_change_no_pick() {
    let spec = spec(2);
    let picks = |accounts: &[MadeAccount]| {
        let report = replay(accounts, &spec).unwrap();
        let policies = report.policies.into_iter();
        policies.map(|policy| (policy.contact_count, policy.first_worked)).collect::<Vec<_>>()
    };
    let mut accounts = make(24, 30, 1);
    let before = picks(&accounts);
    let last_on = accounts.iter().flat_map(|account| &account.events).map(|event| event.on).max().unwrap();
    for account in &mut accounts {
        account.events.retain(|event| event.on <= spec.to);
        account.events.push(AccountEvent { on: last_on, fact: AccountFact::UnappliedCash { amount_minor: 1 } });
    }
    assert_eq!(picks(&accounts), before);
}

#[test]
fn days_beyond_the_ledger_are_refused() {
    let accounts = make(24, 30, 1);
    let late = WorklistSpec { to: day("2027-01-01"), ..spec(2) };
    assert!(matches!(replay(&accounts, &late), Err(WorklistError::BeyondLedger { .. })));
    assert_eq!(replay(&[], &spec(2)), Err(WorklistError::NoPayments { today: day("2026-06-01") }));
}

/// Goal: without late cash there are no shares of it, in place of zeroes that look like failure; the cash of worked invoices remains.
#[test]
fn without_late_cash_its_shares_have_no_value() {
    let mut accounts = make(24, 30, 1);
    let from = day("2025-09-01");
    for account in &mut accounts {
        let is_settled = |known: &&KnownInvoice<'_>| known.outcome.settled_on.is_some_and(|on| on < from);
        let settled: Vec<InvoiceId> =
            outcomes(&account.events).iter().filter(is_settled).map(|known| known.id.clone()).collect();
        account.events.retain(|event| match &event.fact {
            AccountFact::InvoiceIssued { invoice_id, .. } | AccountFact::PaymentApplied { invoice_id, .. } => {
                settled.contains(invoice_id)
            }
            _ => false,
        });
    }
    let paid_late = |id: &str, on: CivilDate| {
        let invoice_id = InvoiceId::parse(id).unwrap();
        AccountEvent { on, fact: AccountFact::PaymentApplied { invoice_id, amount_minor: 100, settles_rest: false } }
    };
    for index in 0..12_i32 {
        let id = format!("NEW-{index}");
        let mut events = vec![invoice(&id, from, 100), paid_late(&id, from.plus_days(15))];
        events.push(AccountEvent { on: from.plus_days(90), fact: AccountFact::UnappliedCash { amount_minor: 1 } });
        events.sort_by(AccountEvent::fold_order);
        accounts.push(MadeAccount { customer_id: CustomerId::parse(&id).unwrap(), events });
    }
    let report = replay(&accounts, &WorklistSpec { from, to: from.plus_days(20), ..spec(2) }).unwrap();
    assert_eq!((report.late_invoice_count, report.late_cash), (0, 0.0), "{report:?}");
    for policy in &report.policies {
        for (measure, interval) in policy.measures.iter().chain(&policy.recourse_minus_policy) {
            assert_eq!(interval.value.is_some(), measure.is_cash(), "{measure:?}");
            assert!(interval.value.is_some() || interval.low.is_none());
        }
        assert!(policy.by_day.iter().all(|day| day.late_cash_reached_share.is_none()));
    }
}
