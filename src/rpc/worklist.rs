//! The handlers of `WorklistService`.

use std::sync::Arc;

use tonic::{Request, Response};

use crate::service::view::WorkItemView;
use crate::service::worklist::{ClaimedItem, WorklistWatch};
use crate::service::{Service, ServiceError};

use super::batch::Answers;
use super::caller::Caller;
use super::convert::worklist::{
    HeldItem, claim_from_pb, complete_from_pb, filter_from_pb, list_from_pb, release_from_pb, snooze_from_pb,
    work_item_to_pb,
};
use super::edge::{Answer, Edge, accept};
use super::pb;
use super::watch::{NextChange, Watched, tell_changes};

impl Watched for WorklistWatch {
    type Change = WorkItemView;

    fn next(&mut self) -> NextChange<'_, WorkItemView> {
        Box::pin(WorklistWatch::next(self))
    }
}

#[tonic::async_trait]
impl pb::worklist_service_server::WorklistService for Edge {
    type WatchWorklistStream = Answers<pb::WatchWorklistResponse>;

    async fn list_work_items(&self, request: Request<pb::ListWorkItemsRequest>) -> Answer<pb::ListWorkItemsResponse> {
        let (caller, request) = accept(request)?;
        let (filter, page) = list_from_pb(request)?;
        let page = self.service.list_work_items(&caller.tenant, &filter, &page).await?;
        Ok(Response::new(pb::ListWorkItemsResponse {
            work_items: page.items.into_iter().map(|item| work_item_to_pb(item, caller.language)).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn claim_next_work_item(
        &self,
        request: Request<pb::ClaimNextWorkItemRequest>,
    ) -> Answer<pb::ClaimNextWorkItemResponse> {
        let (Caller { tenant, language }, request) = accept(request)?;
        let claim = claim_from_pb(request)?;
        let asked_for = claim.filter.to_string();
        // Who can ask for the same item again gets it: it is kept for them.
        let is_kept = claim.request_id.is_some();
        let of_tenant = tenant.clone();
        let claiming = |service: Arc<Service>| async move { service.claim_next_work_item(&tenant, claim).await };
        let give_back = move |service: Arc<Service>, claimed: Option<ClaimedItem>| async move {
            let Some(ClaimedItem { item, lease_token }) = claimed.filter(|_| !is_kept) else { return };
            if let Err(error) = service.release_work_item(&of_tenant, &item.item.id, &lease_token).await {
                tracing::warn!(
                    error.reason = error.reason(),
                    "an item that nobody waits for any more stays leased: {error}"
                );
            }
        };
        let claimed = self.carry_out_or_undo(claiming, give_back).await?;
        let claimed = claimed.ok_or(ServiceError::NotFound { resource: "work item to claim", id: asked_for })?;
        Ok(Response::new(pb::ClaimNextWorkItemResponse {
            work_item: Some(work_item_to_pb(claimed.item, language)),
            lease_token: claimed.lease_token,
        }))
    }

    async fn complete_work_item(
        &self,
        request: Request<pb::CompleteWorkItemRequest>,
    ) -> Answer<pb::CompleteWorkItemResponse> {
        let (Caller { tenant, language }, request) = accept(request)?;
        let completion = complete_from_pb(request)?;
        let item =
            self.carry_out(|service| async move { service.complete_work_item(&tenant, completion).await }).await?;
        Ok(Response::new(pb::CompleteWorkItemResponse { work_item: Some(work_item_to_pb(item, language)) }))
    }

    async fn snooze_work_item(
        &self,
        request: Request<pb::SnoozeWorkItemRequest>,
    ) -> Answer<pb::SnoozeWorkItemResponse> {
        let (Caller { tenant, language }, request) = accept(request)?;
        let (HeldItem { work_item_id, lease_token }, until) = snooze_from_pb(request)?;
        let snooze = |service: Arc<Service>| async move {
            service.snooze_work_item(&tenant, &work_item_id, &lease_token, until).await
        };
        let item = self.carry_out(snooze).await?;
        Ok(Response::new(pb::SnoozeWorkItemResponse { work_item: Some(work_item_to_pb(item, language)) }))
    }

    async fn release_work_item(
        &self,
        request: Request<pb::ReleaseWorkItemRequest>,
    ) -> Answer<pb::ReleaseWorkItemResponse> {
        let (Caller { tenant, language }, request) = accept(request)?;
        let HeldItem { work_item_id, lease_token } = release_from_pb(request)?;
        let release = |service: Arc<Service>| async move {
            service.release_work_item(&tenant, &work_item_id, &lease_token).await
        };
        let item = self.carry_out(release).await?;
        Ok(Response::new(pb::ReleaseWorkItemResponse { work_item: Some(work_item_to_pb(item, language)) }))
    }

    async fn watch_worklist(&self, request: Request<pb::WatchWorklistRequest>) -> Answer<Self::WatchWorklistStream> {
        let (caller, pb::WatchWorklistRequest { filter }) = accept(request)?;
        let filter = filter_from_pb(filter)?;
        let permit = self.admit_watch()?;
        let watched = self.service.watch_worklist(&caller.tenant, filter).await?;
        let changes = tell_changes(watched, self.stopping(), permit, move |item| pb::WatchWorklistResponse {
            work_item: Some(work_item_to_pb(item, caller.language)),
        });
        Ok(Response::new(changes))
    }
}
