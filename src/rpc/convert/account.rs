//! Accounts: positions, forecasts and scores, and what was agreed with the customer.

use crate::domain::ids::{CustomerId, InvoiceId, RequestId, UserId};
use crate::domain::invoice::NOTE_BYTES_MAX;
use crate::domain::locale::Language;
use crate::domain::money::Currency;
use crate::domain::sentence::gate_sentence;
use crate::domain::strategy::HORIZONS_DAYS;
use crate::domain::violation::Violations;
use crate::rpc::pb;
use crate::service::account::{AccountQuery, RecordContact, RecordPromise};
use crate::service::limits::{INVOICES_LISTED_MAX, INVOICES_NAMED_MAX};
use crate::service::view::{AccountScore, AccountView, InvoiceForecast};
use crate::service::{AccountPosition, Ageing, Collectable, InvoicePosition};

use super::fields::Fields;
use super::money::{minor_to_pb, money_to_pb};
use super::priority::priority_to_pb;
use super::time::optional_date_to_pb;

/// Reads which account is meant, and on which day.
///
/// # Errors
/// Every violation.
pub fn query_from_pb(customer_id: &str, currency_code: &str, as_of: &str) -> Result<AccountQuery, Violations> {
    let mut fields = Fields::of("");
    let customer_id = fields.required("customer_id", customer_id, CustomerId::parse);
    let currency = fields.optional_currency("currency_code", currency_code);
    let as_of = fields.optional_date("as_of", as_of);
    fields.finish(|| Some(AccountQuery { customer_id: customer_id?, currency: currency?, as_of: as_of? }))
}

/// Reads a contact.
///
/// # Errors
/// Every violation.
pub fn contact_from_pb(request: pb::RecordContactRequest) -> Result<RecordContact, Violations> {
    let pb::RecordContactRequest { request_id, customer_id, channel, result, user_id, contacted_on, note } = request;
    let mut fields = Fields::of("");
    let request_id = fields.required("request_id", &request_id, RequestId::parse);
    let customer_id = fields.required("customer_id", &customer_id, CustomerId::parse);
    let channel = fields.required_enum("channel", channel);
    let result = fields.required_enum("result", result);
    let user_id = fields.optional("user_id", &user_id, UserId::parse);
    let contacted_on = fields.optional_date("contacted_on", &contacted_on);
    let note = fields.bounded_text("note", note, NOTE_BYTES_MAX);
    fields.finish(|| {
        Some(RecordContact {
            request_id: request_id?,
            customer_id: customer_id?,
            channel: channel?,
            result: result?,
            user_id: user_id?,
            contacted_on: contacted_on?,
            note: note?,
        })
    })
}

/// Reads a promise.
///
/// # Errors
/// Every violation.
pub fn promise_from_pb(request: pb::RecordPromiseRequest) -> Result<RecordPromise, Violations> {
    let pb::RecordPromiseRequest { request_id, customer_id, invoice_ids, amount, promised_on, made_on } = request;
    let mut fields = Fields::of("");
    let request_id = fields.required("request_id", &request_id, RequestId::parse);
    let customer_id = fields.required("customer_id", &customer_id, CustomerId::parse);
    let invoice_ids = fields.list("invoice_ids", &invoice_ids, INVOICES_NAMED_MAX, InvoiceId::parse);
    let amount = fields.optional_positive_money("amount", amount);
    let promised_on = fields.required_date("promised_on", &promised_on);
    let made_on = fields.optional_date("made_on", &made_on);
    if let (Some(promised_on), Some(Some(made_on))) = (promised_on, made_on)
        && promised_on < made_on
    {
        fields.refuse("promised_on", promised_on, format!("a day on or after made_on {made_on}"));
    }
    fields.finish(|| {
        Some(RecordPromise {
            request_id: request_id?,
            customer_id: customer_id?,
            invoice_ids: invoice_ids?,
            amount: amount?,
            promised_on: promised_on?,
            made_on: made_on?,
        })
    })
}

/// Writes a position, with at most [`INVOICES_LISTED_MAX`] of its invoices.
pub fn account_to_pb(account: AccountView) -> pb::Account {
    let AccountView { customer, position } = account;
    let AccountPosition {
        currency,
        as_of,
        open_minor,
        ageing,
        parts,
        collectable_overdue_minor,
        unapplied_minor,
        broken_promise_minor,
        oldest_days_past_due,
        contact_count_7d,
        last_contact_on,
        last_payment_on,
        invoices,
    } = position;
    let invoice_count = count_to_pb(invoices.len());
    let listed = invoices.into_iter().take(INVOICES_LISTED_MAX);
    pb::Account {
        customer_id: customer.id.into(),
        customer_name: customer.name,
        currency_code: currency.to_string(),
        as_of: as_of.to_string(),
        open: Some(minor_to_pb(open_minor, currency)),
        ageing: Some(ageing_to_pb(ageing, currency)),
        parts: Some(parts_to_pb(parts, currency)),
        collectable_overdue: Some(minor_to_pb(collectable_overdue_minor, currency)),
        unapplied: Some(minor_to_pb(unapplied_minor, currency)),
        broken_promises: Some(minor_to_pb(broken_promise_minor, currency)),
        oldest_days_past_due,
        contact_count_7d: count_to_pb(contact_count_7d),
        last_contact_on: optional_date_to_pb(last_contact_on),
        last_payment_on: optional_date_to_pb(last_payment_on),
        invoices: listed.map(|invoice| invoice_to_pb(invoice, currency)).collect(),
        invoice_count,
    }
}

/// Writes a count; counts beyond the wire's range stay at its end.
pub fn count_to_pb(count: impl TryInto<i32>) -> i32 {
    count.try_into().unwrap_or(i32::MAX)
}

/// Writes an ageing.
pub fn ageing_to_pb(ageing: Ageing, currency: Currency) -> pb::Ageing {
    let total_minor = ageing.total_minor();
    let Ageing { current_minor, days_1_30_minor, days_31_60_minor, days_61_90_minor, days_over_90_minor } = ageing;
    pb::Ageing {
        current: Some(minor_to_pb(current_minor, currency)),
        days_1_30: Some(minor_to_pb(days_1_30_minor, currency)),
        days_31_60: Some(minor_to_pb(days_31_60_minor, currency)),
        days_61_90: Some(minor_to_pb(days_61_90_minor, currency)),
        days_over_90: Some(minor_to_pb(days_over_90_minor, currency)),
        total: Some(minor_to_pb(total_minor, currency)),
    }
}

fn parts_to_pb(parts: Collectable, currency: Currency) -> pb::CollectableParts {
    let Collectable {
        legal_minor,
        disputed_minor,
        payment_plan_minor,
        promised_minor,
        covered_minor,
        collectable_minor,
    } = parts;
    pb::CollectableParts {
        legal: Some(minor_to_pb(legal_minor, currency)),
        disputed: Some(minor_to_pb(disputed_minor, currency)),
        payment_plan: Some(minor_to_pb(payment_plan_minor, currency)),
        promised: Some(minor_to_pb(promised_minor, currency)),
        collectable: Some(minor_to_pb(collectable_minor, currency)),
        covered: Some(minor_to_pb(covered_minor, currency)),
    }
}

fn invoice_to_pb(position: InvoicePosition, currency: Currency) -> pb::OpenInvoice {
    let InvoicePosition { invoice, days_past_due, parts } = position;
    pb::OpenInvoice {
        invoice_id: invoice.id.into(),
        amount: Some(minor_to_pb(invoice.amount_minor, currency)),
        open: Some(minor_to_pb(invoice.open_minor, currency)),
        issued_on: invoice.issued_on.to_string(),
        due_on: invoice.due_on.to_string(),
        days_past_due,
        parts: Some(parts_to_pb(parts, currency)),
    }
}

/// Writes an account's score.
pub fn account_score_to_pb(score: AccountScore, language: Language) -> pb::ScoreAccountResponse {
    let AccountScore { account, forecasts, cash_at_risk, priority, gate } = score;
    pb::ScoreAccountResponse {
        account: Some(account_to_pb(account)),
        forecasts: forecasts.into_iter().take(INVOICES_LISTED_MAX).map(forecast_to_pb).collect(),
        cash_at_risk: Some(money_to_pb(cash_at_risk)),
        priority: Some(priority_to_pb(priority, language)),
        gate: gate.map(|gate| gate_sentence(&gate, language)).unwrap_or_default(),
    }
}

fn forecast_to_pb(forecast: InvoiceForecast) -> pb::InvoiceForecast {
    let InvoiceForecast { invoice_id, open, unpaid, expected_on } = forecast;
    let at_horizon = |(horizon_days, probability): (u32, f64)| pb::HorizonProbability {
        horizon_days: count_to_pb(horizon_days),
        probability,
    };
    pb::InvoiceForecast {
        invoice_id: invoice_id.into(),
        open: Some(money_to_pb(open)),
        unpaid: HORIZONS_DAYS.into_iter().zip(unpaid).map(at_horizon).collect(),
        expected_on: optional_date_to_pb(expected_on),
    }
}
