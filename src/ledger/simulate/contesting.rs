//! How an invoice is contested: what and how gravely, who is right, how it ends, whether it is raised again.

use super::draw::{Draw, whole_days};
use super::life::{Company, Life, Reduction, ReductionKind, SimulatedDispute};
use super::names;
use super::settling::{first_paying_day, pay};
use super::truth::{ITEMS, ItemTruth, SEVERITY_SHARES};
use crate::domain::dispute::{PriorityLabel, Resolution, Severity};
use crate::domain::dispute_details::PastDetails;
use crate::domain::dispute_past::{PastDecisions, RaisedAgain};
use crate::domain::money::Money;
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::CivilDate;
use crate::ledger::record::DisputeRecord;

/// Share of the disputes whose urgency a collector wrote down.
const LABELLED_SHARE: f64 = 0.9;
/// Days for which a fresh dispute has no label yet.
const UNLABELLED_DAYS: i32 = 3;

/// Contests an invoice on a day. Returns the day on which the customer raises the matter again, if it does.
pub fn contest(
    life: &mut Life,
    company: &Company<'_>,
    invoice_index: usize,
    (raised_on, repeat_count): (CivilDate, u32),
    draw: &mut Draw,
) -> Option<CivilDate> {
    let open_minor = life.open_minor(invoice_index, raised_on);
    if open_minor == 0 {
        return None;
    }
    let previous = life.disputes.iter().rfind(|dispute| dispute.invoice_index == invoice_index);
    let (item, severity, contested) = match previous {
        Some(previous) => {
            let contested = previous.record.contested_amount.map(|amount| amount.minor().min(open_minor));
            let item = ITEMS.iter().find(|item| item.code == previous.record.contested_item.as_str())?;
            (item, graver(previous.record.severity), contested)
        }
        None => {
            let item = &ITEMS[draw.weighted(&ITEMS.each_ref().map(|item| item.share))];
            let severity = Severity::ALL[draw.weighted(&SEVERITY_SHARES)];
            (item, severity, draw_contested_minor(item, open_minor, draw))
        }
    };
    let mut record = record_of(life, invoice_index, raised_on, (item, severity, contested))?;
    let situation = life.situation(&record, invoice_index, raised_on, company);
    let urgency = company.truth.urgency(&situation);
    let judgement = company.truth.label(urgency, draw);
    let right_logit = company.truth.right_logit(&situation) + life.profile.honesty_logit;
    let right_probability = 1.0 / (1.0 + (-right_logit).exp());
    let resolution = draw_resolution(company.truth.loss_probability(urgency), right_probability, draw);
    let decided_on = raised_on.plus_days(draw_lag_days(judgement, draw));
    record.decided = Some((resolution, decided_on));
    let is_labelled = draw.chance(LABELLED_SHARE) && company.as_of.days_since(raised_on) >= UNLABELLED_DAYS;
    record.priority_label = is_labelled.then_some(judgement);
    let invoice_number = life.invoices[invoice_index].id.as_str();
    let written = (invoice_number, record.contested_amount);
    record.message = company.texts.dispute(life.profile.language, &record.contested_item, severity, written, draw);
    life.disputes.push(SimulatedDispute { record, invoice_index, situation, urgency, right_probability, judgement });
    let is_raised_again = resolution == Resolution::InvalidRebill && repeat_count < 2 && draw.chance(0.3);
    settle(life, invoice_index, (contested, is_raised_again), (severity, resolution, raised_on, decided_on), draw);
    is_raised_again.then(|| decided_on.plus_days(draw.between(4, 18)))
}

fn graver(severity: Severity) -> Severity {
    match severity {
        Severity::Minor => Severity::Moderate,
        Severity::Moderate | Severity::Major => Severity::Major,
        Severity::Critical => Severity::Critical,
    }
}

/// How much is contested; none stands for all that is open.
fn draw_contested_minor(item: &ItemTruth, open_minor: i64, draw: &mut Draw) -> Option<i64> {
    let (least, most) = item.contested_share;
    let share = least + (most - least) * draw.unit();
    let is_all = share >= 1.0 || draw.chance(0.08);
    if is_all {
        draw.chance(0.5).then_some(open_minor)
    } else {
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "amounts stay below 2^53")]
        let contested_minor = (open_minor as f64 * share).round() as i64;
        Some(contested_minor.clamp(1, open_minor))
    }
}

fn record_of(
    life: &Life,
    invoice_index: usize,
    opened_on: CivilDate,
    (item, severity, contested_minor): (&ItemTruth, Severity, Option<i64>),
) -> Option<DisputeRecord> {
    let customer_id = life.profile.customer.id.clone();
    Some(DisputeRecord {
        id: names::dispute_id(&customer_id, life.disputes.len()),
        customer_id,
        invoice_ids: vec![life.invoices[invoice_index].id.clone()],
        contested_item: ItemCode::parse(item.code).ok()?,
        severity,
        contested_amount: contested_minor.map(|minor| Money::from_minor(minor, life.profile.currency)),
        opened_on,
        decided: None,
        credited_amount: None,
        raised_again: RaisedAgain::default(),
        past_decisions: PastDecisions::default(),
        past_details: PastDetails::default(),
        priority_label: None,
        message: None,
    })
}

fn draw_resolution(loss_probability: f64, right_probability: f64, draw: &mut Draw) -> Resolution {
    let (is_lost, is_right) = (draw.chance(loss_probability), draw.chance(right_probability));
    let (is_partial, is_withdrawn) = (draw.chance(0.25), draw.chance(0.3));
    match (is_lost, is_right) {
        (true, _) => Resolution::WriteOff,
        (false, true) if is_partial => Resolution::PartialCredit,
        (false, true) => Resolution::ValidCredit,
        (false, false) if is_withdrawn => Resolution::Withdrawn,
        (false, false) => Resolution::InvalidRebill,
    }
}

/// Urgent disputes are decided sooner.
fn draw_lag_days(judgement: PriorityLabel, draw: &mut Draw) -> i32 {
    let typical: f64 = match judgement {
        PriorityLabel::P1 => 9.0,
        PriorityLabel::P2 => 15.0,
        PriorityLabel::P3 => 23.0,
        PriorityLabel::P4 => 32.0,
    };
    whole_days(draw.normal(typical.ln(), 0.45).exp()).clamp(1, 180)
}

/// Credits what is granted and pays the rest: what nobody contests after it was raised, or with the decision when the
/// customer withholds it, the contested part after the decision.
fn settle(
    life: &mut Life,
    invoice_index: usize,
    (contested_minor, is_raised_again): (Option<i64>, bool),
    (severity, resolution, raised_on, decided_on): (Severity, Resolution, CivilDate, CivilDate),
    draw: &mut Draw,
) {
    let unsettled_minor = life.unsettled_minor(invoice_index);
    let contested_minor = contested_minor.unwrap_or(unsettled_minor).min(unsettled_minor);
    let granted_minor = match resolution {
        Resolution::ValidCredit | Resolution::WriteOff => contested_minor,
        Resolution::PartialCredit => contested_minor * i64::from(draw.between(35, 75)) / 100,
        Resolution::InvalidRebill | Resolution::Withdrawn => 0,
    };
    if granted_minor > 0 {
        let kind = ReductionKind::Credit;
        life.reductions.push(Reduction { on: decided_on, invoice_index, amount_minor: granted_minor, kind });
    }
    let withholds_all = severity >= Severity::Major;
    let due_on = life.invoices[invoice_index].plan.due_on;
    let usual_on = first_paying_day(life, due_on, draw).max(raised_on.plus_days(2));
    let rest_on = if withholds_all { usual_on.max(decided_on.plus_days(3)) } else { usual_on };
    let rest_on = life.profile.paying_days.first_from(rest_on);
    let after_decision_on = life.profile.paying_days.first_from(decided_on.plus_days(draw.between(3, 20)));
    pay(life, invoice_index, unsettled_minor - contested_minor, rest_on);
    if !is_raised_again {
        pay(life, invoice_index, contested_minor - granted_minor, after_decision_on.max(rest_on));
    }
}
