//! `dongbo`: the hub's binary, its administration, and the command-line device.

use std::process::ExitCode;

fn main() -> ExitCode {
    dongbo_server::cli::main()
}
