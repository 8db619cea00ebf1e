//! What a replica answers when it cannot do what was asked.

use crate::{
    FormId, InvalidId, RecordId, UnitId,
    change::BundleError,
    envelope::EnvelopeError,
    identity::StatementError,
    record::{EditError, RecordError},
    store::StoreError,
    sync::{InvitationError, MessageError},
};

/// Why a step on a replica was not done. Every variant has a stable [`ReplicaError::code`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplicaError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store holds no replica.
    #[error("there is no replica in this store yet; join with an invitation first")]
    NotPrepared,
    /// The store holds a replica already.
    #[error("this store already holds the device {0}; use another store for another person")]
    AlreadyPrepared(crate::DeviceId),
    /// The store was written by a newer version.
    #[error(
        "the store has format {found}, this program reads up to {supported}; update the program. Nothing was changed."
    )]
    NewerFormat {
        /// Format found.
        found: u32,
        /// Highest understood.
        supported: u32,
    },
    /// Something stored cannot be read.
    #[error("something stored on this device cannot be read: {0}. Nothing was changed; export what is readable.")]
    Stored(String),
    /// Not yet certified by the hub.
    #[error("this device has not joined yet; join with the same invitation again")]
    NotJoined,
    /// Catalogue or directory have not arrived.
    #[error("the campaign's forms or members have not arrived yet; synchronise first. Drafts are kept.")]
    NotReady,
    /// No such form.
    #[error("there is no form {0} in this campaign")]
    UnknownForm(FormId),
    /// No such unit.
    #[error("there is no unit {0} in this campaign")]
    UnknownUnit(UnitId),
    /// No such record.
    #[error("the record {0} is not on this device")]
    UnknownRecord(RecordId),
    /// The member's roles do not allow it.
    #[error("your role does not allow you to {action} {form} records of {unit}. The draft is kept.")]
    NotAllowed {
        /// create or edit.
        action: &'static str,
        /// The form.
        form: FormId,
        /// The unit.
        unit: UnitId,
    },
    /// The form accepts one change per record.
    #[error("{0} records cannot be changed once saved; make a new one that annuls it. The draft is kept.")]
    WriteOnce(FormId),
    /// The replica is full.
    #[error("this device holds {0} records, its limit; synchronise and narrow the units wanted. The draft is kept.")]
    Full(usize),
    /// No such conflict, value or field.
    #[error("{0}")]
    Edit(#[from] EditError),
    /// A record that cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A statement that is not believed.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// An answer that cannot be read.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A malformed envelope.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// No invitation.
    #[error(transparent)]
    Invitation(#[from] InvitationError),
    /// An identifier that is none.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// The hub is another one than the invitation names.
    #[error("the hub's root key is not the one in the invitation; do not use it and tell the administrator")]
    OtherRoot,
    /// A file that is no bundle, or not a whole one.
    #[error("{0}. Nothing on this device was changed.")]
    Bundle(#[from] BundleError),
    /// A bundle of another campaign.
    #[error("the bundle is of another campaign; import it where that campaign is. Nothing on this device was changed.")]
    OtherCampaign,
    /// A higher protocol version.
    #[error("the hub speaks protocol {0}; update the app. Nothing on this device was changed.")]
    UnsupportedVersion(u64),
}

impl ReplicaError {
    /// A stable code for apps and scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(StoreError::AlreadyOpen { .. }) => "store_already_open",
            Self::Store(StoreError::Corrupt { .. }) => "store_corrupt",
            Self::Store(StoreError::DiskFull) => "disk_full",
            Self::Store(StoreError::WrongKey) => "wrong_key",
            Self::Store(StoreError::NotEncrypted) => "store_not_encrypted",
            Self::Store(StoreError::NewerFormat { .. }) | Self::NewerFormat { .. } => "store_newer",
            Self::Store(_) => "store_failed",
            Self::NotPrepared => "no_replica",
            Self::AlreadyPrepared(_) => "already_joined",
            Self::Stored(_) => "store_corrupt",
            Self::NotJoined => "not_joined",
            Self::NotReady => "not_ready",
            Self::UnknownForm(_) => "unknown_form",
            Self::UnknownUnit(_) => "unknown_unit",
            Self::UnknownRecord(_) => "unknown_record",
            Self::NotAllowed { .. } => "forbidden",
            Self::WriteOnce(_) => "write_once",
            Self::Full(_) => "replica_full",
            Self::Edit(EditError::NothingChanged) => "nothing_changed",
            Self::Edit(EditError::NoConflict(_) | EditError::NoCandidate { .. }) => "no_conflict",
            Self::Edit(_) => "invalid_value",
            Self::Record(_) => "unreadable_record",
            Self::Statement(_) => "untrusted_statement",
            Self::Message(_) | Self::Envelope(_) => "unreadable_answer",
            Self::Invitation(_) => "invalid_invitation",
            Self::Id(_) => "invalid_id",
            Self::OtherRoot => "other_root",
            Self::Bundle(error) => error.code(),
            Self::OtherCampaign => "other_campaign",
            Self::UnsupportedVersion(_) => "unsupported_version",
        }
    }
}
