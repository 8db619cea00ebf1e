//! What must be true once everything has settled.

mod acknowledged;
mod documents;
mod lists;
mod order;
mod rollups;
mod served;
mod typed;

use std::fmt;

pub(super) use acknowledged::check_acknowledged;
pub(super) use typed::check_typed;

use super::{Finding, fleet::Fleet};

/// A check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Every replica has, of what is in its scope, the same documents as the hub, and nothing else.
    Documents,
    /// Rows and roll-ups equal a recomputation, at the hub and on every replica.
    Rollups,
    /// Nothing that was acknowledged is missing.
    Acknowledged,
    /// Nothing that was typed is gone.
    Typed,
    /// Lists show what the rows say.
    Lists,
    /// Nothing was served out of scope.
    Served,
    /// The ledger's order is causal, and every document loads.
    Order,
    /// What nobody may make is refused.
    Refusals,
    /// Synchronising comes to an end.
    Settles,
    /// Nothing fails that has no reason to.
    Works,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Documents => "documents",
            Self::Rollups => "rollups",
            Self::Acknowledged => "acknowledged",
            Self::Typed => "typed",
            Self::Lists => "lists",
            Self::Served => "served",
            Self::Order => "order",
            Self::Refusals => "refusals",
            Self::Settles => "settles",
            Self::Works => "works",
        })
    }
}

impl Fleet {
    /// Every check; one finding at most of each.
    pub(super) fn check_all(&self) -> Vec<Finding> {
        let places = self.places();
        let outcomes = [
            self.check_documents(&places),
            self.check_rollups(),
            self.check_lists(),
            check_acknowledged(&self.witness, &places),
            check_typed(&self.witness, &places, true),
            self.check_order(),
        ];
        outcomes.into_iter().filter_map(Result::err).collect()
    }
}
