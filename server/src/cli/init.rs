//! `dongbo init`: a hub in a new directory, or one more campaign in a data directory; all of it or nothing.

use std::{
    fs,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};
use dongbo_core::{
    AuthorityId, RoleId, UnitId,
    campaign::Campaign,
    identity::KeyPair,
    outside::Moment,
    store::{SledOptions, SledStore},
    unit::UnitTree,
};
use serde_json::json;

use super::{DataArgs, recovery, say};
use crate::{
    home::{self, Home},
    hub::{Hub, Setup},
    outside::{SystemEntropy, now_ms},
};

#[derive(Debug, clap::Args)]
pub(super) struct InitArgs {
    #[command(flatten)]
    data: DataArgs,
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
    let campaign = read(&args.campaign, "campaign.json")?;
    let home = place(&args.data.data, &campaign)?;
    let data = home.directory();
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
    if let Some(parent) = data.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    }
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
    if args.data.json {
        say::value(&json!({"data": data, "root": root, "origin": args.origin}), true);
    } else {
        say::line(&format!("Đã tạo trung tâm trong {}  /  made a hub in {}", data.display(), data.display()));
        say::line(&format!(
            "Khóa gốc ở {0}/root.key: chép ra nơi an toàn, rồi xóa khỏi máy này.  /  \
             Keep {0}/root.key offline and remove it from here.",
            data.display()
        ));
        say::line(&format!(
            "Khóa khôi phục ở {0}/recovery.key: cũng vậy; cần đến khi có người quên mã PIN.  /  \
             The same for {0}/recovery.key, which a forgotten PIN takes.",
            data.display()
        ));
        if home::homes(&args.data.data).len() > 1 {
            say::line(
                "Khởi động lại trung tâm để phục vụ chiến dịch mới.  /  Restart the hub to serve the new campaign as well.",
            );
        }
    }
    Ok(())
}

/// Where the campaign is to lie: the data directory itself if it is empty, a directory of its own beside others.
fn place(data: &Path, campaign: &str) -> anyhow::Result<Home> {
    let campaign = Campaign::parse(campaign).context("campaign.json")?;
    let held = home::homes(data);
    if held.is_empty() {
        let is_empty = fs::read_dir(data).map_or(true, |mut entries| entries.next().is_none());
        ensure!(is_empty, "{} already holds something; choose another directory. Nothing was changed.", data.display());
        return Ok(Home::at(data.to_path_buf()));
    }
    for home in &held {
        let name = home.campaign();
        ensure!(
            name.is_some(),
            "{} was made by an older program; start its hub once, then try again. Nothing was changed.",
            home.directory().display()
        );
        ensure!(
            name.as_ref() != Some(campaign.id()),
            "{} already holds something: campaign {}. A new edition is published with `dongbo campaign publish`. Nothing \
             was changed.",
            home.directory().display(),
            campaign.id()
        );
    }
    let home = Home::further(data, campaign.id())?;
    ensure!(!home.directory().exists(), "{} already holds something. Nothing was changed.", home.directory().display());
    Ok(home)
}

/// Makes a whole hub in a directory of this name, which nobody else uses; returns its root.
fn make(made: &Path, setup: &Setup<'_>) -> anyhow::Result<AuthorityId> {
    if made.exists() {
        fs::remove_dir_all(made)?;
    }
    // The store holds the issuing key: for its owner only.
    let directory = fs::DirBuilder::new().recursive(true).mode(0o700).create(made);
    directory.with_context(|| format!("{} cannot be made", made.display()))?;
    let home = Home::at(made.to_path_buf());
    let store = SledStore::open(&home.store(), SledOptions::default())?;
    let mut entropy = SystemEntropy;
    let (mut hub, root_seed, _) =
        pollster::block_on(Hub::init(store, setup, &mut Moment::new(now_ms(), &mut entropy)))?;
    let root = hub.trust().root();
    home.note_campaign(hub.campaign())?;
    let made = recovery::NewRecoveryKey::random();
    pollster::block_on(hub.name_recovery_key(&made.stated(&KeyPair::from_seed(root_seed)), now_ms()))?;
    drop(hub.into_store());
    recovery::write_key(&home.root_key(), &root_seed)?;
    made.write(&home.recovery_key())?;
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
