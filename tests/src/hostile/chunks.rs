//! Chunks that are no uncompressed change, or not the whole of one.

use dongbo_core::{
    Actor,
    change::{ReadError, write_chunk},
    limits::CHANGE_BYTES_MAX,
};

use super::{
    Body, Case, Sender, Victim,
    chunk::{BUNDLE, CHANGE, DOCUMENT, compressed, deflated_zeros, sealed},
    leb::run,
};

pub(super) fn cases(sender: &Sender, victim: &Victim) -> anyhow::Result<Vec<Case>> {
    let good = &victim.third.chunk;
    let altered = |at: usize, byte: u8| {
        let mut chunk = good.clone();
        chunk[at] = byte;
        chunk
    };
    // A column of a document or bundle that claims 2^50 operations: given to Automerge it ends the process.
    let claims = |kind| sealed(kind, &[&[0, 0, 1, 0x42, 9][..], &run(1 << 50, 1), &[0]].concat());
    let bundle = automerge::Automerge::load(&victim.second.record.save())?;
    let bundle = bundle.bundle(bundle.get_heads())?.bytes().to_vec();
    let mut short = Body::of(good);
    short.actor.pop();
    let mut cases: Vec<Case> = [
        ("no bytes", Vec::new(), ReadError::Truncated),
        ("the magic alone", good[..4].to_vec(), ReadError::Truncated),
        ("half a change", good[..good.len() / 2].to_vec(), ReadError::Truncated),
        ("a length of 4 GiB", [&good[..9], &[0xff, 0xff, 0xff, 0xff, 0x0f]].concat(), ReadError::Truncated),
        ("another magic", altered(0, 0), ReadError::Magic),
        ("a byte after the change", [&good[..], &[0]].concat(), ReadError::Trailing),
        ("two changes in one", [&good[..], &good[..]].concat(), ReadError::Trailing),
        ("a forged checksum", altered(4, good[4] ^ 1), ReadError::Checksum),
        ("content under another's checksum", altered(good.len() - 1, good[good.len() - 1] ^ 1), ReadError::Checksum),
        ("a document", victim.second.record.save(), ReadError::Type(DOCUMENT)),
        ("a document that claims 2^50 operations", claims(DOCUMENT), ReadError::Type(DOCUMENT)),
        ("a compressed change", compressed(good)?, ReadError::Type(2)),
        ("a deflate bomb of 256 MiB", deflated_zeros(256)?, ReadError::Type(2)),
        ("a bundle", bundle, ReadError::Type(BUNDLE)),
        ("a bundle that claims 2^50 operations", claims(BUNDLE), ReadError::Type(BUNDLE)),
        ("a chunk of no known type", sealed(9, &[0; 20]), ReadError::Type(9)),
        ("an empty change", sealed(CHANGE, &[]), ReadError::Truncated),
        ("a chunk one byte over the limit", vec![0; CHANGE_BYTES_MAX + 1], ReadError::TooLarge),
        ("an actor of 15 bytes", short.chunk(), ReadError::OwnActor),
    ]
    .map(|(name, chunk, error)| Case::unreadable(sender, victim, name, &chunk, error))
    .into();
    let mut foreign = victim.third.change.clone();
    foreign.actor = Actor::first(dongbo_core::DeviceId([3; 16]));
    let bytes = sender.sign(victim.record(), &write_chunk(&foreign));
    cases.push(Case::new("a foreign actor", bytes, "actor_mismatch", "the actor"));
    Ok(cases)
}
