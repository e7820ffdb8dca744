//! Recourse tells an accounts-receivable team what to work on next.
//!
//! The map of the house; each part may use only the parts named behind its arrow:
//! - [`domain`]: the business words and rules ← nothing
//! - [`ledger`]: dated events and the one fold over them, file import, the simulator ← domain
//! - [`text`]: what a message says: quotation, language, words, entities ← domain
//! - [`features`]: what a model sees, as a pure function of history and a day ← domain, ledger, text
//! - [`model`]: plain-number models, priority and its reasons ← domain, ledger, text, features
//! - [`train`]: specs, datasets, fitting and evaluation ← domain, ledger, text, features, model, parallel
//! - [`store`]: one storage trait, SQLite and PostgreSQL behind it ← domain, ledger
//! - [`service`]: the use cases and the models that serve ← all of these
//! - [`rpc`]: the gRPC edge ← config, service, domain
//! - [`cli`]: the command line ← all of these, for work with and without a server
//! - [`config`]: settings ← nothing
//! - [`telemetry`]: logs ← config
//! - [`parallel`]: work on all cores ← nothing

pub mod cli;
pub mod config;
pub mod domain;
pub mod features;
pub mod ledger;
pub mod model;
pub mod parallel;
pub mod rpc;
pub mod service;
pub mod store;
pub mod telemetry;
pub mod text;
pub mod train;
