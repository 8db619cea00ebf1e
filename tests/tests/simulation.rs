//! The simulation on a few seeds, and the proof that its checks see.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use dongbo_tests::simulation::{Check, Options, Plant, run};

#[test]
fn a_few_fleets_settle() {
    for seed in 1..=24 {
        if let Err(failure) = run(seed, &Options { steps: 60, ..Options::default() }) {
            panic!("{failure}");
        }
    }
}

#[test]
fn a_seed_replays_exactly() {
    let options = Options { steps: 60, ..Options::default() };
    assert_eq!(run(7, &options), run(7, &options));
}

/// The bug is found, and by its own check.
fn check(plant: Plant) {
    let expected: Check = plant.caught_by();
    let options = Options { steps: 160, plant: Some(plant), ..Options::default() };
    let caught = (1..=10).any(|seed| match run(seed, &options) {
        Ok(_) => false,
        Err(failure) => failure.findings.iter().any(|finding| finding.check == expected),
    });
    assert!(caught, "{} is not caught by the check of {expected}", plant.name());
}

#[test]
fn every_planted_bug_is_caught_by_its_own_check() {
    for plant in Plant::ALL {
        check(plant);
    }
}
