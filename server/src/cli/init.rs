//! `dongbo init`: a hub in a new directory, all of it or nothing.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};
use dongbo_core::{
    AuthorityId, RoleId, UnitId,
    outside::Moment,
    store::{SledOptions, SledStore},
    unit::UnitTree,
};
use serde_json::json;

use super::{HubArgs, say};
use crate::{
    hub::{Hub, Setup},
    outside::{SystemEntropy, now_ms},
};

/// Where the store lies within the data directory.
pub(super) const STORE: &str = "store";

#[derive(Debug, clap::Args)]
pub(super) struct InitArgs {
    #[command(flatten)]
    hub: HubArgs,
    /// The campaign: a directory with campaign.json, units.csv and successors.csv.
    #[arg(long, value_name = "DIR")]
    campaign: PathBuf,
    /// The hub's origin as phones will reach it: https, or http on this very machine.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    origin: String,
    /// The first administrator's name.
    #[arg(long, default_value = "Quản trị viên")]
    administrator: String,
    /// The first administrator's unit; the first unit without one above it if not given.
    #[arg(long)]
    unit: Option<UnitId>,
    /// The first administrator's role.
    #[arg(long, default_value = "administrator")]
    role: RoleId,
}

pub(super) fn run(args: &InitArgs) -> anyhow::Result<()> {
    let data = &args.hub.data;
    let is_empty = fs::read_dir(data).map_or(true, |mut entries| entries.next().is_none());
    ensure!(is_empty, "{} already holds something; choose another directory. Nothing was changed.", data.display());
    let campaign = read(&args.campaign, "campaign.json")?;
    let units = read_units(&args.campaign)?;
    let top = units.all().find(|unit| unit.parent.is_none()).map(|unit| unit.id.clone());
    let unit = args.unit.clone().or(top).context("the campaign has no units")?;

    // Made beside its place and moved there whole, so that a cut leaves no half of a hub.
    let name = data.file_name().with_context(|| format!("{} is no name for a new directory", data.display()))?;
    let made = data.with_file_name(format!(".{}.dongbo-init", name.to_string_lossy()));
    let setup = Setup {
        campaign: &campaign,
        units: &units,
        origin: &args.origin,
        administrator: &args.administrator,
        unit,
        role: args.role.clone(),
    };
    let root = match make(&made, &setup) {
        Ok(root) => root,
        Err(error) => {
            let _ = fs::remove_dir_all(&made);
            return Err(error);
        }
    };
    if data.exists() {
        fs::remove_dir(data)?;
    }
    fs::rename(&made, data)?;
    if args.hub.json {
        say::value(&json!({"data": data, "root": root, "origin": args.origin}), true);
    } else {
        say::line(&format!("Đã tạo trung tâm trong {}  /  made a hub in {}", data.display(), data.display()));
        say::line(&format!(
            "Khóa gốc ở {0}/root.key: chép ra nơi an toàn, rồi xóa khỏi máy này.  /  \
             Keep {0}/root.key offline and remove it from here.",
            data.display()
        ));
    }
    Ok(())
}

/// Makes a whole hub in a directory of this name, which nobody else uses; returns its root.
fn make(made: &Path, setup: &Setup<'_>) -> anyhow::Result<AuthorityId> {
    if made.exists() {
        fs::remove_dir_all(made)?;
    }
    // The store holds the issuing key: for its owner only.
    let directory = fs::DirBuilder::new().recursive(true).mode(0o700).create(made);
    directory.with_context(|| format!("{} cannot be made", made.display()))?;
    let store = SledStore::open(&made.join(STORE), SledOptions::default())?;
    let mut entropy = SystemEntropy;
    let (hub, root_seed, _) = pollster::block_on(Hub::init(store, setup, &mut Moment::new(now_ms(), &mut entropy)))?;
    let root = hub.trust().root();
    drop(hub.into_store());
    let mut key = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(made.join("root.key"))?;
    writeln!(key, "{}", hex::encode(root_seed))?;
    key.sync_all()?;
    Ok(root)
}

fn read(directory: &Path, file: &str) -> anyhow::Result<String> {
    let path = directory.join(file);
    fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))
}

fn read_units(directory: &Path) -> anyhow::Result<UnitTree> {
    match UnitTree::from_csv(&read(directory, "units.csv")?, &read(directory, "successors.csv")?) {
        Ok(units) => Ok(units),
        Err(errors) => bail!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}
