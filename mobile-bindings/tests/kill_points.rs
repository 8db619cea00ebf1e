//! A phone killed at each call that changes its folder, one after the other: whatever was acknowledged before is there, and
//! what is there opens. `strace` does the killing; without it the test says that it was skipped.
//!
//! Some points in a usual run, every one with `DONGBO_KILL_POINTS=all`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use std::{fs, io::Write as _, os::unix::process::ExitStatusExt as _, path::Path, process::Command, sync::Arc};

use dongbo_mobile::{DongboError, HostError, KeyManager, Person, PersonState, Phone};

const INVITATION: &str = "dongbo://join?hub=https%3A%2F%2Fhub.example.vn&campaign=kh244&code=mot-hai-ba&\
                          root=0102030405060708090a0b0c0d0e0f10";
const FIRST_PIN: &str = "1234";
const SECOND_PIN: &str = "8520";
/// In the child: where its folder is.
const FOLDER: &str = "DONGBO_KILLED_FOLDER";
/// The calls that change files.
const CALLS: [&str; 10] =
    ["write", "pwrite64", "fsync", "fdatasync", "ftruncate", "fallocate", "mkdir", "rename", "unlink", "unlinkat"];

/// Wraps with nothing to speak of; what it forgot it does not unwrap.
struct TestKeys(std::path::PathBuf);

impl TestKeys {
    fn forgotten(&self) -> std::path::PathBuf {
        self.0.with_extension("forgotten")
    }
}

impl KeyManager for TestKeys {
    fn wrap(&self, _: String, key: Vec<u8>) -> Result<Vec<u8>, HostError> {
        Ok(key.iter().map(|byte| byte ^ 0x5a).collect())
    }

    fn unwrap(&self, alias: String, wrapped: Vec<u8>) -> Result<Vec<u8>, HostError> {
        if self.forgotten().exists() {
            return Err(HostError::Gone { reason: alias });
        }
        self.wrap(alias, wrapped)
    }

    fn forget(&self, _: String) -> Result<(), HostError> {
        fs::write(self.forgotten(), "").map_err(|error| HostError::Unavailable { reason: error.to_string() })
    }
}

fn phone(folder: &Path) -> Arc<Phone> {
    let keys = Arc::new(TestKeys(folder.to_path_buf()));
    Phone::new(folder.to_str().unwrap().to_owned(), keys, None).unwrap()
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Says how far it came, so that nothing said before the kill is lost.
fn say(step: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "did {step}").and_then(|()| out.flush()).unwrap();
}

/// What the phone does until it is killed.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let phone = phone(Path::new(&folder));
    wait(async {
        let replica = phone.enrol(INVITATION.into(), "Nguyễn Thị Hòa".into(), Some(FIRST_PIN.into())).await.unwrap();
        say("enrol");
        let person = replica.person_id();
        replica.lock().await.unwrap();
        phone.change_pin(person.clone(), Some(FIRST_PIN.into()), Some(SECOND_PIN.into())).await.unwrap();
        say("change");
        let replica = phone.unlock(person.clone(), Some(SECOND_PIN.into())).await.unwrap();
        say("begin wipe");
        replica.wipe(None).await.unwrap();
        say("wipe");
        phone.remove(person).await.unwrap();
        say("remove");
    });
}

/// Runs the child and kills it at the `at`-th such call. What it said, and whether it was killed.
fn killed_at(call: &str, at: usize, folder: &Path) -> (Vec<String>, bool) {
    let inject = format!("inject={call}:signal=KILL:when={at}");
    let mut strace = Command::new("strace");
    strace.args(["--quiet=all", "-f", "-o", "/dev/null", "-e"]).arg(format!("trace={call}")).args(["-e", &inject]);
    strace.arg(std::env::current_exe().unwrap()).args(["--exact", "child", "--nocapture", "--test-threads=1"]);
    let done = strace.env(FOLDER, folder).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    // The test harness may leave the first one on a line of its own.
    let steps = said.lines().filter_map(|line| Some(line.split_once("did ")?.1.to_owned())).collect();
    (steps, done.status.signal() == Some(9) || done.status.code() == Some(128 + 9))
}

/// That the phone is as it must be after these steps were acknowledged.
fn assert_sound(folder: &Path, did: &[String]) {
    let did = |step: &str| did.iter().any(|done| done == step);
    let phone = phone(folder);
    let people = wait(phone.people()).unwrap();
    let leftovers = fs::read_dir(folder.join("people")).unwrap();
    let leftovers: Vec<_> = leftovers.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(leftovers.len(), people.len(), "{leftovers:?}");
    match &people[..] {
        [] => assert!(!did("enrol") || did("wipe"), "somebody who was enrolled is gone"),
        [Person { id, state: PersonState::Ready, .. }] => {
            assert!(!did("wipe"), "a wiped store is there again");
            let pins: &[&str] = if did("change") { &[SECOND_PIN] } else { &[FIRST_PIN, SECOND_PIN] };
            let (mut opened, mut refused) = (None, Vec::new());
            for pin in pins {
                match wait(phone.unlock(id.clone(), Some((*pin).into()))) {
                    Ok(replica) => opened = Some(replica),
                    Err(error) => refused.push(error.to_string()),
                }
            }
            let replica = opened.unwrap_or_else(|| panic!("no PIN opens it: {refused:?}"));
            assert_eq!(wait(replica.summary()).unwrap().records, 0);
            // And everything goes on from there.
            wait(replica.wipe(None)).unwrap();
            wait(phone.remove(id.clone())).unwrap();
            assert_eq!(wait(phone.people()).unwrap(), []);
        }
        [Person { id, state: PersonState::Wiped { .. }, .. }] => {
            assert!(did("begin wipe"), "nobody wiped it");
            let refused = wait(phone.unlock(id.clone(), Some(SECOND_PIN.into()))).err();
            assert!(matches!(refused, Some(DongboError::Ended { .. })), "{refused:?}");
            wait(phone.remove(id.clone())).unwrap();
            assert_eq!(wait(phone.people()).unwrap(), []);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_kill_at_any_write_leaves_what_was_acknowledged() {
    let traces = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    if !traces.is_ok_and(|traces| traces.status.success()) {
        eprintln!("SKIPPED: there is no strace that may trace, so that nothing was killed");
        return;
    }
    let all = std::env::var_os("DONGBO_KILL_POINTS").is_some();
    let mut kills = 0;
    for (number, call) in CALLS.into_iter().enumerate() {
        let step = if all { 1 } else { 4 };
        for at in (1 + number % step..).step_by(step) {
            let dir = tempfile::tempdir().unwrap();
            let folder = dir.path().join("phone");
            fs::create_dir(&folder).unwrap();
            let (did, killed) = killed_at(call, at, &folder);
            if !killed {
                assert_eq!(did.last().map(String::as_str), Some("remove"), "{call} {at}: {did:?}");
                break;
            }
            let sound = std::panic::catch_unwind(|| assert_sound(&folder, &did));
            assert!(sound.is_ok(), "killed at {call} number {at}, after {did:?}");
            kills += 1;
        }
    }
    println!("{kills} kills");
    assert!(kills >= 5, "{kills} kills only");
}
