//! The command line.

mod admin;
mod bundle;
mod init;
mod plan;
mod publish;
mod recovery;
mod say;
mod serve;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use dongbo_core::CampaignId;

use crate::device;

/// Đồng Bộ: đồng bộ dữ liệu phong trào thi đua, cả khi không có mạng / an offline-first hub for emulation movements.
#[derive(Debug, Parser)]
#[command(name = "dongbo", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a hub in a new directory: root and issuing key, campaign, units, first administrator.
    Init(init::InitArgs),
    /// Serve the hub.
    Serve(serve::ServeArgs),
    /// A command-line replica for scripts, administrators and tests.
    Device(device::DeviceArgs),
    /// Open a file that a device sealed to the recovery key before it wiped itself.
    Unseal(recovery::UnsealArgs),
    /// What administrators ask of a hub, served or not.
    #[command(flatten)]
    Admin(admin::AdminCli),
}

/// Where hubs lie and how to print.
#[derive(Debug, clap::Args)]
struct DataArgs {
    /// The data directory.
    #[arg(long, value_name = "DIR", default_value = "./data")]
    data: PathBuf,
    /// One JSON object with stable keys instead of text.
    #[arg(long)]
    json: bool,
}

/// Which hub, and how to print.
#[derive(Debug, clap::Args)]
struct HubArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The campaign, where the data directory holds several.
    #[arg(long, value_name = "ID")]
    campaign: Option<CampaignId>,
}

/// Runs the command line. Exit code 0: done; 1: not done, and why on the error stream; 2: not understood.
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Init(args) => init::run(&args),
        Command::Serve(args) => serve::run(args),
        Command::Device(args) => device::run(args),
        Command::Unseal(args) => recovery::unseal(&args),
        Command::Admin(args) => admin::run(args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::error(&error);
            ExitCode::FAILURE
        }
    }
}
