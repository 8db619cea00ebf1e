//! The people of a phone.

/// Somebody who has records on this phone, as a list of people shows them: nothing of what they typed.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Person {
    /// The id under which [`Phone`](crate::Phone) knows them.
    pub id: String,
    /// The name they gave to this phone.
    pub name: String,
    /// The campaign they joined.
    pub campaign: String,
    /// The hub's origin.
    pub hub: String,
    /// Whether a PIN is needed.
    pub has_pin: bool,
    /// How their store is.
    pub state: PersonState,
}

/// How a person's store is.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum PersonState {
    /// It can be unlocked.
    Ready,
    /// It was wiped, by a verified revocation or by the person's own word. Shown until it is removed.
    Wiped {
        /// When, by this device's clock, milliseconds since the Unix epoch.
        at_ms: i64,
        /// `left`, `lost` or `own`.
        reason: String,
    },
    /// What describes it cannot be read; the store itself is untouched.
    Unreadable {
        /// Why.
        detail: String,
    },
}
