//! `cargo xtask fuzz`: coverage-guided fuzzing with libFuzzer on a stable toolchain. See docs/fuzzing.md.

mod options;
mod run;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use self::options::{Mode, Options};
use crate::{install, shell};

/// What makes the compiler count edges for libFuzzer. Comparisons are not traced: where they would help, the targets
/// build their input themselves, and they cost half of the speed.
const RUSTFLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table --cfg fuzzing";

/// Builds the targets, then fuzzes each for a while, replays one input, or adds to the committed corpus.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let options = Options::parse(args)?;
    let targets = targets()?;
    if let Some(unknown) = options.targets.iter().find(|name| !targets.contains(name)) {
        bail!("no target `{unknown}`; there are: {}", targets.join(", "));
    }
    let wanted = if options.targets.is_empty() { targets } else { options.targets.clone() };
    println!("fuzz: needs a C++ compiler (libFuzzer is C++); builds into {}", work_dir().display());
    if shell::which("c++").is_none() {
        install::debian(&["g++"], "compiles libFuzzer")?;
    }
    let programs = build(&wanted)?;
    let mut failed = Vec::new();
    for (target, program) in wanted.iter().zip(&programs) {
        let outcome = match &options.mode {
            Mode::Fuzz => run::fuzz(target, program, &options),
            Mode::Minimise => run::minimise(target, program),
            Mode::Reproduce(input) => run::reproduce(program, input),
        };
        if let Err(error) = outcome {
            println!("fuzz: {target}: {error:#}");
            failed.push(target.as_str());
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("findings in: {}", failed.join(", ")) }
}

/// Everything that fuzzing leaves behind: programs, grown corpora, artifacts, logs.
fn work_dir() -> PathBuf {
    shell::target_dir().join("fuzz")
}

/// The inputs of a target that the tests replay.
fn committed(target: &str) -> PathBuf {
    shell::root().join("tests/fuzz/corpus").join(target)
}

/// One program for each file.
fn targets() -> Result<Vec<String>> {
    let folder = shell::root().join("fuzz/fuzz_targets");
    let mut names = Vec::new();
    for entry in folder.read_dir().with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// Instruments everything but build scripts and macros: naming the target keeps the flags from those.
fn build(targets: &[String]) -> Result<Vec<PathBuf>> {
    let version = shell::output(shell::program("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc does not name its host")?;
    let folder = work_dir().join("build");
    let mut command = shell::cargo(["build", "--release", "--locked", "--manifest-path", "fuzz/Cargo.toml"]);
    command.args(["--target", host]).arg("--target-dir").arg(&folder).env("RUSTFLAGS", RUSTFLAGS);
    targets.iter().for_each(|target| _ = command.args(["--bin", target]));
    shell::run(&mut command)?;
    let programs: PathBuf = folder.join(host).join("release");
    Ok(targets.iter().map(|target| programs.join(target)).collect())
}

/// The path as one would type it from the root of the repository.
fn relative(path: &Path) -> String {
    path.strip_prefix(shell::root()).unwrap_or(path).display().to_string()
}
