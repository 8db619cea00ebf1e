//! Envelopes that are none, and signatures for something else.

use dongbo_core::{
    AuthorityId,
    change::{Action, ReadError, Scalar, SignedChange, write_chunk},
    envelope::{BadSignature, Envelope, Kind},
    identity::KeyPair,
};

use super::{
    Case, Sender, Victim,
    victim::{answers, key},
};

const CODE: &str = "malformed_envelope";
/// Levels of nesting that end a reader which calls itself.
const DEEP: usize = 10_000;

pub(super) fn cases(sender: &Sender, victim: &Victim) -> Vec<Case> {
    let record = victim.record();
    let good = sender.sign(record, &victim.third.chunk);
    let payload = |content: &[u8]| sender.envelope(content.to_vec());
    let altered = |at: usize, with: &[u8]| [&good[..at], with, &good[at + 1..]].concat();
    let stranger = KeyPair::from_seed([200; 32]);
    let root = sender.root();
    let mut cases: Vec<Case> = [
        ("no envelope", b"Xin chao".to_vec(), "ends too early"),
        ("nothing at all", Vec::new(), "ends too early"),
        ("an envelope cut short", good[..good.len() - 1].to_vec(), "ends too early"),
        ("a byte after the envelope", [&good[..], &[0]].concat(), "1 bytes after the item"),
        ("a tagged envelope", [&[0xd2], &good[..]].concat(), "a tag"),
        ("an envelope of indefinite length", altered(0, &[0x9f]), "an indefinite length"),
        ("a filled unprotected header", altered(23, &[0xa1, 0x01, 0x27]), "the unprotected header is not empty"),
        ("a key twice in the unprotected header", altered(23, &[0xa2, 1, 2, 1, 3]), "a duplicate key"),
        ("a key twice, written in two ways", altered(23, &[0xa2, 1, 2, 0x18, 1, 3]), "a duplicate key"),
        ("ten thousand arrays in the header", altered(23, &[0x81; DEEP]), "nested too deeply"),
        ("ten thousand maps in the header", altered(23, &[0xa1; DEEP]), "nested too deeply"),
        ("a payload that claims 4 GiB", altered(24, &[0x5a, 0xff, 0xff, 0xff, 0xff]), "ends too early"),
        ("a signed payload of ten thousand arrays", payload(&[0x81; DEEP]), "nested too deeply"),
        ("a signed payload that claims 4 GiB", payload(&[0x82, 0x5a, 0xff, 0xff, 0xff, 0xff]), "ends too early"),
        ("a signed payload that claims 2^64 items", payload(&[&[0x9b][..], &[0xff; 8]].concat()), "ends too early"),
        ("a signed payload with a key twice", payload(&[0xa2, 0, 1, 0, 2]), "a duplicate key"),
        ("a signed payload with a float", payload(&[0x82, 0xf9, 0x3c, 0, 0x40]), "a float"),
        ("a signed payload of three items", payload(&[0x83, 0x40, 0x40, 0x40]), "not [record, change]"),
        ("a signed payload with a short record id", payload(&[0x82, 0x41, 7, 0x40]), "16 bytes"),
    ]
    .map(|(name, bytes, because)| Case::new(name, bytes, CODE, because))
    .into();
    // Signed by the sender, so that the size alone is wrong.
    let huge = sender.sign(record, &vec![0; (1 << 20) + 2_000]);
    cases.push(Case::new("an envelope over the limit", huge, "too_large", "at most").on_a_phone(ReadError::TooLarge));
    // Each around a change of its own: a replica names what it quarantines by the change.
    let own = |text: &str| {
        let place = Scalar::Text(text.into());
        write_chunk(&victim.next().op(answers(victim), key("place"), Action::Put, place, &[]).0)
    };
    let signed = |name: &str, root, key| SignedChange::sign(root, key, record, &own(name));
    let payload = Envelope::open(&sender.sign(record, &own("statement"))).map(|envelope| envelope.payload().to_vec());
    let statement = Envelope::sign(Kind::Statement, root, sender.key(), payload.unwrap_or_default());
    let mut flipped = sender.sign(record, &own("flipped"));
    if let Some(last) = flipped.last_mut() {
        *last ^= 1;
    }
    let another = signed("another campaign", AuthorityId([7; 16]), sender.key());
    for (name, bytes, code, because) in [
        ("a stranger's change", signed("stranger", root, &stranger), "unknown_device", stranger.device().to_string()),
        ("a flipped signature", flipped, "bad_signature", BadSignature.to_string()),
        ("a change of another campaign", another, "bad_signature", BadSignature.to_string()),
        ("a statement's signature on a change", statement, "bad_signature", BadSignature.to_string()),
    ] {
        cases.push(Case::new(name, bytes, code, because));
    }
    cases
}
