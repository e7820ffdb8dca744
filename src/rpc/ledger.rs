//! The handlers of `LedgerService`.

use tonic::{Request, Response, Streaming};

use crate::domain::ids::CustomerId;
use crate::service::ledger::IngestSession;
use crate::service::{RecordRejection, ServiceError};

use super::convert::account::{account_to_pb, query_from_pb};
use super::convert::ledger::{customer_to_pb, identity_of, record_from_pb, summary_to_pb};
use super::edge::{Answer, Edge, accept, required_id};
use super::pb;
use super::status::complete;

#[tonic::async_trait]
impl pb::ledger_service_server::LedgerService for Edge {
    async fn ingest_ledger(
        &self,
        request: Request<Streaming<pb::IngestLedgerRequest>>,
    ) -> Answer<pb::IngestLedgerResponse> {
        let (caller, mut records) = accept(request)?;
        let permit = self.admit_stream()?;
        // However the stream ends, what was stored of it comes onto the worklist.
        let changed = self.changed_ledgers.when_dropped(caller.tenant.clone());
        let mut session = self.service.ingest(caller.tenant.clone());
        let ended = loop {
            match records.message().await {
                Ok(Some(record)) => take_in(&mut session, record).await?,
                Ok(None) => break Ok(()),
                Err(status) => break Err(complete(&status, self.request_bytes_max)),
            }
        };
        let summary = session.finish().await?;
        drop(permit);
        // The whole worklist takes its time, and whoever has paid must not stay on it meanwhile.
        self.service.touch_customers(&caller.tenant, &summary.changed_customers);
        if summary.counts.inserted_count + summary.counts.updated_count == 0 {
            changed.cancel();
        }
        // A stream that broke off keeps what was good until then; sending it again changes nothing.
        ended.map(|()| Response::new(summary_to_pb(summary)))
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

async fn take_in(session: &mut IngestSession, request: pb::IngestLedgerRequest) -> Result<(), ServiceError> {
    let (kind, external_id) = identity_of(&request);
    match record_from_pb(request) {
        Ok(record) => {
            session.push(record).await?;
        }
        Err(violations) => {
            session.reject(kind, external_id, RecordRejection::Invalid(violations));
        }
    }
    Ok(())
}
