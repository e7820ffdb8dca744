//! The handlers of `DisputeService`.

use tonic::{Request, Response};

use crate::domain::ids::DisputeId;

use super::caller::Caller;
use super::convert::dispute::{
    dispute_to_pb, list_from_pb, open_from_pb, resolve_from_pb, taxonomy_to_pb, update_from_pb,
};
use super::edge::{Answer, Edge, accept, required_id};
use super::pb;

#[tonic::async_trait]
impl pb::dispute_service_server::DisputeService for Edge {
    async fn open_dispute(&self, request: Request<pb::OpenDisputeRequest>) -> Answer<pb::OpenDisputeResponse> {
        let (Caller { tenant, language }, request) = accept(request)?;
        let opening = open_from_pb(request)?;
        let opened = self.carry_out(|service| async move { service.open_dispute(&tenant, opening).await }).await?;
        Ok(Response::new(pb::OpenDisputeResponse {
            dispute: Some(dispute_to_pb(opened.dispute, language)),
            joined_existing_dispute: opened.joined_existing_dispute,
        }))
    }

    async fn get_dispute(&self, request: Request<pb::GetDisputeRequest>) -> Answer<pb::GetDisputeResponse> {
        let (caller, pb::GetDisputeRequest { dispute_id }) = accept(request)?;
        let id = required_id("dispute_id", &dispute_id, DisputeId::parse)?;
        let dispute = self.service.dispute(&caller.tenant, &id).await?;
        Ok(Response::new(pb::GetDisputeResponse { dispute: Some(dispute_to_pb(dispute, caller.language)) }))
    }

    async fn list_disputes(&self, request: Request<pb::ListDisputesRequest>) -> Answer<pb::ListDisputesResponse> {
        let (caller, request) = accept(request)?;
        let (filter, page) = list_from_pb(request)?;
        let page = self.service.list_disputes(&caller.tenant, &filter, &page).await?;
        Ok(Response::new(pb::ListDisputesResponse {
            disputes: page.items.into_iter().map(|dispute| dispute_to_pb(dispute, caller.language)).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn update_dispute(&self, request: Request<pb::UpdateDisputeRequest>) -> Answer<pb::UpdateDisputeResponse> {
        let (Caller { tenant, language }, request) = accept(request)?;
        let change = update_from_pb(request)?;
        let dispute = self.carry_out(|service| async move { service.update_dispute(&tenant, change).await }).await?;
        Ok(Response::new(pb::UpdateDisputeResponse { dispute: Some(dispute_to_pb(dispute, language)) }))
    }

    async fn resolve_dispute(&self, request: Request<pb::ResolveDisputeRequest>) -> Answer<pb::ResolveDisputeResponse> {
        let (Caller { tenant, language }, request) = accept(request)?;
        let decision = resolve_from_pb(request)?;
        let dispute = self.carry_out(|service| async move { service.resolve_dispute(&tenant, decision).await }).await?;
        Ok(Response::new(pb::ResolveDisputeResponse { dispute: Some(dispute_to_pb(dispute, language)) }))
    }

    async fn get_taxonomy(&self, request: Request<pb::GetTaxonomyRequest>) -> Answer<pb::GetTaxonomyResponse> {
        let (caller, pb::GetTaxonomyRequest {}) = accept(request)?;
        let taxonomy = taxonomy_to_pb(&self.service.taxonomy_of(&caller.tenant));
        Ok(Response::new(pb::GetTaxonomyResponse { taxonomy: Some(taxonomy) }))
    }
}
