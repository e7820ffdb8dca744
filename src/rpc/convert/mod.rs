//! Conversions between the domain and the wire, field by field.

pub mod enums;
pub mod fields;
pub mod ledger;
pub mod money;
pub mod time;
