//! The use cases over a database in memory, with models that answer by plain rules and a clock that the test moves.

mod base_currency;
pub mod bench;
mod collector_day;
mod contested;
mod disputes;
mod message_items;
mod messages;
pub mod models;
mod past_days;
mod promise_ends;
mod promises;
mod rates;
mod reports;
mod scores;
mod taxonomies;
mod time_zones;
mod trained;
mod training;
mod watches;
mod worklist;
