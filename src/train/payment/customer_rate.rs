//! The rule that a good collector knows by heart: how often has this customer paid late before?

use std::collections::BTreeMap;

use super::replay::{ReplayAccount, outcomes};
use crate::domain::ids::CustomerId;
use crate::domain::time::CivilDate;
use crate::features::portfolio::InvoiceOutcome;

/// Cases at the rate of all customers that stand for what is not known of one.
const STRENGTH: f64 = 5.0;

/// Invoices of one customer up to and including a due date.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Counts {
    due_on: CivilDate,
    count: f64,
    late_count: f64,
}

/// Which invoices are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Every invoice.
    All,
    /// Those that were out and still unpaid so many days past due, as the invoice is of which it is asked.
    UnpaidAt(i32),
}

impl Counted {
    fn counts(self, outcome: &InvoiceOutcome) -> bool {
        match self {
            Counted::All => true,
            Counted::UnpaidAt(past_due_days) => {
                let on = outcome.due_on.plus_days(past_due_days);
                outcome.issued_on <= on && outcome.is_unpaid_on(on)
            }
        }
    }
}

/// How many invoices of each customer were paid later than a horizon, as it was known on any day.
#[derive(Debug, Clone, PartialEq)]
pub struct LateShares {
    horizon_days: i32,
    by_customer: BTreeMap<CustomerId, Vec<Counts>>,
    /// Due dates of all invoices, ascending, with whether they were late.
    whole: Vec<Counts>,
}

impl LateShares {
    /// Counts, of the invoices of all accounts that are `counted`, those that were still unpaid so many days past due.
    pub fn new(accounts: &[ReplayAccount<'_>], horizon_days: i32, counted: Counted) -> Self {
        let mut by_customer: BTreeMap<CustomerId, Vec<Counts>> = BTreeMap::new();
        for account in accounts {
            let of_customer = by_customer.entry(account.customer_id.clone()).or_default();
            let invoices = outcomes(account.events);
            for invoice in invoices.iter().filter(|invoice| counted.counts(&invoice.outcome)) {
                let due_on = invoice.outcome.due_on;
                let is_late = invoice.outcome.is_unpaid_on(due_on.plus_days(horizon_days));
                of_customer.push(Counts { due_on, count: 1.0, late_count: if is_late { 1.0 } else { 0.0 } });
            }
        }
        let mut whole: Vec<Counts> = by_customer.values().flatten().copied().collect();
        by_customer.values_mut().for_each(|of_customer| sum_up(of_customer));
        sum_up(&mut whole);
        LateShares { horizon_days, by_customer, whole }
    }

    /// The share of all customers together, as it was known at the end of `as_of`; one half before anything is known.
    pub fn share_of_all(&self, as_of: CivilDate) -> f64 {
        let (count, late_count) = self.known(&self.whole, as_of);
        if count > 0.0 { late_count / count } else { 0.5 }
    }

    fn known(&self, summed: &[Counts], as_of: CivilDate) -> (f64, f64) {
        let known_until = as_of.plus_days(-self.horizon_days);
        let known_count = summed.partition_point(|counts| counts.due_on <= known_until);
        let last = known_count.checked_sub(1).and_then(|index| summed.get(index));
        last.map_or((0.0, 0.0), |last| (last.count, last.late_count))
    }

    /// The customer's share, drawn towards `base_rate`, over invoices whose outcome was known at the end of `as_of`.
    pub fn share(&self, customer_id: &CustomerId, as_of: CivilDate, base_rate: f64) -> f64 {
        let of_customer = self.by_customer.get(customer_id).map_or(&[][..], Vec::as_slice);
        let (count, late_count) = self.known(of_customer, as_of);
        (late_count + STRENGTH * base_rate) / (count + STRENGTH)
    }
}

/// Sorts by due date and turns the counts of each invoice into those of all up to it.
fn sum_up(invoices: &mut [Counts]) {
    invoices.sort_by_key(|counts| counts.due_on);
    let (mut count, mut late_count) = (0.0, 0.0);
    for counts in invoices {
        count += counts.count;
        late_count += counts.late_count;
        (counts.count, counts.late_count) = (count, late_count);
    }
}
