//! The gRPC edge: takes requests apart, calls the use cases, and puts answers and failures into the words of the protos.

mod account;
pub mod batch;
pub mod caller;
mod calls;
pub mod convert;
mod dispute;
pub mod edge;
mod health;
mod incoming;
mod ledger;
mod message;
pub mod pb;
mod priority;
mod report;
pub mod runtime;
pub mod server;
pub mod status;
mod training;
mod upkeep;
pub mod watch;
mod worklist;
