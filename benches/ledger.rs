//! How long it takes to turn ledger events into training examples, and that the cost grows with their number only.

#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up may stop")]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use recourse::domain::customer::Customer;
use recourse::domain::ids::{CustomerId, InvoiceId};
use recourse::domain::money::Currency;
use recourse::domain::time::CivilDate;
use recourse::features::portfolio::PeerGroup;
use recourse::ledger::event::{AccountEvent, AccountFact};
use recourse::train::payment::replay::{ReplayAccount, examples};
use recourse::train::payment::spec::PaymentSpec;
use recourse::train::payment::train::{LedgerSurvey, whole_plan};

/// Events of one account: an invoice and its payment count as two.
const EVENTS_PER_ACCOUNT: usize = 1_000;
/// Decides every draw.
const SEED: u64 = 7;

fn main() {
    divan::main();
}

/// The events of one account over five years; customers differ in how late they pay.
fn account_events(account: usize) -> Vec<AccountEvent> {
    let first_on = CivilDate::new(2021, 1, 4).unwrap();
    let mut events = Vec::with_capacity(EVENTS_PER_ACCOUNT);
    for index in 0..EVENTS_PER_ACCOUNT / 2 {
        let invoice_id = InvoiceId::parse(&format!("I-{account}-{index}")).unwrap();
        let issued_on = first_on.plus_days((index * 1_800 / (EVENTS_PER_ACCOUNT / 2)) as i32);
        let due_on = issued_on.plus_days(30);
        let amount_minor = 10_000 + ((account * 31 + index * 17) % 90_000) as i64;
        let late_days = ((account * 7 + index * 13) % 45) as i32 - 10;
        let issued = AccountFact::InvoiceIssued {
            invoice_id: invoice_id.clone(),
            amount_minor,
            due_on,
            business_unit: "U1".into(),
        };
        events.push(AccountEvent { on: issued_on, fact: issued });
        let paid = AccountFact::PaymentApplied { invoice_id, amount_minor, settles_rest: false };
        events.push(AccountEvent { on: due_on.plus_days(late_days), fact: paid });
    }
    events.sort_by(AccountEvent::fold_order);
    events
}

/// Account by account, as a ledger too large for memory is replayed.
#[divan::bench(args = [100_000, 1_000_000, 10_000_000], sample_count = 1, sample_size = 1)]
fn build_training_examples(bencher: Bencher<'_, '_>, event_count: usize) {
    let account_count = event_count / EVENTS_PER_ACCOUNT;
    let currency = Currency::parse("EUR").unwrap();
    // A hundred different accounts stand for all: what is measured is the replay, not the making of events.
    let kinds: Vec<(CustomerId, Vec<AccountEvent>)> = (0..account_count.min(100))
        .map(|account| (CustomerId::parse(&format!("C-{account}")).unwrap(), account_events(account)))
        .collect();
    bencher.counter(ItemsCount::new(event_count)).bench_local(|| {
        let accounts = || {
            (0..account_count).map(|account| {
                let (customer_id, events) = &kinds[account % kinds.len()];
                let peers = PeerGroup::of(&Customer::unnamed(customer_id.clone()));
                ReplayAccount { customer_id, peers, currency, events }
            })
        };
        let spec = PaymentSpec::overdue(SEED);
        let known_through = CivilDate::new(2025, 12, 31).unwrap();
        let mut survey = LedgerSurvey::new(whole_plan(&spec.landmarks, known_through), known_through);
        accounts().for_each(|account| survey.observe(&account));
        let (portfolio, plan) = survey.finish(spec.example_count_max);
        let mut example_count = 0;
        for account in accounts() {
            example_count += black_box(examples(&account, &portfolio, &plan)).len();
        }
        assert!(example_count > 0);
        example_count
    });
}
