//! What can be wrong with a unit tree.

use crate::UnitId;

/// Something that keeps units from forming a tree over time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnitError {
    /// Two units have the same id.
    #[error("unit {unit} is listed twice; give every unit its own id")]
    DuplicateId {
        /// The unit listed twice.
        unit: UnitId,
    },
    /// The parent is not in the tree.
    #[error("unit {unit} is under {parent}, which is not listed")]
    UnknownParent {
        /// The unit.
        unit: UnitId,
        /// The parent it names.
        parent: UnitId,
    },
    /// A successor is not in the tree.
    #[error("unit {unit} became {successor}, which is not listed")]
    UnknownSuccessor {
        /// The unit.
        unit: UnitId,
        /// The successor it names.
        successor: UnitId,
    },
    /// A unit is above itself.
    #[error("unit {unit} is above itself")]
    ParentCycle {
        /// A unit of the cycle.
        unit: UnitId,
    },
    /// A unit becomes itself.
    #[error("unit {unit} becomes itself through its successors")]
    SuccessorCycle {
        /// A unit of the cycle.
        unit: UnitId,
    },
    /// The unit ends before it begins, or as it begins.
    #[error("unit {unit} ends before it begins")]
    InvertedDates {
        /// The unit.
        unit: UnitId,
    },
    /// The unit has successors and no end.
    #[error("unit {unit} has successors but no end; give it the date on which they took over")]
    SuccessorsWhileInForce {
        /// The unit.
        unit: UnitId,
    },
    /// The successor is over before the unit ends, so it cannot have taken over.
    #[error("unit {unit} became {successor}, which was over by then")]
    SuccessorOver {
        /// The unit.
        unit: UnitId,
        /// The successor that was over.
        successor: UnitId,
    },
    /// Two units in force at the same time have the same official code.
    #[error("units {unit} and {other} both have the code {code:?} at the same time")]
    CodeOverlap {
        /// The unit that begins later.
        unit: UnitId,
        /// The other unit.
        other: UnitId,
        /// Their code.
        code: String,
    },
}

impl UnitError {
    /// The unit to look at.
    pub fn unit(&self) -> &UnitId {
        match self {
            Self::DuplicateId { unit }
            | Self::UnknownParent { unit, .. }
            | Self::UnknownSuccessor { unit, .. }
            | Self::ParentCycle { unit }
            | Self::SuccessorCycle { unit }
            | Self::InvertedDates { unit }
            | Self::SuccessorsWhileInForce { unit }
            | Self::SuccessorOver { unit, .. }
            | Self::CodeOverlap { unit, .. } => unit,
        }
    }
}
