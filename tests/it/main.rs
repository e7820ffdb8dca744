//! Integration tests: one target, so that the library is linked once.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on stops here"
)]

mod architecture;
mod compat;
mod demo;
mod doctor;
mod heldout;
mod import;
mod models_command;
mod payment;
mod program;
mod reading_commands;
mod rpc;
mod schema;
mod service;
mod store;
mod taxonomy_command;
mod text;
mod train;
