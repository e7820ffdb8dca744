//! Features as of a day are a pure function of what was known on it.

use proptest::prelude::*;
use recourse::domain::ids::{DisputeId, InvoiceId};
use recourse::domain::money::Currency;
use recourse::domain::time::CivilDate;
use recourse::features::account::AccountHabits;
use recourse::features::catalog::FeatureRow;
use recourse::features::invoice::{Surroundings, invoice_features};
use recourse::features::portfolio::{Portfolio, PortfolioCounts};
use recourse::ledger::event::{AccountEvent, AccountFact};
use recourse::train::payment::replay::{DRAWN_ALL, DecisionPlan, examples, observe_portfolio};
use recourse::train::payment::spec::{Landmark, LandmarkDay};

use super::ledger::{MadeAccount, day, make};

fn portfolio(accounts: &[MadeAccount], known_through: CivilDate) -> Portfolio {
    let mut counts = PortfolioCounts::new(known_through);
    for account in accounts {
        observe_portfolio(&mut counts, &account.replay());
    }
    counts.close()
}

/// The features of every open invoice of an account on a day, as serving computes them.
fn rows_on(account: &MadeAccount, portfolio: &Portfolio, as_of: CivilDate) -> Vec<(InvoiceId, FeatureRow)> {
    let replay = account.replay();
    let habits = AccountHabits::fold(Currency::EUR, &account.events, as_of);
    let surroundings = Surroundings { portfolio, peers: &replay.peers };
    account
        .events
        .iter()
        .filter_map(|event| match &event.fact {
            AccountFact::InvoiceIssued { invoice_id, .. } => {
                invoice_features(&habits, surroundings, invoice_id, as_of).map(|row| (invoice_id.clone(), row))
            }
            _ => None,
        })
        .collect()
}

fn with_events(account: &MadeAccount, added: impl IntoIterator<Item = AccountEvent>) -> MadeAccount {
    let mut events = account.events.clone();
    events.extend(added);
    events.sort_by(AccountEvent::fold_order);
    MadeAccount { customer_id: account.customer_id.clone(), events }
}

/// An event of any kind after `as_of` that touches the account's invoices.
fn later_event(as_of: CivilDate, days: i32, kind: u8, index: u32) -> AccountEvent {
    let invoice_id = InvoiceId::parse(&format!("I0-{}", index % 40)).unwrap();
    let fact = match kind % 6 {
        0 => AccountFact::PaymentApplied { invoice_id, amount_minor: 5_000_000 },
        1 => AccountFact::CreditApplied { invoice_id, amount_minor: 700 },
        2 => AccountFact::InvoiceIssued {
            invoice_id: InvoiceId::parse(&format!("NEW-{index}")).unwrap(),
            amount_minor: 12_300,
            due_on: as_of.plus_days(-20),
            business_unit: "U1".into(),
        },
        3 => AccountFact::UnappliedCash { amount_minor: 100 },
        4 => AccountFact::UnappliedCredit { amount_minor: 100 },
        _ => AccountFact::DisputeOpened {
            dispute_id: DisputeId::parse(&format!("D{index}")).unwrap(),
            invoice_ids: vec![invoice_id],
            amount_minor: None,
        },
    };
    AccountEvent { on: as_of.plus_days(1 + days), fact }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Goal: nothing after the day of a decision can reach it, neither through the account nor through the portfolio.
    #[test]
    fn no_event_after_as_of_changes_a_feature(
        offset in 60..300_i32,
        later in proptest::collection::vec((0..200_i32, any::<u8>(), any::<u32>()), 1..8),
    ) {
        let mut accounts = make(5, 40, 7);
        let as_of = day("2025-01-01").plus_days(offset);
        let before = rows_on(&accounts[0], &portfolio(&accounts, day("2026-03-01")), as_of);
        let added = later.into_iter().map(|(days, kind, index)| later_event(as_of, days, kind, index));
        accounts[0] = with_events(&accounts[0], added);
        let after = rows_on(&accounts[0], &portfolio(&accounts, day("2026-06-01")), as_of);
        prop_assert_eq!(&after, &before);
        // The account's peers see no more of its future than it does itself.
        let kept: Vec<AccountEvent> = accounts[0].events.iter().filter(|event| event.on <= as_of).cloned().collect();
        accounts[0].events = kept;
        let of_peer = rows_on(&accounts[4], &portfolio(&accounts, as_of), as_of);
        prop_assert_eq!(of_peer, rows_on(&accounts[4], &portfolio(&make(5, 40, 7), day("2026-03-01")), as_of));
    }
}

/// Goal: training and serving cannot disagree. The replay passes through every day; serving folds once.
#[test]
fn a_replay_through_time_gives_the_features_that_serving_computes() {
    let accounts = make(6, 60, 3);
    let portfolio = portfolio(&accounts, day("2026-03-01"));
    let landmark = |days| Landmark { day: LandmarkDay::PastDue(days), weight: 1.0 };
    let mut landmarks = [-10, 0, 3, 7, 20].map(landmark).to_vec();
    landmarks.push(Landmark { day: LandmarkDay::Issue, weight: 1.0 });
    let plan = DecisionPlan {
        landmarks,
        due_from: CivilDate::MIN,
        issued_from: CivilDate::MIN,
        as_of_until: day("2026-03-01"),
        drawn_of_65536: DRAWN_ALL,
    };
    let mut compared = 0;
    for account in &accounts {
        for example in examples(&account.replay(), &portfolio, &plan) {
            let served = rows_on(account, &portfolio, example.as_of);
            let row = served.into_iter().find(|(id, _)| *id == example.invoice_id).map(|(_, row)| row);
            assert_eq!(row, Some(example.row), "{} on {}", example.invoice_id, example.as_of);
            compared += 1;
        }
    }
    assert!(compared > 300, "{compared}");
}

/// Goal: no feature is ever anything but a finite number, even on the first day of an account.
#[test]
fn features_are_finite_from_the_first_day_on() {
    let accounts = make(3, 30, 5);
    let nothing_known = Portfolio::default();
    for offset in 0..400 {
        for (_, row) in rows_on(&accounts[1], &nothing_known, day("2025-01-01").plus_days(offset)) {
            assert!(row.values().iter().all(|value| value.is_finite()));
        }
    }
}

/// Goal: contacts follow lateness; a model that saw them would stop the calls that work.
#[test]
fn contacts_change_no_feature() {
    use recourse::domain::invoice::ContactResult;
    let accounts = make(2, 40, 9);
    let portfolio = portfolio(&accounts, day("2026-03-01"));
    let as_of = day("2025-06-01");
    let contact = |days: i32| AccountEvent {
        on: as_of.plus_days(-days),
        fact: AccountFact::Contacted { result: ContactResult::MessageLeft },
    };
    let contacted = with_events(&accounts[0], (0..30).map(contact));
    assert_eq!(rows_on(&contacted, &portfolio, as_of), rows_on(&accounts[0], &portfolio, as_of));
}

/// Goal: a credit note that settles no invoice is no payment, so it says nothing of when the customer pays.
#[test]
fn a_credit_note_without_an_invoice_changes_no_feature() {
    let accounts = make(2, 40, 9);
    let portfolio = portfolio(&accounts, day("2026-03-01"));
    let as_of = day("2025-06-01");
    let credit = |days: i32| AccountEvent {
        on: as_of.plus_days(-days),
        fact: AccountFact::UnappliedCredit { amount_minor: 500 },
    };
    let credited = with_events(&accounts[0], (0..30).map(credit));
    assert_eq!(rows_on(&credited, &portfolio, as_of), rows_on(&accounts[0], &portfolio, as_of));
}
