//! Reading messages with the shipped models.

mod encoder;
mod evaluate_command;
mod reading;
mod score_command;
