//! Idempotency: a request is answered once, and a repeat gets the same answer.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::scoring::content_digest;
use super::{Service, ServiceError};
use crate::domain::ids::{RequestId, TenantId};
use crate::domain::time::Instant;
use crate::store::{Change, RequestRecord};

/// Digest of what a request asks: the call, and its content without the key.
pub(super) fn request_digest(call: &str, content: &impl Serialize) -> Result<String, ServiceError> {
    let content = serde_json::to_string(content)
        .map_err(|source| ServiceError::Internal { context: "digesting a request", source: source.into() })?;
    Ok(content_digest(&[call, &content]))
}

/// The change that keeps an answer.
pub(super) fn keep_answer(
    request_id: &RequestId,
    content_digest: &str,
    answer: &impl Serialize,
    answered_at: Instant,
) -> Result<Change, ServiceError> {
    let result = serde_json::to_string(answer)
        .map_err(|source| ServiceError::Internal { context: "keeping an answer", source: source.into() })?;
    let content_digest = content_digest.to_owned();
    Ok(Change::InsertRequest(RequestRecord { request_id: request_id.clone(), content_digest, result, answered_at }))
}

impl Service {
    /// The answer given to this request before, if any.
    ///
    /// # Errors
    /// [`ServiceError::ContentConflict`] when the key is known with other content.
    pub(super) async fn known_answer<T: DeserializeOwned>(
        &self,
        tenant: &TenantId,
        request_id: &RequestId,
        content_digest: &str,
    ) -> Result<Option<T>, ServiceError> {
        let Some(record) = self.store.request(tenant, request_id).await? else { return Ok(None) };
        if record.content_digest != content_digest {
            return Err(ServiceError::ContentConflict { resource: "request", id: request_id.to_string() });
        }
        let answer = serde_json::from_str(&record.result)
            .map_err(|source| ServiceError::Internal { context: "reading a kept answer", source: source.into() })?;
        Ok(Some(answer))
    }
}
