//! Replays ledgers through time: each example is what was known of an open invoice on a day, with what became of it.

use std::collections::HashMap;

use super::spec::{Landmark, LandmarkDay};
use crate::domain::ids::{CustomerId, InvoiceId};
use crate::domain::money::{Currency, Money};
use crate::domain::time::CivilDate;
use crate::features::account::AccountHabits;
use crate::features::catalog::FeatureRow;
use crate::features::invoice::{Surroundings, invoice_features};
use crate::features::portfolio::{InvoiceOutcome, PeerGroup, Portfolio, PortfolioCounts, SettledDays};
use crate::ledger::event::{AccountEvent, AccountFact, TakenBack};

/// An account to replay.
#[derive(Debug, Clone)]
pub struct ReplayAccount<'a> {
    /// Whose account.
    pub customer_id: &'a CustomerId,
    /// The customer's peers.
    pub peers: PeerGroup,
    /// Its currency.
    pub currency: Currency,
    /// Its events in [fold order](AccountEvent::fold_order).
    pub events: &'a [AccountEvent],
}

/// What was known of an open invoice on a day, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct PaymentExample {
    /// The customer.
    pub customer_id: CustomerId,
    /// The invoice.
    pub invoice_id: InvoiceId,
    /// The day.
    pub as_of: CivilDate,
    /// Which day of the invoice's life that is.
    pub day: LandmarkDay,
    /// Days past due on that day.
    pub past_due_days: i32,
    /// Gross amount in units of its currency.
    pub amount: f64,
    /// The currency.
    pub currency: Currency,
    /// What was known.
    pub row: FeatureRow,
    /// What became of it.
    pub outcome: InvoiceOutcome,
    /// How much it counts in training.
    pub weight: f64,
}

impl PaymentExample {
    /// Whether the invoice was still unpaid so many days past due.
    pub fn is_unpaid_at(&self, past_due_days: i32) -> bool {
        self.outcome.is_unpaid_on(self.outcome.due_on.plus_days(past_due_days))
    }
}

/// An invoice with what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownInvoice<'a> {
    /// Its number.
    pub id: &'a InvoiceId,
    /// Gross amount in minor units.
    pub amount_minor: i64,
    /// The tenant's selling unit.
    pub business_unit: &'a str,
    /// What became of it.
    pub outcome: InvoiceOutcome,
}

/// The invoices of an account with what became of them, in the order of their issue.
pub fn outcomes(events: &[AccountEvent]) -> Vec<KnownInvoice<'_>> {
    let mut invoices: Vec<KnownInvoice<'_>> = Vec::new();
    let mut open_minor: Vec<i64> = Vec::new();
    let mut index_of: HashMap<&InvoiceId, usize> = HashMap::new();
    let mut early_minor: HashMap<&InvoiceId, i64> = HashMap::new();
    let mut settled_before: HashMap<usize, Vec<SettledDays>> = HashMap::new();
    for event in events {
        match &event.fact {
            AccountFact::InvoiceIssued { invoice_id, amount_minor, due_on, business_unit } => {
                let open = amount_minor - early_minor.remove(invoice_id).unwrap_or(0);
                let settled_on = (open <= 0).then_some(event.on);
                let (issued_on, settled_before) = (event.on, Box::default());
                let outcome = InvoiceOutcome { issued_on, due_on: *due_on, settled_on, settled_before };
                index_of.insert(invoice_id, invoices.len());
                open_minor.push(open);
                invoices.push(KnownInvoice { id: invoice_id, amount_minor: *amount_minor, business_unit, outcome });
            }
            AccountFact::CreditApplied { invoice_id, amount_minor }
            | AccountFact::PaymentApplied { invoice_id, amount_minor, settles_rest: _ }
            | AccountFact::UnappliedApplied { settlement: _, dated_on: _, invoice_id, amount_minor } => {
                match index_of.get(invoice_id) {
                    Some(index) => {
                        open_minor[*index] -= amount_minor;
                        if open_minor[*index] <= 0 {
                            invoices[*index].outcome.settled_on.get_or_insert(event.on);
                        }
                    }
                    None => *early_minor.entry(invoice_id).or_insert(0) += amount_minor,
                }
            }
            AccountFact::DocumentReversed { settlement: _, dated_on: _, taken_back, unapplied_minor: _ } => {
                for TakenBack { invoice_id, amount_minor, invoice: _ } in taken_back {
                    let Some(index) = index_of.get(invoice_id) else {
                        *early_minor.entry(invoice_id).or_insert(0) -= amount_minor;
                        continue;
                    };
                    open_minor[*index] += amount_minor;
                    if open_minor[*index] > 0
                        && let Some(from_on) = invoices[*index].outcome.settled_on.take()
                    {
                        let days = SettledDays { from_on, reopened_on: event.on };
                        settled_before.entry(*index).or_default().push(days);
                    }
                }
            }
            AccountFact::UnappliedCash { .. }
            | AccountFact::UnappliedCredit { .. }
            | AccountFact::DisputeOpened { .. }
            | AccountFact::DisputeDecided { .. }
            | AccountFact::PromiseMade { .. }
            | AccountFact::Contacted { .. }
            | AccountFact::HoldStarted { .. }
            | AccountFact::HoldEnded { .. } => {}
        }
    }
    for (index, days) in settled_before {
        invoices[index].outcome.settled_before = days.into_boxed_slice();
    }
    invoices
}

/// Where decisions are taken, and about which invoices.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionPlan {
    /// At which points of an invoice's life.
    pub landmarks: Vec<Landmark>,
    /// First due date.
    pub due_from: CivilDate,
    /// First day of issue.
    pub issued_from: CivilDate,
    /// Last day on which a decision may be taken.
    pub as_of_until: CivilDate,
    /// Of 65,536 invoices, how many are drawn.
    pub drawn_of_65536: u32,
}

/// Of 65,536: every invoice is drawn.
pub const DRAWN_ALL: u32 = 65_536;

impl DecisionPlan {
    /// The decisions about an invoice: days and weights.
    fn decisions<'a>(&'a self, invoice: &'a KnownInvoice<'_>) -> impl Iterator<Item = (CivilDate, Landmark)> + 'a {
        let outcome = &invoice.outcome;
        let is_drawn = outcome.due_on >= self.due_from
            && outcome.issued_on >= self.issued_from
            && (self.drawn_of_65536 >= DRAWN_ALL || draw(invoice.id) < self.drawn_of_65536);
        self.landmarks
            .iter()
            .filter(move |_| is_drawn)
            .map(move |landmark| (landmark.day.date(outcome), *landmark))
            .filter(move |(as_of, _)| {
                *as_of <= self.as_of_until && outcome.issued_on <= *as_of && outcome.is_unpaid_on(*as_of)
            })
    }

    /// How many decisions the plan holds for an account, before any draw.
    pub fn count(&self, invoices: &[KnownInvoice<'_>]) -> usize {
        let all = DecisionPlan { drawn_of_65536: DRAWN_ALL, ..self.clone() };
        invoices.iter().map(|invoice| all.decisions(invoice).count()).sum()
    }
}

/// A number below 65,536 that depends on nothing but the id.
fn draw(id: &InvoiceId) -> u32 {
    let digest = blake3::hash(id.as_str().as_bytes());
    let bytes = digest.as_bytes();
    u32::from(bytes[0]) << 8 | u32::from(bytes[1])
}

/// Takes the invoices of an account into the portfolio.
pub fn observe_portfolio(counts: &mut PortfolioCounts, account: &ReplayAccount<'_>) {
    for invoice in outcomes(account.events) {
        counts.observe(&account.peers, invoice.business_unit, &invoice.outcome);
    }
}

/// The examples of an account in the order of their days.
pub fn examples(account: &ReplayAccount<'_>, portfolio: &Portfolio, plan: &DecisionPlan) -> Vec<PaymentExample> {
    let invoices = outcomes(account.events);
    let mut decisions: Vec<(CivilDate, usize, Landmark)> = Vec::new();
    for (index, invoice) in invoices.iter().enumerate() {
        decisions.extend(plan.decisions(invoice).map(|(as_of, landmark)| (as_of, index, landmark)));
    }
    decisions.sort_by_key(|(as_of, index, _)| (*as_of, *index));
    let surroundings = Surroundings { portfolio, peers: &account.peers };
    let mut habits = AccountHabits::new(account.currency);
    let mut events = account.events.iter().peekable();
    let mut examples = Vec::with_capacity(decisions.len());
    for (as_of, index, landmark) in decisions {
        while let Some(event) = events.next_if(|event| event.on <= as_of) {
            habits.apply(event);
        }
        habits.end_day(as_of);
        let invoice = &invoices[index];
        let Some(row) = invoice_features(&habits, surroundings, invoice.id, as_of) else { continue };
        examples.push(PaymentExample {
            customer_id: account.customer_id.clone(),
            invoice_id: invoice.id.clone(),
            as_of,
            day: landmark.day,
            past_due_days: as_of.days_since(invoice.outcome.due_on),
            amount: Money::from_minor(invoice.amount_minor, account.currency).units_f64(),
            currency: account.currency,
            row,
            outcome: invoice.outcome.clone(),
            weight: landmark.weight,
        });
    }
    examples
}
