//! `cargo xtask ci`: everything that CI runs, step by step.

mod features;
mod licences;
mod metadata;
mod spelling;
mod unused;

use std::time::Instant;

use anyhow::{Result, bail};

use crate::{bench, demo, install, kotlin, shell, simulate, test, web};

/// A named check.
type Step = (&'static str, fn() -> Result<()>);

/// Cheap ones first. The tests come before what reuses their build.
const STEPS: [Step; 14] = [
    ("fmt", fmt),
    ("spelling", spelling::check),
    ("licences", licences::check),
    ("unused", unused::check),
    ("features", features::check),
    ("test", || test::run(&[])),
    ("kills", kills),
    ("kotlin", || kotlin::run(&[])),
    ("clippy", clippy),
    ("doc", doc),
    ("simulate", || simulate::run(&["--dev".into(), "--seeds".into(), "30".into()])),
    ("demo", || demo::run(&[])),
    ("bench", || bench::run(&["--smoke".into()])),
    ("web", || web::run(&["ci".into()])),
];

/// Runs all steps, or those named; goes on after a failure, so that one run shows everything that is wrong.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let (options, names): (Vec<&String>, Vec<&String>) = args.iter().partition(|arg| arg.starts_with("--"));
    let skip_tests = match options[..] {
        [] => false,
        [only] if only == "--skip-tests" => true,
        _ => bail!("ci takes --skip-tests and names of steps"),
    };
    if let Some(unknown) = names.iter().find(|name| !STEPS.iter().any(|(step, _)| step == *name)) {
        bail!("no step `{unknown}`; there are: {}", STEPS.map(|(step, _)| step).join(", "));
    }
    let wanted = |name: &str| {
        (names.is_empty() || names.iter().any(|wanted| *wanted == name)) && !(skip_tests && name == "test")
    };
    let steps: Vec<Step> = STEPS.into_iter().filter(|(name, _)| wanted(name)).collect();
    let failed: Vec<&str> = steps.iter().filter(|step| !passes(step)).map(|(name, _)| *name).collect();
    if !failed.is_empty() {
        bail!("{} of {} steps failed; repeat with: cargo xtask ci {}", failed.len(), steps.len(), failed.join(" "));
    }
    println!("ci: {} steps, all fine", steps.len());
    Ok(())
}

/// Runs one step, with its name and time.
fn passes((name, check): &Step) -> bool {
    println!("== {name}");
    let start = Instant::now();
    let outcome = check();
    let seconds = start.elapsed().as_secs_f32();
    if let Err(error) = &outcome {
        println!("== {name}: FAILED ({seconds:.1} s): {error:#}\n   repeat with: cargo xtask ci {name}");
    } else {
        println!("== {name}: fine ({seconds:.1} s)");
    }
    outcome.is_ok()
}

fn fmt() -> Result<()> {
    shell::run(&mut shell::cargo(["fmt", "--all", "--check"]))?;
    // No member of the workspace.
    shell::run(&mut shell::cargo(["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"]))
}

fn clippy() -> Result<()> {
    let args = ["clippy", "--quiet", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    shell::run(&mut shell::cargo(args))
}

/// A phone killed at every write, not only at some.
fn kills() -> Result<()> {
    install::debian(&["strace"], "kills a phone at each of its writes")?;
    let args = ["test", "--quiet", "--workspace", "--all-features", "--test", "kill_points"];
    shell::run(shell::cargo(args).env("DONGBO_KILL_POINTS", "all"))
}

fn doc() -> Result<()> {
    let mut command = shell::cargo(["doc", "--quiet", "--workspace", "--no-deps", "--all-features"]);
    shell::run(command.env("RUSTDOCFLAGS", "-D warnings"))
}
