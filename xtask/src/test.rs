//! `cargo xtask test`: every test of the workspace. Needs nothing but cargo.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use anyhow::{Context, Result, bail};

use crate::shell;

/// Runs unit, integration and doc tests. Arguments after `--` go to the test programs, for instance a name to filter by.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let filter = args.strip_prefix(&["--".to_owned()]).unwrap_or(args);
    println!(
        "test: needs only cargo, installs nothing; it builds the workspace, then runs unit, integration, doc tests"
    );
    let mut command = shell::cargo(["test", "--workspace", "--all-features", "--no-fail-fast", "--"]);
    let mut child = command.args(filter).stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let mut total = Total::default();
    let stdout = child.stdout.take().context("cargo's output is not readable")?;
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        println!("{line}");
        total.add(&line);
    }
    let status = child.wait()?;
    let summary = format!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.ignored);
    // .ci/run repeats this line at its end.
    std::fs::write(shell::target_dir().join("test-summary"), format!("{summary}\n"))?;
    println!("{summary}");
    if !status.success() {
        bail!("tests failed; repeat with: cargo xtask test -- NAME");
    }
    Ok(())
}

/// The sum of cargo's `test result:` lines.
#[derive(Default, Debug, PartialEq)]
struct Total {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Total {
    /// Adds a line such as `test result: ok. 12 passed; 0 failed; 1 ignored; ...`; other lines count nothing.
    fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else { return };
        for part in result.split([';', '.']) {
            match part.trim().split_once(' ') {
                Some((number, "passed")) => self.passed += number.parse().unwrap_or(0),
                Some((number, "failed")) => self.failed += number.parse().unwrap_or(0),
                Some((number, "ignored")) => self.ignored += number.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_add_up_and_others_count_nothing() {
        let mut total = Total::default();
        for line in [
            "running 3 tests",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.03s",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ] {
            total.add(line);
        }
        assert_eq!(total, Total { passed: 14, failed: 1, ignored: 1 });
    }
}
