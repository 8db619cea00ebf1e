//! `cargo xtask web`: the web app. The core becomes a module that the page's worker loads, then npm builds the page.

use std::ffi::OsStr;

use anyhow::{Result, bail};

use crate::{
    install, shell,
    wasm::{TARGET, Toolchain, target_dir},
};

/// Where the page finds the core's module.
const MODULE: &str = "web/src/core/wasm";
/// Where the tests find theirs, which runs the conformance suite of stores too.
const TEST_MODULE: &str = "web/tests/wasm";

/// The oldest Node that the tools run on, as `web/package.json` says.
const NODE_MIN: (u32, u32) = (20, 19);

/// The built app.
pub(crate) const DIST: &str = "web/dist";

/// Builds the app, or tests it.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let (command, rest) = match args.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => bail!("web takes build, check, test or ci"),
    };
    let (options, filter) = match rest.iter().position(|arg| arg == "--") {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (rest, &[][..]),
    };
    let is_known = |option: &&String| *option == "--dev" || (*option == "--samples" && command == "test");
    if let Some(unknown) = options.iter().find(|option| !is_known(option)) {
        bail!("web {command} takes no `{unknown}`; build and test take --dev, test takes --samples");
    }
    let has = |option: &str| options.iter().any(|given| given == option);
    match command {
        "build" if filter.is_empty() => build(has("--dev")),
        "check" if filter.is_empty() => check(),
        "test" => test(has("--dev"), has("--samples"), filter),
        "ci" if filter.is_empty() => ci(),
        _ => bail!("web takes build, check, test or ci"),
    }
}

/// Builds the app into [`DIST`]. `dev`: in less time, of several times the size.
pub(crate) fn build(dev: bool) -> Result<()> {
    install_npm()?;
    packages()?;
    core(dev, &[], MODULE)?;
    let packed: &[&str] = if dev { &["run", "build", "--", "--dev"] } else { &["run", "build"] };
    npm(packed)
}

/// Builds the app in less time, and checks what needs no browser: types, templates, logic.
fn check() -> Result<()> {
    build(true)?;
    npm(&["run", "--silent", "check"])?;
    npm(&["run", "--silent", "test"])
}

/// Builds the app and runs its tests in a browser, against hubs that they start. `samples`: the pictures of
/// `docs/screens.md` are taken anew.
fn test(dev: bool, samples: bool, filter: &[String]) -> Result<()> {
    build(dev)?;
    core(true, &["--features", "conformance"], TEST_MODULE)?;
    let samples: &[_] = if samples { &[("SAMPLES", OsStr::new("1"))] } else { &[] };
    in_browser(filter, samples)
}

/// What is meant for CI: the checks without a browser, then every test in one; pictures of a phone in Vietnamese only, where
/// `web test` has the other language and width. What fails and passes the second time is told as flaky: a machine of CI may
/// stand still for a while.
fn ci() -> Result<()> {
    check()?;
    core(true, &["--features", "conformance"], TEST_MODULE)?;
    let only = [("LANGUAGES", OsStr::new("vi")), ("WIDTHS", OsStr::new("360"))];
    in_browser(&["--retries=1".into()], &only)
}

/// Measures a browser that holds many records, with the app as it ships.
pub(crate) fn bench(args: &[String]) -> Result<()> {
    let records = match args {
        [] => "10000",
        [only, records] if only == "--records" => records,
        _ => bail!("bench --only web takes --records N"),
    };
    build(false)?;
    let figures = shell::target_dir().join("bench").join("web.json");
    std::fs::create_dir_all(shell::target_dir().join("bench"))?;
    in_browser(&["speed.spec".into()], &[("RECORDS", records.as_ref()), ("FIGURES", figures.as_ref())])
}

/// Runs tests with the app and the modules as they are built.
fn in_browser(filter: &[String], settings: &[(&str, &OsStr)]) -> Result<()> {
    if shell::which("chromium").is_none() {
        install::debian(&["chromium"], "runs the web app's tests")?;
    }
    shell::build_workspace()?;
    let mut command = shell::program("npx");
    command.current_dir(shell::root().join("web")).args(["playwright", "test"]).args(filter);
    command.env("DONGBO", shell::target_dir().join("debug/dongbo")).env("SCREENS", shell::target_dir().join("screens"));
    shell::run(command.envs(settings.iter().copied()))
}

/// npm, and a Node that the tools run on.
fn install_npm() -> Result<()> {
    if shell::which("npm").is_none() {
        install::debian(&["npm"], "builds the web app")?;
    }
    let version = shell::output(shell::program("node").arg("--version"))?;
    if node_at_least(version.trim(), NODE_MIN) {
        return Ok(());
    }
    let (major, minor) = NODE_MIN;
    bail!(
        "the web app needs Node {major}.{minor} or newer, and `node` is {}. Get it from https://nodejs.org or with a version \
         manager (`nvm install {major}`), put it first on PATH, and repeat this command",
        version.trim()
    )
}

/// Whether a version such as `v20.19.5` is this one or newer.
fn node_at_least(version: &str, min: (u32, u32)) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= min,
        _ => false,
    }
}

/// The packages of the lock file, unless they are there.
fn packages() -> Result<()> {
    let written = |file: &str| shell::root().join("web").join(file).metadata().and_then(|file| file.modified()).ok();
    let (locked, installed) = (written("package-lock.json"), written("node_modules/.package-lock.json"));
    if installed.is_none() || installed < locked {
        npm(&["ci", "--no-audit", "--no-fund", "--loglevel", "error"])?;
    }
    Ok(())
}

/// Runs npm in `web`. Tests use the system's browser: none is downloaded.
fn npm(args: &[&str]) -> Result<()> {
    let mut command = shell::program("npm");
    command.current_dir(shell::root().join("web")).args(args).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    shell::run(&mut command)
}

/// Compiles the core for the browser and writes what a page loads of it into a folder.
fn core(dev: bool, features: &[&str], folder: &str) -> Result<()> {
    let toolchain = Toolchain::find(TARGET, "builds the core for the browser")?;
    let mut command = shell::cargo(["build", "--package", "dongbo-web", "--target", TARGET]);
    command.arg("--target-dir").arg(target_dir()).args(features);
    if dev {
        command.args(["--config", "profile.dev.debug=false"]);
        command.args(["--config", "profile.dev.package.'*'.opt-level=0"]);
    } else {
        command.args(["--profile", "web"]);
    }
    toolchain.apply(TARGET, &mut command);
    shell::run(&mut command)?;
    let module = target_dir().join(TARGET).join(if dev { "debug" } else { "web" }).join("dongbo_web.wasm");
    let folder = shell::root().join(folder);
    let mut bindgen = shell::cargo(["run", "--quiet", "--package", "dongbo-web-bindgen", "--"]);
    shell::run(bindgen.arg(&module).arg(&folder))?;
    // Binaryen's optimiser makes the module 9% smaller and what is downloaded 5% larger: it is left as it is.
    let module = folder.join("dongbo_web_bg.wasm");
    println!("web: {} ({} KiB)", module.display(), module.metadata()?.len() >> 10);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_is_told_by_its_version() {
        for (version, is_enough) in [
            ("v20.19.0", true),
            ("v22.1.0", true),
            ("v20.18.9", false),
            ("v18.20.4", false),
            ("", false),
            ("20.19.1", true),
        ] {
            assert_eq!(node_at_least(version, NODE_MIN), is_enough, "{version}");
        }
    }
}
