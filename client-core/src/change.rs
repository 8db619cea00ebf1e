//! Changes: the unit of storage, of replication and of audit.

mod bundle;
mod column;
mod op;
mod reader;
mod sealed_bundle;
mod signed;
mod writer;

pub use bundle::{Bundle, BundleError, Unreadable};
pub use op::{Action, Key, ObjectId, Op, OpId, Scalar};
pub use reader::{Change, ReadError, read_chunk};
pub use sealed_bundle::{SealedBundle, SealedBundleError};
pub use signed::{SignedChange, SignedChangeError};
pub use writer::{seal, write_chunk};
