//! Features: what a model sees of an account, as a pure function of its history and a day.
//!
//! Training replays the same folds through time that serving holds in their newest state, so the two cannot disagree.

pub mod account;
pub mod catalog;
pub mod cohort;
pub mod dispute;
pub mod invoice;
pub mod late_rate;
pub mod model_rates;
pub mod portfolio;
pub mod rates;
pub mod rhythm;
