//! Collectors' choices: of two disputes open on a day, the one they handled first.

use serde::{Deserialize, Serialize};

use super::draw::Draw;
use super::life::{Company, Life};
use super::truth::LABEL_NOISE_SCALE;
use crate::domain::ids::DisputeId;
use crate::domain::time::CivilDate;

/// One choice for every so many disputes.
const DISPUTES_PER_CHOICE: usize = 5;
/// How often two disputes are looked for before a choice is given up.
const ATTEMPTS_PER_CHOICE: usize = 4;
/// Neighbours by day of opening among which the other dispute is looked for.
const NEIGHBOURS: i32 = 12;

/// One choice. It is written in the shape of `Outcome::DisputePreferred` with the day beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Always `DISPUTE_PREFERRED`.
    pub kind: String,
    /// The one handled first.
    pub preferred_id: DisputeId,
    /// The one left for later.
    pub other_id: DisputeId,
    /// Day of the choice.
    pub chosen_on: CivilDate,
}

/// Draws the choices of the whole history in the order of their days.
pub fn draw_choices(lives: &[Life], company: &Company<'_>, draw: &mut Draw) -> Vec<Choice> {
    let mut disputes: Vec<(CivilDate, usize, usize)> = Vec::new();
    for (life_index, life) in lives.iter().enumerate() {
        for (dispute_index, dispute) in life.disputes.iter().enumerate() {
            disputes.push((dispute.record.opened_on, life_index, dispute_index));
        }
    }
    disputes.sort_unstable();
    let mut choices = Vec::new();
    let wanted = disputes.len() / DISPUTES_PER_CHOICE;
    for _ in 0..wanted * ATTEMPTS_PER_CHOICE {
        if choices.len() == wanted {
            break;
        }
        let last = i32::try_from(disputes.len()).unwrap_or(i32::MAX) - 1;
        let first = draw.between(0, last);
        let second = (first + draw.between(1, NEIGHBOURS)).min(last);
        let pair = [first, second].map(|index| disputes[usize::try_from(index).unwrap_or(0)]);
        choices.extend(choose(lives, company, pair, draw));
    }
    choices
        .sort_by(|a, b| (a.chosen_on, &a.preferred_id, &a.other_id).cmp(&(b.chosen_on, &b.preferred_id, &b.other_id)));
    choices.dedup();
    choices
}

/// A choice between two disputes on the day after the later one was raised, if both are still open then.
fn choose(
    lives: &[Life],
    company: &Company<'_>,
    pair: [(CivilDate, usize, usize); 2],
    draw: &mut Draw,
) -> Option<Choice> {
    let chosen_on = pair[0].0.max(pair[1].0).plus_days(draw.between(0, 3));
    if pair[0] == pair[1] || chosen_on > company.as_of {
        return None;
    }
    let mut judged = Vec::new();
    for (_, life_index, dispute_index) in pair {
        let life = &lives[life_index];
        let dispute = &life.disputes[dispute_index];
        let (_, decided_on) = dispute.record.decided?;
        if decided_on <= chosen_on {
            return None;
        }
        let situation = life.situation(&dispute.record, dispute.invoice_index, chosen_on, company);
        judged.push((company.truth.urgency(&situation), &dispute.record.id));
    }
    // The difference of two judgements, each with its own noise, is close to logistic with √2 of the scale.
    let noise = draw.logistic(LABEL_NOISE_SCALE * std::f64::consts::SQRT_2);
    let (preferred, other) = if judged[0].0 + noise > judged[1].0 { (0, 1) } else { (1, 0) };
    Some(Choice {
        kind: "DISPUTE_PREFERRED".to_owned(),
        preferred_id: judged[preferred].1.clone(),
        other_id: judged[other].1.clone(),
        chosen_on,
    })
}
