//! `bench [--records N] [--large N] [--only PART] [--library FILE] [--out FILE]`: what [`dongbo_tests::bench`] measures.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use dongbo_tests::bench::{
    large, phone, push_pull,
    report::{Report, say},
    save,
    scene::Scene,
};

struct Options {
    records: usize,
    large: usize,
    only: Option<String>,
    /// The mobile library, stripped.
    library: Option<PathBuf>,
    /// Only open this phone's store, once.
    open_phone: Option<PathBuf>,
    encrypted: bool,
    out: PathBuf,
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut options = Self {
            records: 10_000,
            large: 100_000,
            only: None,
            library: None,
            open_phone: None,
            encrypted: false,
            out: PathBuf::from("target/bench/latest.json"),
        };
        while let Some(arg) = args.next() {
            let value = args.next().with_context(|| format!("{arg} needs a value"))?;
            match arg.as_str() {
                "--records" => options.records = value.parse()?,
                "--large" => options.large = value.parse()?,
                "--only" => options.only = Some(value),
                "--library" => options.library = Some(value.into()),
                "--open-phone" => options.open_phone = Some(value.into()),
                "--encrypted" => options.encrypted = value == "yes",
                "--out" => options.out = value.into(),
                _ => bail!(
                    "{arg}? bench [--records N] [--large N] [--only push|save|phone|large] [--library FILE] [--out FILE]"
                ),
            }
        }
        Ok(options)
    }

    fn wants(&self, part: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == part)
    }
}

#[expect(clippy::print_stdout, reason = "its parent process reads what it prints")]
fn main() -> anyhow::Result<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    if let Some(path) = &options.open_phone {
        println!("{}", phone::open_once(path, options.encrypted)?);
        return Ok(());
    }
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
    if options.wants("phone") {
        phone::run(&part("phone")?, options.records, options.library.as_deref(), &mut report)?;
    }
    if options.wants("large") {
        large::run(&part("large")?, options.large, &mut report)?;
    }
    report.print();
    report.write(&options.out)
}
