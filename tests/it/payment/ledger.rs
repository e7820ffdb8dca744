//! A small made-up ledger of payers with habits.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use recourse::domain::customer::Customer;
use recourse::domain::ids::{CustomerId, InvoiceId};
use recourse::domain::money::Currency;
use recourse::domain::time::CivilDate;
use recourse::features::portfolio::PeerGroup;
use recourse::ledger::event::{AccountEvent, AccountFact};
use recourse::train::payment::replay::ReplayAccount;

/// An account with its events in fold order.
pub struct MadeAccount {
    pub customer_id: CustomerId,
    pub events: Vec<AccountEvent>,
}

impl MadeAccount {
    pub fn replay(&self) -> ReplayAccount<'_> {
        ReplayAccount {
            customer_id: &self.customer_id,
            peers: PeerGroup::of(&Customer::unnamed(self.customer_id.clone())),
            currency: Currency::EUR,
            events: &self.events,
        }
    }
}

pub fn day(text: &str) -> CivilDate {
    CivilDate::parse("on", text).unwrap()
}

/// `account_count` accounts over a year; every fourth pays late, each in its own rhythm, some in two parts.
pub fn make(account_count: u32, invoices_each: i32, seed: u64) -> Vec<MadeAccount> {
    make_on_terms(account_count, invoices_each, seed, (330, 15))
}

/// The same with invoices issued over so many days, due so many days after their issue.
pub fn make_on_terms(
    account_count: u32,
    invoices_each: i32,
    seed: u64,
    (issued_over_days, terms_days): (i32, i32),
) -> Vec<MadeAccount> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..account_count)
        .map(|account| {
            let customer_id =
                CustomerId::parse(&format!("{}-{account}", if account % 4 == 0 { "LAT" } else { "C20" })).unwrap();
            let mut events = Vec::new();
            for index in 0..invoices_each {
                let invoice_id = InvoiceId::parse(&format!("I{account}-{index}")).unwrap();
                let issued_on =
                    day("2025-01-01").plus_days(index * issued_over_days / invoices_each + random.gen_range(0..10));
                let amount_minor = random.gen_range(1_000..900_000);
                let due_on = issued_on.plus_days(terms_days);
                let unit = if account % 2 == 0 { "U1" } else { "U2" };
                events.push(AccountEvent {
                    on: issued_on,
                    fact: AccountFact::InvoiceIssued {
                        invoice_id: invoice_id.clone(),
                        amount_minor,
                        due_on,
                        business_unit: unit.into(),
                    },
                });
                let late_days = if account % 4 == 0 { random.gen_range(0..60) } else { random.gen_range(-5..12) };
                let mut on = due_on.plus_days(late_days);
                while on.weekday_index() != account % 5 {
                    on = on.plus_days(1);
                }
                let first_minor = if index % 7 == 0 { amount_minor / 2 } else { amount_minor };
                let mut pay = |on, amount_minor| {
                    let invoice_id = invoice_id.clone();
                    events.push(AccountEvent {
                        on,
                        fact: AccountFact::PaymentApplied { invoice_id, amount_minor, settles_rest: false },
                    });
                };
                pay(on, first_minor);
                if first_minor < amount_minor {
                    pay(on.plus_days(7), amount_minor - first_minor);
                }
            }
            events.sort_by(AccountEvent::fold_order);
            MadeAccount { customer_id, events }
        })
        .collect()
}
