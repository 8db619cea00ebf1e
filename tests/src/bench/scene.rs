//! A real hub process behind a link that counts bytes, and replicas in this process that talk HTTP to it.

use std::{
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use dongbo_core::{
    UnitId,
    outside::Moment,
    record::MetaEdit,
    replica::Replica,
    store::{
        MemoryStore, SledOptions, SledStore, Store,
        transfer::{Damage, export, import},
    },
    transport::{Host, SyncLimits, SyncReport, Transport},
};

use super::corpus::{FORM, communes, visit, write_campaign};
use crate::{
    demo::{
        link::Link,
        process::{HubProcess, free_address, run},
    },
    http,
    world::{Seeded, answers, id, now},
};

/// 10 March 2023, 08:00 in Bà Rịa.
const START_MS: i64 = 1_678_410_000_000;
const SYNC_DEADLINE_MS: u64 = 900_000;

/// A hub process with its link.
pub struct Scene {
    directory: PathBuf,
    data: String,
    /// The link between replicas and hub.
    pub link: Link,
    hub: Option<HubProcess>,
    runtime: tokio::runtime::Runtime,
    devices: usize,
    stores: usize,
}

impl Scene {
    /// A new hub in `directory`.
    pub fn open(directory: &Path) -> anyhow::Result<Self> {
        let campaign = directory.join("campaign");
        write_campaign(&campaign)?;
        let data = directory.join("hub").to_str().context("a directory with an odd name")?.to_owned();
        let address = free_address()?;
        let link = Link::open(address)?;
        let campaign = campaign.to_str().context("a directory with an odd name")?;
        run(&["init", "--data", &data, "--campaign", campaign, "--origin", &link.origin(), "--json"])?;
        let hub = Some(HubProcess::start(Path::new(&data), address)?);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { directory: directory.to_owned(), data, link, hub, runtime, devices: 0, stores: 0 })
    }

    /// The hub's process id.
    pub fn hub_id(&self) -> u32 {
        self.hub.as_ref().map_or(0, HubProcess::id)
    }

    /// Kills the hub and starts it again; how long it took until it served.
    pub fn restart(&mut self) -> anyhow::Result<Duration> {
        let hub = self.hub.take().context("the hub runs")?;
        let started = Instant::now();
        self.hub = Some(hub.kill_and_restart()?);
        Ok(started.elapsed())
    }

    /// Bytes both ways since the link was opened.
    pub fn bytes(&self) -> u64 {
        self.link.bytes_to_hub() + self.link.bytes_from_hub()
    }

    /// A device in memory that has joined and synchronised once.
    pub fn device(&mut self) -> anyhow::Result<Device<MemoryStore>> {
        let mut device = self.join(MemoryStore::new())?;
        self.sync(&mut device)?;
        Ok(device)
    }

    /// A device in memory that records and pulls nothing of others.
    pub fn writer(&mut self) -> anyhow::Result<Device<MemoryStore>> {
        let mut device = self.join(MemoryStore::new())?;
        now(device.replica.want_units(Some(&[])))?;
        self.sync(&mut device)?;
        Ok(device)
    }

    /// A device on disk that has joined and holds nothing yet.
    pub fn empty_device_on_disk(&mut self) -> anyhow::Result<Device<SledStore>> {
        let store = self.new_store()?;
        self.join(store)
    }

    /// The session token of a device.
    pub fn token<S: Store>(&self, device: &mut Device<S>) -> anyhow::Result<String> {
        Ok(self.runtime.block_on(device.transport.token(&mut device.replica))?)
    }

    fn new_store(&mut self) -> anyhow::Result<SledStore> {
        self.stores += 1;
        let path = self.directory.join(format!("device-{}", self.stores));
        Ok(SledStore::open(&path, SledOptions::default())?)
    }

    fn join<S: Store>(&mut self, store: S) -> anyhow::Result<Device<S>> {
        self.devices += 1;
        let name = format!("Người ghi {}", self.devices);
        let invite = ["invite", "--data", &self.data, "--name", &name, "--unit", "77", "--role", "recorder", "--json"];
        let invitation = run(&invite)?;
        let link = invitation["link"].as_str().context("no link")?.to_owned();
        let mut random = Seeded(244 + self.devices as u64);
        let mut seed = [0; 32];
        dongbo_core::outside::Entropy::fill(&mut random, &mut seed);
        let mut replica = now(Replica::prepare(store, &link, &name, seed))?;
        let transport = Transport::new(replica.origin())?;
        self.runtime.block_on(transport.join(&mut replica))?;
        Ok(Device { replica, transport, random, now_ms: START_MS, units: communes() })
    }

    /// Moves a device from memory to disk, with all it holds.
    pub fn to_disk(&mut self, device: Device<MemoryStore>) -> anyhow::Result<Device<SledStore>> {
        let mut store = self.new_store()?;
        let mut exported = Vec::new();
        export(device.replica.store(), &mut exported, Damage::Stop)?;
        now(import(&mut store, exported.as_slice(), Damage::Stop))?;
        let replica = now(Replica::open(store))?;
        let Device { transport, random, now_ms, units, .. } = device;
        Ok(Device { replica, transport, random, now_ms, units })
    }

    /// Synchronises to the end.
    pub fn sync<S: Store>(&self, device: &mut Device<S>) -> anyhow::Result<SyncReport> {
        let mut host = Machine(Instant::now());
        let mut report = SyncReport::default();
        let limits = SyncLimits::within_ms(SYNC_DEADLINE_MS);
        self.runtime.block_on(device.transport.sync(&mut device.replica, &mut host, &limits, &mut report))?;
        Ok(report)
    }

    /// Asks the hub's HTTP API `times` times; how long each answer took.
    pub fn ask(&self, token: &str, path: &str, times: usize) -> anyhow::Result<Vec<Duration>> {
        let url = format!("{}{path}", self.link.origin());
        self.runtime.block_on(async {
            let client = http::client().build()?;
            let mut took = Vec::with_capacity(times);
            for _ in 0..times {
                let started = Instant::now();
                let answer = client.get(&url).bearer_auth(token).send().await?;
                ensure!(answer.status().is_success(), "{path}: {}", answer.status());
                answer.bytes().await?;
                took.push(started.elapsed());
            }
            Ok(took)
        })
    }
}

/// A replica and its connection.
pub struct Device<S> {
    /// The replica.
    pub replica: Replica<S>,
    /// Its connection; the session lasts.
    pub transport: Transport,
    /// Its randomness.
    pub random: Seeded,
    /// Its clock.
    pub now_ms: i64,
    pub(super) units: Vec<UnitId>,
}

impl<S: Store> Device<S> {
    /// Records in the first `count` communes only, as one device does.
    pub fn work_in(&mut self, count: usize) {
        self.units.truncate(count);
    }

    /// Records so many visits, each a save of its own.
    pub fn record(&mut self, visits: usize) -> anyhow::Result<Vec<dongbo_core::RecordId>> {
        (0..visits).map(|_| self.record_one()).collect()
    }

    /// Records one visit.
    pub fn record_one(&mut self) -> anyhow::Result<dongbo_core::RecordId> {
        let visit = visit(&mut self.random);
        let unit = self.units[self.random.below(self.units.len())].clone();
        self.now_ms += 60_000;
        let mut moment = Moment::new(self.now_ms, &mut self.random);
        let saved =
            now(self.replica.create(&id(FORM), &unit, &answers(visit), &MetaEdit::default(), None, &mut moment))?;
        Ok(saved.record)
    }

    /// Changes one field of a record.
    pub fn edit(&mut self, record: dongbo_core::RecordId, fields: serde_json::Value) -> anyhow::Result<()> {
        self.now_ms += 60_000;
        let mut moment = Moment::new(self.now_ms, &mut self.random);
        now(self.replica.edit(record, &[], &answers(fields), &MetaEdit::default(), None, &mut moment))?;
        Ok(())
    }
}

/// The steady clock of this machine.
struct Machine(Instant);

impl Host for Machine {
    fn elapsed_ms(&self) -> u64 {
        self.0.elapsed().as_millis() as u64
    }

    fn wait(&mut self, ms: u64) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        Box::pin(tokio::time::sleep(Duration::from_millis(ms)))
    }

    fn random(&mut self) -> u64 {
        4
    }
}

/// The value below which `share` (0 to 1) of the times lie, in milliseconds.
pub fn percentile_ms(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    let at = ((times.len() as f64 * share).ceil() as usize).clamp(1, times.len().max(1)) - 1;
    times.get(at).map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
}
