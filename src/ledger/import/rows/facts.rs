//! Rows of disputes, promises, contacts, exchange rates and holds.

use serde::de::DeserializeOwned;

use super::super::codes::CodeSet;
use super::super::plan::RowFields;
use crate::domain::dispute::{PriorityLabel, Resolution, Severity};
use crate::domain::dispute_details::PastDetails;
use crate::domain::dispute_past::{PastDecisions, RaisedAgain};
use crate::domain::ids::{ContactId, CustomerId, DisputeId, HoldId, InvoiceId, PromiseId, UserId};
use crate::domain::invoice::{Contact, ContactChannel, ContactResult, Hold, HoldKind, Promise};
use crate::domain::money::{Currency, FxRate, Money};
use crate::domain::taxonomy::ItemCode;
use crate::domain::violation::Violation;
use crate::ledger::record::{DisputeField, DisputePart, DisputeRecord, LedgerRecord};

/// What is contested when a row does not say.
const UNSPECIFIED_ITEM: &str = "OTHER";

/// A dispute.
pub(super) fn dispute(fields: &mut RowFields<'_>) -> Option<LedgerRecord> {
    let id = fields.required("dispute_id", DisputeId::parse);
    let customer_id = fields.required("customer_id", CustomerId::parse);
    let invoice_ids = fields.list("invoice_ids", InvoiceId::parse);
    let item = fields.text("contested_item").unwrap_or_else(|| UNSPECIFIED_ITEM.to_owned());
    let contested_item = fields.gather.take(ItemCode::parse(&item));
    let severity = fields.parsed("severity", Severity::parse).unwrap_or(Severity::Moderate);
    let contested_amount = optional_amount(fields, "contested_amount");
    let opened_on = fields.required_date("opened_on");
    let resolution = fields.parsed("resolution", Resolution::parse);
    let resolved_on = fields.date("resolved_on");
    let decided = match (resolution, resolved_on) {
        (Some(resolution), Some(on)) => Some((resolution, on)),
        (None, None) => None,
        // What is there and cannot be read is a problem already.
        (Some(_), None) if fields.text("resolved_on").is_some() => None,
        (None, Some(_)) if fields.text("resolution").is_some() => None,
        (Some(resolution), None) => {
            let expected = format!("the day of resolution {}", resolution.as_str());
            fields.gather.push(Violation::new("resolved_on", "", expected));
            None
        }
        (None, Some(on)) => {
            fields.gather.push(Violation::new("resolution", "", format!("how it was decided on {on}")));
            None
        }
    };
    let priority_label = fields.parsed("priority_label", PriorityLabel::parse);
    let message = fields.text("message");
    let untold = untold_of_dispute(fields);
    let dispute = DisputeRecord {
        id: id?,
        customer_id: customer_id?,
        invoice_ids,
        contested_item: contested_item?,
        severity,
        contested_amount,
        opened_on: opened_on?,
        decided,
        credited_amount: None,
        raised_again: RaisedAgain::default(),
        past_decisions: PastDecisions::default(),
        past_details: PastDetails::default(),
        priority_label,
        message,
    };
    Some(match untold.is_empty() {
        true => LedgerRecord::Dispute(dispute),
        false => LedgerRecord::DisputePart(DisputePart { dispute, untold }),
    })
}

/// What the row does not tell of its dispute. Half a decision is told, and refused.
fn untold_of_dispute(fields: &RowFields<'_>) -> Vec<DisputeField> {
    let columns: [(DisputeField, &[&str]); 4] = [
        (DisputeField::ContestedItem, &["contested_item"]),
        (DisputeField::Severity, &["severity"]),
        (DisputeField::ContestedAmount, &["contested_amount"]),
        (DisputeField::Decision, &["resolution", "resolved_on"]),
    ];
    let is_untold = |columns: &[&str]| !columns.iter().any(|column| fields.tells(column));
    columns.into_iter().filter(|(_, columns)| is_untold(columns)).map(|(field, _)| field).collect()
}

/// An amount that a row need not have; with it the currency is needed.
fn optional_amount(fields: &mut RowFields<'_>, field: &'static str) -> Option<Money> {
    fields.text(field)?;
    let currency = fields.required("currency", Currency::parse);
    fields.amount(field, currency)
}

/// A promise to pay.
pub(super) fn promise(fields: &mut RowFields<'_>) -> Option<LedgerRecord> {
    let id = fields.required("promise_id", PromiseId::parse);
    let customer_id = fields.required("customer_id", CustomerId::parse);
    let invoice_ids = fields.list("invoice_ids", InvoiceId::parse);
    let amount = optional_amount(fields, "amount");
    let made_on = fields.required_date("made_on");
    let promised_on = fields.required_date("promised_on");
    Some(LedgerRecord::Promise(Promise {
        id: id?,
        customer_id: customer_id?,
        invoice_ids,
        amount,
        made_on: made_on?,
        promised_on: promised_on?,
    }))
}

/// A contact.
pub(super) fn contact(fields: &mut RowFields<'_>) -> Option<LedgerRecord> {
    let id = fields.required("contact_id", ContactId::parse);
    let customer_id = fields.required("customer_id", CustomerId::parse);
    let channel = fields.required("channel", |text| word::<ContactChannel>(text, CodeSet::ContactChannel));
    let result = fields.required("result", |text| word::<ContactResult>(text, CodeSet::ContactResult));
    let user_id = fields.parsed("user_id", UserId::parse);
    let contacted_on = fields.required_date("contacted_on");
    let note = fields.text("note").unwrap_or_default();
    Some(LedgerRecord::Contact(Contact {
        id: id?,
        customer_id: customer_id?,
        channel: channel?,
        result: result?,
        user_id,
        contacted_on: contacted_on?,
        note,
    }))
}

/// An exchange rate.
pub(super) fn fx_rate(fields: &mut RowFields<'_>) -> Option<LedgerRecord> {
    let from = fields.required("from", Currency::parse);
    let to = fields.required("to", Currency::parse);
    let on = fields.required_date("on");
    let rate = fields.required_text("rate").and_then(|_| fields.number("rate"));
    Some(LedgerRecord::FxRate(FxRate { from: from?, to: to?, on: on?, rate: rate?.normalize() }))
}

/// A hold.
pub(super) fn hold(fields: &mut RowFields<'_>) -> Option<LedgerRecord> {
    let id = fields.required("hold_id", HoldId::parse);
    let customer_id = fields.required("customer_id", CustomerId::parse);
    let invoice_ids = fields.list("invoice_ids", InvoiceId::parse);
    let kind = fields.required("kind", |text| word::<HoldKind>(text, CodeSet::HoldKind));
    let from_on = fields.required_date("from_on");
    let until_on = fields.date("until_on");
    Some(LedgerRecord::Hold(Hold {
        id: id?,
        customer_id: customer_id?,
        invoice_ids,
        kind: kind?,
        from_on: from_on?,
        until_on,
    }))
}

/// A word of one of the closed sets of the domain, as they are written in JSON.
fn word<T: DeserializeOwned>(text: &str, known: CodeSet) -> Result<T, Violation> {
    let wrong = |_| Violation::new("", text, format!("one of {}", known.words().join(", ")));
    serde_json::from_value(text.into()).map_err(wrong)
}
