//! Specs, datasets, fitting and evaluation.

pub mod entities;
pub mod language;
