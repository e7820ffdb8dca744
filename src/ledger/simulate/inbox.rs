//! Messages that arrive on the last day of the history and are in no ledger yet.

use serde::{Deserialize, Serialize};

use super::draw::Draw;
use super::life::{Company, Life};
use super::truth::{ITEMS, SEVERITY_SHARES};
use crate::domain::dispute::Severity;
use crate::domain::ids::CustomerId;
use crate::domain::message::Intent;
use crate::domain::money::Money;
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::CivilDate;

/// Most messages in the inbox.
const MESSAGES_MAX: usize = 24;

/// What is asked for, by how often.
const INTENT_SHARES: [(Intent, f64); 5] = [
    (Intent::Dispute, 0.55),
    (Intent::PromiseToPay, 0.15),
    (Intent::RemittanceAdvice, 0.08),
    (Intent::PaymentPlanRequest, 0.08),
    (Intent::Query, 0.14),
];

/// A message with what is true of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboxMessage {
    /// Its id.
    pub id: String,
    /// Who wrote.
    pub customer_id: CustomerId,
    /// The day it arrived.
    pub received_on: CivilDate,
    /// What they wrote.
    pub message: String,
    /// What they want.
    pub intent: Intent,
    /// What they contest.
    pub contested_item: Option<ItemCode>,
    /// How gravely.
    pub severity: Option<Severity>,
    /// The invoice meant.
    pub invoices: Vec<String>,
}

/// Draws the inbox: each message is about the largest undisputed open invoice of its customer.
pub fn draw_inbox(lives: &[Life], company: &Company<'_>, draw: &mut Draw) -> Vec<InboxMessage> {
    let mut order: Vec<usize> = (0..lives.len()).collect();
    draw.shuffle(&mut order);
    let mut messages = Vec::new();
    for life in order.into_iter().map(|index| &lives[index]) {
        if messages.len() == MESSAGES_MAX {
            break;
        }
        messages.extend(draw_message(life, company, messages.len(), draw));
    }
    messages
}

fn draw_message(life: &Life, company: &Company<'_>, index: usize, draw: &mut Draw) -> Option<InboxMessage> {
    let as_of = company.as_of;
    let undisputed = |index: &usize| life.disputes.iter().all(|dispute| dispute.invoice_index != *index);
    let (open_minor, invoice_index) = (0..life.invoices.len())
        .filter(undisputed)
        .map(|index| (life.open_minor(index, as_of), index))
        .filter(|(open_minor, _)| *open_minor > 0)
        .max()?;
    let invoice = life.invoices[invoice_index].id.as_str();
    let intent = INTENT_SHARES[draw.weighted(&INTENT_SHARES.map(|(_, share)| share))].0;
    let language = life.profile.language;
    let amount = Money::from_minor(open_minor, life.profile.currency);
    let (contested_item, severity, message) = if intent == Intent::Dispute {
        let item = &ITEMS[draw.weighted(&ITEMS.each_ref().map(|item| item.share))];
        let code = ItemCode::parse(item.code).ok()?;
        let severity = Severity::ALL[draw.weighted(&SEVERITY_SHARES)];
        let least = minor_share(open_minor, item.contested_share.0);
        let amount = Money::from_minor(least, life.profile.currency);
        let message = company.texts.dispute(language, &code, severity, (invoice, Some(amount)), draw)?;
        (Some(code), Some(severity), message)
    } else {
        (None, None, company.texts.other(language, intent, (invoice, amount), draw)?)
    };
    Some(InboxMessage {
        id: format!("M-{:04}", index + 1),
        customer_id: life.profile.customer.id.clone(),
        received_on: as_of,
        message,
        intent,
        contested_item,
        severity,
        invoices: vec![invoice.to_owned()],
    })
}

fn minor_share(amount_minor: i64, share: f64) -> i64 {
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "amounts stay below 2^53")]
    let minor = (amount_minor as f64 * share).round() as i64;
    minor.clamp(1, amount_minor)
}
