//! Project tasks: `cargo xtask <command>`. One file per command; nothing here is needed to use Đồng Bộ.
#![allow(clippy::print_stdout, reason = "a command-line tool speaks on standard output")]

mod bench;
mod ci;
mod demo;
mod fuzz;
mod install;
mod kotlin;
mod library;
mod run;
mod shell;
mod simulate;
mod targets;
mod test;
mod wasm;
mod web;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  run [--data DIR] [--listen ADDR] [--release]   start a hub with campaign 244 (set up on first use) and the web app;
      [--no-web]                                 without the web app
  test [-- FILTER...]                            all tests, doc tests included
  ci [--skip-tests] [STEP...]                    everything that CI runs, or only the named steps
  demo                                           phones and a hub, from offline work to agreement
  simulate [--seeds N] [--seed S] [--dev]        random fleets with faults, replayable by seed
  fuzz [TARGET...] [--seconds N] [--jobs N]      fuzz what strangers send; --reproduce FILE runs one input,
                                                 --minimise adds to the committed inputs
  kotlin [--bless] [--sample] [--cycles N]       the mobile bindings under JUnit against real hubs; --sample: the
                                                 sample app; --bless writes the generated API
  library                                        the mobile library as apps ship it, and its size
  targets [TARGET...]                            whether core and bindings compile for Android and iOS
  wasm [--release]                               build client-core for the browser
  web build [--dev] | check | ci                 the web app into web/dist; its types and logic; these and the
                                                 browser tests meant for CI
  web test [--dev] [--samples] [-- FILTER...]    all its tests in a browser against real hubs, pictures of every screen
                                                 into target/screens; --samples: those of docs/screens.md too
  bench [--only PART] [--records N] [--large N]  speed, bytes and memory, with floors; --smoke: only whether it runs;
                                                 --only web [--records N]: a browser that holds so many
  help                                           this text
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match args.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    let outcome = match command {
        "run" => run::run(rest),
        "test" => test::run(rest),
        "ci" => ci::run(rest),
        "demo" => demo::run(rest),
        "simulate" => simulate::run(rest),
        "fuzz" => fuzz::run(rest),
        "kotlin" => kotlin::run(rest),
        "library" => library::run(rest),
        "targets" => targets::run(rest),
        "wasm" => wasm::run(rest),
        "web" => web::run(rest),
        "bench" => bench::run(rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        unknown => Err(anyhow::anyhow!("no command `{unknown}`; `cargo xtask help` lists them")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
