//! Rows summed by unit, month and dimension, kept true while rows come, change and go.
//!
//! [`contribution`] says what one row adds; the [`Projection`] keeps rows and cells in a store, subtracting a row's
//! old contribution before it adds the new one. [`standings`] says which rows count: each real record once, and none
//! that was withdrawn, annulled or is dated after the close.

mod as_of;
mod cell;
mod contribution;
mod delta;
mod group;
mod projection;
mod standing;
mod tie;

pub use as_of::{AsOfCells, as_of, summed_up};
pub use cell::{Cell, CellKey};
pub(crate) use contribution::decimal;
pub use contribution::{contribution, date_of, month_of};
pub use projection::{Projection, RowQuery};
pub use standing::{Standing, standings};
pub use tie::components;

#[cfg(test)]
mod tests;
