//! The `recourse` command.
fn main() {}
