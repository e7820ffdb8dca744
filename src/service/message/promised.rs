//! How much of what is open a message promises to pay.

use crate::domain::message::{MessageReading, PromisedSum};
use crate::domain::money::Money;
use crate::service::context::CustomerContext;

/// How much of what is open a message promises to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PromisedPart {
    /// All that is open on what is meant.
    All,
    /// This much of it.
    Sum(Money),
    /// A part that the message does not make sure.
    Unsure,
}

/// How much a message promises of the invoices that it means or, when it means none, of the accounts: all of it unless it names a
/// sum. A sum above what is open there in its currency is about something else, and so are numbers of which none is known.
pub(super) fn promised_part(reading: &MessageReading, context: &CustomerContext) -> PromisedPart {
    if names_unknown_only(reading) {
        return PromisedPart::Unsure;
    }
    match &reading.promised_sum {
        PromisedSum::NotStated => PromisedPart::All,
        PromisedSum::One(sum) if (1..=open_minor(*sum, reading, context)).contains(&sum.minor()) => {
            PromisedPart::Sum(*sum)
        }
        PromisedSum::One(_) => PromisedPart::Unsure,
        PromisedSum::Several(sums) => match Money::sum(sums) {
            Some(total) if total.minor() == open_minor(total, reading, context) => PromisedPart::Sum(total),
            Some(_) | None => PromisedPart::Unsure,
        },
    }
}

/// What is open in the currency of `sum` on what a message means.
fn open_minor(sum: Money, reading: &MessageReading, context: &CustomerContext) -> i64 {
    let meant_ids = &reading.matched_invoice_ids;
    let meant = context.open_invoices().filter(|(currency, position)| {
        *currency == sum.currency() && (meant_ids.is_empty() || meant_ids.contains(&position.invoice.id))
    });
    meant.map(|(_, position)| position.invoice.open_minor).sum()
}

/// Whether a message names invoices, and none that was known to be open when it was read.
pub(super) fn names_unknown_only(reading: &MessageReading) -> bool {
    !reading.invoices.is_empty() && reading.matched_invoice_ids.is_empty()
}
