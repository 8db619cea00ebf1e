//! Changes that break no rule and cost as much as the limits allow.

use dongbo_core::{
    change::{Action, Key, ObjectId, Scalar, write_chunk},
    limits::CHANGE_OPS_MAX,
};

use super::{
    Sender, Victim,
    victim::{answers, key},
};

/// A paragraph and a map with as many operations as one change may have. The second builds on the victim, not on the
/// first.
pub fn heaviest(sender: &Sender, victim: &Victim) -> [Vec<u8>; 2] {
    let content = ObjectId::Made(victim.made("content"));
    let mut paragraph = victim.next();
    let mut after = Key::Head;
    for number in 0..CHANGE_OPS_MAX as u64 {
        let character = paragraph.own(number);
        paragraph = paragraph.insert(content, after, "x");
        after = Key::Element(character);
    }
    let mut maps = victim.next();
    // Another actor's, so that the two are concurrent and no equivocation.
    maps.0.actor = dongbo_core::Actor::further(sender.device(), [1; 8]);
    maps.0.seq = 1;
    for number in 0..CHANGE_OPS_MAX {
        maps = maps.op(answers(victim), key(&format!("{number:x}")), Action::MakeMap, Scalar::Null, &[]);
    }
    [paragraph, maps].map(|next| sender.sign(victim.record(), &write_chunk(&next.0)))
}
