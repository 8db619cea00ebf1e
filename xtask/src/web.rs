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

/// The built app.
pub(crate) const DIST: &str = "web/dist";

/// Builds the app, or tests it.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let (command, rest) = match args.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => bail!("web takes build, check or test"),
    };
    let (options, filter) = match rest.iter().position(|arg| arg == "--") {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (rest, &[][..]),
    };
    let dev = match options {
        [] => false,
        [only] if only == "--dev" => true,
        _ => bail!("web {command} takes --dev"),
    };
    match command {
        "build" if filter.is_empty() => build(dev),
        "check" if filter.is_empty() => check(),
        "test" => test(dev, filter),
        _ => bail!("web takes build, check or test"),
    }
}

/// Builds the app into [`DIST`]. `dev`: in less time, of several times the size.
pub(crate) fn build(dev: bool) -> Result<()> {
    install_npm()?;
    packages()?;
    core(dev, &[], MODULE)?;
    npm(&["run", "build"])
}

/// Builds the app in less time, and checks what needs no browser: types, templates, logic.
fn check() -> Result<()> {
    build(true)?;
    npm(&["run", "--silent", "check"])?;
    npm(&["run", "--silent", "test"])
}

/// Builds the app and runs its tests in a browser, against hubs that they start.
fn test(dev: bool, filter: &[String]) -> Result<()> {
    needs()?;
    build(dev)?;
    playwright(filter, &[])
}

/// Measures a browser that holds many records, with the module as it ships.
pub(crate) fn bench(args: &[String]) -> Result<()> {
    let records = match args {
        [] => "10000",
        [only, records] if only == "--records" => records,
        _ => bail!("bench --only web takes --records N"),
    };
    needs()?;
    packages()?;
    core(false, &[], MODULE)?;
    let figures = shell::target_dir().join("bench").join("web.json");
    std::fs::create_dir_all(shell::target_dir().join("bench"))?;
    playwright(&["speed.spec.ts".into()], &[("RECORDS", records.as_ref()), ("FIGURES", figures.as_ref())])
}

/// Runs tests in a browser, against hubs that they start.
fn playwright(filter: &[String], settings: &[(&str, &OsStr)]) -> Result<()> {
    core(true, &["--features", "conformance"], TEST_MODULE)?;
    shell::run(&mut shell::cargo(["build", "--quiet", "--package", "dongbo-server", "--bin", "dongbo"]))?;
    let mut command = shell::program("npx");
    command.current_dir(shell::root().join("web")).args(["playwright", "test"]).args(filter);
    command.env("DONGBO", shell::target_dir().join("debug/dongbo")).envs(settings.iter().copied());
    shell::run(&mut command)
}

fn needs() -> Result<()> {
    install_npm()?;
    match shell::which("chromium") {
        Some(_) => Ok(()),
        None => install::debian(&["chromium"], "runs the web app's tests"),
    }
}

fn install_npm() -> Result<()> {
    match shell::which("npm") {
        Some(_) => Ok(()),
        None => install::debian(&["npm"], "builds the web app"),
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
