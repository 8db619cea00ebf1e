//! Envelopes: what is opened holds what was signed, and nothing around it.

use dongbo_core::{
    AuthorityId,
    change::SignedChange,
    envelope::{Envelope, Kind},
};

use crate::golden::{keys, root};

/// Bytes as they are, or, where the first is odd, as the payload of a good envelope.
///
/// # Panics
/// With "finding" if an envelope opens otherwise than it was sealed.
pub fn run(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let key = keys().hoa;
    if first % 2 == 1 {
        let bytes = Envelope::sign(Kind::Change, root(), &key, rest.to_vec());
        let opened = Envelope::open(&bytes).expect("finding: a signed envelope does not open");
        assert_eq!(opened.payload(), rest, "finding: another payload than was signed");
        assert!(opened.verify(Kind::Change, root(), &key.public()).is_ok(), "finding: a good signature does not hold");
        assert!(opened.verify(Kind::Statement, root(), &key.public()).is_err(), "finding: it holds for another kind");
        change(&bytes);
    } else {
        raw(rest);
        change(rest);
    }
}

fn raw(bytes: &[u8]) {
    let Ok(opened) = Envelope::open(bytes) else { return };
    let again = Envelope::open(bytes).expect("finding: opened once, not again");
    assert_eq!((again.signer(), again.payload()), (opened.signer(), opened.payload()), "finding: opened differently");
    let longer = [bytes, &[0]].concat();
    assert!(Envelope::open(&longer).is_err(), "finding: a byte behind the envelope is not noticed");
    let shorter = &bytes[..bytes.len() - 1];
    assert!(Envelope::open(shorter).is_err(), "finding: a byte missing from the envelope is not noticed");
    _ = opened.verify(Kind::Change, root(), &keys().hoa.public());
    // Keys of strangers: a point of small order, no point at all.
    _ = opened.verify(Kind::Statement, AuthorityId([0; 16]), &[0; 32]);
    _ = opened.verify(Kind::Statement, AuthorityId([0; 16]), &[0xff; 32]);
}

fn change(bytes: &[u8]) {
    let Ok(signed) = SignedChange::open(bytes) else { return };
    assert_eq!(signed.bytes(), bytes, "finding: a signed change does not keep its bytes");
    if let Ok(change) = signed.read() {
        assert_eq!(change.hash, signed.hash(), "finding: two hashes of one change");
    }
}
