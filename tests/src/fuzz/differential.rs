//! Whatever the strict reader and the structure rules accept, Automerge applies, reads, saves and loads.
//!
//! The input says how a record grows: changes by several actors on any earlier state, most of them right, some wrong in
//! one place. Each accepted one is tried at once ([`super::trial`]), the whole record at the end ([`afterwards`]).

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

use super::{
    afterwards,
    history::{History, Tally},
    input::Input,
    samples::chunks,
};

/// Changes beyond what the record began with.
const STEPS_MAX: usize = 24;

/// Grows a record, then ends as its first bytes say.
///
/// # Panics
/// With "finding" if anything does not hold that must.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let mut ending = Input(input.take(6));
    let mut record = begin(&mut input);
    for _ in 0..STEPS_MAX {
        if input.is_empty() || record.graph().changes().is_empty() {
            break;
        }
        _ = record.step(&mut input);
    }
    add(record.tally);
    if let Some(id) = record.id() {
        afterwards::check(&mut ending, id, &record);
    }
}

static MADE: AtomicU64 = AtomicU64::new(0);
static ACCEPTED: AtomicU64 = AtomicU64::new(0);
static OPS: AtomicU64 = AtomicU64::new(0);

fn add(tally: Tally) {
    MADE.fetch_add(tally.made, Ordering::Relaxed);
    ACCEPTED.fetch_add(tally.accepted, Ordering::Relaxed);
    OPS.fetch_add(tally.ops, Ordering::Relaxed);
}

/// All runs of this process together.
pub fn tally() -> Tally {
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Tally { made: read(&MADE), accepted: read(&ACCEPTED), ops: read(&OPS) }
}

/// A made first change, the first change of the sample record, or all of it.
fn begin(input: &mut Input<'_>) -> History {
    static SAMPLES: OnceLock<[History; 2]> = OnceLock::new();
    let samples = SAMPLES.get_or_init(|| [History::of(&chunks()[..1]), History::of(chunks())]);
    match input.below(4) {
        0..2 => {
            let mut made = History::default();
            _ = made.begin(input);
            made
        }
        2 => samples[0].clone(),
        _ => samples[1].clone(),
    }
}
