//! A record: one filled form = one Automerge document.

mod row;

pub use row::{Candidate, Conflict, Issue, Row};
