//! The ledger: dated events, the one fold over them, and what can be read off it.

pub mod accounts;
pub mod ageing;
pub mod contested;
pub mod disputes;
pub mod event;
pub mod history;
pub mod import;
pub mod meant;
pub mod position;
pub mod promises;
pub mod record;
pub mod settlements;
pub mod simulate;
pub mod unapplied;
mod validate;
