//! Identifiers (protocol.md section 1). Each is a newtype whose constructor cannot build an invalid value.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, de};
use sha2::{Digest, Sha256};

/// Text that is not the identifier it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a valid {kind}: expected {expected}")]
pub struct InvalidId {
    /// The identifier's name.
    pub kind: &'static str,
    /// What was given, shortened.
    pub text: String,
    /// What would have been valid.
    pub expected: &'static str,
}

impl InvalidId {
    fn new(kind: &'static str, text: &str, expected: &'static str) -> Self {
        Self { kind, text: text.chars().take(80).collect(), expected }
    }
}

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// The raw bytes.
            pub fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }
        impl TryFrom<&[u8]> for $name {
            type Error = InvalidId;
            fn try_from(bytes: &[u8]) -> Result<Self, InvalidId> {
                let expected = concat!(stringify!($len), " bytes");
                let shown = |_| InvalidId::new(stringify!($name), &hex::encode(&bytes[..bytes.len().min(40)]), expected);
                bytes.try_into().map(Self).map_err(shown)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(de::Error::custom)
            }
        }
    };
}

macro_rules! hex_text {
    ($name:ident, $expected:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }
        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let invalid = || InvalidId::new(stringify!($name), text, $expected);
                if text.bytes().any(|b| b.is_ascii_uppercase()) {
                    return Err(invalid());
                }
                let mut bytes = Self([0; _]);
                hex::decode_to_slice(text, &mut bytes.0).map_err(|_| invalid())?;
                Ok(bytes)
            }
        }
    };
}

macro_rules! uuid_text {
    ($name:ident, $expected:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                uuid::Uuid::from_bytes(self.0).hyphenated().fmt(f)
            }
        }
        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let invalid = || InvalidId::new(stringify!($name), text, $expected);
                let uuid = uuid::Uuid::try_parse(text).map_err(|_| invalid())?;
                let id = Self(uuid.into_bytes());
                if id.to_string() == text { Ok(id) } else { Err(invalid()) }
            }
        }
    };
}

byte_id!(
    /// First 16 bytes of SHA-256 of an authority's Ed25519 public key. A campaign is named by its root's.
    AuthorityId, 16
);
hex_text!(AuthorityId, "32 lower-case hex digits");

byte_id!(
    /// First 16 bytes of SHA-256 of a device's Ed25519 public key.
    DeviceId, 16
);
hex_text!(DeviceId, "32 lower-case hex digits");

byte_id!(
    /// The Automerge hash of a change; meaningful only together with its record.
    ChangeHash, 32
);
hex_text!(ChangeHash, "64 lower-case hex digits");

byte_id!(
    /// SHA-256 of an attachment's content.
    BlobId, 32
);
hex_text!(BlobId, "64 lower-case hex digits");

byte_id!(
    /// UUIDv8 that commits to device, unit, form and time (see [`RecordId::derive`]).
    RecordId, 16
);
uuid_text!(RecordId, "a lower-case UUID with hyphens");

byte_id!(
    /// A person's UUID.
    MemberId, 16
);
uuid_text!(MemberId, "a lower-case UUID with hyphens");

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// The text, `[a-z0-9._-]{1,64}`.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let valid = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
                if text.is_empty() || text.len() > 64 || !text.bytes().all(valid) {
                    return Err(InvalidId::new(stringify!($name), text, "1 to 64 of a-z 0-9 . _ -"));
                }
                Ok(Self(text.into()))
            }
        }
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(de::Error::custom)
            }
        }
    };
}

text_id!(
    /// An organisation in the unit tree. Official codes are reused over time, so the id is ours.
    UnitId
);
text_id!(
    /// The schema of one kind of record.
    FormId
);
text_id!(
    /// The readable name of a campaign.
    CampaignId
);
text_id!(
    /// A field of a form.
    FieldId
);
text_id!(
    /// A role of a campaign.
    RoleId
);
text_id!(
    /// A choice list of a campaign.
    ChoiceListId
);
text_id!(
    /// A measure of a campaign.
    MeasureId
);

impl AuthorityId {
    /// The id of an authority's public key.
    pub fn of(public_key: &[u8; 32]) -> Self {
        Self(key_digest(public_key))
    }
}

impl DeviceId {
    /// The id of a device's public key.
    pub fn of(public_key: &[u8; 32]) -> Self {
        Self(key_digest(public_key))
    }
}

fn key_digest(public_key: &[u8; 32]) -> [u8; 16] {
    let digest = Sha256::digest(public_key);
    std::array::from_fn(|i| digest[i])
}

/// What a [`RecordId`] commits to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordOrigin {
    /// The device that made the first change.
    pub device: DeviceId,
    /// The unit the record belongs to for ever.
    pub unit: UnitId,
    /// The form it fills.
    pub form: FormId,
    /// Creation time, milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// Eight random bytes.
    pub salt: [u8; 8],
}

impl RecordId {
    /// The id of the record with this origin: 48 bits of time, then 74 bits of SHA-256 (protocol.md section 1).
    ///
    /// Nobody else can occupy it and nobody can lie about its unit or form.
    pub fn derive(origin: &RecordOrigin) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"dongbo/record/1\0");
        hash.update(origin.device.0);
        hash.update(origin.unit.as_str());
        hash.update([0]);
        hash.update(origin.form.as_str());
        hash.update([0]);
        hash.update(origin.created_ms.to_be_bytes());
        hash.update(origin.salt);
        let digest = hash.finalize();
        let bits = |from: usize, to: usize| {
            (from..to).fold(0u64, |acc, bit| (acc << 1) | u64::from(digest[bit / 8] >> (7 - bit % 8) & 1))
        };
        let time = (origin.created_ms as u64) & 0xffff_ffff_ffff;
        let high = time << 16 | 8 << 12 | bits(0, 12);
        let low = 0b10 << 62 | bits(12, 74);
        Self(((u128::from(high) << 64) | u128::from(low)).to_be_bytes())
    }

    /// Creation time, milliseconds since the Unix epoch, as the id carries it (its low 48 bits).
    pub fn created_ms(&self) -> i64 {
        self.0[..6].iter().fold(0, |acc, byte| acc << 8 | i64::from(*byte))
    }
}

impl BlobId {
    /// The id of this content.
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }
}

/// An Automerge actor: nothing or 8 random bytes, then the [`DeviceId`].
///
/// Actors order by their bytes, as Automerge orders them: it decides which of two concurrent values wins.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Actor {
    prefix: Option<[u8; 8]>,
    device: DeviceId,
}

impl Actor {
    /// A device's first actor in a record.
    pub fn first(device: DeviceId) -> Self {
        Self { prefix: None, device }
    }

    /// A further actor, told apart by 8 random bytes.
    pub fn further(device: DeviceId, prefix: [u8; 8]) -> Self {
        Self { prefix: Some(prefix), device }
    }

    /// Reads an actor; `None` if the length is neither 16 nor 24.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (prefix, device) = match bytes.len() {
            16 => (None, bytes),
            24 => (Some(bytes[..8].try_into().ok()?), &bytes[8..]),
            _ => return None,
        };
        Some(Self { prefix, device: DeviceId::try_from(device).ok()? })
    }

    /// The bytes Automerge sees.
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = self.prefix.map(|p| p.to_vec()).unwrap_or_default();
        bytes.extend(self.device.0);
        bytes
    }

    /// The device that signs under this actor.
    pub fn device(self) -> DeviceId {
        self.device
    }
}

impl Ord for Actor {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        fn bytes(actor: &Actor) -> impl Iterator<Item = &u8> {
            actor.prefix.iter().flatten().chain(&actor.device.0)
        }
        bytes(self).cmp(bytes(other))
    }
}

impl PartialOrd for Actor {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.to_bytes()))
    }
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Actor({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> RecordOrigin {
        RecordOrigin {
            device: DeviceId([7; 16]),
            unit: "26572".parse().unwrap(),
            form: "activity".parse().unwrap(),
            created_ms: 1_700_000_000_123,
            salt: *b"saltsalt",
        }
    }

    #[test]
    fn a_record_id_is_a_uuid_v8_that_carries_its_time() {
        let id = RecordId::derive(&origin());
        let uuid = uuid::Uuid::from_bytes(id.0);
        assert_eq!(uuid.get_version_num(), 8);
        assert_eq!(uuid.get_variant(), uuid::Variant::RFC4122);
        assert_eq!(id.created_ms(), 1_700_000_000_123);
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn every_part_of_the_origin_changes_the_id() {
        let id = RecordId::derive(&origin());
        for changed in [
            RecordOrigin { device: DeviceId([8; 16]), ..origin() },
            RecordOrigin { unit: "26573".parse().unwrap(), ..origin() },
            RecordOrigin { form: "training".parse().unwrap(), ..origin() },
            RecordOrigin { created_ms: 1_700_000_000_124, ..origin() },
            RecordOrigin { salt: *b"saltsalu", ..origin() },
        ] {
            assert_ne!(RecordId::derive(&changed), id, "{changed:?}");
        }
    }

    #[test]
    fn text_that_is_no_id_is_refused_with_what_was_expected() {
        assert!("Xã Hòa Long".parse::<UnitId>().unwrap_err().to_string().contains("a-z"));
        assert!("".parse::<FormId>().is_err());
        assert!("AB".repeat(16).parse::<DeviceId>().is_err(), "upper case is another text for the same id");
        assert!("{018bcfe5-687b-8000-8000-000000000000}".parse::<RecordId>().is_err());
    }

    #[test]
    fn an_actor_is_a_prefix_and_a_device() {
        let device = DeviceId([3; 16]);
        for actor in [Actor::first(device), Actor::further(device, [9; 8])] {
            assert_eq!(Actor::from_bytes(&actor.to_bytes()), Some(actor));
            assert_eq!(actor.device(), device);
        }
        assert_eq!(Actor::from_bytes(&[0; 17]), None);
    }

    #[test]
    fn actors_order_by_their_bytes() {
        let mut actors: Vec<Actor> = [[3; 16], [8; 16]].into_iter().map(|id| Actor::first(DeviceId(id))).collect();
        for prefix in [[0; 8], [3; 8], [5; 8], [9; 8]] {
            actors.push(Actor::further(DeviceId([3; 16]), prefix));
        }
        for a in &actors {
            for b in &actors {
                assert_eq!(a.cmp(b), a.to_bytes().cmp(&b.to_bytes()), "{a} {b}");
            }
        }
    }
}
