//! The hub, the phones and their stores.

use dongbo_core::{
    ChangeHash, DeviceId, MemberId, RecordId, UnitId,
    outside::{Entropy as _, Moment},
    replica::Replica,
    store::{FaultPlan, FaultyStore, MemoryStore},
};
use dongbo_server::hub::Hub;

use super::{
    Check, Finding, Options, Report,
    reach::Reach,
    stored,
    witness::{Places, Witness},
};
use crate::world::{START_MS, Seeded, World, id, now};

pub(super) type Disk = FaultyStore<MemoryStore>;

const YEAR_MS: i64 = 31_557_600_000;

/// Units in which people of the simulation work: two communes, their district, an island district without communes,
/// the province.
pub(super) const UNITS: [&str; 5] = ["26572", "26569", "748", "755", "77"];

/// Who takes part, over and over: unit and role.
const PEOPLE: [(&str, &str); 12] = [
    ("26572", "commune_officer"),
    ("748", "district_aggregator"),
    ("26572", "volunteer"),
    ("26569", "commune_officer"),
    ("77", "provincial_lead"),
    ("26572", "commune_officer"),
    ("755", "commune_officer"),
    ("26569", "volunteer"),
    ("748", "commune_officer"),
    ("755", "district_aggregator"),
    ("26569", "commune_officer"),
    ("26572", "volunteer"),
];

const NAMES: [&str; 12] = [
    "Nguyễn Thị Hòa",
    "Trần Văn Bình",
    "Phạm Thị Lan",
    "Võ Minh Đức",
    "Lê Thị Ánh",
    "Đặng Quốc Huy",
    "Huỳnh Thị Mỹ Dung",
    "Bùi Văn Thắng",
    "Đỗ Ngọc Quỳnh",
    "Phan Thanh Tùng",
    "Hồ Thị Bích Thủy",
    "Ngô Đình Khôi",
];

/// A store at an earlier time.
#[derive(Clone)]
pub(super) struct Backup {
    pub(super) store: MemoryStore,
    pub(super) read_to: (u64, u64),
}

/// A person with a phone.
pub(super) struct Phone {
    pub(super) name: String,
    pub(super) unit: UnitId,
    pub(super) member: MemberId,
    pub(super) device: DeviceId,
    pub(super) key_seed: [u8; 32],
    replica: Option<Replica<Disk>>,
    pub(super) plan: FaultPlan,
    random: Seeded,
    skew_ms: i64,
    /// Most bytes it asks for in one page: small ones make scopes change in the middle of a backfill.
    pub(super) page_bytes: u64,
    pub(super) backups: Vec<Backup>,
    /// Epoch and head of the hub in the last answer that arrived.
    pub(super) read_to: (u64, u64),
    pub(super) volunteer: bool,
    pub(super) hostile: bool,
    /// A form left open: the record and the heads it was opened with.
    pub(super) open_form: Option<(RecordId, Vec<ChangeHash>)>,
}

impl Phone {
    pub(super) fn replica(&self) -> &Replica<Disk> {
        self.replica.as_ref().expect("a phone's replica is only taken out while it is put back")
    }

    pub(super) fn replica_mut(&mut self) -> &mut Replica<Disk> {
        self.replica.as_mut().expect("a phone's replica is only taken out while it is put back")
    }

    pub(super) fn disk(&self) -> &MemoryStore {
        self.replica().store().inner()
    }

    /// Something done at the time the phone believes it is.
    pub(super) fn act<R>(&mut self, now_ms: i64, act: impl FnOnce(&mut Replica<Disk>, &mut Moment<'_>) -> R) -> R {
        let mut moment = Moment::new(now_ms + self.skew_ms, &mut self.random);
        act(self.replica.as_mut().expect("a phone's replica is only taken out while it is put back"), &mut moment)
    }
}

/// Everyone.
pub(super) struct Fleet {
    pub(super) options: Options,
    pub(super) random: Seeded,
    pub(super) now_ms: i64,
    hub: Option<Hub<Disk>>,
    pub(super) hub_plan: FaultPlan,
    pub(super) hub_backups: Vec<MemoryStore>,
    pub(super) phones: Vec<Phone>,
    pub(super) witness: Witness,
    pub(super) reach: Reach,
    /// Whether stores and network fail.
    pub(super) faults: bool,
    /// Whether the planted bug is in.
    pub(super) planted: bool,
    /// Requests on their way that their senders have given up.
    pub(super) late: Vec<(usize, Vec<u8>)>,
    /// Phones that have not synchronised since the hub was put back: until then nobody changes members.
    pub(super) unheard: Vec<usize>,
    pub(super) step: usize,
}

impl Fleet {
    pub(super) fn new(seed: u64, options: Options) -> Result<Self, Finding> {
        let plan = FaultPlan::new();
        let world = World::new(FaultyStore::new(MemoryStore::new(), plan.clone()), seed);
        let World { hub, random, .. } = world;
        let mut fleet = Self {
            options,
            random,
            now_ms: START_MS,
            hub: Some(hub),
            hub_plan: plan,
            hub_backups: Vec::new(),
            phones: Vec::new(),
            witness: Witness::default(),
            reach: Reach::new(),
            faults: true,
            planted: false,
            late: Vec::new(),
            unheard: Vec::new(),
            step: 0,
        };
        let spread = if fleet.random.chance(10) { 19 } else { 5 };
        let size = 12 + fleet.random.below(spread);
        for at in 0..size {
            let (unit, role) = PEOPLE[at % PEOPLE.len()];
            fleet.add_phone(unit, role).map_err(|e| Finding::new(Check::Works, format!("a phone cannot join: {e}")))?;
        }
        // A liar holds the smallest role, and no one gives it another.
        fleet.phones[2].hostile = true;
        // Most have synchronised once before they go where there is no network.
        fleet.faults = false;
        for at in 0..fleet.phones.len() {
            if fleet.random.chance(90) {
                fleet.sync_for_a_while(at)?;
            }
        }
        fleet.faults = true;
        Ok(fleet)
    }

    /// A new member with a phone that has joined; it has not synchronised yet.
    pub(super) fn add_phone(&mut self, unit: &str, role: &str) -> anyhow::Result<()> {
        let at = self.phones.len();
        let name = format!("{} {}", NAMES[at % NAMES.len()], at + 1);
        let hub = self.hub.take().expect("the hub is only taken out while it is put back");
        let administrator = hub.trust().members().next().map_or(MemberId([0; 16]), |member| member.id);
        let mut world = World { hub, random: self.random.clone(), now_ms: self.now_ms, administrator, root: None };
        let joined = (|| {
            let member = world.member(&name, unit, role)?;
            let link = world.invite(member)?;
            let (mut key_seed, plan) = ([0; 32], FaultPlan::new());
            world.random.fill(&mut key_seed);
            let store = FaultyStore::new(MemoryStore::new(), plan.clone());
            let mut replica = now(Replica::prepare(store, &link, &name, key_seed))?;
            let answer = now(world.hub.join(&replica.join_request(), world.now_ms))?;
            now(replica.receive_join(&answer))?;
            anyhow::Ok((member, replica, plan, key_seed))
        })();
        self.random = world.random;
        self.hub = Some(world.hub);
        let (member, replica, plan, key_seed) = joined?;
        let skew_ms = match self.random.below(10) {
            // A battery that was empty, a year typed wrongly, a few minutes.
            0 => -self.now_ms,
            1 => 76 * YEAR_MS,
            2 => -3 * YEAR_MS,
            _ => self.random.below(600_000) as i64 - 300_000,
        };
        self.phones.push(Phone {
            name,
            unit: id(unit),
            member,
            device: replica.device(),
            key_seed,
            replica: Some(replica),
            plan,
            random: Seeded(self.random.next_u64()),
            skew_ms,
            page_bytes: [256 << 10, 256 << 10, 6_000, 1_500][self.random.below(4)],
            backups: Vec::new(),
            read_to: (0, 0),
            volunteer: role == "volunteer",
            hostile: false,
            open_form: None,
        });
        Ok(())
    }

    pub(super) fn hub(&self) -> &Hub<Disk> {
        self.hub.as_ref().expect("the hub is only taken out while it is put back")
    }

    pub(super) fn hub_mut(&mut self) -> &mut Hub<Disk> {
        self.hub.as_mut().expect("the hub is only taken out while it is put back")
    }

    pub(super) fn hub_disk(&self) -> &MemoryStore {
        self.hub().store().inner()
    }

    /// The hub starts again from a store.
    pub(super) fn put_hub_back(&mut self, store: MemoryStore) -> Result<(), Finding> {
        self.hub_plan = FaultPlan::new();
        self.hub = None;
        let opened = Hub::open(FaultyStore::new(store, self.hub_plan.clone()));
        self.hub = Some(opened.map_err(|e| Finding::new(Check::Works, format!("the hub cannot start again: {e}")))?);
        Ok(())
    }

    /// A phone's program starts again from a store.
    pub(super) fn put_phone_back(&mut self, at: usize, store: MemoryStore) -> Result<(), Finding> {
        let phone = &mut self.phones[at];
        phone.plan = FaultPlan::new();
        phone.open_form = None;
        phone.replica = None;
        let opened = now(Replica::open(FaultyStore::new(store, phone.plan.clone())));
        let says = |e| Finding::new(Check::Works, format!("the app of {} cannot start again: {e}", phone.name));
        phone.replica = Some(opened.map_err(says)?);
        Ok(())
    }

    /// Where every change is.
    pub(super) fn places(&self) -> Places {
        let disks = || self.phones.iter().map(Phone::disk);
        Places {
            ledger: stored::in_ledger(self.hub_disk()),
            pending: stored::in_pending(self.hub_disk()),
            records: disks().map(stored::in_records).collect(),
            outbox: disks().map(stored::in_outbox).collect(),
            held: disks().map(stored::in_held).collect(),
        }
    }

    pub(super) fn trace(&self, says: impl FnOnce() -> String) {
        if self.options.trace {
            eprintln!("{:>5}  {}", self.step, says());
        }
    }

    pub(super) fn report(&self) -> Report {
        let ledger = stored::ledger(self.hub_disk());
        let chain = ledger
            .last()
            .map_or(String::new(), |(_, entry)| entry.chain.iter().map(|byte| format!("{byte:02x}")).collect());
        Report {
            devices: self.phones.len(),
            entries: ledger.len() as u64,
            saves: self.witness.saves.len(),
            lost_with_a_copy: self.witness.saves.iter().filter(|save| save.excused).count(),
            acknowledged: self.witness.acknowledged.len(),
            held: self.phones.iter().map(|phone| stored::in_held(phone.disk()).len()).sum(),
            chain,
        }
    }
}
