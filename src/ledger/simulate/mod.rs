//! The simulator: a company's history from a seed, with the hidden truth that made it.
//!
//! Same specification, same bytes: every customer draws from a stream of its own, and nothing reads a clock.

mod calendar;
mod choices;
mod contesting;
mod draw;
mod files;
mod fx;
mod inbox;
mod invoices;
mod life;
mod names;
mod profile;
mod settling;
mod texts;
mod truth;
mod writing;

use std::collections::BTreeMap;

use serde::Serialize;

pub use choices::Choice;
pub use files::{FileWriteError, SIMULATION_FILES, write_files};
pub use inbox::InboxMessage;
pub use profile::CustomerKind;
pub use truth::{HiddenTruth, PLANTED_FACTORS, Situation};

use self::draw::Draw;
use self::fx::Rates;
use self::invoices::plan_invoices;
use self::life::{Company, Life, NumberedInvoice};
use self::profile::{Profile, draw_profile};
use self::texts::Texts;
use crate::domain::dispute::PriorityLabel;
use crate::domain::ids::{CustomerId, DisputeId};
use crate::domain::score::Factor;
use crate::domain::time::CivilDate;
use crate::domain::violation::{Gather, Violation, Violations};
use crate::ledger::record::LedgerRecord;

/// Most customers of a simulated company.
pub const CUSTOMERS_MAX: u32 = 50_000;
/// Most months of a simulated history.
pub const MONTHS_MAX: u32 = 120;

/// Streams of the company's own draws; those of the customers follow.
const STREAM_TRUTH: u64 = 0;
const STREAM_RATES: u64 = 1;
const STREAM_CHOICES: u64 = 2;
const STREAM_INBOX: u64 = 3;
const STREAM_FIRST_CUSTOMER: u64 = 16;

/// What to simulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SimulationSpec {
    customer_count: u32,
    month_count: u32,
    seed: u64,
    as_of: CivilDate,
}

impl SimulationSpec {
    /// A history of `month_count` months up to the end of `as_of`.
    ///
    /// # Errors
    /// Every count that is 0 or too large.
    pub fn try_new(customer_count: u32, month_count: u32, seed: u64, as_of: CivilDate) -> Result<Self, Violations> {
        let mut gather = Gather::default();
        if !(1..=CUSTOMERS_MAX).contains(&customer_count) {
            gather.push(Violation::new("customers", customer_count, format!("1 to {CUSTOMERS_MAX}")));
        }
        if !(1..=MONTHS_MAX).contains(&month_count) {
            gather.push(Violation::new("months", month_count, format!("1 to {MONTHS_MAX}")));
        }
        gather.finish()?;
        Ok(SimulationSpec { customer_count, month_count, seed, as_of })
    }

    /// How many customers.
    pub fn customer_count(&self) -> u32 {
        self.customer_count
    }

    fn first_day(&self) -> CivilDate {
        let months = i32::try_from(self.month_count).unwrap_or(0);
        calendar::month_start(self.as_of, 1 - months)
    }
}

/// What is hidden about one dispute.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DisputeTruth {
    /// The dispute.
    pub dispute_id: DisputeId,
    /// Day it was raised.
    pub opened_on: CivilDate,
    /// True urgency on that day, by which the oracle ranks.
    pub urgency: f64,
    /// True probability that a collector calls it P1 or P2.
    pub urgent_probability: f64,
    /// True probability that the customer is right.
    pub right_probability: f64,
    /// What each factor added to the urgency.
    pub contributions: BTreeMap<Factor, f64>,
    /// How a collector judged it, also where the ledger has no label.
    pub judgement: PriorityLabel,
    /// True urgency at the end of the history, where it is still open.
    pub urgency_as_of: Option<f64>,
}

/// All that is hidden of a company.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Truth {
    /// What was simulated.
    pub spec: SimulationSpec,
    /// The five factors, the most important first.
    pub planted_order: Vec<Factor>,
    /// Weights and curves.
    pub hidden: HiddenTruth,
    /// Spread of each factor's contribution over the disputes.
    pub spread: BTreeMap<Factor, f64>,
    /// How each customer behaves.
    pub customer_kinds: BTreeMap<CustomerId, CustomerKind>,
    /// Every dispute, in the order of the customers.
    pub disputes: Vec<DisputeTruth>,
}

/// A simulated company.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedCompany {
    /// Ledger records in the order in which they became known; customers and rates come first.
    pub records: Vec<LedgerRecord>,
    /// Collectors' choices between two disputes.
    pub choices: Vec<Choice>,
    /// Messages of the last day.
    pub inbox: Vec<InboxMessage>,
    /// What is hidden.
    pub truth: Truth,
}

/// Simulates a company. `on_progress` hears how many customers have been lived so far.
pub fn simulate(spec: &SimulationSpec, on_progress: &mut dyn FnMut(u32)) -> SimulatedCompany {
    let (from_on, as_of, seed) = (spec.first_day(), spec.as_of, spec.seed);
    let hidden = HiddenTruth::draw(&mut Draw::new(seed, STREAM_TRUTH));
    let rates = Rates::draw(from_on, as_of, &mut Draw::new(seed, STREAM_RATES));
    let texts = Texts::shipped();
    let company = Company { truth: &hidden, rates: &rates, texts: &texts, as_of };
    let mut lives = Vec::new();
    for (index, (profile, invoices)) in plan_customers(spec, &rates).into_iter().enumerate() {
        let mut draw = Draw::new(seed, STREAM_FIRST_CUSTOMER + 2 * index as u64 + 1);
        lives.push(Life::live(profile, invoices, &company, &mut draw));
        on_progress(u32::try_from(index + 1).unwrap_or(u32::MAX));
    }
    let choices = choices::draw_choices(&lives, &company, &mut Draw::new(seed, STREAM_CHOICES));
    let inbox = inbox::draw_inbox(&lives, &company, &mut Draw::new(seed, STREAM_INBOX));
    let records = records_of_company(&lives, &rates, as_of);
    let truth = truth_of(spec, &lives, &company);
    SimulatedCompany { records, choices, inbox, truth }
}

/// Customers with their invoices, numbered through the company in the order of their days.
fn plan_customers(spec: &SimulationSpec, rates: &Rates) -> Vec<(Profile, Vec<NumberedInvoice>)> {
    let (from_on, as_of) = (spec.first_day(), spec.as_of);
    let mut customers = Vec::new();
    let mut order = Vec::new();
    for index in 0..spec.customer_count {
        let mut draw = Draw::new(spec.seed, STREAM_FIRST_CUSTOMER + 2 * u64::from(index));
        let units_per_base = |currency| 1.0 / rates.base_per_unit(currency, as_of);
        let profile = draw_profile(index, from_on, as_of, &mut draw, units_per_base);
        let plans = plan_invoices(&profile, from_on, as_of, &mut draw);
        let customer_index = customers.len();
        order.extend(plans.iter().enumerate().map(|(position, plan)| (plan.issued_on, customer_index, position)));
        customers.push((profile, plans));
    }
    order.sort_unstable();
    let numbers: BTreeMap<(usize, usize), _> = order
        .into_iter()
        .enumerate()
        .map(|(number, (issued_on, customer, position))| ((customer, position), names::invoice_id(issued_on, number)))
        .collect();
    let number = |customer, plans: Vec<invoices::InvoicePlan>| {
        let numbered = plans.into_iter().enumerate().filter_map(|(position, plan)| {
            let id = numbers.get(&(customer, position)).cloned()?;
            Some(NumberedInvoice { id, plan })
        });
        numbered.collect()
    };
    customers.into_iter().enumerate().map(|(customer, (profile, plans))| (profile, number(customer, plans))).collect()
}

fn records_of_company(lives: &[Life], rates: &Rates, as_of: CivilDate) -> Vec<LedgerRecord> {
    let mut records: Vec<LedgerRecord> =
        lives.iter().map(|life| LedgerRecord::Customer(life.profile.customer.clone())).collect();
    records.extend(rates.documents().map(LedgerRecord::FxRate));
    let mut dated: Vec<_> = lives.iter().flat_map(|life| writing::records_of(life, as_of)).collect();
    // The sort is stable: records of a customer that are alike keep their order.
    dated.sort_by_key(|(on, record)| (*on, writing::order_within_day(record)));
    records.extend(dated.into_iter().map(|(_, record)| record));
    records
}

fn truth_of(spec: &SimulationSpec, lives: &[Life], company: &Company<'_>) -> Truth {
    let hidden = company.truth;
    let mut disputes = Vec::new();
    for life in lives {
        for dispute in &life.disputes {
            let is_open = dispute.record.decided.is_none_or(|(_, decided_on)| decided_on > spec.as_of);
            let now = is_open.then(|| life.situation(&dispute.record, dispute.invoice_index, spec.as_of, company));
            disputes.push(DisputeTruth {
                dispute_id: dispute.record.id.clone(),
                opened_on: dispute.record.opened_on,
                urgency: dispute.urgency,
                urgent_probability: hidden.urgent_probability(dispute.urgency),
                right_probability: dispute.right_probability,
                contributions: hidden.contributions(&dispute.situation),
                judgement: dispute.judgement,
                urgency_as_of: now.map(|now| hidden.urgency(&now)),
            });
        }
    }
    let mut planted_order = PLANTED_FACTORS.to_vec();
    let weight = |factor: &Factor| hidden.weights.get(factor).copied().unwrap_or(0.0);
    planted_order.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    let customer_kinds = lives.iter().map(|life| (life.profile.customer.id.clone(), life.profile.kind)).collect();
    let spread = spread_of(&disputes);
    Truth { spec: *spec, planted_order, hidden: hidden.clone(), spread, customer_kinds, disputes }
}

/// Standard deviation of each factor's contribution.
fn spread_of(disputes: &[DisputeTruth]) -> BTreeMap<Factor, f64> {
    let mut sums: BTreeMap<Factor, (f64, f64)> = BTreeMap::new();
    for dispute in disputes {
        for (factor, contribution) in &dispute.contributions {
            let (sum, squares) = sums.entry(*factor).or_default();
            *sum += contribution;
            *squares += contribution * contribution;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a company has far fewer than 2^53 disputes")]
    let count = disputes.len().max(1) as f64;
    let spread = |(sum, squares): (f64, f64)| (squares / count - (sum / count).powi(2)).max(0.0).sqrt();
    sums.into_iter().map(|(factor, sums)| (factor, spread(sums))).collect()
}

#[cfg(test)]
mod tests;
