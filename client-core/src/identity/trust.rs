//! What a holder of statements may believe: signature, chain, versions.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::statement::{
    Catalogue, Certificate, Directory, Erasure, IssuingKey, Member, Revocation, SignedStatement, Statement,
};
use crate::{
    AuthorityId, DeviceId, MemberId, RecordId,
    envelope::{EnvelopeError, Kind},
};

/// A statement that is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Not a statement.
    #[error(transparent)]
    Malformed(#[from] EnvelopeError),
    /// Nobody known signed it.
    #[error("signed by {0}, which is neither the root nor an issuing key known here")]
    UnknownSigner(AuthorityId),
    /// The signature does not hold.
    #[error("the signature of {0} does not hold")]
    BadSignature(AuthorityId),
    /// Only the root makes issuing keys and names the recovery key.
    #[error("an issuing key or recovery key that the root did not sign")]
    NotRoot,
    /// Issued outside the issuing key's time, or after its revocation.
    #[error("issued at {issued_ms}, outside the time of the issuing key {signer}")]
    OutsideTime {
        /// The issuing key.
        signer: AuthorityId,
        /// When it was issued.
        issued_ms: i64,
    },
    /// A directory that builds on another version than the one held: ask again with version 0.
    #[error("a directory on base {base}, while version {held} is held")]
    OtherBase {
        /// The base it names.
        base: u64,
        /// The version held.
        held: u64,
    },
    /// The same version with other bytes: the first is kept.
    #[error("another {what} with version {version} is already held; the first is kept")]
    SameVersion {
        /// Directory or catalogue.
        what: &'static str,
        /// The version.
        version: u64,
    },
    /// A catalogue this program cannot read.
    #[error("the catalogue cannot be read: {0}")]
    Catalogue(String),
}

/// What believing a statement changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// Something new.
    New,
    /// Known already, or superseded by a higher version.
    Nothing,
}

/// A reset of a device's PIN that was believed: shown to the device's member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BelievedReset {
    /// The device.
    pub device: DeviceId,
    /// When it was signed, milliseconds since the Unix epoch.
    pub issued_ms: i64,
}

/// Everything believed about one campaign: its root, keys, devices, members, units, forms.
///
/// Certificates, revocations and erasures are kept for ever; of directories and catalogues the newest counts.
#[derive(Debug, Clone)]
pub struct Trust {
    root_key: [u8; 32],
    issuing: BTreeMap<AuthorityId, IssuingKey>,
    certificates: BTreeMap<DeviceId, (Certificate, Arc<SignedStatement>)>,
    revocations: BTreeMap<[u8; 16], Revocation>,
    directory_version: u64,
    directory_statement: Option<Arc<SignedStatement>>,
    members: BTreeMap<MemberId, Member>,
    catalogue: Option<Arc<crate::policy::Rulebook>>,
    catalogue_statement: Option<Arc<SignedStatement>>,
    erased: BTreeMap<RecordId, Erasure>,
    resets: Vec<BelievedReset>,
    /// The newest recovery key, with when it was issued.
    recovery_key: Option<([u8; 32], i64)>,
    known: BTreeSet<[u8; 32]>,
}

impl Trust {
    /// Trust in a root key alone.
    pub fn new(root_key: [u8; 32]) -> Self {
        Self {
            root_key,
            issuing: BTreeMap::new(),
            certificates: BTreeMap::new(),
            revocations: BTreeMap::new(),
            directory_version: 0,
            directory_statement: None,
            members: BTreeMap::new(),
            catalogue: None,
            catalogue_statement: None,
            erased: BTreeMap::new(),
            resets: Vec::new(),
            recovery_key: None,
            known: BTreeSet::new(),
        }
    }

    /// The root's id: the campaign's name on the wire.
    pub fn root(&self) -> AuthorityId {
        AuthorityId::of(&self.root_key)
    }

    /// The root's public key.
    pub fn root_key(&self) -> &[u8; 32] {
        &self.root_key
    }

    /// The certificate of a device.
    pub fn certificate(&self, device: DeviceId) -> Option<&Certificate> {
        self.certificates.get(&device).map(|(certificate, _)| certificate)
    }

    /// The signed certificate of a device.
    pub fn certificate_statement(&self, device: DeviceId) -> Option<&Arc<SignedStatement>> {
        self.certificates.get(&device).map(|(_, statement)| statement)
    }

    /// Every certificate.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates.values().map(|(certificate, _)| certificate)
    }

    /// The revocation of a device.
    pub fn revocation(&self, device: DeviceId) -> Option<&Revocation> {
        self.revocations.get(&device.0)
    }

    /// A member by id.
    pub fn member(&self, id: MemberId) -> Option<&Member> {
        self.members.get(&id)
    }

    /// The member a device belongs to.
    pub fn member_of(&self, device: DeviceId) -> Option<&Member> {
        self.member(self.certificate(device)?.member)
    }

    /// Every member.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.values()
    }

    /// The version of the directory held; 0: none.
    pub fn directory_version(&self) -> u64 {
        self.directory_version
    }

    /// The newest directory statement held.
    pub fn directory_statement(&self) -> Option<&Arc<SignedStatement>> {
        self.directory_statement.as_ref()
    }

    /// The version of the catalogue held; 0: none.
    pub fn catalogue_version(&self) -> u64 {
        self.catalogue.as_ref().map_or(0, |rules| rules.version)
    }

    /// The newest catalogue statement held.
    pub fn catalogue_statement(&self) -> Option<&Arc<SignedStatement>> {
        self.catalogue_statement.as_ref()
    }

    /// The campaign and its units, once a catalogue is held.
    pub fn rules(&self) -> Option<&Arc<crate::policy::Rulebook>> {
        self.catalogue.as_ref()
    }

    /// The erasure of a record.
    pub fn erasure(&self, record: RecordId) -> Option<&Erasure> {
        self.erased.get(&record)
    }

    /// Every erasure.
    pub fn erasures(&self) -> impl ExactSizeIterator<Item = &Erasure> {
        self.erased.values()
    }

    /// The resets of PINs, in the order they were believed.
    pub fn resets(&self) -> impl ExactSizeIterator<Item = &BelievedReset> {
        self.resets.iter()
    }

    /// The campaign's recovery key, which data keys are left with; none if it has none.
    pub fn recovery_key(&self) -> Option<&[u8; 32]> {
        self.recovery_key.as_ref().map(|(key, _)| key)
    }

    /// Whether a statement with this SHA-256 was accepted.
    pub fn knows(&self, id: &[u8; 32]) -> bool {
        self.known.contains(id)
    }

    /// The issuing keys.
    pub fn issuing_keys(&self) -> impl Iterator<Item = (&AuthorityId, &IssuingKey)> {
        self.issuing.iter()
    }

    /// Believes a statement if its signature, chain and version hold.
    pub fn accept(&mut self, signed: &Arc<SignedStatement>) -> Result<Accepted, StatementError> {
        if self.known.contains(&signed.id) {
            return Ok(Accepted::Nothing);
        }
        self.verify(signed)?;
        let accepted = self.apply(signed)?;
        self.known.insert(signed.id);
        Ok(accepted)
    }

    /// Signature and chain.
    fn verify(&self, signed: &SignedStatement) -> Result<(), StatementError> {
        let signer = signed.signer;
        let public_key = if signer == self.root() {
            self.root_key
        } else {
            if matches!(signed.statement, Statement::IssuingKey(_) | Statement::RecoveryKey(_)) {
                return Err(StatementError::NotRoot);
            }
            let issuing = self.issuing.get(&signer).ok_or(StatementError::UnknownSigner(signer))?;
            let revoked = self.revocations.get(&signer.0).is_some_and(|r| signed.issued_ms >= r.at_ms);
            if revoked || !(issuing.from_ms..issuing.to_ms).contains(&signed.issued_ms) {
                return Err(StatementError::OutsideTime { signer, issued_ms: signed.issued_ms });
            }
            issuing.key
        };
        signed
            .envelope
            .verify(Kind::Statement, self.root(), &public_key)
            .map_err(|_| StatementError::BadSignature(signer))
    }

    fn apply(&mut self, signed: &Arc<SignedStatement>) -> Result<Accepted, StatementError> {
        match &signed.statement {
            Statement::IssuingKey(key) => {
                self.issuing.insert(AuthorityId::of(&key.key), key.clone());
            }
            Statement::Certificate(certificate) => {
                let entry = self.certificates.entry(certificate.device());
                entry.or_insert_with(|| (certificate.clone(), signed.clone()));
            }
            Statement::Revocation(revocation) => {
                // The earliest date of a repeated revocation counts, and `lost` over `left`.
                let kept = self.revocations.entry(revocation.subject).or_insert_with(|| revocation.clone());
                kept.at_ms = kept.at_ms.min(revocation.at_ms);
                kept.wipe |= revocation.wipe;
                if revocation.reason == super::RevocationReason::Lost {
                    kept.reason = revocation.reason;
                }
            }
            Statement::Directory(directory) => return self.apply_directory(directory, signed),
            Statement::Catalogue(catalogue) => return self.apply_catalogue(catalogue, signed),
            Statement::Erasure(erasure) => {
                self.erased.entry(erasure.record).or_insert_with(|| erasure.clone());
            }
            Statement::Reset(reset) => {
                self.resets.push(BelievedReset { device: reset.device, issued_ms: signed.issued_ms });
            }
            Statement::RecoveryKey(recovery) => {
                if self.recovery_key.is_some_and(|(_, issued_ms)| signed.issued_ms <= issued_ms) {
                    return Ok(Accepted::Nothing);
                }
                self.recovery_key = Some((recovery.key, signed.issued_ms));
            }
        }
        Ok(Accepted::New)
    }

    fn apply_directory(
        &mut self,
        directory: &Directory,
        signed: &Arc<SignedStatement>,
    ) -> Result<Accepted, StatementError> {
        let held = self.directory_version;
        if directory.version < held {
            return Ok(Accepted::Nothing);
        }
        if directory.version == held && self.directory_statement.is_some() {
            return Err(StatementError::SameVersion { what: "directory", version: held });
        }
        match directory.base {
            Some(base) if base != held => return Err(StatementError::OtherBase { base, held }),
            Some(_) => {}
            None => self.members.clear(),
        }
        for member in &directory.members {
            self.members.insert(member.id, member.clone());
        }
        self.directory_version = directory.version;
        self.directory_statement = Some(signed.clone());
        Ok(Accepted::New)
    }

    fn apply_catalogue(
        &mut self,
        catalogue: &Catalogue,
        signed: &Arc<SignedStatement>,
    ) -> Result<Accepted, StatementError> {
        let held = self.catalogue_version();
        if catalogue.version < held {
            return Ok(Accepted::Nothing);
        }
        if catalogue.version == held && held > 0 {
            return Err(StatementError::SameVersion { what: "catalogue", version: held });
        }
        let rules = crate::policy::Rulebook::read(catalogue).map_err(StatementError::Catalogue)?;
        self.catalogue = Some(Arc::new(rules));
        self.catalogue_statement = Some(signed.clone());
        Ok(Accepted::New)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{KeyPair, RecoveryKey, Reset};

    fn accept(
        trust: &mut Trust,
        key: &KeyPair,
        issued_ms: i64,
        statement: &Statement,
    ) -> Result<Accepted, StatementError> {
        let root = trust.root();
        let signed = SignedStatement::open(&SignedStatement::sign(root, key, issued_ms, statement)).unwrap();
        trust.accept(&Arc::new(signed))
    }

    fn trust() -> (Trust, KeyPair, KeyPair) {
        let (root, issuing) = (KeyPair::from_seed([1; 32]), KeyPair::from_seed([2; 32]));
        let mut trust = Trust::new(root.public());
        let key = IssuingKey { key: issuing.public(), from_ms: 0, to_ms: 1_000 };
        accept(&mut trust, &root, 0, &Statement::IssuingKey(key)).unwrap();
        (trust, root, issuing)
    }

    #[test]
    fn the_newest_recovery_key_of_the_root_counts() {
        let (mut trust, root, issuing) = trust();
        let named = |byte| Statement::RecoveryKey(RecoveryKey { key: [byte; 32] });
        assert_eq!(trust.recovery_key(), None);
        // A hub that was broken into cannot have the devices' keys left with one of its own.
        assert_eq!(accept(&mut trust, &issuing, 500, &named(9)), Err(StatementError::NotRoot));
        for (issued_ms, byte, expect, counts) in [
            (10, 1, Accepted::New, 1),
            (20, 2, Accepted::New, 2),
            (15, 3, Accepted::Nothing, 2),
            (20, 4, Accepted::Nothing, 2),
            (21, 1, Accepted::New, 1),
        ] {
            assert_eq!(accept(&mut trust, &root, issued_ms, &named(byte)), Ok(expect));
            assert_eq!(trust.recovery_key(), Some(&[counts; 32]));
        }
    }

    #[test]
    fn resets_are_remembered() {
        let (mut trust, _, issuing) = trust();
        let reset = Statement::Reset(Reset { device: DeviceId([3; 16]), sealed: vec![1] });
        for _ in 0..2 {
            accept(&mut trust, &issuing, 7, &reset).unwrap();
        }
        let expect = [BelievedReset { device: DeviceId([3; 16]), issued_ms: 7 }];
        assert_eq!(trust.resets().copied().collect::<Vec<_>>(), expect);
    }
}
