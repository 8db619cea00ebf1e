//! How good a unit's data is: "đúng, đủ, sạch, sống" (plan requirement PM.26) as numbers.
//!
//! [`quality`] gives each unit's figures, [`suspects`] the pairs of records that may be the same. Both are pure: they
//! look at the rows they are given and change nothing; what to do about it is for people.

mod completeness;
mod figures;
mod place;
mod suspect;

pub use completeness::{Completeness, completeness};
pub use figures::{UnitQuality, quality};
pub use suspect::{SUSPECT_DAYS_MAX, SUSPECT_DISTANCE_M_MAX, SUSPECT_SIMILARITY_MIN, Suspect, Suspects, suspects};

#[cfg(test)]
mod tests;
