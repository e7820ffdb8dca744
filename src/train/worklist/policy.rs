//! The rankings compared: each picks what it would have worked, from what was known that evening.

use std::collections::BTreeMap;

use serde::Serialize;

use super::WorklistSpec;
use super::days::{Listed, PastDays};
use crate::domain::strategy::Strategy;
use crate::domain::time::CivilDate;
use crate::domain::work_item::WorkItemKind;
use crate::features::invoice::{Surroundings, invoice_features};
use crate::features::portfolio::Portfolio;
use crate::model::payment::PaymentModel;
use crate::model::priority::{PriorityInput, StakeAtRisk, rank};
use crate::train::payment::customer_rate::LateShares;

/// Distance from 0 and 1 at which log-odds of a probability are taken.
const PROBABILITY_MIN: f64 = 1e-6;

/// A ranking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// By the strategy's priority with the payment model's probability.
    Recourse,
    /// The earliest due date first.
    OldestFirst,
    /// The largest amount first.
    LargestFirst,
    /// By amount × late rate, the share of the customer's invoices that were late before.
    AmountTimesCustomerRate,
}

impl Policy {
    /// Every policy, ours first.
    pub const ALL: [Policy; 4] =
        [Policy::Recourse, Policy::OldestFirst, Policy::LargestFirst, Policy::AmountTimesCustomerRate];

    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            Policy::Recourse => "recourse",
            Policy::OldestFirst => "oldest first",
            Policy::LargestFirst => "largest first",
            Policy::AmountTimesCustomerRate => "amount × late rate",
        }
    }
}

/// What policies know besides the accounts.
pub struct Knowledge {
    /// Trained on what was known before the replay.
    pub model: PaymentModel,
    /// How groups of accounts paid, as it was known on any day.
    pub portfolio: Portfolio,
    /// How often each customer paid late, as it was known on any day.
    pub late_shares: LateShares,
    /// How often all customers did, as known before the replay.
    pub base_rate: f64,
    /// How the priority follows from the probability.
    pub strategy: Strategy,
}

/// A desk that works by one policy, with what it has done so far.
pub struct Desk {
    /// Its policy.
    pub policy: Policy,
    /// Contacts made.
    pub contact_count: usize,
    /// First day on which each case was worked.
    pub first_worked_on: BTreeMap<usize, CivilDate>,
    last_worked_on: BTreeMap<usize, CivilDate>,
    capacity: usize,
    repeat_after_days: i32,
}

impl Desk {
    /// A desk on its first morning.
    pub fn new(policy: Policy, spec: &WorklistSpec) -> Self {
        Desk {
            policy,
            contact_count: 0,
            first_worked_on: BTreeMap::new(),
            last_worked_on: BTreeMap::new(),
            capacity: spec.capacity,
            repeat_after_days: spec.repeat_after_days,
        }
    }

    /// Works the best of what is on the list; of equal ones the earlier due, then in the order of the accounts.
    pub fn work(&mut self, day: CivilDate, listed: &[Listed], past: &PastDays<'_>, knowledge: &Knowledge) {
        let mut keyed: Vec<((f64, f64), &Listed)> = Vec::new();
        for item in listed {
            let since = match self.last_worked_on.get(&item.case_index) {
                Some(worked_on) => worked_on.plus_days(self.repeat_after_days),
                None => past.case(item.case_index).first_listed.map_or(day, |(on, _)| on),
            };
            if since <= day {
                keyed.push((self.key(day, since, item, past, knowledge), item));
            }
        }
        keyed.sort_by(|(left, left_item), (right, right_item)| {
            right
                .0
                .total_cmp(&left.0)
                .then_with(|| right.1.total_cmp(&left.1))
                .then_with(|| (left_item.due_on, left_item.case_index).cmp(&(right_item.due_on, right_item.case_index)))
        });
        for (_, item) in keyed.into_iter().take(self.capacity) {
            self.contact_count += 1;
            self.first_worked_on.entry(item.case_index).or_insert(day);
            self.last_worked_on.insert(item.case_index, day);
        }
    }

    /// What the policy ranks by, the highest first.
    fn key(
        &self,
        day: CivilDate,
        since: CivilDate,
        item: &Listed,
        past: &PastDays<'_>,
        knowledge: &Knowledge,
    ) -> (f64, f64) {
        match self.policy {
            Policy::Recourse => priority(day, since, item, past, knowledge),
            Policy::OldestFirst => (f64::from(day.days_since(item.due_on)), item.collectable),
            Policy::LargestFirst => (item.collectable, 0.0),
            Policy::AmountTimesCustomerRate => {
                let customer_id = &past.case(item.case_index).customer_id;
                (item.collectable * knowledge.late_shares.share(customer_id, day, knowledge.base_rate), 0.0)
            }
        }
    }
}

/// Priority and value for each minute, as the service ranks by.
fn priority(day: CivilDate, since: CivilDate, item: &Listed, past: &PastDays<'_>, knowledge: &Knowledge) -> (f64, f64) {
    let case = past.case(item.case_index);
    let (habits, peers) = past.account(case.account_index);
    let surroundings = Surroundings { portfolio: &knowledge.portfolio, peers };
    let Some(row) = invoice_features(habits, surroundings, &case.invoice_id, day) else { return (0.0, 0.0) };
    let horizon_days = knowledge.strategy.days_ahead(day.days_since(item.due_on));
    let horizon_days = i32::try_from(horizon_days).unwrap_or(i32::MAX);
    let probability = knowledge.model.forecast(&row).unpaid_probability_in(horizon_days);
    let probability = probability.clamp(PROBABILITY_MIN, 1.0 - PROBABILITY_MIN);
    let bias_logit = (probability / (1.0 - probability)).ln();
    let input = PriorityInput {
        kind: WorkItemKind::OverdueAccount,
        at_risk: vec![StakeAtRisk { stake_base: item.collectable, bias_logit, drivers: Vec::new() }],
        waiting_days: u32::try_from(day.days_since(since)).unwrap_or(0),
        values: BTreeMap::new(),
    };
    let rank = rank(&input, &knowledge.strategy);
    (rank.priority, rank.rank_key)
}
