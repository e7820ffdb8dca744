//! The handlers of `MessageService`.

use std::sync::Arc;

use tonic::{Request, Response, Status, Streaming};

use crate::domain::ids::MessageId;
use crate::service::Service;

use super::batch::{Answers, answer_chunk, answer_in_order};
use super::caller::Caller;
use super::convert::message::{
    batch_item_from_pb, list_from_pb, message_score_to_pb, message_to_pb, score_from_pb, submission_to_pb,
    submit_from_pb,
};
use super::edge::{Answer, Edge, accept, required_id, shortened};
use super::pb;
use super::status::{record_ok, record_status_of};

/// Longest key of a message in a stream, in bytes.
const KEY_BYTES_MAX: usize = 200;

#[tonic::async_trait]
impl pb::message_service_server::MessageService for Edge {
    type BatchScoreMessagesStream = Answers<pb::BatchScoreMessagesResponse>;

    async fn score_message(&self, request: Request<pb::ScoreMessageRequest>) -> Answer<pb::ScoreMessageResponse> {
        let (caller, request) = accept(request)?;
        let score = self.service.score_message(&caller.tenant, score_from_pb("", request)?).await?;
        Ok(Response::new(message_score_to_pb(score, caller.language)))
    }

    async fn batch_score_messages(
        &self,
        request: Request<Streaming<pb::BatchScoreMessagesRequest>>,
    ) -> Answer<Self::BatchScoreMessagesStream> {
        let (caller, requests) = accept(request)?;
        let permit = self.admit_stream()?;
        let service = Arc::clone(&self.service);
        let answers = answer_in_order(requests, self.request_bytes_max, permit, move |chunk| {
            score_chunk(Arc::clone(&service), caller.clone(), chunk)
        });
        Ok(Response::new(answers))
    }

    async fn submit_message(&self, request: Request<pb::SubmitMessageRequest>) -> Answer<pb::SubmitMessageResponse> {
        let (Caller { tenant, language }, request) = accept(request)?;
        let message = submit_from_pb(request)?;
        let submission =
            self.carry_out(|service| async move { service.submit_message(&tenant, message).await }).await?;
        Ok(Response::new(submission_to_pb(submission, language)))
    }

    async fn get_message(&self, request: Request<pb::GetMessageRequest>) -> Answer<pb::GetMessageResponse> {
        let (caller, pb::GetMessageRequest { message_id }) = accept(request)?;
        let id = required_id("message_id", &message_id, MessageId::parse)?;
        let message = self.service.message(&caller.tenant, &id).await?;
        Ok(Response::new(pb::GetMessageResponse { message: Some(message_to_pb(message)) }))
    }

    async fn list_messages(&self, request: Request<pb::ListMessagesRequest>) -> Answer<pb::ListMessagesResponse> {
        let (caller, request) = accept(request)?;
        let (filter, page) = list_from_pb(request)?;
        let page = self.service.list_messages(&caller.tenant, &filter, &page).await?;
        Ok(Response::new(pb::ListMessagesResponse {
            messages: page.items.into_iter().map(message_to_pb).collect(),
            next_page_token: page.next_token,
        }))
    }
}

/// Scores the messages of a chunk that can be accepted; the others are answered with what is wrong with them.
async fn score_chunk(
    service: Arc<Service>,
    caller: Caller,
    chunk: Vec<pb::BatchScoreMessagesRequest>,
) -> Result<Vec<pb::BatchScoreMessagesResponse>, Status> {
    let read = |pb::BatchScoreMessagesRequest { key, message }| {
        let message = batch_item_from_pb(&key, KEY_BYTES_MAX, message);
        (shortened(key, KEY_BYTES_MAX), message)
    };
    let respond = |key, scored| {
        let (status, result) = match scored {
            Ok(score) => (record_ok(), Some(message_score_to_pb(score, caller.language))),
            Err(error) => (record_status_of(&error), None),
        };
        pb::BatchScoreMessagesResponse { key, status: Some(status), result }
    };
    answer_chunk(chunk, read, |accepted| service.score_messages(&caller.tenant, accepted), respond).await
}
