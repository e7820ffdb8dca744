//! The handlers of `TrainingService`.

use std::sync::Arc;

use tonic::{Request, Response};

use crate::domain::ids::{ModelId, ModelKind, TrainingRunId};
use crate::service::training::TrainingRunWatch;
use crate::service::{Service, TrainingRun};

use super::batch::Answers;
use super::convert::fields::Fields;
use super::convert::training::{
    list_from_pb, model_to_pb, promote_from_pb, rollback_from_pb, run_to_pb, start_from_pb,
};
use super::edge::{Answer, Edge, accept, required_id};
use super::pb;
use super::watch::{NextChange, Watched, tell_changes};

impl Watched for TrainingRunWatch {
    type Change = TrainingRun;

    fn next(&mut self) -> NextChange<'_, TrainingRun> {
        Box::pin(TrainingRunWatch::next(self))
    }
}

#[tonic::async_trait]
impl pb::training_service_server::TrainingService for Edge {
    type WatchTrainingRunStream = Answers<pb::WatchTrainingRunResponse>;

    async fn start_training_run(
        &self,
        request: Request<pb::StartTrainingRunRequest>,
    ) -> Answer<pb::StartTrainingRunResponse> {
        let (caller, request) = accept(request)?;
        let request = start_from_pb(request)?;
        let start = |service: Arc<Service>| async move { service.start_training_run(&caller.tenant, request).await };
        let run = self.carry_out(start).await?;
        Ok(Response::new(pb::StartTrainingRunResponse { training_run: Some(run_to_pb(run)) }))
    }

    async fn get_training_run(
        &self,
        request: Request<pb::GetTrainingRunRequest>,
    ) -> Answer<pb::GetTrainingRunResponse> {
        let (caller, pb::GetTrainingRunRequest { training_run_id }) = accept(request)?;
        let id = required_id("training_run_id", &training_run_id, TrainingRunId::parse)?;
        let run = self.service.training_run(&caller.tenant, &id).await?;
        Ok(Response::new(pb::GetTrainingRunResponse { training_run: Some(run_to_pb(run)) }))
    }

    async fn list_training_runs(
        &self,
        request: Request<pb::ListTrainingRunsRequest>,
    ) -> Answer<pb::ListTrainingRunsResponse> {
        let (caller, request) = accept(request)?;
        let (kind, page) = list_from_pb(request)?;
        let page = self.service.list_training_runs(&caller.tenant, kind, &page).await?;
        Ok(Response::new(pb::ListTrainingRunsResponse {
            training_runs: page.items.into_iter().map(run_to_pb).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn watch_training_run(
        &self,
        request: Request<pb::WatchTrainingRunRequest>,
    ) -> Answer<Self::WatchTrainingRunStream> {
        let (caller, pb::WatchTrainingRunRequest { training_run_id }) = accept(request)?;
        let id = required_id("training_run_id", &training_run_id, TrainingRunId::parse)?;
        let permit = self.admit_watch()?;
        let watched = self.service.watch_training_run(&caller.tenant, &id).await?;
        let changes = tell_changes(watched, self.stopping(), permit, |run| pb::WatchTrainingRunResponse {
            training_run: Some(run_to_pb(run)),
        });
        Ok(Response::new(changes))
    }

    async fn cancel_training_run(
        &self,
        request: Request<pb::CancelTrainingRunRequest>,
    ) -> Answer<pb::CancelTrainingRunResponse> {
        let (caller, pb::CancelTrainingRunRequest { training_run_id }) = accept(request)?;
        let id = required_id("training_run_id", &training_run_id, TrainingRunId::parse)?;
        let cancel = |service: Arc<Service>| async move { service.cancel_training_run(&caller.tenant, &id).await };
        let run = self.carry_out(cancel).await?;
        Ok(Response::new(pb::CancelTrainingRunResponse { training_run: Some(run_to_pb(run)) }))
    }

    async fn list_models(&self, request: Request<pb::ListModelsRequest>) -> Answer<pb::ListModelsResponse> {
        let (caller, pb::ListModelsRequest { kind }) = accept(request)?;
        let mut fields = Fields::of("");
        let kind = fields.optional_enum::<ModelKind>("kind", kind);
        let kind = fields.finish(|| kind)?;
        let models = self.service.list_models(&caller.tenant, kind).await?;
        Ok(Response::new(pb::ListModelsResponse { models: models.into_iter().map(model_to_pb).collect() }))
    }

    async fn get_model(&self, request: Request<pb::GetModelRequest>) -> Answer<pb::GetModelResponse> {
        let (caller, pb::GetModelRequest { model_id }) = accept(request)?;
        let id = required_id("model_id", &model_id, ModelId::parse)?;
        let model = self.service.model(&caller.tenant, &id).await?;
        Ok(Response::new(pb::GetModelResponse { model: Some(model_to_pb(model)) }))
    }

    async fn promote_model(&self, request: Request<pb::PromoteModelRequest>) -> Answer<pb::PromoteModelResponse> {
        let (caller, request) = accept(request)?;
        let promotion = promote_from_pb(request)?;
        let promote = |service: Arc<Service>| async move { service.promote_model(&caller.tenant, promotion).await };
        let model = self.carry_out(promote).await?;
        Ok(Response::new(pb::PromoteModelResponse { model: Some(model_to_pb(model)) }))
    }

    async fn rollback_model(&self, request: Request<pb::RollbackModelRequest>) -> Answer<pb::RollbackModelResponse> {
        let (caller, request) = accept(request)?;
        let (kind, expected) = rollback_from_pb(request)?;
        let roll_back = |service: Arc<Service>| async move {
            service.rollback_model(&caller.tenant, kind, expected.as_ref()).await
        };
        let model = self.carry_out(roll_back).await?;
        Ok(Response::new(pb::RollbackModelResponse { model: Some(model_to_pb(model)) }))
    }
}
