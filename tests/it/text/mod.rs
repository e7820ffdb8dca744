//! Reading messages with the shipped models.

mod reading;
mod score_command;
