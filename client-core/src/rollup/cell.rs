//! One number of a roll-up.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::UnitId;

/// Which number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CellKey {
    /// The measure.
    pub measure: String,
    /// The unit the rows belong to.
    pub unit: UnitId,
    /// `YYYY-MM`, in the campaign's time zone.
    pub month: String,
    /// The dimension (a field), or empty for the total.
    pub dimension: String,
    /// The dimension's choice code, or empty for the total.
    pub code: String,
}

impl CellKey {
    /// The key in a store, of a fixed size: the start of the measure's hash, then that of all parts.
    pub(super) fn to_bytes(&self, prefix: u8) -> Vec<u8> {
        let parts = [&self.measure, self.unit.as_str(), &self.month, &self.dimension, &self.code];
        let whole = Sha256::digest(parts.join("\0"));
        [&measure_prefix(prefix, &self.measure), &whole[..16]].concat()
    }
}

/// What the store keys of a measure's cells start with.
pub(super) fn measure_prefix(prefix: u8, measure: &str) -> Vec<u8> {
    [&[prefix], &Sha256::digest(measure)[..8]].concat()
}

/// A number of a roll-up, exact to the last decimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Which number.
    #[serde(flatten)]
    pub key: CellKey,
    /// The sum.
    pub value: Decimal,
}
