//! Changes of work items, as others who share the storage find them.

use crate::domain::ids::WorkItemId;
use crate::domain::time::Instant;

/// The latest change of a work item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemChange {
    /// When it was written, by the clock of whoever wrote it; it may be committed, and so be seen, somewhat later.
    pub changed_at: Instant,
    /// The item.
    pub work_item_id: WorkItemId,
    /// Its version after the change; every change counts it up by one.
    pub version: i64,
}
