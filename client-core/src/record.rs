//! A record: one filled form = one Automerge document.
//!
//! [`Record`] holds its changes and its document; [`create`], [`edit`] and [`resolve`] make changes; [`read_row`]
//! materialises it for reading.

mod document;
mod graph;
mod history;
mod read;
mod row;
mod structure;
mod texts;
mod tree;
mod write;

pub use document::{Record, RecordError};
pub use graph::{DOCUMENT_VERSION, Graph, Origin};
pub use history::{HistoryEntry, history};
pub use read::read_row;
pub use row::{Candidate, Conflict, Issue, Row};
pub use structure::StructureError;
pub use texts::sort_by_title;
pub(crate) use texts::title_key;
pub use write::{EditError, MetaEdit, Written, create, edit, resolve, whole_lists};
