//! The signed envelope: COSE_Sign1 (RFC 9052) with Ed25519, untagged, protected header exactly {1: -8, 4: signer id},
//! empty unprotected header, external_aad = kind ‖ 0 ‖ root AuthorityId (protocol.md section 2).

use coset::{AsCborValue as _, CborSerializable as _, CoseSign1, CoseSign1Builder, HeaderBuilder, iana};
use ed25519_dalek::{Signature, VerifyingKey};

use crate::{
    AuthorityId,
    cbor::{CborError, check_strict},
    identity::KeyPair,
};

/// What an envelope holds. Nothing signed as one kind counts as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A change, signed by a device.
    Change,
    /// An authority statement.
    Statement,
}

impl Kind {
    /// The kind's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Change => "dongbo/change/1",
            Self::Statement => "dongbo/statement/1",
        }
    }

    fn external_aad(self, root: AuthorityId) -> Vec<u8> {
        [self.name().as_bytes(), &[0], &root.0].concat()
    }
}

/// An envelope that is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// Not strict CBOR.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// CBOR, but not the COSE_Sign1 of this protocol.
    #[error("not a signed envelope of this protocol: {0}")]
    Shape(&'static str),
}

/// A signature that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not hold")]
pub struct BadSignature;

/// A parsed envelope, not yet verified.
#[derive(Debug, Clone)]
pub struct Envelope {
    signer: [u8; 16],
    cose: CoseSign1,
}

impl Envelope {
    /// Signs `payload`; the result is what is stored and sent.
    pub fn sign(kind: Kind, root: AuthorityId, key: &KeyPair, payload: Vec<u8>) -> Vec<u8> {
        let header = HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).key_id(key.id_bytes().to_vec()).build();
        let cose = CoseSign1Builder::new()
            .protected(header)
            .payload(payload)
            .create_signature(&kind.external_aad(root), |signed| key.sign(signed).to_vec())
            .build();
        match cose.to_vec() {
            Ok(bytes) => bytes,
            Err(error) => unreachable!("an envelope built here failed to encode: {error}"),
        }
    }

    /// Parses an envelope strictly.
    pub fn open(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        check_strict(bytes)?;
        let cose = CoseSign1::from_slice(bytes).map_err(|_| EnvelopeError::Shape("no COSE_Sign1"))?;
        let unprotected = cose.unprotected.clone().to_cbor_value().map_err(|_| EnvelopeError::Shape("header"))?;
        if unprotected.as_map().is_none_or(|map| !map.is_empty()) {
            return Err(EnvelopeError::Shape("the unprotected header is not empty"));
        }
        let protected = cose.protected.original_data.as_deref().unwrap_or_default();
        let signer = match protected {
            [0xa2, 0x01, 0x27, 0x04, 0x50, id @ ..] => {
                id.try_into().map_err(|_| EnvelopeError::Shape("the signer id has not 16 bytes"))?
            }
            _ => return Err(EnvelopeError::Shape("the protected header is not {1: -8, 4: signer}")),
        };
        if cose.payload.is_none() {
            return Err(EnvelopeError::Shape("no payload"));
        }
        if cose.signature.len() != Signature::BYTE_SIZE {
            return Err(EnvelopeError::Shape("the signature has not 64 bytes"));
        }
        Ok(Self { signer, cose })
    }

    /// The signer's id as the protected header states it.
    pub fn signer(&self) -> [u8; 16] {
        self.signer
    }

    /// The payload.
    pub fn payload(&self) -> &[u8] {
        self.cose.payload.as_deref().unwrap_or_default()
    }

    /// Verifies the signature strictly (no malleable or small-order keys).
    pub fn verify(&self, kind: Kind, root: AuthorityId, public_key: &[u8; 32]) -> Result<(), BadSignature> {
        let key = VerifyingKey::from_bytes(public_key).map_err(|_| BadSignature)?;
        self.cose.verify_signature(&kind.external_aad(root), |signature, signed| {
            let signature = Signature::from_slice(signature).map_err(|_| BadSignature)?;
            key.verify_strict(signed, &signature).map_err(|_| BadSignature)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: AuthorityId = AuthorityId([1; 16]);

    #[test]
    fn what_is_signed_verifies_and_nothing_else_does() {
        let key = KeyPair::from_seed([5; 32]);
        let bytes = Envelope::sign(Kind::Change, ROOT, &key, b"xin ch\xc3\xa0o".to_vec());
        let envelope = Envelope::open(&bytes).unwrap();
        assert_eq!(envelope.signer(), *key.id_bytes());
        assert_eq!(envelope.verify(Kind::Change, ROOT, &key.public()), Ok(()));
        assert_eq!(envelope.verify(Kind::Statement, ROOT, &key.public()), Err(BadSignature), "another kind");
        assert_eq!(envelope.verify(Kind::Change, AuthorityId([2; 16]), &key.public()), Err(BadSignature), "campaign");
        let other = KeyPair::from_seed([6; 32]);
        assert_eq!(envelope.verify(Kind::Change, ROOT, &other.public()), Err(BadSignature), "another key");
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let key = KeyPair::from_seed([5; 32]);
        let bytes = Envelope::sign(Kind::Change, ROOT, &key, b"payload".to_vec());
        for at in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[at / 8] ^= 1 << (at % 8);
            let accepted = Envelope::open(&bytes)
                .is_ok_and(|e| e.signer() == *key.id_bytes() && e.verify(Kind::Change, ROOT, &key.public()).is_ok());
            assert!(!accepted, "bit {at}");
        }
    }
}
