//! Compiles the protos in pure Rust: the code goes to `OUT_DIR`, the descriptor set beside it for reflection.

use std::error::Error;
use std::path::PathBuf;

use prost::Message;

const PROTOS: &[&str] = &[
    "recourse/v1/account.proto",
    "recourse/v1/common.proto",
    "recourse/v1/dispute.proto",
    "recourse/v1/ledger.proto",
    "recourse/v1/message.proto",
    "recourse/v1/priority.proto",
    "recourse/v1/report.proto",
    "recourse/v1/training.proto",
    "recourse/v1/worklist.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/store/migrations");
    let descriptors = protox::compile(PROTOS, ["proto"])?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("recourse_descriptor.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
