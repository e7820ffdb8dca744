//! The use cases: what can be asked of Recourse, whatever the way it is asked.

pub mod error;

pub use error::{ErrorKind, ServiceError};
