//! `cargo xtask kotlin`: the mobile bindings as a JVM app uses them, against real hubs; and the API as it is committed.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use crate::{install, shell};

/// What UniFFI generates is committed here: a change of the public API shows in review.
const GENERATED: &str = "mobile-bindings/generated";
const MODULE: &str = "mobile-bindings/kotlin";

/// Builds library and hub, compares the generated API, runs the JUnit suite.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let mut args = args.iter().map(String::as_str);
    let (mut bless, mut sample, mut cycles) = (false, false, "300".to_owned());
    let mut filter = None;
    while let Some(arg) = args.next() {
        match arg {
            "--bless" => bless = true,
            "--sample" => sample = true,
            "--cycles" => cycles = args.next().context("--cycles takes a number")?.to_owned(),
            "--" => filter = args.next().map(str::to_owned),
            _ => bail!("kotlin takes --bless, --sample, --cycles N and -- TEST"),
        }
    }
    shell::build_workspace()?;
    snapshot(bless)?;
    install::debian(&["openjdk-17-jdk-headless", "maven"], "builds and runs the Kotlin module")?;
    if sample {
        return maven(&["compile", "exec:java"]);
    }
    let cycles = format!("-Dcycles={cycles}");
    let filter = filter.map(|filter| format!("-Dtest={filter}"));
    let mut goals = vec!["test", &cycles];
    goals.extend(filter.as_deref());
    maven(&goals)
}

fn snapshot(bless: bool) -> Result<()> {
    let made = shell::target_dir().join("bindgen");
    if made.exists() {
        fs::remove_dir_all(&made)?;
    }
    for (language, folder) in [("kotlin", "kotlin"), ("swift", "swift")] {
        let mut bindgen = shell::built("dongbo-bindgen");
        bindgen.arg("generate").arg("--library").arg(library()).args(["--no-format", "--language", language]);
        shell::output(bindgen.arg("--out-dir").arg(made.join(folder)))?;
    }
    let committed = shell::root().join(GENERATED);
    for file in files(&made)? {
        let (new, old) = (made.join(&file), committed.join(&file));
        let generated = fs::read(&new)?;
        if fs::read(&old).ok().as_ref() == Some(&generated) {
            continue;
        }
        if !bless {
            bail!(
                "the API changed: {} is no longer what the library has. Look at the difference after \
                 `cargo xtask kotlin --bless`, and commit it with the change that made it.",
                old.display()
            );
        }
        fs::create_dir_all(old.parent().context("a file lies in a folder")?)?;
        fs::write(&old, generated)?;
        println!("kotlin: wrote {}", old.display());
    }
    Ok(())
}

fn library() -> std::path::PathBuf {
    let name = if cfg!(target_os = "macos") { "libdongbo_mobile.dylib" } else { "libdongbo_mobile.so" };
    shell::target_dir().join("debug").join(name)
}

/// Files below a folder, as paths from it.
fn files(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir)? {
            let path = entry?.path();
            match path.is_dir() {
                true => open.push(path),
                false => found.push(path.strip_prefix(folder)?.to_path_buf()),
            }
        }
    }
    Ok(found)
}

fn maven(goals: &[&str]) -> Result<()> {
    let debug = shell::target_dir().join("debug");
    let mut maven = shell::program("mvn");
    maven.current_dir(shell::root().join(MODULE)).args(["--quiet", "--batch-mode", "--no-transfer-progress"]);
    maven.arg(format!("-Ddongbo.library.path={}", debug.display()));
    maven.arg(format!("-Ddongbo.binary={}", debug.join("dongbo").display()));
    shell::run(maven.args(goals))
}
