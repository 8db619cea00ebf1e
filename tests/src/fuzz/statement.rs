//! Statements: payloads behind good signatures, believed in any order.

use std::sync::Arc;

use dongbo_core::{
    envelope::{Envelope, Kind},
    identity::{SignedStatement, Trust},
};

use super::{input::Input, samples::statements};
use crate::golden::{keys, root};

/// Up to eight statements, each two bytes of length and one that says how it is signed, then its payload; an empty
/// payload is a committed sample.
///
/// # Panics
/// With "finding" if a statement that is read is not written the same.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let mut trust = Trust::new(keys().root.public());
    for _ in 0..8 {
        if input.is_empty() {
            break;
        }
        let bytes = next(&mut input);
        let Ok(signed) = SignedStatement::open(&bytes) else { continue };
        let written = SignedStatement::sign(root(), &keys().issuing, signed.issued_ms, &signed.statement);
        let again = SignedStatement::open(&written).expect("finding: a statement that was read is not read again");
        assert_eq!(again.statement, signed.statement, "finding: read again, a statement says something else");
        let known = trust.clone();
        if trust.accept(&Arc::new(signed)).is_err() {
            assert!(trust.directory_version() == known.directory_version(), "finding: disbelieved, and taken in");
            assert!(trust.catalogue_version() == known.catalogue_version(), "finding: disbelieved, and taken in");
        }
    }
    _ = trust.rules().map(|rules| rules.campaign.forms().len());
}

fn next(input: &mut Input<'_>) -> Vec<u8> {
    let length = usize::from(input.byte()) << 8 | usize::from(input.byte());
    let how = input.byte();
    if length == 0 {
        let samples = statements();
        return samples[usize::from(how) % samples.len()].clone();
    }
    let payload = input.take(length).to_vec();
    match how % 4 {
        0 | 1 => Envelope::sign(Kind::Statement, root(), &keys().issuing, payload),
        2 => Envelope::sign(Kind::Statement, root(), &keys().root, payload),
        _ => payload,
    }
}
