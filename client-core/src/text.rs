//! Vietnamese text: found without its marks, compared without minding where a tone stands, sorted as a dictionary does.
//!
//! Everything here is for finding and comparing. What a person typed is stored and shown as it was typed.

mod fold;
mod order;
mod search;
mod tables;
mod tone;

pub use fold::fold;
pub use order::{Collation, compare, compare_names};
pub use search::{Findable, Search, matches};
pub use tone::normal_tones;

#[cfg(test)]
mod tests;
