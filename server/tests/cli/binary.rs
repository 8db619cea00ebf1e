//! Runs the binary in a directory of its own.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::PathBuf,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// A directory with a hub in `hub` and devices beside it.
pub(crate) struct Bench {
    directory: TempDir,
    /// Where the hub listens.
    pub(crate) port: u16,
}

/// A hub that is being served; killed if a test fails.
pub(crate) struct Served {
    child: Child,
    printed: BufReader<ChildStdout>,
}

/// The plan 244 campaign.
pub(crate) fn campaign() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../campaigns/kh244").to_owned()
}

impl Bench {
    pub(crate) fn new() -> Self {
        // Free when asked, and taken again only by the hub of this test.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { directory: tempfile::tempdir().unwrap(), port }
    }

    /// A path in this directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The same as text.
    pub(crate) fn at(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// The hub's data directory.
    pub(crate) fn data(&self) -> String {
        self.at("hub")
    }

    /// Makes the hub.
    pub(crate) fn init(&self) -> Value {
        let origin = format!("http://127.0.0.1:{}", self.port);
        self.json(&["init", "--campaign", &campaign(), "--origin", &origin, "--unit", "snv"])
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dongbo"));
        command.args(arguments).current_dir(self.directory.path()).env_remove("DONGBO_NOW_MS");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts it.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.feed(arguments, "")
    }

    /// Runs it with something on its standard input.
    pub(crate) fn feed(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self.start(arguments);
        // It may end without having read.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// Runs a command on the hub that must succeed; its answer.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        // Options of a command stand before what it is to do.
        let (command, rest) = arguments.split_first().unwrap();
        self.answer(&[&[*command, "--data", &self.data(), "--json"], rest].concat())
    }

    /// Runs a command on a device that must succeed; its answer.
    pub(crate) fn device(&self, store: &str, arguments: &[&str]) -> Value {
        self.answer(&[&["device", "--store", &self.at(store), "--json"], arguments].concat())
    }

    fn answer(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", told(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

impl Served {
    /// Serves the hub, once it says that it does.
    pub(crate) fn start(bench: &Bench) -> Self {
        let listen = format!("127.0.0.1:{}", bench.port);
        let mut command = bench.command(&["serve", "--data", &bench.data(), "--listen", &listen]);
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let printed = BufReader::new(child.stdout.take().unwrap());
        let mut served = Self { child, printed };
        served.wait_for(&format!("http://{listen}"));
        served
    }

    /// Reads lines up to one that holds `text`.
    fn wait_for(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert_ne!(self.printed.read_line(&mut line).unwrap(), 0, "it ended before it said {text}");
        }
    }

    /// Its process.
    #[cfg(target_os = "linux")]
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Tells it to stop; it must end well.
    pub(crate) fn stop(mut self) {
        let kill = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        self.wait_for("stopping");
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The keys of an object, sorted.
pub(crate) fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// What was printed on the error stream.
pub(crate) fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
