//! Every committed input of the fuzz targets, and some that nearly are: what was found once is not found again.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use dongbo_tests::{
    fuzz::{TARGETS, Target, differential, history::Tally},
    world::Seeded,
};

/// Changed inputs of one target, fewer where they are slow.
const MUTATIONS_MAX: usize = 300;
const MUTATION_TIME: Duration = Duration::from_secs(2);

#[test]
fn no_committed_input_and_none_near_one_is_a_finding() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    thread::scope(|scope| {
        for target in TARGETS {
            let folder = corpus.join(target.0);
            scope.spawn(move || replay(target, &folder));
        }
    });
    // A generator that the first check stops tests nothing.
    let Tally { made, accepted, ops } = differential::tally();
    println!("differential: {made} changes made, {accepted} accepted with {ops} operations");
    assert!(accepted * 2 > made, "of {made} changes only {accepted} were accepted by the rules");
}

fn replay((name, run): Target, folder: &Path) {
    let mut inputs = Vec::new();
    for entry in folder.read_dir().unwrap_or_else(|error| panic!("{name} has no corpus: {error}")) {
        let path = entry.expect("a folder is listed").path();
        let input = std::fs::read(&path).expect("a committed file is read");
        eprintln!("{name}: {}", path.display());
        run(&input);
        inputs.push(input);
    }
    inputs.sort();
    let mut random = Seeded(inputs.len() as u64);
    let start = Instant::now();
    for _ in 0..MUTATIONS_MAX {
        let input = mutated(&inputs, &mut random);
        run(&input);
        if start.elapsed() > MUTATION_TIME {
            break;
        }
    }
}

/// One input with some bytes changed, removed or doubled, or the beginning of one before the end of another.
fn mutated(inputs: &[Vec<u8>], random: &mut Seeded) -> Vec<u8> {
    let mut input = inputs[random.below(inputs.len())].clone();
    for _ in 0..1 + random.below(4) {
        let at = random.below(input.len());
        let end = (at + 1 + random.below(16)).min(input.len());
        match random.below(5) {
            0 => drop(input.drain(at..end)),
            1 => input.extend_from_within(at..end),
            2 => {
                let other = &inputs[random.below(inputs.len())];
                input.truncate(at);
                input.extend(&other[random.below(other.len())..]);
            }
            _ if at < input.len() => input[at] = random.next_u64() as u8,
            _ => {}
        }
    }
    input
}
