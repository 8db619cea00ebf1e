//! One number of a roll-up.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

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
    /// The key in a store: parts joined by zero bytes.
    pub(super) fn to_bytes(&self, prefix: u8) -> Vec<u8> {
        let parts = [&self.measure, self.unit.as_str(), &self.month, &self.dimension, &self.code];
        [&[prefix], parts.join("\0").as_bytes()].concat()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes.get(1..)?).ok()?;
        let mut parts = text.split('\0').map(str::to_owned);
        Some(Self {
            measure: parts.next()?,
            unit: parts.next()?.parse().ok()?,
            month: parts.next()?,
            dimension: parts.next()?,
            code: parts.next()?,
        })
    }
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
