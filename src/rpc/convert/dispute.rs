//! Disputes: opened, changed, decided and shown.

use crate::domain::dispute::{Dispute, DisputeStatus, PriorityLabel};
use crate::domain::ids::{CustomerId, DisputeId, InvoiceId, QueueId, RequestId, UserId};
use crate::domain::locale::Language;
use crate::domain::taxonomy::{ItemCode, TaxonomyItem};
use crate::domain::violation::{Violation, Violations};
use crate::rpc::pb;
use crate::service::DisputeFilter;
use crate::service::dispute::{AmountChange, AssigneeChange, OpenDispute, ResolveDispute, UpdateDispute};
use crate::service::limits::INVOICES_NAMED_MAX;
use crate::service::page::PageRequest;
use crate::service::taxonomy::TaxonomyInUse;
use crate::service::view::DisputeView;

use super::account::count_to_pb;
use super::enums::{WireEnum as _, optional_to_wire};
use super::fields::Fields;
use super::mask::UpdateMask;
use super::money::money_to_pb;
use super::priority::priority_to_pb;
use super::time::{instant_to_pb, optional_date_to_pb};

/// Reads a dispute to open.
///
/// # Errors
/// Every violation.
pub fn open_from_pb(request: pb::OpenDisputeRequest) -> Result<OpenDispute, Violations> {
    let pb::OpenDisputeRequest {
        request_id,
        customer_id,
        invoice_ids,
        contested_item,
        severity,
        contested_amount,
        opened_on,
        queue,
    } = request;
    let mut fields = Fields::of("");
    let request_id = fields.required("request_id", &request_id, RequestId::parse);
    let customer_id = fields.required("customer_id", &customer_id, CustomerId::parse);
    if invoice_ids.is_empty() {
        fields.refuse("invoice_ids", "", "at least one invoice");
    }
    let invoice_ids = fields.list("invoice_ids", &invoice_ids, INVOICES_NAMED_MAX, InvoiceId::parse);
    let contested_item = fields.required("contested_item", &contested_item, ItemCode::parse);
    let severity = fields.required_enum("severity", severity);
    let contested_amount = fields.optional_positive_money("contested_amount", contested_amount);
    let opened_on = fields.optional_date("opened_on", &opened_on);
    let queue = fields.optional("queue", &queue, QueueId::parse);
    fields.finish(|| {
        Some(OpenDispute {
            request_id: request_id?,
            customer_id: customer_id?,
            invoice_ids: invoice_ids?,
            contested_item: contested_item?,
            severity: severity?,
            contested_amount: contested_amount?,
            opened_on: opened_on?,
            queue: queue?,
        })
    })
}

/// Reads which disputes to list.
///
/// # Errors
/// Every violation.
pub fn list_from_pb(request: pb::ListDisputesRequest) -> Result<(DisputeFilter, PageRequest), Violations> {
    let pb::ListDisputesRequest { customer_id, status, contested_item, page_size, page_token } = request;
    let mut fields = Fields::of("");
    let customer_id = fields.optional("customer_id", &customer_id, CustomerId::parse);
    let status = fields.optional_enum("status", status);
    let contested_item = fields.optional("contested_item", &contested_item, ItemCode::parse);
    let page = fields.page(page_size, &page_token);
    fields.finish(|| {
        Some((DisputeFilter { customer_id: customer_id?, status: status?, contested_item: contested_item? }, page?))
    })
}

/// The fields of a dispute that a request can change.
const CHANGEABLE: [&str; 8] = [
    "status",
    "contested_item",
    "severity",
    "contested_amount",
    "assignee",
    "priority_label",
    "before_dispute_id",
    "invoice_ids",
];

/// Reads the changes of a dispute.
///
/// # Errors
/// Every violation.
pub fn update_from_pb(request: pb::UpdateDisputeRequest) -> Result<UpdateDispute, Violations> {
    let mut fields = Fields::of("");
    let (request, mask) = within_mask(&mut fields, request);
    let pb::UpdateDisputeRequest {
        dispute_id,
        etag,
        status,
        contested_item,
        severity,
        contested_amount,
        assignee,
        priority_label,
        validate_only,
        before_dispute_id,
        update_mask: _,
        invoice_ids,
    } = request;
    let dispute_id = fields.required("dispute_id", &dispute_id, DisputeId::parse);
    let version = fields.optional("etag", &etag, version_of);
    let status = fields.optional_enum("status", status);
    if status == Some(Some(DisputeStatus::Resolved)) {
        fields.refuse("status", "DISPUTE_STATUS_RESOLVED", "another status; a dispute is decided by ResolveDispute");
    }
    let contested_item = fields.optional("contested_item", &contested_item, ItemCode::parse);
    let severity = fields.optional_enum("severity", severity);
    let contested_amount = fields.optional_positive_money("contested_amount", contested_amount);
    let contested_amount = contested_amount.map(|amount| match amount {
        Some(amount) => AmountChange::Amount(amount),
        None if mask.names("contested_amount") => AmountChange::AllOpen,
        None => AmountChange::Keep,
    });
    let assignee = match assignee {
        None if mask.names("assignee") => Some(AssigneeChange::Clear),
        None => Some(AssigneeChange::Keep),
        Some(nobody) if nobody.is_empty() => Some(AssigneeChange::Clear),
        Some(user) => fields.take("assignee", UserId::parse(&user)).map(AssigneeChange::Assign),
    };
    let priority_label = fields.optional("priority_label", &priority_label, PriorityLabel::parse);
    let before_dispute_id = fields.optional("before_dispute_id", &before_dispute_id, DisputeId::parse);
    let invoice_ids = fields.list("invoice_ids", &invoice_ids, INVOICES_NAMED_MAX, InvoiceId::parse);
    fields.finish(|| {
        Some(UpdateDispute {
            dispute_id: dispute_id?,
            version: version?,
            status: status?,
            invoice_ids: Some(invoice_ids?).filter(|invoice_ids| !invoice_ids.is_empty()),
            contested_item: contested_item?,
            severity: severity?,
            contested_amount: contested_amount?,
            assignee: assignee?,
            priority_label: priority_label?,
            before_dispute_id: before_dispute_id?,
            validate_only,
        })
    })
}

/// The request as far as its mask reaches, with the mask; a field that is named, but can neither be changed nor cleared, is refused.
fn within_mask(fields: &mut Fields, request: pb::UpdateDisputeRequest) -> (pb::UpdateDisputeRequest, UpdateMask) {
    let mut request = request;
    let mask = UpdateMask::read(fields, request.update_mask.take(), &CHANGEABLE);
    request.status = mask.keep("status", request.status);
    request.contested_item = mask.keep("contested_item", request.contested_item);
    request.severity = mask.keep("severity", request.severity);
    request.contested_amount = mask.keep("contested_amount", request.contested_amount);
    request.assignee = mask.keep("assignee", request.assignee);
    request.priority_label = mask.keep("priority_label", request.priority_label);
    request.before_dispute_id = mask.keep("before_dispute_id", request.before_dispute_id);
    request.invoice_ids = mask.keep("invoice_ids", request.invoice_ids);
    let absent = [
        ("status", request.status == 0),
        ("contested_item", request.contested_item.is_empty()),
        ("severity", request.severity == 0),
        ("priority_label", request.priority_label.is_empty()),
        ("before_dispute_id", request.before_dispute_id.is_empty()),
        ("invoice_ids", request.invoice_ids.is_empty()),
    ];
    for (field, _) in absent.into_iter().filter(|(field, is_absent)| *is_absent && mask.names(field)) {
        fields.refuse(field, "", "a value, because update_mask names it and it cannot be cleared");
    }
    (request, mask)
}

/// Reads a decision.
///
/// # Errors
/// Every violation.
pub fn resolve_from_pb(request: pb::ResolveDisputeRequest) -> Result<ResolveDispute, Violations> {
    let pb::ResolveDisputeRequest { dispute_id, etag, resolution, credited_amount, resolved_on } = request;
    let mut fields = Fields::of("");
    let dispute_id = fields.required("dispute_id", &dispute_id, DisputeId::parse);
    let version = fields.optional("etag", &etag, version_of);
    let resolution = fields.required_enum("resolution", resolution);
    let credited_amount = fields.optional_positive_money("credited_amount", credited_amount);
    let resolved_on = fields.optional_date("resolved_on", &resolved_on);
    fields.finish(|| {
        Some(ResolveDispute {
            dispute_id: dispute_id?,
            version: version?,
            resolution: resolution?,
            credited_amount: credited_amount?,
            resolved_on: resolved_on?,
        })
    })
}

/// The version behind an etag.
fn version_of(etag: &str) -> Result<i64, Violation> {
    let wrong = || Violation::new("etag", etag, "an etag as it was returned");
    etag.parse().ok().filter(|version| *version > 0).ok_or_else(wrong)
}

/// Writes a dispute.
pub fn dispute_to_pb(view: DisputeView, language: Language) -> pb::Dispute {
    let DisputeView { dispute, item, priority, validity_probability } = view;
    let raised_count = dispute.raised_count();
    let Dispute {
        id,
        customer_id,
        invoice_ids,
        awaited_numbers: _,
        contested_item,
        severity,
        contested_amount,
        opened_on,
        status,
        resolution,
        credited_amount,
        resolved_on,
        raised_again: _,
        past_decisions: _,
        past_details: _,
        details_on: _,
        voided_on: _,
        priority_label,
        assignee,
        updated_at,
        version,
    } = dispute;
    pb::Dispute {
        dispute_id: id.into(),
        customer_id: customer_id.into(),
        invoice_ids: invoice_ids.into_iter().map(String::from).collect(),
        contested_item: contested_item.into(),
        crosswalk: item.map(crosswalk_to_pb),
        severity: severity.to_wire(),
        contested_amount: contested_amount.map(money_to_pb),
        opened_on: opened_on.to_string(),
        status: status.to_wire(),
        resolution: optional_to_wire(resolution),
        credited_amount: credited_amount.map(money_to_pb),
        resolved_on: optional_date_to_pb(resolved_on),
        raised_count: count_to_pb(raised_count),
        assignee: assignee.map(String::from).unwrap_or_default(),
        priority: priority.map(|priority| priority_to_pb(priority, language)),
        validity_probability,
        priority_label: priority_label.map(|label| label.as_str().to_owned()).unwrap_or_default(),
        updated_at: Some(instant_to_pb(updated_at)),
        etag: version.to_string(),
    }
}

fn crosswalk_to_pb(item: TaxonomyItem) -> pb::Crosswalk {
    let TaxonomyItem { code: _, meaning: _, covers: _, x12_426, edifact_4465, peppol_status_reason, french_motif } =
        item;
    pb::Crosswalk { x12_426, edifact_4465, peppol_status_reason, french_motif }
}

/// The taxonomy that a tenant uses.
pub fn taxonomy_to_pb(in_use: &TaxonomyInUse) -> pb::Taxonomy {
    let TaxonomyInUse { version, codes } = in_use;
    let item_to_pb = |item: &TaxonomyItem| pb::TaxonomyItem {
        code: item.code.to_string(),
        meaning: item.meaning.clone(),
        crosswalk: Some(crosswalk_to_pb(item.clone())),
        covers: item.covers.iter().map(ToString::to_string).collect(),
    };
    pb::Taxonomy { name: codes.name.clone(), version: *version, items: codes.items.iter().map(item_to_pb).collect() }
}
