//! Who may do what: decided from unit, form and role alone, never from answers.
//!
//! The phone asks before it saves, the hub asks at admission; both call [`judge`].

mod creatable;
mod duty;
mod judge;
mod rulebook;
mod scope;

pub use creatable::creatable;
pub use duty::Duties;
pub use judge::{Asked, Verdict, judge, may_create};
pub use rulebook::Rulebook;
pub use scope::{Scope, followed, scope};
