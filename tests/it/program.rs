//! The program as a user calls it.

use std::path::Path;
use std::process::{Command, Output};

/// Runs the program in a folder, whatever settings the caller's environment has.
pub fn recourse(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recourse"));
    command.args(args).current_dir(folder);
    for variable in ["RECOURSE_DATABASE_URL", "RECOURSE_DATA_DIR", "RECOURSE_CONFIG"] {
        command.env_remove(variable);
    }
    command.output().unwrap()
}
