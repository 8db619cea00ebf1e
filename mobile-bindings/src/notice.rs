//! What a person must see.

use dongbo_core::replica as core;

/// Something that happened to a person's store or records by somebody else's hand. Shown until the person has seen it
/// ([`Replica::notices`](crate::Replica::notices), [`Replica::seen`](crate::Replica::seen)).
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Notice {
    /// An administrator reset the PIN of a device of this person's; every device of theirs says so.
    PinReset {
        /// The device.
        device: String,
        /// Whether it is this one.
        here: bool,
        /// When, by the campaign's clock, milliseconds since the Unix epoch.
        at_ms: i64,
    },
    /// This device is revoked because its owner left or replaced it: unsent work may be exported, then the store is to
    /// be wiped ([`Replica::export_for_administrator`](crate::Replica::export_for_administrator),
    /// [`Replica::wipe`](crate::Replica::wipe)).
    Leaving {
        /// From when.
        at_ms: i64,
        /// Changes that the hub does not have.
        unsent: u32,
        /// Drafts.
        drafts: u32,
        /// Whether the campaign wants the store wiped.
        wipe: bool,
    },
    /// A record was erased by the campaign, with its reason.
    Erased {
        /// The record.
        record: String,
        /// When.
        at_ms: i64,
        /// Why.
        reason: String,
    },
}

impl Notice {
    /// What remembers that it was seen.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::PinReset { device, at_ms, .. } => format!("pin-reset {device} {at_ms}"),
            Self::Leaving { at_ms, .. } => format!("leaving {at_ms}"),
            Self::Erased { record, .. } => format!("erased {record}"),
        }
    }
}

impl From<core::Notice> for Notice {
    fn from(notice: core::Notice) -> Self {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        match notice {
            core::Notice::PinReset { device, here, at_ms } => {
                Self::PinReset { device: device.to_string(), here, at_ms }
            }
            core::Notice::Leaving { at_ms, unsent, drafts, wipe } => {
                Self::Leaving { at_ms, unsent: number(unsent), drafts: number(drafts), wipe }
            }
            core::Notice::Erased { record, at_ms, reason } => {
                Self::Erased { record: record.to_string(), at_ms, reason }
            }
        }
    }
}
