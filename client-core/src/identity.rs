//! Who signs what: keys, authority statements, members, and the trust that follows from them.

mod key;
mod statement;
mod trust;

pub use key::KeyPair;
pub(crate) use key::verify_bare;
pub use statement::{
    Catalogue, Certificate, Directory, Erasure, IssuingKey, Member, Membership, RecoveryKey, Reset, Revocation,
    RevocationReason, SignedStatement, Statement, StatementId, UnitEntry,
};
pub use trust::{Accepted, BelievedReset, StatementError, Trust};
