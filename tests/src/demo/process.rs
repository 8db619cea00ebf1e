//! Running `dongbo` as a person would: one process per command.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::people::COMMUNE;

/// The `dongbo` binary, built beside this one.
pub fn dongbo() -> anyhow::Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("dongbo");
    ensure!(path.exists(), "{} is missing; `cargo xtask demo` builds it", path.display());
    Ok(path)
}

/// A free port on loopback, so that a hub can be started again where it was.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Runs a command to its end and reads its JSON.
pub fn run(arguments: &[&str]) -> anyhow::Result<Value> {
    let output = Command::new(dongbo()?).args(arguments).output()?;
    if !output.status.success() {
        bail!("dongbo {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    let text = String::from_utf8(output.stdout)?;
    serde_json::from_str(&text).with_context(|| format!("dongbo {}: {text}", arguments.join(" ")))
}

/// A hub process.
pub struct HubProcess {
    child: Child,
    data: PathBuf,
    address: SocketAddr,
}

impl HubProcess {
    /// Starts the hub and waits until it says that it listens.
    pub fn start(data: &Path, address: SocketAddr) -> anyhow::Result<Self> {
        let mut child = Command::new(dongbo()?)
            .args(["serve", "--data"])
            .arg(data)
            .args(["--listen", &address.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdout = child.stdout.take().context("the hub has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        loop {
            let line = lines.next().context("the hub ended before it listened")??;
            if line.contains(&address.to_string()) {
                break;
            }
        }
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Ok(Self { child, data: data.to_owned(), address })
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL, in the midst of whatever it does, then a start from what is on disk.
    pub fn kill_and_restart(self) -> anyhow::Result<Self> {
        let (data, address) = (self.data.clone(), self.address);
        drop(self);
        Self::start(&data, address)
    }
}

impl Drop for HubProcess {
    /// SIGKILL: no hub outlives what started it.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A person's device: a store directory and the commands on it.
pub struct Phone {
    /// Whose.
    pub name: &'static str,
    store: PathBuf,
}

impl Phone {
    /// Joins with an invitation.
    pub fn join(name: &'static str, store: PathBuf, link: &str) -> anyhow::Result<Self> {
        let phone = Self { name, store };
        phone.run(&["join", link, "--name", name])?;
        Ok(phone)
    }

    /// Runs `dongbo device ...` on this phone's store.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        run(&self.with_store(arguments))
    }

    fn with_store<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        let store = self.store.to_str().unwrap_or_default();
        [&["device"], arguments, &["--store", store, "--json"]].concat()
    }

    /// Starts a command without waiting for its end.
    pub fn start(&self, arguments: &[&str]) -> anyhow::Result<Child> {
        let command = Command::new(dongbo()?)
            .args(self.with_store(arguments))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        Ok(command?)
    }

    /// Types many records of a form, one JSON object a line; returns the ids as they are said to be saved.
    pub fn type_in(&self, form: &str, records: &[Value]) -> anyhow::Result<Vec<String>> {
        let mut child = self.start(&["new", form, "--unit", COMMUNE, "--lines"])?;
        let mut stdin = child.stdin.take().context("no input")?;
        let lines: Vec<String> = records.iter().map(Value::to_string).collect();
        let typing = std::thread::spawn(move || stdin.write_all((lines.join("\n") + "\n").as_bytes()));
        let saved = saved_ids(&mut child)?;
        let _ = typing.join();
        ensure!(child.wait()?.success(), "typing {form} failed");
        ensure!(saved.len() == records.len(), "{} of {} were saved", saved.len(), records.len());
        Ok(saved)
    }

    /// Types records and is killed by SIGKILL after `killed_after` of them were said to be saved.
    pub fn killed_while_typing(
        &self,
        form: &str,
        records: &[Value],
        killed_after: usize,
    ) -> anyhow::Result<Vec<String>> {
        let mut child = self.start(&["new", form, "--unit", COMMUNE, "--lines"])?;
        let mut stdin = child.stdin.take().context("no input")?;
        let lines: Vec<String> = records.iter().map(Value::to_string).collect();
        let typing = std::thread::spawn(move || {
            let _ = stdin.write_all((lines.join("\n") + "\n").as_bytes());
        });
        let stdout = child.stdout.take().context("no output")?;
        let mut saved = Vec::new();
        for line in BufReader::new(stdout).lines() {
            saved.push(id_of(&line?)?);
            if saved.len() == killed_after {
                child.kill()?;
            }
        }
        child.wait()?;
        let _ = typing.join();
        Ok(saved)
    }

    /// Synchronises; whether the hub was reached to the end.
    pub fn try_sync(&self) -> bool {
        self.run(&["sync"]).is_ok()
    }

    /// Synchronises to the end.
    pub fn sync(&self) -> anyhow::Result<Value> {
        self.run(&["sync"])
    }
}

fn saved_ids(child: &mut Child) -> anyhow::Result<Vec<String>> {
    let stdout = child.stdout.take().context("no output")?;
    BufReader::new(stdout).lines().map(|line| id_of(&line?)).collect()
}

fn id_of(line: &str) -> anyhow::Result<String> {
    let saved: Value = serde_json::from_str(line)?;
    Ok(saved["record"].as_str().context("no record id")?.to_owned())
}
