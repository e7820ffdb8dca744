//! Conversions between the domain and the wire, field by field.

pub mod account;
pub mod dispute;
pub mod enums;
pub mod fields;
pub mod ledger;
pub mod mask;
pub mod message;
pub mod money;
pub mod priority;
pub mod report;
pub mod time;
pub mod training;
pub mod worklist;
