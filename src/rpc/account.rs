//! The handlers of `AccountService`.

use std::sync::Arc;

use tonic::{Request, Response, Status, Streaming};

use crate::domain::ids::ID_BYTES_MAX;
use crate::service::Service;

use super::batch::{Answers, answer_chunk, answer_in_order};
use super::caller::Caller;
use super::convert::account::{account_score_to_pb, contact_from_pb, promise_from_pb, query_from_pb};
use super::edge::{Answer, Edge, accept, shortened};
use super::pb;
use super::status::{record_ok, record_status_of};

#[tonic::async_trait]
impl pb::account_service_server::AccountService for Edge {
    type BatchScoreAccountsStream = Answers<pb::BatchScoreAccountsResponse>;

    async fn score_account(&self, request: Request<pb::ScoreAccountRequest>) -> Answer<pb::ScoreAccountResponse> {
        let (caller, pb::ScoreAccountRequest { customer_id, currency_code, as_of }) = accept(request)?;
        let query = query_from_pb(&customer_id, &currency_code, &as_of)?;
        let score = self.service.score_account(&caller.tenant, &query).await?;
        Ok(Response::new(account_score_to_pb(score, caller.language)))
    }

    async fn batch_score_accounts(
        &self,
        request: Request<Streaming<pb::BatchScoreAccountsRequest>>,
    ) -> Answer<Self::BatchScoreAccountsStream> {
        let (caller, requests) = accept(request)?;
        let permit = self.admit_stream()?;
        let service = Arc::clone(&self.service);
        let answers = answer_in_order(requests, self.request_bytes_max, permit, move |chunk| {
            score_chunk(Arc::clone(&service), caller.clone(), chunk)
        });
        Ok(Response::new(answers))
    }

    async fn record_contact(&self, request: Request<pb::RecordContactRequest>) -> Answer<pb::RecordContactResponse> {
        let (caller, request) = accept(request)?;
        let contact = contact_from_pb(request)?;
        let contact_id =
            self.carry_out(|service| async move { service.record_contact(&caller.tenant, contact).await }).await?;
        Ok(Response::new(pb::RecordContactResponse { contact_id: contact_id.into() }))
    }

    async fn record_promise(&self, request: Request<pb::RecordPromiseRequest>) -> Answer<pb::RecordPromiseResponse> {
        let (caller, request) = accept(request)?;
        let promise = promise_from_pb(request)?;
        let promise_id =
            self.carry_out(|service| async move { service.record_promise(&caller.tenant, promise).await }).await?;
        Ok(Response::new(pb::RecordPromiseResponse { promise_id: promise_id.into() }))
    }
}

/// Scores the accounts of a chunk that are named rightly; the others are answered with what is wrong with them.
async fn score_chunk(
    service: Arc<Service>,
    caller: Caller,
    chunk: Vec<pb::BatchScoreAccountsRequest>,
) -> Result<Vec<pb::BatchScoreAccountsResponse>, Status> {
    let read = |pb::BatchScoreAccountsRequest { customer_id, currency_code, as_of }| {
        let query = query_from_pb(&customer_id, &currency_code, &as_of);
        (shortened(customer_id, ID_BYTES_MAX), query)
    };
    let respond = |customer_id, scored| {
        let (status, score) = match scored {
            Ok(score) => (record_ok(), Some(account_score_to_pb(score, caller.language))),
            Err(error) => (record_status_of(&error), None),
        };
        pb::BatchScoreAccountsResponse { customer_id, status: Some(status), score }
    };
    answer_chunk(chunk, read, |queries| service.score_accounts(&caller.tenant, queries), respond).await
}
