//! Disputes of the past, promises, contacts, holds and exchange rates as received.

use rust_decimal::Decimal;

use crate::domain::dispute::{PriorityLabel, Resolution, Severity};
use crate::domain::dispute_details::PastDetails;
use crate::domain::dispute_past::{PastDecisions, RaisedAgain};
use crate::domain::ids::{ContactId, CustomerId, DisputeId, HoldId, InvoiceId, PromiseId, UserId};
use crate::domain::invoice::{Contact, Hold, Promise};
use crate::domain::money::{Currency, FxRate};
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::CivilDate;
use crate::domain::violation::{Violation, Violations};
use crate::rpc::pb;
use crate::service::DisputeRecord;

use super::super::fields::Fields;
use super::INVOICE_IDS_MAX;

/// The item of a dispute that names none.
const ITEM_UNNAMED: &str = "OTHER";

pub(super) fn dispute(dispute: pb::LedgerDispute) -> Result<DisputeRecord, Violations> {
    let pb::LedgerDispute {
        dispute_id,
        customer_id,
        invoice_ids,
        contested_item,
        severity,
        contested_amount,
        opened_on,
        resolution,
        resolved_on,
        priority_label,
        message,
    } = dispute;
    let mut fields = Fields::of("dispute");
    let id = fields.required("dispute_id", &dispute_id, DisputeId::parse);
    let customer_id = fields.required("customer_id", &customer_id, CustomerId::parse);
    let invoice_ids = fields.list("invoice_ids", &invoice_ids, INVOICE_IDS_MAX, InvoiceId::parse);
    let contested_item = if contested_item.is_empty() { ITEM_UNNAMED } else { &contested_item };
    let contested_item = fields.take("contested_item", ItemCode::parse(contested_item));
    let severity = fields.optional("severity", &severity, Severity::parse);
    let contested_amount = fields.optional_money("contested_amount", contested_amount);
    let opened_on = fields.required_date("opened_on", &opened_on);
    let decided = read_decision(&mut fields, &resolution, &resolved_on);
    let priority_label = fields.optional("priority_label", &priority_label, PriorityLabel::parse);
    fields.finish(|| {
        Some(DisputeRecord {
            id: id?,
            customer_id: customer_id?,
            invoice_ids: invoice_ids?,
            contested_item: contested_item?,
            severity: severity?.unwrap_or(Severity::Moderate),
            contested_amount: contested_amount?,
            opened_on: opened_on?,
            decided: decided?,
            credited_amount: None,
            raised_again: RaisedAgain::default(),
            past_decisions: PastDecisions::default(),
            past_details: PastDetails::default(),
            priority_label: priority_label?,
            message: (!message.is_empty()).then_some(message),
        })
    })
}

fn read_decision(fields: &mut Fields, resolution: &str, resolved_on: &str) -> Option<Option<(Resolution, CivilDate)>> {
    let resolution = fields.optional("resolution", resolution, Resolution::parse)?;
    let resolved_on = fields.optional_date("resolved_on", resolved_on)?;
    match (resolution, resolved_on) {
        (None, None) => Some(None),
        (Some(resolution), Some(on)) => Some(Some((resolution, on))),
        (Some(_), None) => {
            fields.refuse("resolved_on", "", "a day; it is required with a resolution");
            None
        }
        (None, Some(on)) => {
            fields.refuse("resolution", "", format!("a resolution, because resolved_on is {on}"));
            None
        }
    }
}

pub(super) fn promise(promise: pb::Promise) -> Result<Promise, Violations> {
    let pb::Promise { promise_id, customer_id, invoice_ids, amount, made_on, promised_on } = promise;
    let mut fields = Fields::of("promise");
    let id = fields.required("promise_id", &promise_id, PromiseId::parse);
    let customer_id = fields.required("customer_id", &customer_id, CustomerId::parse);
    let invoice_ids = fields.list("invoice_ids", &invoice_ids, INVOICE_IDS_MAX, InvoiceId::parse);
    let amount = fields.optional_money("amount", amount);
    let made_on = fields.required_date("made_on", &made_on);
    let promised_on = fields.required_date("promised_on", &promised_on);
    fields.finish(|| {
        Some(Promise {
            id: id?,
            customer_id: customer_id?,
            invoice_ids: invoice_ids?,
            amount: amount?,
            made_on: made_on?,
            promised_on: promised_on?,
        })
    })
}

pub(super) fn contact(contact: pb::Contact) -> Result<Contact, Violations> {
    let pb::Contact { contact_id, customer_id, channel, result, user_id, contacted_on, note } = contact;
    let mut fields = Fields::of("contact");
    let id = fields.required("contact_id", &contact_id, ContactId::parse);
    let customer_id = fields.required("customer_id", &customer_id, CustomerId::parse);
    let channel = fields.required_enum("channel", channel);
    let result = fields.required_enum("result", result);
    let user_id = fields.optional("user_id", &user_id, UserId::parse);
    let contacted_on = fields.required_date("contacted_on", &contacted_on);
    fields.finish(|| {
        Some(Contact {
            id: id?,
            customer_id: customer_id?,
            channel: channel?,
            result: result?,
            user_id: user_id?,
            contacted_on: contacted_on?,
            note,
        })
    })
}

pub(super) fn hold(hold: pb::Hold) -> Result<Hold, Violations> {
    let pb::Hold { hold_id, customer_id, invoice_ids, kind, from_on, until_on } = hold;
    let mut fields = Fields::of("hold");
    let id = fields.required("hold_id", &hold_id, HoldId::parse);
    let customer_id = fields.required("customer_id", &customer_id, CustomerId::parse);
    let invoice_ids = fields.list("invoice_ids", &invoice_ids, INVOICE_IDS_MAX, InvoiceId::parse);
    let kind = fields.required_enum("kind", kind);
    let from_on = fields.required_date("from_on", &from_on);
    let until_on = fields.optional_date("until_on", &until_on);
    fields.finish(|| {
        Some(Hold {
            id: id?,
            customer_id: customer_id?,
            invoice_ids: invoice_ids?,
            kind: kind?,
            from_on: from_on?,
            until_on: until_on?,
        })
    })
}

pub(super) fn fx_rate(rate: pb::FxRate) -> Result<FxRate, Violations> {
    let pb::FxRate { from_currency_code, to_currency_code, on, rate } = rate;
    let mut fields = Fields::of("fx_rate");
    let from = fields.required("from_currency_code", &from_currency_code, Currency::parse);
    let to = fields.required("to_currency_code", &to_currency_code, Currency::parse);
    let on = fields.required_date("on", &on);
    let rate = fields.required("rate", &rate, read_rate);
    fields.finish(|| Some(FxRate { from: from?, to: to?, on: on?, rate: rate? }))
}

fn read_rate(text: &str) -> Result<Decimal, Violation> {
    let wrong = || Violation::new("rate", text, "a decimal with a point, such as 1.0853");
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = match text.split_once('.') {
        Some((whole, decimals)) => is_digits(whole) && is_digits(decimals),
        None => is_digits(text),
    };
    if !is_plain {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}
