//! What can be said of a change without a store, so that all cores can say it of many at once. Hub and phone both
//! judge so what arrives.

use crate::{
    Actor, DeviceId,
    change::{Change, ReadError, SignedChange},
    envelope::BadSignature,
    identity::Trust,
    record::{Record, RecordError},
};

/// Why a change is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unverified {
    /// Nobody certified the signer.
    #[error("the device {0} is unknown")]
    UnknownDevice(DeviceId),
    /// The signature does not hold.
    #[error(transparent)]
    Signature(#[from] BadSignature),
    /// The strict reader does not accept the chunk.
    #[error(transparent)]
    Chunk(#[from] ReadError),
    /// Another device's actor.
    #[error("the actor {0} does not end in the signer")]
    Actor(Actor),
}

impl Unverified {
    /// The code of protocol.md section 4.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownDevice(_) => "unknown_device",
            Self::Signature(_) => "bad_signature",
            Self::Actor(_) | Self::Chunk(ReadError::OwnActor) => "actor_mismatch",
            Self::Chunk(ReadError::TooLarge) => "too_large",
            Self::Chunk(_) => "malformed_change",
        }
    }
}

/// A change judged by itself.
#[derive(Debug)]
pub struct Judged {
    /// Signer, signature, strict reader, actor.
    pub change: Result<Change, Unverified>,
    /// For a first change: the record that it makes if it is the only change there, after the trial.
    pub alone: Option<Result<Record, RecordError>>,
}

impl Judged {
    /// Judges one change.
    pub fn of(signed: &SignedChange, trust: &Trust) -> Self {
        let change = verify(signed, trust);
        let first = change.as_ref().ok().filter(|change| change.deps.is_empty());
        let alone = first.map(|change| {
            let mut record = Record::empty(signed.record());
            record.apply(change.clone(), signed.chunk()).map(|()| record)
        });
        Self { change, alone }
    }
}

fn verify(signed: &SignedChange, trust: &Trust) -> Result<Change, Unverified> {
    let device = signed.device();
    let certificate = trust.certificate(device).ok_or(Unverified::UnknownDevice(device))?;
    signed.verify(trust.root(), &certificate.key)?;
    let change = signed.read()?;
    if change.actor.device() != device {
        return Err(Unverified::Actor(change.actor));
    }
    Ok(change)
}
