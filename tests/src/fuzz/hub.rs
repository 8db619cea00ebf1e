//! A hub that is pushed good and bad changes: one verdict for each, the right one, and a ledger that still verifies.

use dongbo_core::{
    ChangeHash,
    change::SignedChange,
    identity::KeyPair,
    sync::{SyncRequest, SyncResponse},
};
use dongbo_server::hub::SyncCall;

use super::{
    history::{History, Made},
    input::Input,
    samples::{signed_changes, statements},
    small_hub::SmallHub,
};
use crate::world::{World, now};

/// Pushes, and changes in all of them.
const PUSHES_MAX: usize = 4;
const CHANGES_MAX: usize = 16;

/// Pushes what the input makes.
///
/// # Panics
/// With "finding" if a change that fits is not admitted because of another that does not, or the ledger is damaged.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let mut world = SmallHub::get().open();
    let mut pushed = Pushes::new(&world);
    for _ in 0..PUSHES_MAX {
        if input.is_empty() {
            break;
        }
        let items: Vec<Item> = (0..=input.below(8)).map(|_| pushed.next(&mut input)).collect();
        push(&mut world, &mut input, &items);
    }
    let report = now(world.hub.verify()).expect("finding: the ledger cannot be verified");
    assert!(report.is_clean(), "finding: the ledger is damaged");
}

/// Bytes to push, and whether the hub must admit them.
struct Item {
    bytes: Vec<u8>,
    fits: bool,
}

/// One record that grows, and what was pushed of it.
struct Pushes {
    root: dongbo_core::AuthorityId,
    record: History,
    sent: Vec<Vec<u8>>,
}

impl Pushes {
    fn new(world: &World) -> Self {
        // The third device is of another commune and may not write here.
        let record = History::by(&SmallHub::get().ids()[..2]);
        Self { root: world.hub.trust().root(), record, sent: Vec::new() }
    }

    fn next(&mut self, input: &mut Input<'_>) -> Item {
        match input.below(8) {
            0 => Item { bytes: input.pick(signed_changes()).clone(), fits: false },
            1 if !self.sent.is_empty() => Item { bytes: damaged(input, &self.sent), fits: false },
            2 => Item { bytes: garbage(input), fits: false },
            _ if self.sent.len() >= CHANGES_MAX => Item { bytes: Vec::new(), fits: false },
            _ => self.grow(input),
        }
    }

    /// A change of the record, mostly signed by whom its actor names.
    fn grow(&mut self, input: &mut Input<'_>) -> Item {
        let is_first = self.record.graph().changes().is_empty();
        let made = if is_first { self.record.begin(input) } else { self.record.step(input) };
        let Some(Made { chunk, accepted }) = made else { return Item { bytes: Vec::new(), fits: false } };
        let keys = &SmallHub::get().devices;
        let signer = dongbo_core::change::read_chunk(&chunk).ok().map(|change| change.actor.device());
        let own = keys.iter().find(|key| Some(key.device()) == signer);
        // A record that the rules refuse has no id of its own.
        let id = self.record.id().unwrap_or(SmallHub::get().records[0]);
        let sign = |key: &KeyPair| SignedChange::sign(self.root, key, id, &chunk);
        let bytes = sign(own.unwrap_or(&keys[0]));
        let forged = if input.one_in(8) { Some(sign(&keys[input.below(keys.len())])) } else { None };
        self.sent.push(bytes.clone());
        self.sent.extend(forged.filter(|forged| *forged != bytes));
        Item { bytes, fits: accepted && own.is_some() }
    }
}

/// A sent change with a few bytes changed, or as it was.
fn damaged(input: &mut Input<'_>, sent: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = sent[usize::from(input.byte()) % sent.len()].clone();
    for _ in 0..input.below(4) {
        let at = (usize::from(input.byte()) << 8 | usize::from(input.byte())) % bytes.len();
        bytes[at] = input.byte();
    }
    bytes
}

/// No change at all.
fn garbage(input: &mut Input<'_>) -> Vec<u8> {
    let length = usize::from(input.byte() % 64);
    let bytes = input.take(length).to_vec();
    if input.one_in(2) {
        SignedChange::sign(
            dongbo_core::AuthorityId([0; 16]),
            &SmallHub::get().devices[0],
            SmallHub::get().records[0],
            &bytes,
        )
    } else {
        bytes
    }
}

fn push(world: &mut World, input: &mut Input<'_>, items: &[Item]) {
    let request = SyncRequest {
        version: 1,
        cursor: None,
        changes: items.iter().map(|item| item.bytes.clone().into()).collect(),
        bytes_max: 1 << 20,
        catalogue: 1,
        directory: 0,
        units: None,
        statements: (0..input.below(3)).map(|_| input.pick(statements()).clone().into()).collect(),
    };
    let call = SyncCall { device: SmallHub::get().devices[0].device(), body: &request.to_bytes() };
    let answer = now(world.hub.sync(&[call], world.now_ms)).pop().expect("finding: a request without an answer");
    let answer = answer.unwrap_or_else(|error| panic!("finding: a whole push fails: {error}"));
    let response = SyncResponse::from_bytes(&answer).expect("finding: the hub's answer is not read");
    let verdicts = response.admitted.len() + response.refused.len();
    assert_eq!(verdicts, items.len(), "finding: not one verdict for each change");
    let admitted: Vec<ChangeHash> = response.admitted.iter().map(|admitted| admitted.hash).collect();
    for item in items.iter().filter(|item| item.fits) {
        let hash = SignedChange::open(&item.bytes).expect("a change that fits opens").hash();
        let refused = || response.refused.iter().find(|refused| refused.hash == hash);
        assert!(admitted.contains(&hash), "finding: a change that fits is not admitted: {:?}", refused());
    }
}
