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
    /// Only the root makes issuing keys.
    #[error("an issuing key that the root did not sign")]
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
            if matches!(signed.statement, Statement::IssuingKey(_)) {
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
            Statement::Reset(_) => {}
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
