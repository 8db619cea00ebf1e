//! Where campaigns lie below a data directory. Each has a home of its own: store, root key, erasures, admin socket.
//!
//! The first campaign's home is the data directory itself, every other's is `campaigns/<id>` in it. A home is told by
//! its `store`; the file `campaign` holds its campaign's id, so that it is known without opening the store.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};
use dongbo_core::{
    CampaignId,
    store::{SledOptions, SledStore},
};

use crate::{erasure_file::ErasureFile, hub::Hub, outside::now_ms};

const STORE: &str = "store";
const CAMPAIGNS: &str = "campaigns";

/// The home of one campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home(PathBuf);

impl Home {
    /// A home in this directory, whether there is one or not.
    pub fn at(directory: PathBuf) -> Self {
        Self(directory)
    }

    /// Where a further campaign of a data directory lies.
    pub fn further(data: &Path, campaign: &CampaignId) -> anyhow::Result<Self> {
        ensure!(
            !campaign.as_str().starts_with('.'),
            "{campaign} is no name for a directory; give the campaign another id"
        );
        Ok(Self(data.join(CAMPAIGNS).join(campaign.as_str())))
    }

    /// Its directory.
    pub fn directory(&self) -> &Path {
        &self.0
    }

    /// The store.
    pub fn store(&self) -> PathBuf {
        self.0.join(STORE)
    }

    /// The root key, unless it was taken away, as it should be.
    pub fn root_key(&self) -> PathBuf {
        self.0.join("root.key")
    }

    /// The recovery key, unless it was taken away, as it should be.
    pub fn recovery_key(&self) -> PathBuf {
        self.0.join("recovery.key")
    }

    /// Whether there is a hub here.
    pub fn is_made(&self) -> bool {
        self.store().exists()
    }

    /// The campaign's id, as it was noted; `None` for a home that an older program made and none has opened since.
    pub fn campaign(&self) -> Option<CampaignId> {
        fs::read_to_string(self.0.join("campaign")).ok()?.trim().parse().ok()
    }

    /// Notes the campaign's id.
    pub fn note_campaign(&self, campaign: &CampaignId) -> std::io::Result<()> {
        fs::write(self.0.join("campaign"), format!("{campaign}\n"))
    }

    /// Opens the hub, ready to be served: erasures that the store does not know yet are applied from the file beside
    /// it, and where something was erased since the store was last written anew, it is written anew first.
    pub fn open(&self, options: SledOptions) -> anyhow::Result<Hub<SledStore>> {
        ensure!(self.is_made(), "there is no hub in {}; run `dongbo init` first", self.0.display());
        let mut hub = Hub::open(SledStore::open(&self.store(), options)?)?;
        let (file, listed) = ErasureFile::open(&self.0.join("erasures"))?;
        let enforced = pollster::block_on(hub.enforce_erasures(&listed, now_ms()));
        enforced
            .with_context(|| format!("the erasures listed in {} do not hold", self.0.join("erasures").display()))?;
        hub.keep_erasures_in(Box::new(file))?;
        pollster::block_on(hub.settle())?;
        if self.campaign().as_ref() != Some(hub.campaign()) {
            self.note_campaign(hub.campaign())?;
        }
        self.finish_erasures(hub)
    }

    /// Writes the store anew if an erasure waits for that.
    pub fn finish_erasures(&self, hub: Hub<SledStore>) -> anyhow::Result<Hub<SledStore>> {
        match hub.rewriting(now_ms())? {
            None => Ok(hub),
            Some(done) => {
                let (store, list) = hub.into_parts();
                let mut hub = Hub::open(store.rewrite(done)?)?;
                if let Some(list) = list {
                    hub.keep_erasures_in(list)?;
                }
                tracing::info!("the store was written anew; the erasures so far are done");
                Ok(hub)
            }
        }
    }
}

/// Every campaign's home below a data directory, the first campaign's first.
pub fn homes(data: &Path) -> Vec<Home> {
    let mut homes: Vec<Home> = Vec::new();
    for entry in fs::read_dir(data.join(CAMPAIGNS)).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if !name.to_string_lossy().starts_with('.') {
            homes.push(Home(entry.path()));
        }
    }
    homes.retain(Home::is_made);
    homes.sort_by(|a, b| a.0.cmp(&b.0));
    homes.splice(0..0, Some(Home(data.to_path_buf())).filter(Home::is_made));
    homes
}

/// The home of the campaign that was named, or of the only one.
pub fn find(data: &Path, campaign: Option<&CampaignId>) -> anyhow::Result<Home> {
    let homes = homes(data);
    ensure!(!homes.is_empty(), "there is no hub in {}; run `dongbo init` first", data.display());
    let names = || {
        let name = |home: &Home| home.campaign().map_or_else(|| home.0.display().to_string(), |id| id.to_string());
        homes.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    match campaign {
        None if homes.len() == 1 => Ok(homes[0].clone()),
        None => bail!(
            "ở đây có nhiều chiến dịch, hãy nói rõ chiến dịch nào bằng --campaign  /  there are several campaigns here; \
             say which one with --campaign: {}. Nothing was changed.",
            names()
        ),
        Some(wanted) => {
            let named = homes.iter().find(|home| home.campaign().as_ref() == Some(wanted));
            // The one whose name nobody has noted yet says itself whether it is the one, once it is open.
            let found = named.or_else(|| homes.iter().find(|home| home.campaign().is_none()));
            found.cloned().with_context(|| {
                format!(
                    "không có chiến dịch {wanted} ở đây  /  there is no campaign {wanted} here; there are: {}",
                    names()
                )
            })
        }
    }
}
