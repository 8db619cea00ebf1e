//! A hub and devices in one thread, over in-memory stores: the real replica, admission, feed and projection.

use std::collections::BTreeMap;

use dongbo_core::{
    FieldId, MemberId, RecordId, RoleId, UnitId,
    identity::KeyPair,
    outside::Moment,
    record::MetaEdit,
    replica::{Progress, Replica, ReplicaError, Saved},
    store::{MemoryStore, Store},
    sync::Nonce,
    unit::UnitTree,
};
use dongbo_server::hub::{Hub, HubError, MemberChange, Setup, SyncCall};
use serde_json::Value;

/// The plan 244 campaign.
pub const CAMPAIGN: &str = include_str!("../../campaigns/kh244/campaign.json");
pub(crate) const UNITS: &str = include_str!("../../campaigns/kh244/units.csv");
pub(crate) const SUCCESSORS: &str = include_str!("../../campaigns/kh244/successors.csv");

/// 10 March 2023, 08:00 in Bà Rịa.
pub const START_MS: i64 = 1_678_410_000_000;

/// The campaign's units.
pub fn units() -> UnitTree {
    match UnitTree::from_csv(UNITS, SUCCESSORS) {
        Ok(units) => units,
        Err(errors) => unreachable!("the committed units cannot be read: {errors:?}"),
    }
}

/// SplitMix64: a small seeded generator, so that a failing run replays exactly.
#[derive(Debug, Clone)]
pub struct Seeded(pub u64);

impl Seeded {
    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next_u64() % bound.max(1) as u64) as usize
    }

    /// Whether something with `percent` chance happens.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

impl dongbo_core::outside::Entropy for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let random = self.next_u64().to_le_bytes();
            chunk.copy_from_slice(&random[..chunk.len()]);
        }
    }
}

/// Waits for a future of the core; nothing in it ever needs another thread.
pub fn now<F: Future>(future: F) -> F::Output {
    pollster::block_on(future)
}

/// Parses an identifier that is known to be valid.
pub fn id<T: std::str::FromStr>(text: &str) -> T {
    match text.parse() {
        Ok(id) => id,
        Err(_) => unreachable!("{text} is no identifier"),
    }
}

/// Answers as a form takes them.
pub fn answers(json: Value) -> BTreeMap<FieldId, Value> {
    match json {
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (id(&key), value)).collect(),
        other => unreachable!("{other} is no object"),
    }
}

/// A hub and its clock.
pub struct World<S: Store = MemoryStore> {
    /// The hub.
    pub hub: Hub<S>,
    /// Randomness of everyone.
    pub random: Seeded,
    /// The true time, milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// The first administrator.
    pub administrator: MemberId,
    /// The campaign's root key, where it is at hand: a real administrator keeps it offline.
    pub root: Option<KeyPair>,
}

impl<S: Store> World<S> {
    /// A new hub with the plan 244 campaign.
    pub fn new(store: S, seed: u64) -> Self {
        let mut random = Seeded(seed);
        let setup = Setup {
            campaign: CAMPAIGN,
            units: &units(),
            origin: "http://127.0.0.1:8080",
            administrator: "Quản trị viên",
            unit: id("77"),
            role: id("administrator"),
        };
        let made = now(Hub::init(store, &setup, &mut Moment::new(START_MS, &mut random)));
        match made {
            Ok((hub, root, administrator)) => {
                Self { hub, random, now_ms: START_MS, administrator, root: Some(KeyPair::from_seed(root)) }
            }
            Err(error) => unreachable!("the campaign's hub cannot be made: {error}"),
        }
    }

    /// Time passes.
    pub fn pass(&mut self, ms: i64) {
        self.now_ms += ms;
    }

    /// A new member with a role.
    pub fn member(&mut self, name: &str, unit: &str, role: &str) -> Result<MemberId, HubError> {
        let changes = [
            MemberChange::Add { name: name.to_owned() },
            MemberChange::Grant { unit: id::<UnitId>(unit), role: id::<RoleId>(role) },
        ];
        now(self.hub.change_member(None, &changes, &mut Moment::new(self.now_ms, &mut self.random)))
    }

    /// An invitation link for a member.
    pub fn invite(&mut self, member: MemberId) -> Result<String, HubError> {
        let invitation = now(self.hub.invite(member, &mut Moment::new(self.now_ms, &mut self.random)))?;
        Ok(invitation.link())
    }

    /// A device of a member that has joined and synchronised once.
    pub fn device(&mut self, name: &str, unit: &str, role: &str) -> anyhow::Result<Device> {
        let member = self.member(name, unit, role)?;
        let link = self.invite(member)?;
        self.device_with(MemoryStore::new(), &link, name, unit)
    }

    /// A device over a store that joins with a link and synchronises once.
    pub fn device_with<D: Store>(&mut self, store: D, link: &str, name: &str, unit: &str) -> anyhow::Result<Device<D>> {
        let mut seed = [0; 32];
        dongbo_core::outside::Entropy::fill(&mut self.random, &mut seed);
        let mut replica = now(Replica::prepare(store, link, name, seed))?;
        let answer = now(self.hub.join(&replica.join_request(), self.now_ms))?;
        now(replica.receive_join(&answer))?;
        let random = Seeded(self.random.next_u64());
        let mut device = Device { replica, random, unit: id(unit), clock_skew_ms: 0 };
        device.sync(self)?;
        Ok(device)
    }
}

/// A replica with its own randomness, clock and home unit.
pub struct Device<S: Store = MemoryStore> {
    /// The replica.
    pub replica: Replica<S>,
    /// Its randomness.
    pub random: Seeded,
    /// The unit its member works in.
    pub unit: UnitId,
    /// How wrong its clock is.
    pub clock_skew_ms: i64,
}

impl<S: Store> Device<S> {
    /// Opens a session and synchronises until nothing is left to do.
    pub fn sync<H: Store>(&mut self, world: &mut World<H>) -> anyhow::Result<Progress> {
        self.session(world)?;
        self.replica.begin_sync();
        let mut total = Progress::default();
        for _ in 0..10_000 {
            let request = self.replica.sync_request()?;
            let progress = match self.call(world, &request) {
                Ok(response) => now(self.replica.receive_sync(&response))?,
                Err(error) => {
                    let problem = error.problem();
                    now(self.replica.receive_problem(&problem))?;
                    anyhow::ensure!(matches!(problem.code.as_str(), "epoch_changed" | "invalid_cursor"), "{error}");
                    continue;
                }
            };
            total.admitted += progress.admitted;
            total.held += progress.held;
            total.undecided += progress.undecided;
            total.received += progress.received;
            total.quarantined += progress.quarantined;
            total.dropped += progress.dropped;
            total.statements += progress.statements;
            if !progress.more {
                return Ok(total);
            }
        }
        anyhow::bail!("the sync does not come to an end")
    }

    /// One request to the hub.
    pub fn call<H: Store>(&self, world: &mut World<H>, request: &[u8]) -> Result<Vec<u8>, HubError> {
        let call = SyncCall { device: self.replica.device(), body: request };
        let mut answers = now(world.hub.sync(&[call], world.now_ms));
        answers.pop().unwrap_or(Err(HubError::NotInitialised))
    }

    fn session<H: Store>(&mut self, world: &mut World<H>) -> anyhow::Result<()> {
        let nonce = Nonce::from_bytes(&world.hub.nonce(&mut Moment::new(world.now_ms, &mut self.random)))?;
        let answer = now(world.hub.session(&self.replica.session_request(&nonce.nonce)?, world.now_ms))?;
        let token = dongbo_core::sync::SessionAnswer::from_bytes(&answer)?.token;
        anyhow::ensure!(world.hub.device_of_token(&token, world.now_ms)? == self.replica.device());
        Ok(())
    }

    /// Saves a new record in the device's unit.
    pub fn create(&mut self, form: &str, fields: Value, now_ms: i64) -> Result<Saved, ReplicaError> {
        let unit = self.unit.clone();
        self.create_in(&unit, form, fields, now_ms)
    }

    /// Saves a new record of another unit: what is about a unit belongs to it.
    pub fn create_in(&mut self, unit: &UnitId, form: &str, fields: Value, now_ms: i64) -> Result<Saved, ReplicaError> {
        let mut moment = Moment::new(now_ms + self.clock_skew_ms, &mut self.random);
        let meta = MetaEdit::default();
        now(self.replica.create(&id(form), unit, &answers(fields), &meta, None, &mut moment))
    }

    /// Edits a record on its present heads.
    pub fn edit(&mut self, record: RecordId, fields: Value, now_ms: i64) -> Result<Saved, ReplicaError> {
        self.edit_on(record, &[], fields, now_ms)
    }

    /// Edits a record on the heads a form was opened with.
    pub fn edit_on(
        &mut self,
        record: RecordId,
        heads: &[dongbo_core::ChangeHash],
        fields: Value,
        now_ms: i64,
    ) -> Result<Saved, ReplicaError> {
        let mut moment = Moment::new(now_ms + self.clock_skew_ms, &mut self.random);
        let meta = MetaEdit::default();
        now(self.replica.edit(record, heads, &answers(fields), &meta, None, &mut moment))
    }
}
