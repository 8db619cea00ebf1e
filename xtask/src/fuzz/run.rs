//! Running one target.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command},
    time::Instant,
};

use anyhow::{Context, Result, bail};

use super::{committed, options::Options, relative, work_dir};
use crate::shell;

/// A run that takes longer is a finding, and so is one that needs more memory.
const INPUT_SECONDS_MAX: &str = "-timeout=20";
const MEMORY_MB_MAX: &str = "-rss_limit_mb=2048";
/// Longer inputs find nothing that shorter ones do not, only slower.
const INPUT_BYTES_MAX: &str = "-max_len=4096";

/// Fuzzes for a while, beginning with the committed and the grown corpus.
pub(super) fn fuzz(target: &str, program: &Path, options: &Options) -> Result<()> {
    let (grown, artifacts) = (folder("corpus", target)?, folder("artifacts", target)?);
    let start = Instant::now();
    let processes = (0..options.jobs).map(|number| {
        let log = work_dir().join(format!("{target}-{number}.log"));
        let mut command = limited(program);
        command.arg(format!("-max_total_time={}", options.seconds)).arg("-print_final_stats=1");
        command.arg(format!("-artifact_prefix={}/", artifacts.display()));
        command.arg(&grown).arg(committed(target));
        Ok((spawn(&mut command, &log)?, log))
    });
    let processes: Vec<(Child, PathBuf)> = processes.collect::<Result<_>>()?;
    let (mut executions, mut crashed) = (0, Vec::new());
    for (mut process, log) in processes {
        let status = process.wait()?;
        let text = fs::read_to_string(&log).unwrap_or_default();
        executions += executed(&text);
        if !status.success() {
            crashed.push((log, text));
        }
    }
    let inputs = grown.read_dir()?.count();
    let seconds = start.elapsed().as_secs();
    println!("fuzz: {target}: {executions} executions, {inputs} inputs, {seconds} s, {} crashes", crashed.len());
    for (log, text) in &crashed {
        println!("{}", told(text));
        match artifact(text) {
            Some(input) => {
                println!("   repeat with: cargo xtask fuzz {target} --reproduce {}", relative(Path::new(input)))
            }
            None => println!("   see {}", relative(log)),
        }
    }
    if crashed.is_empty() { Ok(()) } else { bail!("a finding") }
}

/// Inputs of one target that are committed: the tests replay them all.
const COMMITTED_MAX: usize = 60;

/// Adds what reaches code that no committed input reaches, as far as there is room. Nothing committed is removed.
pub(super) fn minimise(target: &str, program: &Path) -> Result<()> {
    let (grown, kept, merged) = (folder("corpus", target)?, committed(target), folder("merged", target)?);
    fs::remove_dir_all(&merged)?;
    fs::create_dir(&merged)?;
    let log = work_dir().join(format!("{target}-merge.log"));
    let mut command = limited(program);
    // Without counters, an input that only goes more often where others went is not kept.
    command.args(["-set_cover_merge=1", "-use_counters=0"]).arg(&merged).arg(&kept).arg(&grown);
    if !spawn(&mut command, &log)?.wait()?.success() {
        bail!("merging failed; see {}", relative(&log));
    }
    let before = files(&kept)?;
    let mut new: Vec<(PathBuf, Vec<u8>)> = files(&merged)?;
    new.retain(|(_, input)| before.iter().all(|(_, known)| known != input));
    new.sort_by_key(|(_, input)| input.len());
    // Spread over the sizes: short ones are quick, long ones go far.
    let step = new.len().div_ceil(COMMITTED_MAX.saturating_sub(before.len()).max(1)).max(1);
    let mut added = 0;
    for (path, input) in new.iter().step_by(step).take(COMMITTED_MAX.saturating_sub(before.len())) {
        let name = path.file_name().context("a file has a name")?;
        fs::write(kept.join(name), input)?;
        added += 1;
    }
    println!("fuzz: {target}: {added} inputs added to {} committed, {} left out", before.len(), new.len() - added);
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        let content = fs::read(&path)?;
        files.push((path, content));
    }
    Ok(files)
}

/// Runs one input and shows what it says.
pub(super) fn reproduce(program: &Path, input: &Path) -> Result<()> {
    shell::run(limited(program).arg(shell::root().join(input)).env("RUST_BACKTRACE", "1"))
}

fn limited(program: &Path) -> Command {
    let mut command = shell::program(program);
    command.args([INPUT_SECONDS_MAX, MEMORY_MB_MAX, INPUT_BYTES_MAX]).env("RUST_BACKTRACE", "0");
    command
}

fn spawn(command: &mut Command, log: &Path) -> Result<Child> {
    let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    command.stdout(file.try_clone()?).stderr(file).spawn().context("cannot start a target's program")
}

fn folder(kind: &str, target: &str) -> Result<PathBuf> {
    let folder = work_dir().join(kind).join(target);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// The number of runs, as libFuzzer's last lines have it.
fn executed(log: &str) -> u64 {
    let stat = log.lines().rev().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    stat.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
}

/// The lines of a log that say what was found.
fn told(log: &str) -> String {
    let says =
        |line: &&str| line.contains("panicked at") || line.contains("finding") || line.contains("ERROR: libFuzzer");
    log.lines().filter(says).map(|line| format!("   {line}")).collect::<Vec<_>>().join("\n")
}

fn artifact(log: &str) -> Option<&str> {
    log.lines().find_map(|line| Some(line.split_once("Test unit written to ")?.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_tells_how_much_was_run_and_what_was_found() {
        let log = "thread '<unnamed>' panicked at tests/src/fuzz/hub.rs:1:1:\nfinding: a whole push fails\n\
                   artifact_prefix='a/'; Test unit written to a/crash-1\nstat::number_of_executed_units: 1234\n";
        assert_eq!(executed(log), 1_234);
        assert_eq!(artifact(log), Some("a/crash-1"));
        assert!(told(log).ends_with("finding: a whole push fails"));
        assert_eq!((executed(""), artifact("")), (0, None));
    }
}
