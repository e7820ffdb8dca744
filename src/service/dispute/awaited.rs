//! Invoices that a complaint names before the ledger knows them.

use crate::domain::dispute::Dispute;
use crate::domain::ids::InvoiceId;
use crate::domain::time::{CivilDate, Instant};
use crate::service::context::CustomerContext;
use crate::service::limits::INVOICES_NAMED_MAX;
use crate::text::entities::invoices::{index_of_number, normalise_number};

fn normalised(ids: &[InvoiceId]) -> Vec<String> {
    ids.iter().map(|id| normalise_number(id.as_str())).collect()
}

/// Those of the numbers named that mean none of the invoices, each once.
pub(super) fn awaited_of<'a>(named: impl IntoIterator<Item = &'a String>, invoice_ids: &[InvoiceId]) -> Vec<String> {
    let known = normalised(invoice_ids);
    let mut awaited: Vec<String> = Vec::new();
    for number in named {
        let is_new = !awaited.contains(number) && index_of_number(number, &known).is_none();
        if is_new && awaited.len() < INVOICES_NAMED_MAX {
            awaited.push(number.clone());
        }
    }
    awaited
}

/// Whether a number, or one of which it is the end, is among the awaited ones.
pub(in crate::service) fn is_awaited(awaited: &[String], number: &str) -> bool {
    let known: Vec<String> = awaited.iter().map(|number| normalise_number(number)).collect();
    let reversed = || awaited.iter().any(|awaited| index_of_number(awaited, &[normalise_number(number)]).is_some());
    index_of_number(number, &known).is_some() || reversed()
}

/// The dispute with the invoices that it waited for, as far as they are open by now; `None` when none of them came. A message is about
/// an invoice that was issued by the day on which it came.
pub(super) fn with_arrived(
    dispute: &Dispute,
    context: &CustomerContext,
    now: Instant,
    today: CivilDate,
) -> Option<Dispute> {
    if dispute.awaited_numbers.is_empty() {
        return None;
    }
    let raised_on = dispute.raised_again.latest_on().map_or(dispute.opened_on, |on| on.max(dispute.opened_on));
    let open: Vec<_> = context
        .open_invoices()
        .filter(|(_, position)| {
            position.invoice.issued_on <= raised_on && !dispute.invoice_ids.contains(&position.invoice.id)
        })
        .collect();
    let known: Vec<String> = open.iter().map(|(_, position)| normalise_number(position.invoice.id.as_str())).collect();
    let mut linked = dispute.clone();
    let mut is_of_amount = false;
    for number in &dispute.awaited_numbers {
        let Some((currency, position)) = index_of_number(number, &known).and_then(|index| open.get(index)) else {
            continue;
        };
        let has_room = linked.invoice_ids.len() < INVOICES_NAMED_MAX;
        if has_room && !linked.invoice_ids.contains(&position.invoice.id) {
            linked.invoice_ids.push(position.invoice.id.clone());
        }
        is_of_amount |= dispute.contested_amount.is_some_and(|amount| amount.currency() == *currency);
    }
    if linked.invoice_ids.len() == dispute.invoice_ids.len() {
        return None;
    }
    linked.awaited_numbers = awaited_of(&dispute.awaited_numbers, &linked.invoice_ids);
    // An amount in a currency of none of the invoices meant says nothing of what is contested there.
    if dispute.invoice_ids.is_empty() && !is_of_amount {
        linked.contested_amount = None;
    }
    linked.keep_details(dispute, today);
    linked.updated_at = now;
    linked.version += 1;
    Some(linked)
}
