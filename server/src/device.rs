//! `dongbo device`: a command-line replica for scripts, administrators and tests.
//!
//! Every command opens the store, does one thing, and says what is so: "saved" after the store has it, "received" only
//! after the hub has admitted it. With `--json` it prints one object with stable keys (docs/cli.md).

mod answers;
mod bundle;
mod commands;
mod say;

use std::{fs, os::unix::fs::DirBuilderExt as _, path::PathBuf};

use clap::{Args, Subcommand};
use dongbo_core::{
    ChangeHash, FormId, RecordId, UnitId,
    replica::{self, Replica, ReplicaError},
    store::{SledOptions, SledStore, StoreError, transfer::TransferError},
    transport::TransportError,
};

use crate::outside;

/// A replica on this machine.
#[derive(Debug, Args)]
pub struct DeviceArgs {
    #[command(subcommand)]
    command: DeviceCommand,
    /// Where this device keeps what it holds. One person, one directory.
    #[arg(long, global = true, value_name = "DIR", default_value = "./phone")]
    store: PathBuf,
    /// One JSON object with stable keys instead of text.
    #[arg(long, global = true)]
    json: bool,
    /// The device's clock, milliseconds since 1970: for trying out clocks that are wrong.
    #[arg(long, global = true, hide = true, env = "DONGBO_NOW_MS")]
    now_ms: Option<i64>,
}

#[derive(Debug, Subcommand)]
enum DeviceCommand {
    /// Join a campaign with an invitation, then synchronise. Repeat it if the answer was lost.
    Join {
        /// The invitation: dongbo://join?...
        link: String,
        /// What this device is called at the hub.
        #[arg(long, default_value = "dongbo device")]
        name: String,
    },
    /// Save a new record.
    New {
        /// The form, such as activity.
        form: FormId,
        /// The unit it belongs to; the member's own if not given.
        #[arg(long)]
        unit: Option<UnitId>,
        #[command(flatten)]
        answers: AnswerArgs,
        /// Begin with what the unit typed last in this form, where the form asks for it.
        #[arg(long)]
        prefill: bool,
        /// The record that this one annuls: of the same form and unit.
        #[arg(long, value_name = "RECORD")]
        annuls: Vec<RecordId>,
        /// Read many records from standard input, one JSON object a line; each is reported as it is saved.
        #[arg(long, conflicts_with_all = ["set", "json_answers", "prefill", "annuls"])]
        lines: bool,
    },
    /// Change a record: only what is named is written.
    Edit {
        /// The record.
        record: RecordId,
        #[command(flatten)]
        answers: AnswerArgs,
        /// The heads the form was opened with (from `show`); the present ones if not given.
        #[arg(long, value_name = "HEAD")]
        base: Vec<ChangeHash>,
    },
    /// Synchronise with the hub.
    Sync {
        /// Stop after so many seconds.
        #[arg(long, default_value_t = 600)]
        deadline_s: u64,
        /// On a metered line: ask for nothing more once so many KiB have arrived. What is unsent is sent all the same.
        #[arg(long, value_name = "KIB")]
        pull_kib_max: Option<u64>,
    },
    /// Records on this device.
    List {
        /// Only this form.
        form: Option<FormId>,
        /// Only this unit.
        #[arg(long)]
        unit: Option<UnitId>,
        /// Only records in whose texts these words stand, with or without Vietnamese marks.
        #[arg(long, value_name = "WORDS")]
        search: Option<String>,
        /// Only records after this one.
        #[arg(long)]
        after: Option<RecordId>,
        /// At most so many.
        #[arg(long, default_value_t = 100_000)]
        limit: usize,
    },
    /// One record.
    Show {
        /// The record.
        record: RecordId,
    },
    /// Who changed a record, when, what.
    History {
        /// The record.
        record: RecordId,
    },
    /// Fields that people set differently while apart.
    Conflicts {
        /// Only this record.
        record: Option<RecordId>,
    },
    /// Settle a conflict by one of its values.
    Resolve {
        /// The record.
        record: RecordId,
        /// Where, as `conflicts` shows it.
        path: String,
        /// Which value, from 0, as `conflicts` lists them.
        choice: usize,
    },
    /// Withdraw a record: it stays visible and counts no more.
    Withdraw {
        /// The record.
        record: RecordId,
        /// Why.
        #[arg(long, required_unless_present = "undo")]
        reason: Option<String>,
        /// Take the withdrawal back.
        #[arg(long, conflicts_with = "reason")]
        undo: bool,
    },
    /// Move a record to the unit it belongs to: withdraws it and makes a copy there.
    Move {
        /// The record.
        record: RecordId,
        /// The right unit.
        unit: UnitId,
        /// Why.
        #[arg(long, default_value = "Nhập nhầm đơn vị")]
        reason: String,
    },
    /// Say that a record is the same as another: both stay, one counts.
    SameAs {
        /// The record.
        record: RecordId,
        /// The other.
        other: RecordId,
        /// Take it back.
        #[arg(long)]
        undo: bool,
    },
    /// Deadlines of the units you read, and who has handed in what, as far as this device knows.
    Deadlines,
    /// A round of awards as far as it is on this device.
    Round {
        /// The round, such as DOT.SK2023.
        round: String,
    },
    /// What the hub refused, and what could not be read: kept here with the reason.
    Held,
    /// What this device holds.
    Status,
    /// Write the store anew, so that its files hold nothing that was deleted. Done by itself after an erasure.
    Compact,
    /// What is being typed and not yet saved.
    Drafts,
    /// Roll-ups over what is on this device.
    Rollup {
        /// Only this measure.
        measure: Option<String>,
    },
    /// Write all that can be read from the store into a file, keys included: keep it safe.
    Export {
        /// The file.
        file: PathBuf,
        /// Leave out what is damaged and say how much, instead of stopping there.
        #[arg(long)]
        salvage: bool,
    },
    /// Write work into a file to be carried by hand to a colleague's device or to the hub. It holds no key.
    ExportBundle {
        /// The file; it must not exist.
        file: PathBuf,
        /// Only this record.
        #[arg(long, conflicts_with = "unsent")]
        record: Option<RecordId>,
        /// Only what the hub has not received: unsent records and what it refused.
        #[arg(long)]
        unsent: bool,
    },
    /// Take in a bundle: what may be read here is shown and goes to the hub with the next sync.
    ImportBundle {
        /// The file.
        file: PathBuf,
    },
    /// Fill an empty store from an exported file.
    Import {
        /// The file.
        file: PathBuf,
        /// Leave out what is damaged.
        #[arg(long)]
        salvage: bool,
    },
}

#[derive(Debug, Args)]
struct AnswerArgs {
    /// An answer: field=value. Several choices are separated by commas; a counter takes +5 or =5; a group list or
    /// attachments take JSON; an empty value clears.
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// Answers as one JSON object, from a file, or from standard input with -.
    #[arg(long, value_name = "FILE")]
    json_answers: Option<PathBuf>,
}

/// Runs a command. What went wrong is returned, for the caller to print and to exit by.
pub fn run(args: DeviceArgs) -> anyhow::Result<()> {
    let json = args.json;
    commands::run(args).map_err(|error| if json { say::json_error(&error) } else { error })
}

/// The stable code of an error.
fn code(error: &anyhow::Error) -> String {
    if let Some(error) = error.downcast_ref::<ReplicaError>() {
        return error.code().to_owned();
    }
    if let Some(error) = error.downcast_ref::<TransportError>() {
        return error.code().to_owned();
    }
    let of_transfer = match error.downcast_ref::<TransferError>() {
        Some(TransferError::Store(error)) => Some(error),
        _ => None,
    };
    match of_transfer.or(error.downcast_ref::<StoreError>()) {
        Some(error) => ReplicaError::Store(error.clone()).code().to_owned(),
        None => "failed".to_owned(),
    }
}

/// A replica over sled.
type Device = Replica<SledStore>;

/// Writes the store anew: what was erased or deleted is in none of its files afterwards.
async fn rewrite(device: Device) -> anyhow::Result<Device> {
    let store = device.into_store().rewrite(replica::rewritten())?;
    Ok(Replica::open(store).await?)
}

impl DeviceArgs {
    fn now_ms(&self) -> i64 {
        self.now_ms.unwrap_or_else(outside::now_ms)
    }

    fn open_store(&self) -> Result<SledStore, StoreError> {
        // It holds the device's key: for its owner only. Where this fails, opening fails too and says why.
        if !self.store.exists() {
            let _ = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.store);
        }
        SledStore::open(&self.store, SledOptions::default())
    }

    async fn open(&self) -> anyhow::Result<Device> {
        anyhow::ensure!(self.store.exists(), ReplicaError::NotPrepared);
        let device = Replica::open(self.open_store()?).await?;
        if device.must_be_rewritten()? { rewrite(device).await } else { Ok(device) }
    }
}
