//! `bench [--records N] [--large N] [--only PART] [--out FILE]`: what [`dongbo_tests::bench`] measures.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use dongbo_tests::bench::{
    large, push_pull,
    report::{Report, say},
    save,
    scene::Scene,
};

struct Options {
    records: usize,
    large: usize,
    only: Option<String>,
    out: PathBuf,
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut options =
            Self { records: 10_000, large: 100_000, only: None, out: PathBuf::from("target/bench/latest.json") };
        while let Some(arg) = args.next() {
            let value = args.next().with_context(|| format!("{arg} needs a value"))?;
            match arg.as_str() {
                "--records" => options.records = value.parse()?,
                "--large" => options.large = value.parse()?,
                "--only" => options.only = Some(value),
                "--out" => options.out = value.into(),
                _ => bail!("{arg}? bench [--records N] [--large N] [--only push|save|large] [--out FILE]"),
            }
        }
        Ok(options)
    }

    fn wants(&self, part: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == part)
    }
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    let directory = std::env::temp_dir().join(format!("dongbo-bench-{}", std::process::id()));
    let outcome = measure(&directory, &options);
    let _ = std::fs::remove_dir_all(&directory);
    outcome
}

fn measure(directory: &Path, options: &Options) -> anyhow::Result<()> {
    let part = |name: &str| -> anyhow::Result<PathBuf> {
        let path = directory.join(name);
        std::fs::create_dir_all(&path)?;
        Ok(path)
    };
    let mut report = Report::default();
    if options.wants("push") {
        push_pull::run(&part("push")?, options.records, &mut report)?;
    }
    if options.wants("save") {
        let directory = part("save")?;
        let mut scene = Scene::open(&directory)?;
        say(&format!("a phone that holds {} records", options.records));
        let mut device = scene.writer()?;
        device.record(options.records)?;
        let mut device = scene.to_disk(device)?;
        save::run(&directory, &mut device, options.records, 300, &mut report)?;
    }
    if options.wants("large") {
        large::run(&part("large")?, options.large, &mut report)?;
    }
    report.print();
    report.write(&options.out)
}
