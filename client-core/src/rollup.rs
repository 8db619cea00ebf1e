//! Rows summed by unit, month and dimension, kept true while rows come, change and go.
//!
//! [`contribution`] says what one row adds; the [`Projection`] keeps rows and cells in a store, subtracting a row's
//! old contribution before it adds the new one, and counts a set of duplicates once.

mod cell;
mod contribution;
mod projection;

pub use cell::{Cell, CellKey};
pub use contribution::{contribution, month_of};
pub use projection::{Projection, RowQuery};
