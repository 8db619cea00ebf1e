//! `simulate --seeds N [--seed S] [--steps K] [--plant NAME] [--trace]`: random fleets with faults, each replayable.
#![allow(clippy::print_stdout, reason = "a command-line tool speaks on standard output")]

use std::{
    process::ExitCode,
    sync::{Mutex, MutexGuard, PoisonError},
    thread::{available_parallelism, scope},
    time::Instant,
};

use anyhow::{Context as _, bail};
use dongbo_tests::simulation::{Options, Plant, run};

fn main() -> anyhow::Result<ExitCode> {
    let (mut seeds, mut seed, mut options) = (100, None, Options::default());
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut number = || -> anyhow::Result<u64> {
            let value = args.next().with_context(|| format!("{arg} needs a number"))?;
            value.parse().with_context(|| format!("{arg} {value}"))
        };
        match arg.as_str() {
            "--seeds" => seeds = number()?,
            "--seed" => seed = Some(number()?),
            "--steps" => options.steps = usize::try_from(number()?)?,
            "--trace" => options.trace = true,
            "--plant" => {
                let known = Plant::ALL.map(Plant::name).join(", ");
                let name = args.next().unwrap_or_default();
                options.plant = Some(Plant::named(&name).with_context(|| format!("--plant takes one of {known}"))?);
            }
            other => bail!("{other}? simulate --seeds N [--seed S] [--steps K] [--plant NAME] [--trace]"),
        }
    }
    let range = seed.map_or(1..=seeds, |seed| seed..=seed);
    let (started, mut green, mut failed) = (Instant::now(), 0_u64, Vec::new());
    let (mut entries, mut saves) = (0, 0);
    // A run has one thread; runs have nothing to do with each other.
    let next = Mutex::new(range);
    let outcomes = Mutex::new(Vec::new());
    let jobs = if options.trace { 1 } else { available_parallelism().map_or(1, usize::from) };
    scope(|threads| {
        for _ in 0..jobs {
            threads.spawn(|| {
                while let Some(seed) = locked(&next).next() {
                    let outcome = run(seed, &options);
                    if let Err(failure) = &outcome {
                        println!("{failure}");
                    }
                    locked(&outcomes).push((seed, outcome));
                }
            });
        }
    });
    for (seed, outcome) in locked(&outcomes).drain(..) {
        match outcome {
            Ok(report) => {
                green += 1;
                entries += report.entries;
                saves += report.saves;
                if options.trace {
                    println!("{report:#?}");
                }
            }
            Err(_) => failed.push(seed),
        }
    }
    failed.sort_unstable();
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{green} seeds green, {} failed, in {seconds:.1} s: {saves} saves, {entries} ledger entries",
        failed.len()
    );
    if !failed.is_empty() {
        println!("failed: {failed:?}");
    }
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A lock that a panicking run did not spoil.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
