//! The messages between a device and a hub: CBOR maps with integer keys. Unknown keys are ignored.

use minicbor::{Decode, Encode, bytes::ByteVec, data::Type, decode, encode};

use crate::{AuthorityId, ChangeHash, FormId, RecordId, UnitId, identity::KeyPair};

/// The protocol's major version.
pub const PROTOCOL_VERSION: u64 = 1;

/// A message that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the message cannot be read: {0}")]
pub struct MessageError(String);

impl From<decode::Error> for MessageError {
    fn from(error: decode::Error) -> Self {
        Self(error.to_string())
    }
}

macro_rules! message {
    ($name:ident) => {
        impl $name {
            /// The message as CBOR.
            pub fn to_bytes(&self) -> Vec<u8> {
                match minicbor::to_vec(self) {
                    Ok(bytes) => bytes,
                    Err(error) => unreachable!("writing CBOR into memory failed: {error}"),
                }
            }

            /// Reads the message; bytes after it are refused.
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
                let mut decoder = minicbor::Decoder::new(bytes);
                let message = decoder.decode()?;
                match bytes.len() - decoder.position() {
                    0 => Ok(message),
                    rest => Err(MessageError(format!("{rest} bytes after the message"))),
                }
            }
        }
    };
}

/// Ids inside messages: raw bytes or text.
mod wire {
    use super::*;

    macro_rules! raw {
        ($name:ident) => {
            impl<C> Encode<C> for crate::$name {
                fn encode<W: encode::Write>(
                    &self,
                    e: &mut minicbor::Encoder<W>,
                    _: &mut C,
                ) -> Result<(), encode::Error<W::Error>> {
                    e.bytes(self.as_bytes())?.ok()
                }
            }
            impl<'b, C> Decode<'b, C> for crate::$name {
                fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
                    Self::try_from(d.bytes()?).map_err(decode::Error::message)
                }
            }
        };
    }
    macro_rules! text {
        ($name:ident) => {
            impl<C> Encode<C> for crate::$name {
                fn encode<W: encode::Write>(
                    &self,
                    e: &mut minicbor::Encoder<W>,
                    _: &mut C,
                ) -> Result<(), encode::Error<W::Error>> {
                    e.str(self.as_str())?.ok()
                }
            }
            impl<'b, C> Decode<'b, C> for crate::$name {
                fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
                    d.str()?.parse().map_err(decode::Error::message)
                }
            }
        };
    }
    raw!(RecordId);
    raw!(ChangeHash);
    raw!(AuthorityId);
    raw!(DeviceId);
    text!(UnitId);
    text!(FormId);
}

/// What a replica sends: its cursor, what it made, what it wants.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SyncRequest {
    /// Protocol major version.
    #[n(0)]
    pub version: u64,
    /// How far it has read; absent or null: from the beginning.
    #[n(1)]
    pub cursor: Option<ByteVec>,
    /// Signed changes in causal order.
    #[n(2)]
    pub changes: Vec<ByteVec>,
    /// Most bytes wanted back.
    #[n(3)]
    pub bytes_max: u64,
    /// Catalogue version held; 0: none.
    #[n(4)]
    pub catalogue: u64,
    /// Directory version held; 0: none.
    #[n(5)]
    pub directory: u64,
    /// Units wanted, with descendants, within the member's scope; absent or null: all.
    #[n(6)]
    pub units: Option<Vec<UnitId>>,
    /// Statements not received from this hub and not yet acknowledged by it.
    #[n(7)]
    pub statements: Vec<ByteVec>,
}
message!(SyncRequest);

/// What a hub answers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SyncResponse {
    /// Protocol major version.
    #[n(0)]
    pub version: u64,
    /// Changes that are durable now, or were already.
    #[n(1)]
    pub admitted: Vec<Admitted>,
    /// Changes refused or held for approval.
    #[n(2)]
    pub refused: Vec<Refused>,
    /// Changes new to this replica, in causal order.
    #[n(3)]
    pub changes: Vec<FeedItem>,
    /// How far the replica has read after this page.
    #[n(4)]
    pub cursor: ByteVec,
    /// Whether there is more.
    #[n(5)]
    pub more: bool,
    /// Statements, in chain order; processed first.
    #[n(6)]
    pub statements: Vec<ByteVec>,
    /// Changes that the root hub took back.
    #[n(7)]
    pub retracted: Vec<RecordCode>,
    /// The hub's clock, milliseconds since the Unix epoch.
    #[n(8)]
    pub hub_time_ms: i64,
    /// Pairs no longer in scope.
    #[n(9)]
    pub left_scope: Vec<Pair>,
    /// SHA-256 of the request's statements that are now held.
    #[n(10)]
    pub statements_held: Vec<ByteVec>,
    /// The ledger's epoch.
    #[n(11)]
    pub epoch: u64,
}
message!(SyncResponse);

/// A change that is durable at the hub.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Admitted {
    /// The record.
    #[n(0)]
    pub record: RecordId,
    /// The change.
    #[n(1)]
    pub hash: ChangeHash,
    /// Its place in the ledger.
    #[n(2)]
    pub sequence: u64,
    /// When the hub received it.
    #[n(3)]
    pub received_ms: i64,
    /// Whether the root hub has decided.
    #[n(4)]
    pub is_final: bool,
}

/// A change that was refused or is held for approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The record.
    pub record: RecordId,
    /// The change.
    pub hash: ChangeHash,
    /// A code of protocol.md section 4.
    pub code: String,
    /// More about it.
    pub detail: Option<String>,
}

/// Written by hand: the fourth item is always there, null or not.
impl<C> Encode<C> for Refused {
    fn encode<W: encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.array(4)?.encode_with(self.record, ctx)?.encode_with(self.hash, ctx)?;
        e.str(&self.code)?.encode_with(&self.detail, ctx)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Refused {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        if d.array()? != Some(4) {
            return Err(decode::Error::message("a refusal is [record, change, code, detail / null]"));
        }
        let (record, hash) = (d.decode_with(ctx)?, d.decode_with(ctx)?);
        Ok(Self { record, hash, code: d.str()?.to_owned(), detail: d.decode_with(ctx)? })
    }
}

/// A change in the feed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct FeedItem {
    /// The signed bytes.
    #[n(0)]
    pub change: ByteVec,
    /// When the hub received it.
    #[n(1)]
    pub received_ms: i64,
    /// Its place in the ledger.
    #[n(2)]
    pub sequence: u64,
    /// Whether the root hub has decided.
    #[n(3)]
    pub is_final: bool,
}

/// A change and a code.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RecordCode {
    /// The record.
    #[n(0)]
    pub record: RecordId,
    /// The change.
    #[n(1)]
    pub hash: ChangeHash,
    /// Why.
    #[n(2)]
    pub code: String,
}

/// A unit and a form; no form: all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The unit.
    pub unit: UnitId,
    /// The form.
    pub form: Option<FormId>,
}

/// Written by hand: the second item is always there, null or not.
impl<C> Encode<C> for Pair {
    fn encode<W: encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.array(2)?.encode_with(&self.unit, ctx)?.encode_with(&self.form, ctx)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Pair {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        if d.array()? != Some(2) {
            return Err(decode::Error::message("a pair is [unit, form / null]"));
        }
        let unit = d.decode_with(ctx)?;
        let form = if d.datatype()? == Type::Null { d.null().map(|()| None)? } else { Some(d.decode_with(ctx)?) };
        Ok(Self { unit, form })
    }
}

/// Asks to join with an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct JoinRequest {
    /// The invitation's code.
    #[n(0)]
    pub invite: String,
    /// The device's public key.
    #[n(1)]
    pub key: ByteVec,
    /// What the device is called.
    #[n(2)]
    pub name: String,
    /// Signature over [`join_proof`].
    #[n(3)]
    pub proof: ByteVec,
}
message!(JoinRequest);

/// The hub's answer to a join. Repeating the join gives the same answer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct JoinAnswer {
    /// The device's certificate.
    #[n(0)]
    pub certificate: ByteVec,
    /// The root's public key; its id is in the invitation.
    #[n(1)]
    pub root_key: ByteVec,
    /// The issuing keys that the certificate's chain needs.
    #[n(2)]
    pub issuing_keys: Vec<ByteVec>,
}
message!(JoinAnswer);

/// A nonce for opening a session.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Nonce {
    /// 32 bytes.
    #[n(0)]
    pub nonce: ByteVec,
}
message!(Nonce);

/// Opens a session.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SessionRequest {
    /// The device's certificate.
    #[n(0)]
    pub certificate: ByteVec,
    /// The hub's nonce.
    #[n(1)]
    pub nonce: ByteVec,
    /// Signature over [`session_proof`].
    #[n(2)]
    pub proof: ByteVec,
}
message!(SessionRequest);

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SessionAnswer {
    /// The bearer token.
    #[n(0)]
    pub token: String,
    /// When it ends, milliseconds since the Unix epoch.
    #[n(1)]
    pub expires_ms: i64,
}
message!(SessionAnswer);

/// What is wrong with a request as a whole (RFC 9457), as far as a replica reads it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Problem {
    /// Stable code.
    pub code: String,
    /// HTTP status.
    pub status: u16,
    /// For people.
    #[serde(default)]
    pub detail: String,
    /// With `epoch_changed`: the hub's epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
}

/// The bytes a device signs to join.
pub fn join_proof(root: AuthorityId, invite: &str) -> Vec<u8> {
    [b"dongbo/join/1\0", &root.0[..], invite.as_bytes()].concat()
}

/// The bytes a device signs to open a session at the hub with this origin (RFC 6454, ASCII).
pub fn session_proof(root: AuthorityId, origin: &str, nonce: &[u8]) -> Vec<u8> {
    [b"dongbo/session/1\0", &root.0[..], origin.as_bytes(), nonce].concat()
}

impl JoinRequest {
    /// The request of a device that was invited.
    pub fn new(root: AuthorityId, invite: &str, key: &KeyPair, name: &str) -> Self {
        Self {
            invite: invite.to_owned(),
            key: key.public().to_vec().into(),
            name: name.to_owned(),
            proof: key.sign(&join_proof(root, invite)).to_vec().into(),
        }
    }

    /// The public key, if the proof holds.
    pub fn verified_key(&self, root: AuthorityId) -> Option<[u8; 32]> {
        let key: [u8; 32] = self.key.as_slice().try_into().ok()?;
        let holds = crate::identity::verify_bare(&key, &join_proof(root, &self.invite), &self.proof);
        holds.then_some(key)
    }
}

impl SessionRequest {
    /// The request of a device at a hub.
    pub fn new(root: AuthorityId, origin: &str, nonce: &[u8], key: &KeyPair, certificate: &[u8]) -> Self {
        Self {
            certificate: certificate.to_vec().into(),
            nonce: nonce.to_vec().into(),
            proof: key.sign(&session_proof(root, origin, nonce)).to_vec().into(),
        }
    }

    /// Whether the proof holds for this device key at this origin.
    pub fn proves(&self, root: AuthorityId, origin: &str, key: &[u8; 32]) -> bool {
        crate::identity::verify_bare(key, &session_proof(root, origin, &self.nonce), &self.proof)
    }
}
