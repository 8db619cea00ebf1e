//! Authority statements: what the campaign's keys sign (protocol.md section 2). One type each, and their codec.

use minicbor::{Decoder, data::Type};
use sha2::{Digest as _, Sha256};

use super::KeyPair;
use crate::{
    AuthorityId, DeviceId, MemberId, RecordId, RoleId, UnitId,
    cbor::{CborError, Encoder, Written, check_strict, encode},
    envelope::{Envelope, EnvelopeError, Kind},
};

/// SHA-256 of a statement's bytes: how sync names it.
pub type StatementId = [u8; 32];

/// The root's word that a key may sign statements from `from_ms` (inclusive) to `to_ms` (exclusive).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuingKey {
    /// The public key.
    pub key: [u8; 32],
    /// Start, milliseconds since the Unix epoch.
    pub from_ms: i64,
    /// End, exclusive.
    pub to_ms: i64,
}

/// A device belongs to a member. Does not expire for changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The device's public key.
    pub key: [u8; 32],
    /// Whose it is.
    pub member: MemberId,
}

impl Certificate {
    /// The device certified.
    pub fn device(&self) -> DeviceId {
        DeviceId::of(&self.key)
    }
}

/// Why a key is no longer good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationReason {
    /// Its owner left or replaced the device: what was signed before counts.
    Left,
    /// Lost or stolen: whatever was not yet admitted needs approval.
    Lost,
}

impl RevocationReason {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Lost => "lost",
        }
    }
}

/// A device or an issuing key is revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// Id of the device or issuing key.
    pub subject: [u8; 16],
    /// From when, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Why.
    pub reason: RevocationReason,
    /// Whether the device must wipe itself (for `left` after offering a bundle of unsent work).
    pub wipe: bool,
}

/// A member's role in a unit for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The unit.
    pub unit: UnitId,
    /// The role.
    pub role: RoleId,
    /// Start, milliseconds since the Unix epoch.
    pub from_ms: i64,
    /// End, exclusive; `None` while it lasts.
    pub to_ms: Option<i64>,
}

impl Membership {
    /// Whether the membership holds at a time.
    pub fn holds_at(&self, at_ms: i64) -> bool {
        self.from_ms <= at_ms && self.to_ms.is_none_or(|to| at_ms < to)
    }
}

/// A person with dated memberships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The person.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// Dated memberships.
    pub memberships: Vec<Membership>,
}

/// All members, or the members that changed since `base`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Counts up.
    pub version: u64,
    /// Members; with a base, those replaced. Empty memberships end a member.
    pub members: Vec<Member>,
    /// The version this one builds on; `None`: it stands alone.
    pub base: Option<u64>,
}

/// A unit as the catalogue carries it. Times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitEntry {
    /// Our id.
    pub id: UnitId,
    /// The unit above.
    pub parent: Option<UnitId>,
    /// The official code, reused over time.
    pub code: String,
    /// The name.
    pub name: String,
    /// The level, as data.
    pub level: String,
    /// Start.
    pub valid_from_ms: i64,
    /// End, exclusive.
    pub valid_to_ms: Option<i64>,
    /// What it became.
    pub successors: Vec<UnitId>,
}

/// The campaign and its units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    /// Counts up.
    pub version: u64,
    /// The campaign as UTF-8 JSON (docs/campaign-format.md).
    pub campaign: String,
    /// The units.
    pub units: Vec<UnitEntry>,
}

/// A record's content is erased everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The record.
    pub record: RecordId,
    /// When, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Why, without personal data.
    pub reason: String,
}

/// A forgotten PIN: the store's data key sealed to a one-time key of that device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reset {
    /// The device.
    pub device: DeviceId,
    /// The sealed data key.
    pub sealed: Vec<u8>,
}

/// The root's word that the data keys of this campaign's stores are left with this key
/// (docs/decisions/0013-recovery-key.md).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryKey {
    /// The X25519 public key.
    pub key: [u8; 32],
}

/// What a campaign's keys sign.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Statement {
    /// Kind 0, signed by the root only.
    IssuingKey(IssuingKey),
    /// Kind 1.
    Certificate(Certificate),
    /// Kind 2.
    Revocation(Revocation),
    /// Kind 3.
    Directory(Directory),
    /// Kind 4.
    Catalogue(Catalogue),
    /// Kind 5.
    Erasure(Erasure),
    /// Kind 6.
    Reset(Reset),
    /// Kind 7, signed by the root only.
    RecoveryKey(RecoveryKey),
}

/// A statement with the bytes that were signed, not yet checked against a chain.
#[derive(Debug, Clone)]
pub struct SignedStatement {
    /// The signed bytes, kept and relayed as received.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes.
    pub id: StatementId,
    /// Who signed.
    pub signer: AuthorityId,
    /// When, milliseconds since the Unix epoch.
    pub issued_ms: i64,
    /// What is said.
    pub statement: Statement,
    pub(super) envelope: Envelope,
}

impl SignedStatement {
    /// Signs a statement.
    pub fn sign(root: AuthorityId, key: &KeyPair, issued_ms: i64, statement: &Statement) -> Vec<u8> {
        let payload = encode(|e| write(e, statement, issued_ms));
        Envelope::sign(Kind::Statement, root, key, payload)
    }

    /// Reads signed bytes strictly.
    pub fn open(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let envelope = Envelope::open(bytes)?;
        check_strict(envelope.payload())?;
        let (statement, issued_ms) = read(envelope.payload())?;
        Ok(Self {
            bytes: bytes.to_vec(),
            id: Sha256::digest(bytes).into(),
            signer: AuthorityId(envelope.signer()),
            issued_ms,
            statement,
            envelope,
        })
    }
}

fn write(e: &mut Encoder, statement: &Statement, issued_ms: i64) -> Written {
    match statement {
        Statement::IssuingKey(s) => {
            e.map(5)?.u8(0)?.u8(0)?.u8(1)?.bytes(&s.key)?.u8(2)?.i64(s.from_ms)?.u8(3)?.i64(s.to_ms)?;
        }
        Statement::Certificate(s) => {
            e.map(4)?.u8(0)?.u8(1)?.u8(1)?.bytes(&s.key)?.u8(2)?.bytes(&s.member.0)?;
        }
        Statement::Revocation(s) => {
            e.map(6)?.u8(0)?.u8(2)?.u8(1)?.bytes(&s.subject)?.u8(2)?.i64(s.at_ms)?;
            e.u8(3)?.str(s.reason.word())?.u8(4)?.bool(s.wipe)?;
        }
        Statement::Directory(s) => {
            e.map(5)?.u8(0)?.u8(3)?.u8(1)?.u64(s.version)?.u8(2)?.array(s.members.len() as u64)?;
            for member in &s.members {
                e.array(3)?.bytes(&member.id.0)?.str(&member.name)?.array(member.memberships.len() as u64)?;
                for m in &member.memberships {
                    e.array(4)?.str(m.unit.as_str())?.str(m.role.as_str())?.i64(m.from_ms)?.encode(m.to_ms)?;
                }
            }
            e.u8(3)?.encode(s.base)?;
        }
        Statement::Catalogue(s) => {
            e.map(5)?.u8(0)?.u8(4)?.u8(1)?.u64(s.version)?.u8(2)?.bytes(s.campaign.as_bytes())?;
            e.u8(3)?.array(s.units.len() as u64)?;
            for unit in &s.units {
                e.array(8)?.str(unit.id.as_str())?.encode(unit.parent.as_ref().map(UnitId::as_str))?;
                e.str(&unit.code)?.str(&unit.name)?.str(&unit.level)?;
                e.i64(unit.valid_from_ms)?.encode(unit.valid_to_ms)?.array(unit.successors.len() as u64)?;
                for successor in &unit.successors {
                    e.str(successor.as_str())?;
                }
            }
        }
        Statement::Erasure(s) => {
            e.map(5)?.u8(0)?.u8(5)?.u8(1)?.bytes(&s.record.0)?.u8(2)?.i64(s.at_ms)?.u8(3)?.str(&s.reason)?;
        }
        Statement::Reset(s) => {
            e.map(4)?.u8(0)?.u8(6)?.u8(1)?.bytes(&s.device.0)?.u8(2)?.bytes(&s.sealed)?;
        }
        Statement::RecoveryKey(s) => {
            e.map(3)?.u8(0)?.u8(7)?.u8(1)?.bytes(&s.key)?;
        }
    }
    e.u8(9)?.i64(issued_ms)?;
    Ok(())
}

/// Expects the next map key to be `key`.
fn key(d: &mut Decoder<'_>, expected: u8) -> Result<(), CborError> {
    let found = d.u8()?;
    if found == expected { Ok(()) } else { Err(CborError(format!("key {found} where {expected} belongs"))) }
}

fn fixed<const N: usize>(d: &mut Decoder<'_>) -> Result<[u8; N], CborError> {
    d.bytes()?.try_into().map_err(|_| CborError(format!("a byte string that has not {N} bytes")))
}

fn nullable<'b, T>(
    d: &mut Decoder<'b>,
    read: impl FnOnce(&mut Decoder<'b>) -> Result<T, CborError>,
) -> Result<Option<T>, CborError> {
    if d.datatype()? == Type::Null {
        d.null()?;
        return Ok(None);
    }
    read(d).map(Some)
}

fn text_id<T: std::str::FromStr<Err = crate::InvalidId>>(d: &mut Decoder<'_>) -> Result<T, CborError> {
    d.str()?.parse().map_err(|e: crate::InvalidId| CborError(e.to_string()))
}

fn list<'b, T>(
    d: &mut Decoder<'b>,
    mut read: impl FnMut(&mut Decoder<'b>) -> Result<T, CborError>,
) -> Result<Vec<T>, CborError> {
    let count = d.array()?.ok_or_else(|| CborError("an indefinite length".into()))?;
    // Never more capacity than bytes that could hold it.
    let mut items = Vec::with_capacity(count.min(d.input().len() as u64) as usize);
    for _ in 0..count {
        items.push(read(d)?);
    }
    Ok(items)
}

fn tuple(d: &mut Decoder<'_>, len: u64) -> Result<(), CborError> {
    if d.array()? == Some(len) { Ok(()) } else { Err(CborError(format!("an array that has not {len} items"))) }
}

fn read(payload: &[u8]) -> Result<(Statement, i64), CborError> {
    let mut decoder = Decoder::new(payload);
    let d = &mut decoder;
    let len = d.map()?.ok_or_else(|| CborError("an indefinite length".into()))?;
    key(d, 0)?;
    let kind = d.u8()?;
    let expected = [5, 4, 6, 5, 5, 5, 4, 3].get(usize::from(kind)).copied();
    if expected != Some(len) {
        return Err(CborError(format!("statement kind {kind} with {len} keys is unknown")));
    }
    key(d, 1)?;
    let statement = match kind {
        0 => {
            let issuing = fixed(d)?;
            key(d, 2)?;
            let from_ms = d.i64()?;
            key(d, 3)?;
            Statement::IssuingKey(IssuingKey { key: issuing, from_ms, to_ms: d.i64()? })
        }
        1 => {
            let device = fixed(d)?;
            key(d, 2)?;
            Statement::Certificate(Certificate { key: device, member: MemberId(fixed(d)?) })
        }
        2 => {
            let subject = fixed(d)?;
            key(d, 2)?;
            let at_ms = d.i64()?;
            key(d, 3)?;
            let reason = match d.str()? {
                "left" => RevocationReason::Left,
                "lost" => RevocationReason::Lost,
                _ => return Err(CborError("a reason that is neither left nor lost".into())),
            };
            key(d, 4)?;
            Statement::Revocation(Revocation { subject, at_ms, reason, wipe: d.bool()? })
        }
        3 => {
            let version = d.u64()?;
            key(d, 2)?;
            let members = list(d, member)?;
            key(d, 3)?;
            Statement::Directory(Directory { version, members, base: nullable(d, |d| Ok(d.u64()?))? })
        }
        4 => {
            let version = d.u64()?;
            key(d, 2)?;
            let campaign = String::from_utf8(d.bytes()?.to_vec()).map_err(|_| CborError("no UTF-8".into()))?;
            key(d, 3)?;
            Statement::Catalogue(Catalogue { version, campaign, units: list(d, unit)? })
        }
        5 => {
            let record = RecordId(fixed(d)?);
            key(d, 2)?;
            let at_ms = d.i64()?;
            key(d, 3)?;
            Statement::Erasure(Erasure { record, at_ms, reason: d.str()?.to_owned() })
        }
        6 => {
            let device = DeviceId(fixed(d)?);
            key(d, 2)?;
            Statement::Reset(Reset { device, sealed: d.bytes()?.to_vec() })
        }
        _ => Statement::RecoveryKey(RecoveryKey { key: fixed(d)? }),
    };
    key(d, 9)?;
    Ok((statement, d.i64()?))
}

fn member(d: &mut Decoder<'_>) -> Result<Member, CborError> {
    tuple(d, 3)?;
    let id = MemberId(fixed(d)?);
    let name = d.str()?.to_owned();
    let memberships = list(d, |d| {
        tuple(d, 4)?;
        Ok(Membership {
            unit: text_id(d)?,
            role: text_id(d)?,
            from_ms: d.i64()?,
            to_ms: nullable(d, |d| Ok(d.i64()?))?,
        })
    })?;
    Ok(Member { id, name, memberships })
}

fn unit(d: &mut Decoder<'_>) -> Result<UnitEntry, CborError> {
    tuple(d, 8)?;
    Ok(UnitEntry {
        id: text_id(d)?,
        parent: nullable(d, text_id)?,
        code: d.str()?.to_owned(),
        name: d.str()?.to_owned(),
        level: d.str()?.to_owned(),
        valid_from_ms: d.i64()?,
        valid_to_ms: nullable(d, |d| Ok(d.i64()?))?,
        successors: list(d, text_id)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn samples() -> Vec<Statement> {
        vec![
            Statement::IssuingKey(IssuingKey { key: [1; 32], from_ms: 0, to_ms: 9_000 }),
            Statement::Certificate(Certificate { key: [2; 32], member: MemberId([3; 16]) }),
            Statement::Revocation(Revocation {
                subject: [4; 16],
                at_ms: 5,
                reason: RevocationReason::Lost,
                wipe: true,
            }),
            Statement::Directory(Directory {
                version: 2,
                base: Some(1),
                members: vec![Member {
                    id: MemberId([3; 16]),
                    name: "Nguyễn Thị Hòa".into(),
                    memberships: vec![Membership {
                        unit: "26572".parse().unwrap(),
                        role: "commune_officer".parse().unwrap(),
                        from_ms: 1,
                        to_ms: None,
                    }],
                }],
            }),
            Statement::Catalogue(Catalogue {
                version: 1,
                campaign: "{}".into(),
                units: vec![UnitEntry {
                    id: "26572".parse().unwrap(),
                    parent: Some("748".parse().unwrap()),
                    code: "26572".into(),
                    name: "Xã Hoà Long".into(),
                    level: "commune".into(),
                    valid_from_ms: 0,
                    valid_to_ms: Some(1_751_302_800_000),
                    successors: vec!["26572-20250701".parse().unwrap()],
                }],
            }),
            Statement::Erasure(Erasure { record: RecordId([6; 16]), at_ms: 7, reason: "theo yêu cầu".into() }),
            Statement::Reset(Reset { device: DeviceId([8; 16]), sealed: vec![9; 48] }),
            Statement::RecoveryKey(RecoveryKey { key: [10; 32] }),
        ]
    }

    #[test]
    fn statements_survive_the_wire() {
        let key = KeyPair::from_seed([1; 32]);
        for statement in samples() {
            let bytes = SignedStatement::sign(key.authority(), &key, 1_234, &statement);
            let read = SignedStatement::open(&bytes).unwrap();
            assert_eq!(read.statement, statement);
            assert_eq!(read.issued_ms, 1_234);
        }
    }

    #[test]
    fn cut_statements_are_refused() {
        for statement in samples() {
            let payload = encode(|e| write(e, &statement, 1));
            for len in 0..payload.len() {
                assert!(check_strict(&payload[..len]).is_err() || read(&payload[..len]).is_err());
            }
        }
    }
}
