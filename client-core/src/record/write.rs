//! From what a person typed to one change: creating, editing, resolving.

mod edit;
mod field;
mod heads;
mod overwrite;
mod settle;
mod whole;

pub use edit::{EditError, MetaEdit, Written, create, edit, resolve};
pub(super) use field::is_decimal;
pub use whole::whole_lists;
