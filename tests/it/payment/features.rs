//! Features as of a day are a pure function of what was known on it.

use proptest::prelude::*;
use recourse::domain::ids::{DisputeId, InvoiceId};
use recourse::domain::money::Currency;
use recourse::domain::time::CivilDate;
use recourse::features::account::AccountHabits;
use recourse::features::catalog::{Feature, FeatureRow};
use recourse::features::invoice::{Surroundings, invoice_features};
use recourse::features::portfolio::{Portfolio, PortfolioCounts};
use recourse::ledger::event::{AccountEvent, AccountFact, Settlement, TakenBack};
use recourse::ledger::settlements::into_fold_order;
use recourse::train::payment::replay::{DRAWN_ALL, DecisionPlan, examples, observe_portfolio, outcomes};
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
    into_fold_order(&mut events);
    MadeAccount { customer_id: account.customer_id.clone(), events }
}

/// The reversal of a payment that an account's event tells of.
fn bounced(event: &AccountEvent, on: CivilDate) -> Option<AccountEvent> {
    let AccountFact::PaymentApplied { invoice_id, amount_minor, .. } = &event.fact else { return None };
    let (invoice_id, amount_minor) = (invoice_id.clone(), *amount_minor);
    let taken_back = vec![TakenBack { invoice_id, amount_minor, invoice: None }];
    let (settlement, dated_on) = (Settlement::Payment, event.on);
    let fact = AccountFact::DocumentReversed { settlement, dated_on, taken_back, unapplied_minor: 0 };
    Some(AccountEvent { on, fact })
}

/// Every fifth payment of an account bounces some days after it came, and half of these come again later.
fn with_bounces(account: &MadeAccount) -> MadeAccount {
    let payments = account.events.iter().filter(|event| matches!(event.fact, AccountFact::PaymentApplied { .. }));
    let mut added = Vec::new();
    for (index, event) in (0_i32..).zip(payments).filter(|(index, _)| index % 5 == 0) {
        let on = event.on.plus_days(index % 9);
        added.extend(bounced(event, on));
        if index % 10 == 0 {
            added.push(AccountEvent { on: on.plus_days(12), fact: event.fact.clone() });
        }
    }
    with_events(account, added)
}

/// An event of any kind after `as_of` that touches the account's invoices.
fn later_event(as_of: CivilDate, days: i32, kind: u8, index: u32) -> AccountEvent {
    let invoice_id = InvoiceId::parse(&format!("I0-{}", index % 40)).unwrap();
    let fact = match kind % 6 {
        0 => AccountFact::PaymentApplied { invoice_id, amount_minor: 5_000_000, settles_rest: false },
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
        let paid_before = accounts[0].events.iter().rev().filter(|event| event.on <= as_of);
        let bounces: Vec<AccountEvent> =
            paid_before.filter_map(|event| bounced(event, as_of.plus_days(1))).take(later.len()).collect();
        let added = later.into_iter().map(|(days, kind, index)| later_event(as_of, days, kind, index));
        accounts[0] = with_events(&accounts[0], added.chain(bounces));
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
    let accounts: Vec<MadeAccount> = make(6, 60, 3).iter().map(with_bounces).collect();
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

/// Goal: an invoice whose payment bounced is as open as one that was never paid, on each day from the bounce on, and is unpaid in the
/// labels on the days on which it was open at their end.
#[test]
fn an_invoice_whose_payment_bounced_is_as_open_as_one_that_was_never_paid() {
    let (due_on, paid_on, bounced_on) = (day("2025-03-03"), day("2025-03-05"), day("2025-03-12"));
    let invoice_id = InvoiceId::parse("A").unwrap();
    let issued = AccountFact::InvoiceIssued {
        invoice_id: invoice_id.clone(),
        amount_minor: 50_000,
        due_on,
        business_unit: "U1".into(),
    };
    let never = with_events(
        &MadeAccount { customer_id: make(1, 1, 1)[0].customer_id.clone(), events: Vec::new() },
        [AccountEvent { on: day("2025-02-01"), fact: issued }],
    );
    let paid = AccountEvent {
        on: paid_on,
        fact: AccountFact::PaymentApplied { invoice_id: invoice_id.clone(), amount_minor: 50_000, settles_rest: false },
    };
    let reversal = bounced(&paid, bounced_on);
    let bounced = with_events(&never, [paid].into_iter().chain(reversal));
    for days in [0, 1, 40, 200] {
        let on = bounced_on.plus_days(days);
        let habits = |account: &MadeAccount| AccountHabits::fold(Currency::EUR, &account.events, on);
        let (bounced, never) = (habits(&bounced), habits(&never));
        assert_eq!(bounced.open_invoice(&invoice_id), never.open_invoice(&invoice_id));
        assert_eq!(bounced.book().cohorts().get(&due_on).unwrap().open_count, 1);
        assert_eq!(bounced.rhythm().days_since_payment(on), never.rhythm().days_since_payment(on));
        assert_eq!((bounced.rhythm().settled_count(), bounced.rhythm().last_lateness_days()), (0, 0.0));
    }
    let before = AccountHabits::fold(Currency::EUR, &bounced.events, bounced_on.plus_days(-1));
    assert_eq!((before.open_invoice(&invoice_id), before.rhythm().settled_count()), (None, 1));
    let outcome = outcomes(&bounced.events).remove(0).outcome;
    let unpaid = [4, 5, 11, 12, 90].map(|days| outcome.is_unpaid_on(day("2025-03-01").plus_days(days - 1)));
    assert_eq!(unpaid, [true, false, false, true, true]);
}

/// Goal: no feature is ever anything but a finite number, even on the first day of an account.
#[test]
fn features_are_finite_from_the_first_day_on() {
    let accounts: Vec<MadeAccount> = make(3, 30, 5).iter().map(with_bounces).collect();
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

/// Goal: between two imports of payments a customer's peers are the same on every day: its own invoices that fell due meanwhile are
/// taken from none that counted them.
#[test]
fn peers_stay_the_same_between_two_payment_days() {
    let accounts = make(5, 40, 7);
    let (last_on, next_on) = (day("2025-07-01"), day("2025-08-05"));
    let known: Vec<MadeAccount> = accounts
        .iter()
        .map(|account| {
            let is_known = |event: &&AccountEvent| {
                let is_payment = matches!(event.fact, AccountFact::PaymentApplied { .. });
                !is_payment || event.on <= last_on || event.on >= next_on
            };
            MadeAccount {
                customer_id: account.customer_id.clone(),
                events: account.events.iter().filter(is_known).cloned().collect(),
            }
        })
        .collect();
    let mut counts = PortfolioCounts::new(day("2026-03-01"));
    for account in &known {
        observe_portfolio(&mut counts, &account.replay());
    }
    counts.pay_on([day("2025-06-10"), last_on, next_on]);
    let portfolio = counts.close();
    let of_peers = [Feature::PeerLate3, Feature::PeerRisk7, Feature::PeerRisk15, Feature::PeerRisk30];
    let on = |days| {
        let rows = rows_on(&known[1], &portfolio, last_on.plus_days(days));
        of_peers.map(|feature| rows[0].1.get(feature))
    };
    let known_then = on(0);
    for days in 1..35 {
        assert_eq!(on(days), known_then, "{days} days after the last payment");
    }
    assert_ne!(on(35), known_then);
}
