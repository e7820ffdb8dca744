//! The handlers of `LedgerService`.

use tonic::{Code, Request, Response, Streaming};

use crate::domain::ids::CustomerId;

use super::convert::account::{account_to_pb, query_from_pb};
use super::convert::ledger::customer_to_pb;
use super::edge::{Answer, Edge, accept, required_id};
use super::pb;
use super::status::edge_status;

#[tonic::async_trait]
impl pb::ledger_service_server::LedgerService for Edge {
    async fn ingest_ledger(&self, _: Request<Streaming<pb::IngestLedgerRequest>>) -> Answer<pb::IngestLedgerResponse> {
        Err(edge_status(Code::Unimplemented, "NOT_BUILT", "ingestion is not built yet"))
    }

    async fn get_customer(&self, request: Request<pb::GetCustomerRequest>) -> Answer<pb::GetCustomerResponse> {
        let (caller, pb::GetCustomerRequest { customer_id }) = accept(request)?;
        let id = required_id("customer_id", &customer_id, CustomerId::parse)?;
        let customer = self.service.customer(&caller.tenant, &id).await?;
        Ok(Response::new(pb::GetCustomerResponse { customer: Some(customer_to_pb(customer)) }))
    }

    async fn get_account(&self, request: Request<pb::GetAccountRequest>) -> Answer<pb::GetAccountResponse> {
        let (caller, pb::GetAccountRequest { customer_id, currency_code, as_of }) = accept(request)?;
        let query = query_from_pb(&customer_id, &currency_code, &as_of)?;
        let account = self.service.account(&caller.tenant, &query).await?;
        Ok(Response::new(pb::GetAccountResponse { account: Some(account_to_pb(account)) }))
    }
}
