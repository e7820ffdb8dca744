//! The business words and the rules that hold for them; no input or output happens here.

pub mod credit_score;
pub mod customer;
pub mod dispute;
pub mod dispute_details;
pub mod dispute_past;
pub mod gate;
pub mod ids;
pub mod invoice;
pub mod locale;
pub mod message;
pub mod money;
pub mod outcome;
pub mod score;
pub mod sentence;
pub mod settlement;
pub mod strategy;
pub mod taxonomy;
pub mod time;
pub mod time_zone;
pub mod violation;
pub mod work_item;
