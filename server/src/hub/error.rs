//! What a hub answers to a request as a whole.

use dongbo_core::{
    RecordId,
    identity::StatementError,
    record::RecordError,
    store::StoreError,
    sync::{MessageError, Problem},
};

/// Why a request as a whole was not done. Refusals of single changes are part of the answer, not errors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// The store failed. Nothing of the request was kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store holds no hub.
    #[error("this store holds no hub yet; run `dongbo init` first")]
    NotInitialised,
    /// The store holds a hub already.
    #[error("this store already holds a hub; choose another directory")]
    AlreadyInitialised,
    /// Something stored cannot be read.
    #[error("something stored cannot be read: {0}. Run `dongbo verify`, then `dongbo rebuild`.")]
    Stored(String),
    /// The body cannot be read.
    #[error("{0}. Nothing was changed.")]
    Malformed(String),
    /// A higher protocol version.
    #[error("protocol {0} is not spoken here; update the hub or use an older app. Nothing was changed.")]
    UnsupportedVersion(u64),
    /// No such invitation.
    #[error("this invitation is unknown; ask the administrator for a new one")]
    UnknownInvite,
    /// The invitation has expired.
    #[error("this invitation has expired; ask the administrator for a new one")]
    ExpiredInvite,
    /// Another device used the invitation.
    #[error("this invitation was already used by another device; ask the administrator for a new one")]
    UsedInvite,
    /// A proof of possession that does not hold.
    #[error("the device's proof does not hold: it is for another campaign, hub or key. Nothing was changed.")]
    BadProof,
    /// Too many devices.
    #[error("this member already has {0} devices, the most allowed; revoke one first")]
    TooManyDevices(usize),
    /// The session's token or nonce is no good, or too old.
    #[error("the session is unknown or over; open a new one")]
    Unauthorised,
    /// The cursor was not made by this hub for this campaign, or was altered.
    #[error("the cursor was not made by this hub; start again without one. Nothing was changed.")]
    InvalidCursor,
    /// The ledger's epoch changed: compare and send again what the hub lacks.
    #[error("the hub was restored; its epoch is {0} now. What you hold will be compared and sent again.")]
    EpochChanged(u64),
    /// More than one request may hold.
    #[error("{what}: {found} where at most {limit} are allowed. Nothing was changed.")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// How many.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// No such thing.
    #[error("there is no {0}")]
    NotFound(String),
    /// The member may not do this.
    #[error("not allowed: {0}")]
    Forbidden(String),
    /// A statement that is not believed.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// A record that cannot be read.
    #[error("record {record}: {error}")]
    Record {
        /// Which.
        record: RecordId,
        /// Why.
        error: RecordError,
    },
    /// An argument that cannot be right.
    #[error("{0}")]
    Invalid(String),
}

impl HubError {
    /// Stable code and HTTP status.
    pub fn code(&self) -> (&'static str, u16) {
        match self {
            Self::Store(StoreError::DiskFull) => ("disk_full", 503),
            Self::Store(_) | Self::Stored(_) | Self::Record { .. } => ("store_failed", 503),
            Self::NotInitialised => ("not_initialised", 503),
            Self::AlreadyInitialised => ("already_initialised", 409),
            Self::Malformed(_) => ("malformed", 400),
            Self::UnsupportedVersion(_) => ("unsupported_version", 426),
            Self::UnknownInvite => ("unknown_invite", 403),
            Self::ExpiredInvite => ("expired_invite", 403),
            Self::UsedInvite => ("used_invite", 403),
            Self::BadProof => ("bad_proof", 401),
            Self::TooManyDevices(_) => ("too_many_devices", 403),
            Self::Unauthorised => ("unauthorised", 401),
            Self::InvalidCursor => ("invalid_cursor", 400),
            Self::EpochChanged(_) => ("epoch_changed", 409),
            Self::TooMuch { .. } => ("too_large", 413),
            Self::NotFound(_) => ("not_found", 404),
            Self::Forbidden(_) => ("forbidden", 403),
            Self::Statement(_) => ("untrusted_statement", 400),
            Self::Invalid(_) => ("invalid", 400),
        }
    }

    /// The error as a problem (RFC 9457). Internal detail stays in the log.
    pub fn problem(&self) -> Problem {
        let (code, status) = self.code();
        let detail = match self {
            Self::Store(StoreError::DiskFull) => {
                "The hub's disk is full. Nothing was changed; what you sent stays on your device.".to_owned()
            }
            _ if status == 503 => "The hub cannot do this now. Nothing was changed; try again later.".to_owned(),
            other => other.to_string(),
        };
        let epoch = if let Self::EpochChanged(epoch) = self { Some(*epoch) } else { None };
        Problem { code: code.to_owned(), status, detail, epoch }
    }
}

impl From<MessageError> for HubError {
    fn from(error: MessageError) -> Self {
        Self::Malformed(error.to_string())
    }
}
