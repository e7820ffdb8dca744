//! Models as plain numbers: scoring, calibration, explanation and the artifact format.

pub mod dispute;
pub mod encoder;
pub mod entities;
pub mod entity_golden;
pub mod odds;
pub mod payment;
pub mod priority;
pub mod text;
