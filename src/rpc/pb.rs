//! The code generated from `proto/`: messages, servers and clients of `recourse.v1`.
#![allow(missing_docs, clippy::all, clippy::pedantic, reason = "generated from the protos, which carry the comments")]

tonic::include_proto!("recourse.v1");

/// The compiled protos, for reflection.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/recourse_descriptor.bin"));
