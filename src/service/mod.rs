//! The use cases: what can be asked of Recourse, whatever the way it is asked.

pub mod error;

pub use error::{ErrorKind, ServiceError};

// The words of lower layers that callers of the use cases need to say what they want and to read what they get.
pub use crate::ledger::position::{AccountPosition, Ageing, Collectable, InvoicePosition};
pub use crate::ledger::record::{DisputeRecord, LedgerRecord, RecordOutcome, RecordRejection};
pub use crate::store::{DisputeFilter, MessageFilter, TrainingRun, TrainingRunState, WorkItemFilter};
