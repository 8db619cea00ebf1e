//! A hub of the samples' small campaign with a few devices, made once and copied for every input.

use std::sync::OnceLock;

use dongbo_core::{DeviceId, RecordId, identity::KeyPair, outside::Moment, replica::Replica, store::MemoryStore};
use dongbo_server::hub::{Hub, Setup};
use serde_json::json;

use crate::{
    golden::{campaign, units},
    world::{Device, START_MS, Seeded, World, id, now},
};

/// The hub's store and the keys of its devices.
pub struct SmallHub {
    store: MemoryStore,
    /// Two officers' devices in commune 26572, then one in 26560.
    pub devices: Vec<KeyPair>,
    /// A record of each device, in the same order.
    pub records: Vec<RecordId>,
}

impl SmallHub {
    /// The one of this process.
    pub fn get() -> &'static Self {
        static HUB: OnceLock<SmallHub> = OnceLock::new();
        HUB.get_or_init(Self::make)
    }

    /// A copy of the hub. Its clock is a minute ahead.
    pub fn open(&self) -> World {
        let hub = Hub::open(self.store.clone()).expect("a hub that was just made opens");
        World {
            hub,
            random: Seeded(1),
            now_ms: START_MS + 60_000,
            administrator: dongbo_core::MemberId([0; 16]),
            root: None,
        }
    }

    /// The devices' ids.
    pub fn ids(&self) -> Vec<DeviceId> {
        self.devices.iter().map(KeyPair::device).collect()
    }

    fn make() -> Self {
        let mut random = Seeded(244);
        let (campaign, units) = (campaign(), units());
        let setup = Setup {
            campaign: campaign.json(),
            units: &units,
            origin: "https://hub.example.vn",
            administrator: "Quản trị viên",
            unit: id("77"),
            role: id("administrator"),
        };
        let made = now(Hub::init(MemoryStore::new(), &setup, &mut Moment::new(START_MS, &mut random)));
        let (hub, _, administrator) = made.expect("the samples' hub is made");
        let mut world = World { hub, random, now_ms: START_MS, administrator, root: None };
        let (mut devices, mut records) = (Vec::new(), Vec::new());
        for (number, unit) in (1..).zip(["26572", "26572", "26560"]) {
            let key = KeyPair::from_seed([number; 32]);
            records.push(record_of(&mut world, &key, unit));
            devices.push(key);
        }
        Self { store: world.hub.into_store(), devices, records }
    }
}

/// A device joins, makes a record and sends it.
fn record_of(world: &mut World, key: &KeyPair, unit: &str) -> RecordId {
    let member = world.member("Nguyễn Thị Hòa", unit, "officer").expect("a member is added");
    let link = world.invite(member).expect("a member is invited");
    let replica = now(Replica::prepare(MemoryStore::new(), &link, "máy", key.seed())).expect("a device prepares");
    let mut device = Device { replica, random: Seeded(2), unit: id(unit), clock_skew_ms: 0 };
    let answer = now(world.hub.join(&device.replica.join_request(), world.now_ms)).expect("a device joins");
    now(device.replica.receive_join(&answer)).expect("a device has joined");
    device.sync(world).expect("a device synchronises");
    let saved = device.create("visit", json!({"name": "Nguyễn Văn An"}), world.now_ms).expect("a record is saved");
    device.sync(world).expect("a device synchronises");
    saved.record
}
