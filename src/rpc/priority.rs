//! The handlers of `PriorityService`.

use tonic::{Request, Response};

use crate::domain::ids::ID_BYTES_MAX;
use crate::domain::violation::Violations;
use crate::service::ServiceError;
use crate::service::limits::PRIORITY_SUBJECTS_MAX;

use super::batch::internal_status;
use super::convert::fields::Fields;
use super::convert::priority::{priority_to_pb, subject_from_pb};
use super::edge::{Answer, Edge, accept, shortened};
use super::pb;
use super::status::{record_ok, record_status_of};

#[tonic::async_trait]
impl pb::priority_service_server::PriorityService for Edge {
    async fn get_priority(&self, request: Request<pb::GetPriorityRequest>) -> Answer<pb::GetPriorityResponse> {
        let (caller, pb::GetPriorityRequest { subject }) = accept(request)?;
        let subject = subject_from_pb("subject", subject)?;
        let priority = self.service.priority(&caller.tenant, &subject).await?;
        Ok(Response::new(pb::GetPriorityResponse { priority: Some(priority_to_pb(priority, caller.language)) }))
    }

    async fn batch_get_priorities(
        &self,
        request: Request<pb::BatchGetPrioritiesRequest>,
    ) -> Answer<pb::BatchGetPrioritiesResponse> {
        let (caller, pb::BatchGetPrioritiesRequest { subjects }) = accept(request)?;
        check_count(subjects.len())?;
        let mut accepted = Vec::with_capacity(subjects.len());
        let mut refusals = Vec::with_capacity(subjects.len());
        for (index, subject) in subjects.iter().enumerate() {
            match subject_from_pb(&format!("subjects[{index}]"), Some(subject.clone())) {
                Ok(subject) => {
                    accepted.push(subject);
                    refusals.push(None);
                }
                Err(violations) => refusals.push(Some(ServiceError::Invalid(violations))),
            }
        }
        let mut priorities = self.service.priorities(&caller.tenant, &accepted).await?.into_iter();
        let mut results = Vec::with_capacity(subjects.len());
        for (subject, refusal) in subjects.into_iter().zip(refusals) {
            let found = match refusal {
                Some(error) => Err(error),
                None => priorities.next().ok_or_else(internal_status)?,
            };
            let (status, priority) = match found {
                Ok(priority) => (record_ok(), Some(priority_to_pb(priority, caller.language))),
                Err(error) => (record_status_of(&error), None),
            };
            results.push(pb::PriorityResult { subject: Some(repeated(subject)), status: Some(status), priority });
        }
        Ok(Response::new(pb::BatchGetPrioritiesResponse { results }))
    }
}

/// A subject as it is repeated to who asked: with texts as long as ids may be, so that many wrong ones fit into an answer.
fn repeated(pb::PrioritySubject { subject, currency_code }: pb::PrioritySubject) -> pb::PrioritySubject {
    use pb::priority_subject::Subject;
    let subject = subject.map(|subject| match subject {
        Subject::DisputeId(id) => Subject::DisputeId(shortened(id, ID_BYTES_MAX)),
        Subject::CustomerId(id) => Subject::CustomerId(shortened(id, ID_BYTES_MAX)),
    });
    pb::PrioritySubject { subject, currency_code: shortened(currency_code, ID_BYTES_MAX) }
}

fn check_count(count: usize) -> Result<(), Violations> {
    let mut fields = Fields::of("");
    if count == 0 || count > PRIORITY_SUBJECTS_MAX {
        fields.refuse("subjects", format_args!("{count} subjects"), format!("1 to {PRIORITY_SUBJECTS_MAX} subjects"));
    }
    fields.finish(|| Some(()))
}
