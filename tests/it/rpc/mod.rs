//! The gRPC edge, tested through real connections.

mod accounts;
mod calls;
mod disputes;
mod full_disk;
mod harness;
mod health;
mod messages;
mod process;
mod replicas;
mod sample;
mod standard;
mod startup;
mod streams;
mod taxonomies;
mod training;
mod worklist;
