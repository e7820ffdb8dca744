//! The gRPC edge: takes requests apart, calls the use cases, and puts answers and failures into the words of the protos.

pub mod caller;
pub mod convert;
pub mod pb;
pub mod status;
