//! The dispute models that come with Recourse, for tenants without history.

use super::{Artifact, ArtifactError, DisputePriorityModel, ValidityModel};

const PRIORITY_MODEL: &str = include_str!("../../../models/dispute-priority/0001/model.json");
const PRIORITY_GOLDEN: &str = include_str!("../../../models/dispute-priority/0001/golden.jsonl");
const VALIDITY_MODEL: &str = include_str!("../../../models/validity/0001/model.json");
const VALIDITY_GOLDEN: &str = include_str!("../../../models/validity/0001/golden.jsonl");

/// The shipped model of urgency, `dispute-priority/0001`.
///
/// # Errors
/// When it was damaged; a test reads it.
pub fn shipped_priority() -> Result<Artifact<DisputePriorityModel>, ArtifactError> {
    Artifact::parse(PRIORITY_MODEL, PRIORITY_GOLDEN)
}

/// The shipped model of validity, `validity/0001`.
///
/// # Errors
/// When it was damaged; a test reads it.
pub fn shipped_validity() -> Result<Artifact<ValidityModel>, ArtifactError> {
    Artifact::parse(VALIDITY_MODEL, VALIDITY_GOLDEN)
}
