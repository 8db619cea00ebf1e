//! What `cargo xtask fuzz` takes.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// What is to be done with each target.
pub(super) enum Mode {
    Fuzz,
    /// Adds grown inputs that reach something new to the committed ones.
    Minimise,
    /// Runs one input.
    Reproduce(PathBuf),
}

pub(super) struct Options {
    /// None named: all.
    pub(super) targets: Vec<String>,
    pub(super) mode: Mode,
    pub(super) seconds: u64,
    /// Processes for each target.
    pub(super) jobs: usize,
}

impl Options {
    pub(super) fn parse(args: &[String]) -> Result<Self> {
        let mut options = Self { targets: Vec::new(), mode: Mode::Fuzz, seconds: 30, jobs: 1 };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().with_context(|| format!("{arg} needs a value"));
            match arg.as_str() {
                "--seconds" => options.seconds = value()?.parse().context("--seconds takes a whole number")?,
                "--jobs" => options.jobs = value()?.parse().context("--jobs takes a whole number")?,
                "--minimise" => options.mode = Mode::Minimise,
                "--reproduce" => options.mode = Mode::Reproduce(value()?.into()),
                name if !name.starts_with('-') => options.targets.push(name.to_owned()),
                _ => bail!(
                    "no option `{arg}`; fuzz takes TARGET..., --seconds N, --jobs N, --minimise, --reproduce FILE"
                ),
            }
        }
        if matches!(options.mode, Mode::Reproduce(_)) && options.targets.len() != 1 {
            bail!("--reproduce needs one target");
        }
        if options.jobs == 0 {
            bail!("--jobs takes a number from 1");
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_stand_anywhere_and_nonsense_is_refused() {
        let options = parse("hub --seconds 5 chunk").expect("two targets and a time");
        assert_eq!((options.targets, options.seconds, options.jobs), (vec!["hub".into(), "chunk".into()], 5, 1));
        for bad in ["--seconds", "--seconds soon", "--jobs 0", "--fast", "--reproduce a", "hub chunk --reproduce a"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
