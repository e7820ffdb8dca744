//! What can go wrong in a use case, and of which kind it is for the caller.

use crate::domain::dispute::IllegalTransition;
use crate::domain::ids::ModelKind;
use crate::domain::violation::{Violation, Violations};
use crate::store::StoreError;

/// What the caller of a use case can do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Fix the request.
    InvalidArgument,
    /// Check the id.
    NotFound,
    /// Stop: it is there already.
    AlreadyExists,
    /// Change the state first.
    Precondition,
    /// Read again and retry.
    Conflict,
    /// Say who you are.
    Unauthenticated,
    /// Ask for the right to do so.
    Forbidden,
    /// Back off.
    Exhausted,
    /// Retry.
    Unavailable,
    /// Page someone: stored bytes are not what they should be.
    Corrupt,
    /// Report it.
    Internal,
}

/// A failure of a use case.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Fields of the request could not be accepted.
    #[error(transparent)]
    Invalid(#[from] Violations),
    /// There is no such thing.
    #[error("{resource} `{id}` not found")]
    NotFound {
        /// What was looked for, such as `dispute`.
        resource: &'static str,
        /// By which id.
        id: String,
    },
    /// The request id is known with other content, or the id from another request, whose content may be the same.
    #[error("{resource} `{id}` is known already; a repetition has the same request id and the same content")]
    ContentConflict {
        /// What it is.
        resource: &'static str,
        /// Its id.
        id: String,
    },
    /// The state does not allow it.
    #[error("{message}")]
    Precondition {
        /// The reason in upper snake case, such as `LABEL_NOT_IN_TAXONOMY`.
        reason: &'static str,
        /// What holds instead, for people.
        message: String,
    },
    /// A status that may not follow the present one.
    #[error(transparent)]
    IllegalTransition(#[from] IllegalTransition),
    /// Somebody else changed it in between.
    #[error("{resource} `{id}` was changed by somebody else")]
    Stale {
        /// What it is.
        resource: &'static str,
        /// Its id.
        id: String,
    },
    /// Another training run of the kind has not ended.
    #[error("training run `{id}` of kind `{kind}` is under way")]
    RunUnderWay {
        /// What it trains.
        kind: ModelKind,
        /// The run that is under way.
        id: String,
    },
    /// The lease has run out or passed to somebody else.
    #[error("the lease on work item `{id}` is not yours or has run out")]
    LeaseLost {
        /// The item.
        id: String,
    },
    /// Somebody completed the item before, or what it was about came to an end.
    #[error("work item `{id}` is completed already")]
    ItemCompleted {
        /// The item.
        id: String,
    },
    /// A watcher of the worklist is so far behind that changes are lost to it.
    #[error("more than {limit} changes of the worklist came while one was read; list again and watch anew")]
    WatchTooSlow {
        /// Most changes that wait.
        limit: usize,
    },
    /// Too much at once.
    #[error("{what} is limited to {limit}")]
    Exhausted {
        /// What is limited.
        what: &'static str,
        /// To how much.
        limit: usize,
    },
    /// The storage failed.
    #[error("the storage failed")]
    Store(#[source] StoreError),
    /// A model artifact is not what its digest says.
    #[error("model `{id}` cannot be used: {problem}")]
    CorruptModel {
        /// The model.
        id: String,
        /// What is wrong.
        problem: String,
    },
    /// Anything unforeseen, such as a panic in a blocking task.
    #[error("{context}")]
    Internal {
        /// What was being done.
        context: &'static str,
        /// What happened.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl From<Violation> for ServiceError {
    fn from(violation: Violation) -> Self {
        ServiceError::Invalid(violation.into())
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::StaleVersion { table, id } => ServiceError::Stale { resource: table, id },
            StoreError::AlreadyExists { table, id } => ServiceError::ContentConflict { resource: table, id },
            StoreError::RequestKnown(id) => ServiceError::ContentConflict { resource: "request", id: id.to_string() },
            StoreError::Unavailable { .. }
            | StoreError::DiskFull { .. }
            | StoreError::CannotWrite { .. }
            | StoreError::Damaged { .. }
            | StoreError::NewerSchema { .. }
            | StoreError::OlderSchema { .. }
            | StoreError::OtherSchema { .. }
            | StoreError::CannotOpen { .. }
            | StoreError::UnknownScheme { .. }
            | StoreError::BadRow { .. }
            | StoreError::Database { .. } => ServiceError::Store(error),
        }
    }
}

impl ServiceError {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            ServiceError::Invalid(_) => ErrorKind::InvalidArgument,
            ServiceError::NotFound { .. } => ErrorKind::NotFound,
            ServiceError::ContentConflict { .. } => ErrorKind::AlreadyExists,
            ServiceError::Precondition { .. } | ServiceError::IllegalTransition(_) => ErrorKind::Precondition,
            ServiceError::Stale { .. }
            | ServiceError::RunUnderWay { .. }
            | ServiceError::LeaseLost { .. }
            | ServiceError::ItemCompleted { .. }
            | ServiceError::WatchTooSlow { .. } => ErrorKind::Conflict,
            ServiceError::Exhausted { .. } => ErrorKind::Exhausted,
            ServiceError::Store(error) => match error {
                StoreError::Unavailable { .. } | StoreError::DiskFull { .. } | StoreError::CannotWrite { .. } => {
                    ErrorKind::Unavailable
                }
                StoreError::BadRow { .. } | StoreError::Damaged { .. } => ErrorKind::Corrupt,
                StoreError::NewerSchema { .. }
                | StoreError::OlderSchema { .. }
                | StoreError::OtherSchema { .. }
                | StoreError::CannotOpen { .. }
                | StoreError::UnknownScheme { .. }
                | StoreError::StaleVersion { .. }
                | StoreError::AlreadyExists { .. }
                | StoreError::RequestKnown(_)
                | StoreError::Database { .. } => ErrorKind::Internal,
            },
            ServiceError::CorruptModel { .. } => ErrorKind::Corrupt,
            ServiceError::Internal { .. } => ErrorKind::Internal,
        }
    }

    /// The reason in upper snake case, on which clients match.
    pub fn reason(&self) -> &'static str {
        match self {
            ServiceError::Invalid(_) => "INVALID_ARGUMENT",
            ServiceError::NotFound { .. } => "NOT_FOUND",
            ServiceError::ContentConflict { .. } => "CONTENT_CONFLICT",
            ServiceError::Precondition { reason, .. } => reason,
            ServiceError::IllegalTransition(_) => "ILLEGAL_TRANSITION",
            ServiceError::Stale { .. } => "STALE_VERSION",
            ServiceError::RunUnderWay { .. } => "RUN_UNDER_WAY",
            ServiceError::LeaseLost { .. } => "LEASE_LOST",
            ServiceError::ItemCompleted { .. } => "ITEM_COMPLETED",
            ServiceError::WatchTooSlow { .. } => "WATCH_TOO_SLOW",
            ServiceError::Exhausted { .. } => "LIMIT_REACHED",
            ServiceError::Store(StoreError::DiskFull { .. }) => "DISK_FULL",
            ServiceError::Store(StoreError::CannotWrite { .. }) => "CANNOT_WRITE",
            ServiceError::Store(_) => "STORAGE_FAILED",
            ServiceError::CorruptModel { .. } => "CORRUPT_MODEL",
            ServiceError::Internal { .. } => "INTERNAL",
        }
    }
}

/// The first of the failures of work of which every part gets its turn.
#[derive(Debug, Default)]
pub(super) struct FirstFailure(Option<ServiceError>);

impl FirstFailure {
    /// What a part came to; `None` when it failed.
    pub fn note<T>(&mut self, result: Result<T, ServiceError>) -> Option<T> {
        result.map_err(|error| self.0.get_or_insert(error)).ok()
    }

    /// Whether everything went well up to now.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// The failure, if there was one.
    pub fn finish(self) -> Result<(), ServiceError> {
        self.0.map_or(Ok(()), Err)
    }
}
