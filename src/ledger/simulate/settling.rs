//! How invoices that nobody contests are paid: on the customer's paying days, sometimes in parts, sometimes only after calls.

use super::calendar::{month_of, workday_from};
use super::draw::Draw;
use super::life::{Life, Reduction, ReductionKind};
use super::names;
use super::profile::CustomerKind;
use crate::domain::invoice::{Contact, ContactChannel, ContactResult, Promise};
use crate::domain::time::CivilDate;

/// Days past due from which a customer is called.
const CALL_AFTER_DAYS: i32 = 5;
/// Most calls about one invoice.
const CALLS_MAX: u32 = 4;
/// Months of the quiet season, in which seasonal customers are short of cash.
const QUIET_MONTHS: [u32; 3] = [1, 2, 8];
/// Days after which an invoice that is never paid is no longer called about.
const NEVER_DAYS: i32 = 400;

/// Pays an invoice that nobody contests.
pub fn settle_undisputed(life: &mut Life, invoice_index: usize, draw: &mut Draw) {
    let plan = life.invoices[invoice_index].plan.clone();
    let pays_on = first_paying_day(life, plan.due_on, draw);
    let pays_on = chase(life, invoice_index, pays_on, draw);
    let Some(pays_on) = pays_on else { return };
    if draw.chance(0.045) {
        let first_minor = (plan.amount_minor * i64::from(draw.between(30, 80)) / 100).max(1);
        let rest_on = life.profile.paying_days.first_from(pays_on.plus_days(draw.between(10, 35)));
        pay(life, invoice_index, first_minor, pays_on);
        if plan.amount_minor > first_minor {
            pay(life, invoice_index, plan.amount_minor - first_minor, rest_on);
        }
    } else {
        pay(life, invoice_index, plan.amount_minor, pays_on);
    }
}

/// Notes a payment, unless the customer pays no more by then.
pub fn pay(life: &mut Life, invoice_index: usize, amount_minor: i64, on: CivilDate) {
    let pays = life.profile.fails_on.is_none_or(|fails_on| on < fails_on);
    if pays && amount_minor > 0 {
        life.reductions.push(Reduction { on, invoice_index, amount_minor, kind: ReductionKind::Payment });
    }
}

/// The day on which an invoice that falls due on `due_on` would be paid without a call.
pub fn first_paying_day(life: &Life, due_on: CivilDate, draw: &mut Draw) -> CivilDate {
    let profile = &life.profile;
    let (mean, deviation) = profile.kind.delay_days();
    let mut delay_days = draw.days(mean, deviation);
    // Every customer now and then forgets an invoice.
    if draw.chance(0.04) {
        delay_days += draw.between(15, 50);
    }
    match profile.kind {
        CustomerKind::Seasonal if QUIET_MONTHS.contains(&month_of(due_on)) => delay_days += draw.between(10, 30),
        CustomerKind::Failing => {
            // The closer the end, the later it pays.
            let days_left = profile.fails_on.map_or(365, |fails_on| fails_on.days_since(due_on)).max(0);
            delay_days += (180 - days_left).max(0) / 4;
        }
        CustomerKind::Prompt if draw.chance(0.08) => delay_days -= draw.between(5, 12),
        CustomerKind::Prompt
        | CustomerKind::PaymentRun
        | CustomerKind::Seasonal
        | CustomerKind::Slow
        | CustomerKind::Disputer => {}
    }
    let earliest = -(profile.terms_days - 1).max(0);
    profile.paying_days.first_from(due_on.plus_days(delay_days.max(earliest)))
}

/// Calls about a late invoice. Returns the day of payment, which a promise may bring forward; none when it is never paid.
fn chase(life: &mut Life, invoice_index: usize, pays_on: CivilDate, draw: &mut Draw) -> Option<CivilDate> {
    let due_on = life.invoices[invoice_index].plan.due_on;
    let never = life.profile.fails_on.is_some_and(|fails_on| pays_on >= fails_on);
    let mut pays_on = if never { due_on.plus_days(NEVER_DAYS) } else { pays_on };
    let mut call_on = workday_from(due_on.plus_days(CALL_AFTER_DAYS + draw.between(0, 4)));
    for _ in 0..CALLS_MAX {
        if call_on >= pays_on || !draw.chance(0.8) {
            break;
        }
        let result = draw_result(never, draw);
        note_contact(life, invoice_index, result, call_on, draw);
        if result == ContactResult::Promised {
            let promised_on = workday_from(call_on.plus_days(draw.between(4, 14)));
            note_promise(life, invoice_index, call_on, promised_on);
            if !never && draw.chance(0.7) {
                pays_on = pays_on.min(life.profile.paying_days.first_from(promised_on.plus_days(-2)));
            }
        }
        call_on = workday_from(call_on.plus_days(draw.between(7, 15)));
    }
    (!never).then_some(pays_on)
}

fn draw_result(never: bool, draw: &mut Draw) -> ContactResult {
    let results = [
        (ContactResult::MessageLeft, 0.26),
        (ContactResult::Unreachable, if never { 0.35 } else { 0.12 }),
        (ContactResult::InvoiceNotReceived, 0.05),
        (ContactResult::AwaitingApproval, 0.10),
        (ContactResult::InPaymentRun, if never { 0.02 } else { 0.14 }),
        (ContactResult::PaymentSent, 0.05),
        (ContactResult::Promised, 0.30),
        (ContactResult::Refused, if never { 0.10 } else { 0.01 }),
    ];
    results[draw.weighted(&results.map(|(_, share)| share))].0
}

fn note_contact(life: &mut Life, invoice_index: usize, result: ContactResult, on: CivilDate, draw: &mut Draw) {
    let customer_id = life.profile.customer.id.clone();
    let channel = if draw.chance(0.6) { ContactChannel::Call } else { ContactChannel::Email };
    life.contacts.push(Contact {
        id: names::contact_id(&customer_id, life.contacts.len()),
        customer_id,
        channel,
        result,
        user_id: None,
        contacted_on: on,
        note: format!("about {}", life.invoices[invoice_index].id),
    });
}

fn note_promise(life: &mut Life, invoice_index: usize, made_on: CivilDate, promised_on: CivilDate) {
    let customer_id = life.profile.customer.id.clone();
    life.promises.push(Promise {
        id: names::promise_id(&customer_id, life.promises.len()),
        customer_id,
        invoice_ids: vec![life.invoices[invoice_index].id.clone()],
        amount: None,
        made_on,
        promised_on,
    });
}
