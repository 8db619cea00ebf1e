//! A change in its envelope: what is stored, sent and verified.

use minicbor::Decoder;
use sha2::{Digest as _, Sha256};

use super::reader::{Change, ReadError, read_chunk};
use crate::{
    AuthorityId, ChangeHash, DeviceId, RecordId,
    cbor::{CborError, check_strict, encode},
    envelope::{BadSignature, Envelope, EnvelopeError, Kind},
    identity::KeyPair,
};

/// Why bytes are not a signed change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignedChangeError {
    /// The envelope is not one.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The signature does not hold.
    #[error(transparent)]
    Signature(#[from] BadSignature),
    /// The chunk is not an acceptable change.
    #[error(transparent)]
    Chunk(#[from] ReadError),
}

impl From<CborError> for SignedChangeError {
    fn from(error: CborError) -> Self {
        Self::Envelope(error.into())
    }
}

/// A change signed by its device: `[record, chunk]` in an envelope. Opening checks only the envelope's form, so that
/// each later check can give its own code; the chunk is read by [`SignedChange::read`].
#[derive(Debug, Clone)]
pub struct SignedChange {
    bytes: Vec<u8>,
    envelope: Envelope,
    record: RecordId,
    chunk: Vec<u8>,
    hash: ChangeHash,
}

impl SignedChange {
    /// Signs a chunk for a record.
    pub fn sign(root: AuthorityId, key: &KeyPair, record: RecordId, chunk: &[u8]) -> Vec<u8> {
        let payload = encode(|e| {
            e.array(2)?.bytes(&record.0)?.bytes(chunk)?;
            Ok(())
        });
        Envelope::sign(Kind::Change, root, key, payload)
    }

    /// Parses the envelope and its payload strictly.
    pub fn open(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let envelope = Envelope::open(bytes)?;
        check_strict(envelope.payload())?;
        let (record, chunk) = payload(envelope.payload())?;
        let hash = ChangeHash(Sha256::digest(chunk.get(8..).unwrap_or_default()).into());
        Ok(Self { bytes: bytes.to_vec(), envelope, record, chunk, hash })
    }

    /// The signed bytes, stored and relayed as received.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The signing device, as stated; believed only after [`SignedChange::verify`].
    pub fn device(&self) -> DeviceId {
        DeviceId(self.envelope.signer())
    }

    /// The record it belongs to.
    pub fn record(&self) -> RecordId {
        self.record
    }

    /// The Automerge change chunk.
    pub fn chunk(&self) -> &[u8] {
        &self.chunk
    }

    /// The change's hash as Automerge computes it, whether or not the chunk is acceptable.
    pub fn hash(&self) -> ChangeHash {
        self.hash
    }

    /// Verifies the signature of the device with this public key.
    pub fn verify(&self, root: AuthorityId, public_key: &[u8; 32]) -> Result<(), BadSignature> {
        self.envelope.verify(Kind::Change, root, public_key)
    }

    /// Reads the chunk strictly.
    pub fn read(&self) -> Result<Change, ReadError> {
        read_chunk(&self.chunk)
    }
}

fn payload(bytes: &[u8]) -> Result<(RecordId, Vec<u8>), EnvelopeError> {
    let mut d = Decoder::new(bytes);
    let mut parts = || -> Result<(RecordId, Vec<u8>), CborError> {
        if d.array()? != Some(2) {
            return Err(CborError("the payload is not [record, change]".into()));
        }
        let record = RecordId::try_from(d.bytes()?).map_err(|e| CborError(e.to_string()))?;
        Ok((record, d.bytes()?.to_vec()))
    };
    parts().map_err(EnvelopeError::from)
}
