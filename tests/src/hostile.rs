//! Bytes that no honest device makes: chunks taken apart and put together wrongly, and signed all the same.
//!
//! [`Sender`] is a certified device whose key is at hand, so that what it sends passes every check before the one
//! under test. [`cases`] is everything it sends, each with the code and the reason it must be refused with.

mod body;
mod case;
mod chunk;
mod chunks;
mod columns;
mod containers;
mod envelopes;
mod forms;
mod heaviest;
mod leb;
mod places;
mod roots;
mod sender;
mod texts;
mod victim;

pub use body::Body;
pub use case::{Case, cases};
pub use heaviest::heaviest;
pub use sender::Sender;
pub use victim::Victim;
