//! Why a sync did not come to its end, and what was kept.

use crate::{replica::ReplicaError, sync::Problem};

/// Why the hub was not reached or did not do what was asked. Nothing saved on the device is lost by any of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// No connection, or it broke.
    #[error("the hub at {origin} cannot be reached ({detail}). Everything stays on this device; try again later.")]
    Unreachable {
        /// The hub.
        origin: String,
        /// The system's words.
        detail: String,
    },
    /// The hub said no to the request as a whole.
    #[error("the hub answered {}: {}. Everything stays on this device.", .problem.code, .problem.detail.trim_end_matches('.'))]
    Hub {
        /// What it said.
        problem: Problem,
        /// When it wants to be asked again, in seconds.
        retry_after_s: Option<u64>,
    },
    /// An answer that is none of the hub's: a proxy, a sign-in page.
    #[error(
        "something other than a hub answered at {origin} ({detail}); is there a sign-in page on this network? \
         Everything stays on this device."
    )]
    NotAHub {
        /// Where.
        origin: String,
        /// What was found.
        detail: String,
    },
    /// The time was up.
    #[error("the sync took too long and was stopped; what was done is kept, the rest is done next time")]
    Deadline,
    /// The holder lent the replica no longer.
    #[error("the sync was paused because the app put its data away; what was done is kept, the rest is done next time")]
    Paused,
    /// The replica could not take a step.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
}

impl TransportError {
    /// A stable code for apps and scripts.
    pub fn code(&self) -> &str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::Hub { problem, .. } => &problem.code,
            Self::NotAHub { .. } => "not_a_hub",
            Self::Deadline => "deadline",
            Self::Paused => "paused",
            Self::Replica(error) => error.code(),
        }
    }
}
