//! The `recourse` command.

fn main() -> std::process::ExitCode {
    recourse::cli::main()
}
