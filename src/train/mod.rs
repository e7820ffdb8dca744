//! Specs, datasets, fitting and evaluation.

pub mod dispute;
pub mod entities;
pub mod fair;
pub mod json_lines;
pub mod language;
pub mod message_card;
pub mod message_evaluation;
pub mod messages;
pub mod metrics;
pub mod payment;
pub mod text;
pub mod worklist;
