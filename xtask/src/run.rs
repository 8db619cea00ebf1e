//! `cargo xtask run`: a hub with campaign 244 on this machine, and the web app it serves.

use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::{shell, web};

/// Builds the web app and the hub, sets up its data folder on first use, and serves until Ctrl-C.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let options = Options::parse(args)?;
    if options.web {
        println!("run: building the web app (minutes the first time; --no-web leaves it out) ...");
        web::build(false)?;
    }
    println!("run: building the hub ...");
    hub(&options, &[])?;
    if is_initialised(&options.data) {
        println!("run: using the data in {}", options.data);
    } else {
        println!("run: first start: setting up campaign 244 in {}", options.data);
        let origin = format!("http://{}", options.listen);
        hub(&options, &["init", "--data", &options.data, "--campaign", "campaigns/kh244", "--origin", &origin])?;
    }
    println!("run: the data stays in {}; Ctrl-C stops", options.data);
    let mut serve = vec!["serve", "--data", &options.data, "--listen", &options.listen];
    if options.web {
        serve.extend(["--web", web::DIST]);
    }
    hub(&options, &serve)
}

struct Options {
    data: String,
    listen: String,
    release: bool,
    web: bool,
}

impl Options {
    fn parse(args: &[String]) -> Result<Self> {
        let mut options = Self { data: "./data".into(), listen: "127.0.0.1:8080".into(), release: false, web: true };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().cloned().with_context(|| format!("{arg} needs a value"));
            match arg.as_str() {
                "--data" => options.data = value()?,
                "--listen" => options.listen = value()?,
                "--release" => options.release = true,
                "--no-web" => options.web = false,
                _ => bail!("no option `{arg}`; run takes --data DIR, --listen ADDR, --release, --no-web"),
            }
        }
        Ok(options)
    }
}

/// Whether `dongbo init` has run there: it fills the folder in one step, so a folder with anything in it is not ours
/// to fill, and `serve` says what is wrong with it if it is not a hub's.
fn is_initialised(data: &str) -> bool {
    shell::root().join(data).read_dir().is_ok_and(|mut entries| entries.next().is_some())
}

/// Runs `dongbo` with these arguments; with none, only builds it.
fn hub(options: &Options, args: &[&str]) -> Result<()> {
    let action = if args.is_empty() { "build" } else { "run" };
    let mut command = shell::cargo([action, "--quiet", "--package", "dongbo-server", "--bin", "dongbo"]);
    if options.release {
        command.arg("--release");
    }
    if !args.is_empty() {
        command.arg("--").args(args).stdin(Stdio::inherit());
    }
    shell::run(&mut command)
}
