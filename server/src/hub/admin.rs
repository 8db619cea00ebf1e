//! What administrators do: set a hub up, keep members and their roles, revoke devices, publish catalogues.

use dongbo_core::{
    CampaignId, DeviceId, MemberId, RoleId, UnitId,
    campaign::Campaign,
    identity::{
        Catalogue, Directory, IssuingKey, KeyPair, Member, Membership, Revocation, RevocationReason, SignedStatement,
        Statement, Trust, UnitEntry,
    },
    outside::Moment,
    record::read_row,
    rollup::Projection,
    store::{Batch, Overlay, Store},
    unit::UnitTree,
};

use super::{
    Hub, HubError, admission,
    layout::{CONFIG, Config, HUB_FORMAT, PROJECTED, RECORD, projected_by, to_json},
    ledger::Appender,
    statement,
};

/// How long an issuing key may sign: three years.
pub const ISSUING_VALID_MS: i64 = 3 * 365 * 24 * 3_600_000;

/// The longest name of a member, in characters. Every device keeps every name.
const NAME_CHARS_MAX: usize = 200;

/// Records whose rows are made again in one commit.
pub(super) const PROJECTED_AT_ONCE: usize = 2_000;

/// What a new hub is made of.
pub struct Setup<'a> {
    /// The campaign as JSON (docs/campaign-format.md).
    pub campaign: &'a str,
    /// Its units.
    pub units: &'a UnitTree,
    /// The hub's origin, as invitations will name it.
    pub origin: &'a str,
    /// The first administrator's name.
    pub administrator: &'a str,
    /// The first administrator's unit and role.
    pub unit: UnitId,
    /// The role.
    pub role: RoleId,
}

/// What happens to a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberChange {
    /// Somebody new.
    Add {
        /// Their name.
        name: String,
    },
    /// A role in a unit from now on.
    Grant {
        /// The unit.
        unit: UnitId,
        /// The role.
        role: RoleId,
    },
    /// The role in the unit ends at this time, milliseconds since the Unix epoch.
    End {
        /// The unit.
        unit: UnitId,
        /// The role.
        role: RoleId,
        /// When.
        at_ms: i64,
    },
}

impl<S: Store> Hub<S> {
    /// Makes a hub in an empty store, all of it in one commit. Returns the hub, the root's secret seed, which is kept
    /// nowhere else, and the first administrator.
    pub async fn init(
        mut store: S,
        setup: &Setup<'_>,
        moment: &mut Moment<'_>,
    ) -> Result<(Self, [u8; 32], MemberId), HubError> {
        if Config::read(&store)?.is_some() {
            return Err(HubError::AlreadyInitialised);
        }
        let campaign = Campaign::parse(setup.campaign).map_err(|e| HubError::Invalid(e.to_string()))?;
        let now_ms = moment.now_ms;
        let (root, issuing) = (KeyPair::from_seed(moment.random()), KeyPair::from_seed(moment.random()));
        let member = new_member_id(moment);
        let config = Config {
            format: HUB_FORMAT,
            campaign: campaign.id().clone(),
            origin: setup.origin.to_owned(),
            epoch: 1,
            root_key: root.public(),
            issuing_seed: issuing.seed(),
            mac_key: moment.random(),
        };
        let membership =
            Membership { unit: setup.unit.clone(), role: setup.role.clone(), from_ms: now_ms, to_ms: None };
        let administrator = Member { id: member, name: setup.administrator.to_owned(), memberships: vec![membership] };
        let key = IssuingKey { key: issuing.public(), from_ms: now_ms, to_ms: now_ms + ISSUING_VALID_MS };
        let said = [
            (&root, Statement::IssuingKey(key)),
            (&issuing, Statement::Catalogue(catalogue(1, setup.campaign, setup.units))),
            (&issuing, Statement::Directory(Directory { version: 1, members: vec![administrator], base: None })),
        ];
        let mut trust = Trust::new(root.public());
        let mut ledger = Appender { head: 0, chain: [0; 32] };
        let mut pending = Overlay::new(&store);
        pending.put(CONFIG, to_json(&config));
        pending.put(PROJECTED, projected_by(1));
        for (signer, said) in &said {
            let bytes = SignedStatement::sign(trust.root(), signer, now_ms, said);
            statement::append(&mut pending, &mut trust, &mut ledger, &bytes, now_ms)?;
        }
        check_membership(&trust, &setup.unit, &setup.role)?;
        let batch = pending.into_batch();
        store.commit(batch).await?;
        Ok((Self::open(store)?, root.seed(), member))
    }

    /// Changes a member; the directory's next version says so.
    pub async fn change_member(
        &mut self,
        id: Option<MemberId>,
        changes: &[MemberChange],
        moment: &mut Moment<'_>,
    ) -> Result<MemberId, HubError> {
        let mut member = match id {
            Some(id) => self.trust.member(id).cloned().ok_or_else(|| HubError::NotFound(format!("member {id}")))?,
            None => Member { id: new_member_id(moment), name: String::new(), memberships: Vec::new() },
        };
        for change in changes {
            self.apply_change(&mut member, change, moment.now_ms)?;
        }
        if member.name.trim().is_empty() {
            return Err(HubError::Invalid("a member needs a name".into()));
        }
        let id = member.id;
        let base = self.trust.directory_version();
        let directory = Directory { version: base + 1, members: vec![member], base: Some(base) };
        self.issue(&[Statement::Directory(directory)], moment.now_ms).await?;
        Ok(id)
    }

    fn apply_change(&self, member: &mut Member, change: &MemberChange, now_ms: i64) -> Result<(), HubError> {
        match change {
            MemberChange::Add { name } if name.chars().count() > NAME_CHARS_MAX => {
                return Err(HubError::Invalid(format!("a name has at most {NAME_CHARS_MAX} characters")));
            }
            MemberChange::Add { name } => member.name = name.clone(),
            MemberChange::Grant { unit, role } => {
                check_membership(&self.trust, unit, role)?;
                let (unit, role) = (unit.clone(), role.clone());
                member.memberships.push(Membership { unit, role, from_ms: now_ms, to_ms: None });
            }
            MemberChange::End { unit, role, at_ms } => {
                let held =
                    member.memberships.iter_mut().find(|m| m.unit == *unit && m.role == *role && m.to_ms.is_none());
                let held = held.ok_or_else(|| HubError::NotFound(format!("membership {role} in {unit}")))?;
                held.to_ms = Some(*at_ms);
            }
        }
        Ok(())
    }

    /// Revokes a device from a time on.
    pub async fn revoke_device(
        &mut self,
        device: DeviceId,
        reason: RevocationReason,
        wipe: bool,
        now_ms: i64,
    ) -> Result<(), HubError> {
        if self.trust.certificate(device).is_none() {
            return Err(HubError::NotFound(format!("device {device}")));
        }
        let revocation = Revocation { subject: device.0, at_ms: now_ms, reason, wipe };
        self.issue(&[Statement::Revocation(revocation)], now_ms).await?;
        Ok(())
    }

    /// Publishes a new version of the campaign and its units, and makes rows and roll-ups again by it.
    pub async fn publish(&mut self, campaign: &str, units: &UnitTree, now_ms: i64) -> Result<u64, HubError> {
        let parsed = Campaign::parse(campaign).map_err(|e| HubError::Invalid(e.to_string()))?;
        if *parsed.id() != self.config.campaign {
            return Err(HubError::Invalid(format!("this is campaign {}, not {}", parsed.id(), self.config.campaign)));
        }
        let version = self.trust.catalogue_version() + 1;
        self.issue(&[Statement::Catalogue(catalogue(version, campaign, units))], now_ms).await?;
        self.project_again().await?;
        Ok(version)
    }

    /// Finishes what a crash interrupted, and brings a store of an earlier program up to date: rows and roll-ups are
    /// made by the catalogue in force and as this program makes them.
    pub async fn settle(&mut self) -> Result<(), HubError> {
        let projected = self.store.get(PROJECTED)?;
        if projected == Some(projected_by(self.trust.catalogue_version())) {
            return Ok(());
        }
        self.project_again().await
    }

    /// Makes every row and roll-up again from the ledger, then notes by which catalogue.
    async fn project_again(&mut self) -> Result<(), HubError> {
        let rules = self.rules()?.clone();
        let mut batch = Batch::new();
        batch.delete(PROJECTED);
        for prefix in Projection::prefixes() {
            for key in self.store.keys(&[prefix], None, usize::MAX)? {
                batch.delete(key);
            }
        }
        self.commit(batch).await?;
        for ids in self.record_ids()?.chunks(PROJECTED_AT_ONCE) {
            let mut rows = Vec::new();
            for id in ids {
                let record = admission::load(&self.store, *id)?;
                let origin = record.origin().map_err(|error| HubError::Record { record: *id, error })?.origin;
                match read_row(&record, rules.form(&origin.form)) {
                    Ok(row) => rows.push(row),
                    Err(error) => tracing::error!(record = %id, %error, "a row cannot be made"),
                }
            }
            let mut store = Overlay::new(&self.store);
            Projection::put(&mut store, &rules.campaign, &rows)?;
            let batch = store.into_batch();
            self.commit(batch).await?;
        }
        let mut batch = Batch::new();
        batch.put(PROJECTED, projected_by(self.trust.catalogue_version()));
        self.commit(batch).await
    }

    /// Every record in the ledger.
    pub fn record_ids(&self) -> Result<Vec<dongbo_core::RecordId>, HubError> {
        record_ids(&self.store)
    }

    /// The campaign's readable name.
    pub fn campaign_id(&self) -> &CampaignId {
        &self.config.campaign
    }
}

pub(super) fn record_ids(store: &impl dongbo_core::store::Read) -> Result<Vec<dongbo_core::RecordId>, HubError> {
    let mut ids = Vec::new();
    for key in store.keys(&[RECORD], None, usize::MAX)? {
        let id = dongbo_core::RecordId::try_from(&key[1..17]).map_err(|e| HubError::Stored(e.to_string()))?;
        if ids.last() != Some(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

fn new_member_id(moment: &mut Moment<'_>) -> MemberId {
    let mut bytes: [u8; 16] = moment.random();
    // UUID version 4 (RFC 9562).
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    MemberId(bytes)
}

fn catalogue(version: u64, campaign: &str, units: &UnitTree) -> Catalogue {
    Catalogue { version, campaign: campaign.to_owned(), units: units.all().map(UnitEntry::from).collect() }
}

fn check_membership(trust: &Trust, unit: &UnitId, role: &RoleId) -> Result<(), HubError> {
    let rules = trust.rules().ok_or(HubError::NotInitialised)?;
    if rules.units.get(unit).is_none() {
        return Err(HubError::NotFound(format!("unit {unit}")));
    }
    if rules.campaign.role(role).is_none() {
        let known: Vec<String> = rules.campaign.roles().iter().map(|role| role.id.to_string()).collect();
        return Err(HubError::NotFound(format!("role {role}; there are {}", known.join(", "))));
    }
    Ok(())
}
