//! A process killed in the middle of its work loses nothing that it has acknowledged, and leaves no half of a batch.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use super::*;

const CHILD_STORE: &str = "DONGBO_TEST_KILL_STORE";
const KEYS_PER_BATCH: u32 = 7;

fn batch(number: u32) -> Batch {
    let mut batch = Batch::new();
    for key in 0..KEYS_PER_BATCH {
        // Sizes on both sides of one chunk.
        batch.put([number.to_be_bytes(), key.to_be_bytes()].concat(), vec![number as u8; (key * 1_500) as usize]);
    }
    batch
}

/// The child's work; without the variable, as in a plain run of the tests, there is none.
#[test]
fn child_commits_until_killed() {
    let Some(path) = std::env::var_os(CHILD_STORE) else { return };
    let mut store = open(Path::new(&path)).unwrap();
    let next = store.last(b"").unwrap().map_or(0, |(key, _)| u32::from_be_bytes(key[..4].try_into().unwrap()) + 1);
    for number in next.. {
        conformance::commit(&mut store, batch(number)).unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "acknowledged {number}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let directory = TempDir::new().unwrap();
    let mut batches = 0;
    for acknowledgements in [1, 3, 20, 40] {
        let name = "store::sled_store::tests::kill::child_commits_until_killed";
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture", "--test-threads=1"])
            .env(CHILD_STORE, directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let number = |line: String| line.split_once("acknowledged ").and_then(|(_, number)| number.parse::<u32>().ok());
        let mut acknowledged: Vec<u32> = lines.by_ref().filter_map(number).take(acknowledgements).collect();
        // SIGKILL on Unix: no destructor runs, nothing is flushed.
        child.kill().unwrap();
        acknowledged.extend(lines.filter_map(number));
        child.wait().unwrap();

        assert_eq!(acknowledged.first(), Some(&batches), "the child went on where the store ended");
        let store = open(directory.path()).unwrap();
        let last = acknowledged.iter().max().unwrap();
        for number in 0..=*last {
            assert_whole(&store, number);
        }
        // One more may have become durable just before the kill: then it is whole too.
        batches = last + 1;
        if !store.keys(&batches.to_be_bytes(), None, 1).unwrap().is_empty() {
            assert_whole(&store, batches);
            batches += 1;
        }
        assert_eq!(store.keys(b"", None, usize::MAX).unwrap().len() as u32, batches * KEYS_PER_BATCH);
        assert_eq!(store.verify().unwrap().damaged, 0);
    }
}

fn assert_whole(store: &SledStore, number: u32) {
    for (key, write) in batch(number).iter() {
        assert_eq!(store.get(key).unwrap().as_ref(), write, "batch {number} is whole");
    }
}
