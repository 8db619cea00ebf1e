//! What `cargo xtask demo` is made of: real processes, a link that can be cut, and people who type.

pub mod link;
pub mod people;
pub mod process;
pub mod year;
