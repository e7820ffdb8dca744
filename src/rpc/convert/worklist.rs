//! Work items: which to list or claim, what became of them, and how they are shown.

use crate::domain::gate::Gate;
use crate::domain::ids::{QueueId, RequestId, UserId, WorkItemId};
use crate::domain::invoice::NOTE_BYTES_MAX;
use crate::domain::locale::Language;
use crate::domain::sentence::gate_sentence;
use crate::domain::time::Instant;
use crate::domain::violation::{Violation, Violations};
use crate::domain::work_item::{Lease, WorkItem};
use crate::rpc::pb;
use crate::service::WorkItemFilter;
use crate::service::limits::{LEASE_SECONDS_MAX, LEASE_SECONDS_MIN};
use crate::service::page::PageRequest;
use crate::service::view::WorkItemView;
use crate::service::worklist::{ClaimNext, CompleteItem};

use super::enums::WireEnum as _;
use super::fields::Fields;
use super::money::money_to_pb;
use super::priority::priority_to_pb;
use super::time::{instant_to_pb, optional_date_to_pb};

/// Longest lease token accepted, in bytes.
const LEASE_TOKEN_BYTES_MAX: usize = 200;

/// Names an item that the caller holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldItem {
    /// The item.
    pub work_item_id: WorkItemId,
    /// Proof of the lease.
    pub lease_token: String,
}

/// Reads a filter; absent means everything.
///
/// # Errors
/// Every violation.
pub fn filter_from_pb(filter: Option<pb::WorklistFilter>) -> Result<WorkItemFilter, Violations> {
    let pb::WorklistFilter { kind, queue, assignee, tier, currency_code } = filter.unwrap_or_default();
    let mut fields = Fields::of("filter");
    let kind = fields.optional_enum("kind", kind);
    let queue = fields.optional("queue", &queue, QueueId::parse);
    let assignee = fields.optional("assignee", &assignee, UserId::parse);
    let tier = fields.optional_enum("tier", tier);
    let currency = fields.optional_currency("currency_code", &currency_code);
    fields.finish(|| {
        Some(WorkItemFilter { kind: kind?, queue: queue?, assignee: assignee?, tier: tier?, currency: currency? })
    })
}

/// Reads which items to list.
///
/// # Errors
/// Every violation.
pub fn list_from_pb(request: pb::ListWorkItemsRequest) -> Result<(WorkItemFilter, PageRequest), Violations> {
    let pb::ListWorkItemsRequest { filter, page_size, page_token } = request;
    let mut fields = Fields::of("");
    let filter = fields.absorb(filter_from_pb(filter));
    let page = fields.page(page_size, &page_token);
    fields.finish(|| Some((filter?, page?)))
}

/// Reads a claim.
///
/// # Errors
/// Every violation.
pub fn claim_from_pb(request: pb::ClaimNextWorkItemRequest) -> Result<ClaimNext, Violations> {
    let pb::ClaimNextWorkItemRequest { user_id, filter, lease_seconds, request_id } = request;
    let mut fields = Fields::of("");
    let request_id = fields.optional("request_id", &request_id, RequestId::parse);
    let user_id = fields.required("user_id", &user_id, UserId::parse);
    let filter = fields.absorb(filter_from_pb(filter));
    let lease_seconds = fields.take("lease_seconds", lease_seconds_from_pb(lease_seconds));
    fields.finish(|| {
        let (user_id, filter, lease_seconds) = (user_id?, filter?, lease_seconds?);
        Some(ClaimNext { request_id: request_id?, user_id, filter, lease_seconds })
    })
}

fn lease_seconds_from_pb(seconds: i32) -> Result<Option<u32>, Violation> {
    match u32::try_from(seconds) {
        Ok(0) => Ok(None),
        Ok(seconds) if (LEASE_SECONDS_MIN..=LEASE_SECONDS_MAX).contains(&seconds) => Ok(Some(seconds)),
        Ok(_) | Err(_) => Err(Violation::new("", seconds, format!("0, or {LEASE_SECONDS_MIN} to {LEASE_SECONDS_MAX}"))),
    }
}

fn held_item(fields: &mut Fields, work_item_id: &str, lease_token: String) -> Option<HeldItem> {
    let work_item_id = fields.required("work_item_id", work_item_id, WorkItemId::parse);
    if lease_token.is_empty() {
        fields.refuse("lease_token", "", "the token given with the claim, because the field is required");
    }
    let lease_token = fields.bounded_text("lease_token", lease_token, LEASE_TOKEN_BYTES_MAX);
    Some(HeldItem { work_item_id: work_item_id?, lease_token: lease_token? })
}

/// Reads a completion.
///
/// # Errors
/// Every violation.
pub fn complete_from_pb(request: pb::CompleteWorkItemRequest) -> Result<CompleteItem, Violations> {
    let pb::CompleteWorkItemRequest { work_item_id, lease_token, result, note, intent } = request;
    let mut fields = Fields::of("");
    let held = held_item(&mut fields, &work_item_id, lease_token);
    let result = fields.required_enum("result", result);
    let note = fields.bounded_text("note", note, NOTE_BYTES_MAX);
    let intent = fields.optional_enum("intent", intent);
    fields.finish(|| {
        let HeldItem { work_item_id, lease_token } = held?;
        Some(CompleteItem { work_item_id, lease_token, result: result?, note: note?, intent: intent? })
    })
}

/// Reads a snooze: the item and the instant at which it shows again.
///
/// # Errors
/// Every violation.
pub fn snooze_from_pb(request: pb::SnoozeWorkItemRequest) -> Result<(HeldItem, Instant), Violations> {
    let pb::SnoozeWorkItemRequest { work_item_id, lease_token, until } = request;
    let mut fields = Fields::of("");
    let held = held_item(&mut fields, &work_item_id, lease_token);
    let until = fields.required_instant("until", until);
    fields.finish(|| Some((held?, until?)))
}

/// Reads a release.
///
/// # Errors
/// Every violation.
pub fn release_from_pb(request: pb::ReleaseWorkItemRequest) -> Result<HeldItem, Violations> {
    let pb::ReleaseWorkItemRequest { work_item_id, lease_token } = request;
    let mut fields = Fields::of("");
    let held = held_item(&mut fields, &work_item_id, lease_token);
    fields.finish(|| held)
}

/// Writes an item. Its lease is shown without the token.
pub fn work_item_to_pb(view: WorkItemView, language: Language) -> pb::WorkItem {
    let WorkItemView { item, customer_name, priority } = view;
    let WorkItem {
        id,
        kind,
        customer_id,
        currency,
        dispute_id,
        message_id,
        queue,
        assignee,
        state,
        priority: rank,
        tier,
        stake,
        summary,
        score_id: _,
        created_at,
        due_on,
        snoozed_until,
        lease,
        completed: _,
        gate,
        is_raised: _,
        version,
    } = item;
    let (lease_holder, lease_expires_at) =
        lease.map(|Lease { holder, token: _, expires_at }| (String::from(holder), instant_to_pb(expires_at))).unzip();
    let unexplained = || pb::Priority { priority: rank, tier: tier.to_wire(), ..pb::Priority::default() };
    pb::WorkItem {
        work_item_id: id.into(),
        kind: kind.to_wire(),
        customer_id: customer_id.map(String::from).unwrap_or_default(),
        customer_name: customer_name.unwrap_or_default(),
        dispute_id: dispute_id.map(String::from).unwrap_or_default(),
        message_id: message_id.map(String::from).unwrap_or_default(),
        currency_code: currency.map(String::from).unwrap_or_default(),
        stake: stake.map(money_to_pb),
        priority: Some(priority.map_or_else(unexplained, |priority| priority_to_pb(priority, language))),
        summary,
        queue: queue.map(String::from).unwrap_or_default(),
        assignee: assignee.map(String::from).unwrap_or_default(),
        state: state.to_wire(),
        created_at: Some(instant_to_pb(created_at)),
        due_on: optional_date_to_pb(due_on),
        snoozed_until: snoozed_until.map(instant_to_pb),
        lease_holder: lease_holder.unwrap_or_default(),
        lease_expires_at,
        gate: gate.map(|code| gate_to_pb(&code, language)).unwrap_or_default(),
        etag: version.to_string(),
    }
}

/// The gate as a sentence; a code that this release does not know is shown as it is.
fn gate_to_pb(code: &str, language: Language) -> String {
    Gate::parse(code).map_or_else(|_| code.to_owned(), |gate| gate_sentence(&gate, language))
}
