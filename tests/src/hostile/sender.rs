//! A certified device that sends what it likes.

use dongbo_core::{
    Actor, AuthorityId, DeviceId, RecordId, RecordOrigin, UnitId,
    campaign::Form,
    change::SignedChange,
    envelope::{Envelope, Kind},
    identity::KeyPair,
    outside::Moment,
    record::{MetaEdit, Written, create, edit},
    store::Store,
    sync::{Invitation, JoinRequest},
};
use serde_json::{Value, json};

use crate::world::{Seeded, World, answers, id, now};

/// A device whose key is at hand.
pub struct Sender {
    key: KeyPair,
    root: AuthorityId,
    unit: UnitId,
    form: Form,
    random: Seeded,
    /// What its clock says, milliseconds since the Unix epoch.
    pub now_ms: i64,
}

impl Sender {
    /// A device of a new commune officer that has joined.
    pub fn join<S: Store>(world: &mut World<S>, name: &str, unit: &str, seed: u8) -> anyhow::Result<Self> {
        let member = world.member(name, unit, "commune_officer")?;
        let invitation = Invitation::parse(&world.invite(member)?)?;
        let key = KeyPair::from_seed([seed; 32]);
        let request = JoinRequest::new(invitation.root, &invitation.code, &key, name);
        now(world.hub.join(&request.to_bytes(), world.now_ms))?;
        Self::new(key, invitation.root, unit, world.now_ms)
    }

    /// A device that is already certified.
    pub fn new(key: KeyPair, root: AuthorityId, unit: &str, now_ms: i64) -> anyhow::Result<Self> {
        let campaign = dongbo_core::campaign::Campaign::parse(crate::world::CAMPAIGN)?;
        let form = campaign.form(&id("activity")).cloned().ok_or_else(|| anyhow::anyhow!("no such form"))?;
        let random = Seeded(u64::from(key.seed()[0]));
        Ok(Self { key, root, unit: id(unit), form, random, now_ms })
    }

    /// Its name.
    pub fn device(&self) -> DeviceId {
        self.key.device()
    }

    /// Its key.
    pub fn key(&self) -> &KeyPair {
        &self.key
    }

    /// Whose campaign it signs for.
    pub fn root(&self) -> AuthorityId {
        self.root
    }

    /// A genuine first change of a new record.
    pub fn create(&mut self) -> anyhow::Result<Written> {
        let fields = json!({
            "title": "Ra quân tuyên truyền chuyển đổi số", "held_on": "2023-03-10", "cost": "1500000",
            "content": "Hướng dẫn bà con dùng dịch vụ công", "themes": ["ND.1"],
        });
        let mut moment = Moment::new(self.now_ms, &mut self.random);
        let salt = moment.random();
        let (device, unit, form) = (self.key.device(), self.unit.clone(), id("activity"));
        let origin = RecordOrigin { device, unit, form, created_ms: self.now_ms, salt };
        Ok(create(&self.form, &origin, &answers(fields), &MetaEdit::default(), &mut moment)?)
    }

    /// A genuine change on the heads of a record.
    pub fn edit(&mut self, written: &Written, fields: Value) -> anyhow::Result<Written> {
        let mut moment = Moment::new(self.now_ms, &mut self.random);
        let heads = written.record.heads();
        let actor = Actor::first(self.key.device());
        let meta = MetaEdit::default();
        Ok(edit(&written.record, &self.form, &heads, actor, &answers(fields), &meta, &mut moment)?)
    }

    /// Signs whatever chunk.
    pub fn sign(&self, record: RecordId, chunk: &[u8]) -> Vec<u8> {
        SignedChange::sign(self.root, &self.key, record, chunk)
    }

    /// Signs whatever payload.
    pub fn envelope(&self, payload: Vec<u8>) -> Vec<u8> {
        Envelope::sign(Kind::Change, self.root, &self.key, payload)
    }
}
