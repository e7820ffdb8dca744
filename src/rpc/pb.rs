//! The code generated from `proto/`: messages, servers and clients of `recourse.v1`.
#![allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    reason = "generated from the protos, which carry the comments"
)]

tonic::include_proto!("recourse.v1");

/// The compiled protos, for reflection.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/recourse_descriptor.bin"));
