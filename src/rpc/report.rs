//! The handlers of `ReportService`.

use tonic::{Request, Response};

use super::convert::report::{
    ageing_from_pb, ageing_report_to_pb, dispute_item_to_pb, dispute_period_from_pb, metrics_from_pb, metrics_to_pb,
};
use super::edge::{Answer, Edge, accept};
use super::pb;

#[tonic::async_trait]
impl pb::report_service_server::ReportService for Edge {
    async fn get_ageing_report(
        &self,
        request: Request<pb::GetAgeingReportRequest>,
    ) -> Answer<pb::GetAgeingReportResponse> {
        let (caller, request) = accept(request)?;
        let report = self.service.ageing_report(&caller.tenant, &ageing_from_pb(request)?).await?;
        Ok(Response::new(ageing_report_to_pb(report)))
    }

    async fn get_collection_metrics(
        &self,
        request: Request<pb::GetCollectionMetricsRequest>,
    ) -> Answer<pb::GetCollectionMetricsResponse> {
        let (caller, request) = accept(request)?;
        let metrics = self.service.collection_metrics(&caller.tenant, &metrics_from_pb(request)?).await?;
        let currencies = metrics.into_iter().map(metrics_to_pb).collect();
        Ok(Response::new(pb::GetCollectionMetricsResponse { currencies }))
    }

    async fn get_dispute_report(
        &self,
        request: Request<pb::GetDisputeReportRequest>,
    ) -> Answer<pb::GetDisputeReportResponse> {
        let (caller, request) = accept(request)?;
        let (from_on, to_on) = dispute_period_from_pb(request)?;
        let items = self.service.dispute_report(&caller.tenant, from_on, to_on).await?;
        Ok(Response::new(pb::GetDisputeReportResponse { items: items.into_iter().map(dispute_item_to_pb).collect() }))
    }
}
