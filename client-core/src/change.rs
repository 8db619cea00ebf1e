//! Changes: the unit of storage, of replication and of audit.

mod column;
mod op;
mod reader;
mod signed;

pub use op::{Action, Key, ObjectId, Op, OpId, Scalar};
pub use reader::{Change, ReadError, read_chunk};
pub use signed::{SignedChange, SignedChangeError};
