//! The `dongbo` binary as people run it.

#![expect(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

#[path = "cli/binary.rs"]
mod binary;
#[path = "cli/carrying.rs"]
mod carrying;
#[path = "cli/keeping.rs"]
mod keeping;
#[cfg(target_os = "linux")]
#[path = "cli/memory.rs"]
mod memory;
#[path = "cli/plan.rs"]
mod plan;
#[path = "cli/recovery.rs"]
mod recovery;

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::Command,
};

use dongbo_core::{
    replica::Replica,
    store::{SledOptions, SledStore},
    sync::{Nonce, SessionAnswer},
};
use serde_json::Value;

use binary::{Bench, Served, keys, told};

/// Answers of an activity, as `--set` takes them.
const ACTIVITY: [&str; 14] = [
    "--set",
    "title=Ra quân Tổ công nghệ số",
    "--set",
    "kind=campaign_day",
    "--set",
    "held_on=2023-03-10",
    "--set",
    "themes=ND.1,ND.2",
    "--set",
    "organiser=Đoàn phường",
    "--set",
    "content=Hướng dẫn",
    "--set",
    "no_secret=có",
];

/// A device of somebody new, joined; returns the name of its directory.
fn joined(bench: &Bench, store: &str) {
    let invited = bench.json(&["invite", "--name", "Lan", "--unit", "26506-20250701", "--role", "commune_officer"]);
    let join = bench.device(store, &["join", invited["link"].as_str().unwrap()]);
    assert_eq!(keys(&join), ["campaign", "device", "member", "name", "roles", "sync"]);
    assert_eq!(join["name"], "Lan");
    assert_eq!(join["roles"][0], "commune_officer @ 26506-20250701");
}

/// Saves an activity; returns its record.
fn saved(bench: &Bench, store: &str) -> String {
    let saved = bench.device(store, &[&["new", "activity"][..], &ACTIVITY].concat());
    assert_eq!(keys(&saved), ["change", "issues", "record", "status"]);
    assert_eq!(saved["status"], "on_this_device");
    saved["record"].as_str().unwrap().to_owned()
}

#[test]
fn a_second_init_refuses_and_changes_nothing() {
    let bench = Bench::new();
    let made = bench.init();
    assert_eq!(keys(&made), ["data", "origin", "root"]);
    let key = bench.path("hub/root.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(bench.path("hub")).unwrap().permissions().mode() & 0o777, 0o700);
    let before = fs::read(&key).unwrap();
    let campaign = binary::campaign();
    let again = bench.run(&["init", "--data", &bench.data(), "--campaign", &campaign]);
    assert_eq!(again.status.code(), Some(1));
    assert!(told(&again).contains("already holds something") && told(&again).contains("Nothing was changed"));
    assert_eq!(fs::read(&key).unwrap(), before);
    assert_eq!(bench.json(&["verify"])["problems"], serde_json::json!([]));
}

#[test]
fn an_init_that_cannot_be_done_leaves_nothing() {
    let bench = Bench::new();
    for arguments in [["--campaign", "/nowhere", "--role", "administrator"], ["--campaign", "", "--role", "king"]] {
        let mut arguments = arguments;
        let campaign = binary::campaign();
        if arguments[1].is_empty() {
            arguments[1] = &campaign;
        }
        let failed = bench.run(&[&["init", "--data", &bench.data()][..], &arguments].concat());
        assert_eq!(failed.status.code(), Some(1));
        assert_eq!(fs::read_dir(bench.path("")).unwrap().count(), 0);
    }
}

#[test]
fn the_hub_answers_its_administrator_without_being_served() {
    let bench = Bench::new();
    bench.init();
    let invited = bench.json(&["invite", "--name", "Lan", "--unit", "snv", "--role", "home_affairs"]);
    assert_eq!(keys(&invited), ["expires_ms", "link", "member", "name"]);
    let members = bench.json(&["members"]);
    assert_eq!(keys(&members["members"][0]), ["member", "memberships", "name"]);
    assert_eq!(keys(&members["members"][0]["memberships"][0]), ["from_ms", "role", "to_ms", "unit"]);
    let member = invited["member"].as_str().unwrap();
    let granted = bench.json(&["members", "grant", member, "stttt", "provincial_lead"]);
    assert_eq!(keys(&granted), ["directory", "member"]);
    bench.json(&["members", "end", member, "stttt", "provincial_lead"]);
    assert_eq!(keys(&bench.json(&["invite", "--member", member])), ["expires_ms", "link", "member", "name"]);
    assert_eq!(keys(&bench.json(&["devices"])), ["devices"]);
    assert_eq!(keys(&bench.json(&["approvals"])), ["approvals"]);
    assert_eq!(keys(&bench.json(&["records"])), ["records"]);
    let units = bench.json(&["units", "--as-of", "2023-03-01"]);
    let names = ["code", "id", "level", "name", "parent", "successors", "valid_from", "valid_to"];
    assert_eq!(keys(&units["units"][0]), names);
    let rollup = bench.json(&["rollup"]);
    assert_eq!(keys(&rollup), ["cells", "epoch", "heard_from", "not_heard_from", "sequence"]);
    let verified = bench.json(&["verify"]);
    assert_eq!(keys(&verified), ["changes", "derived_keys", "entries", "problems", "records", "statements"]);
    assert_eq!(keys(&bench.json(&["rebuild"])), ["head", "rebuilt"]);

    let refused = bench.run(&["invite", "--data", &bench.data(), "--name", "Lan", "--unit", "snv", "--role", "king"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(told(&refused).contains("commune_officer"), "the roles there are, are named: {}", told(&refused));
    let nowhere = bench.run(&["members", "--data", "nowhere"]);
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(told(&nowhere).contains("run `dongbo init` first"));
}

#[test]
fn a_device_works_offline_and_synchronises_with_a_served_hub() {
    let bench = Bench::new();
    bench.init();
    let served = Served::start(&bench);
    joined(&bench, "lan");
    joined(&bench, "minh");
    let record = saved(&bench, "lan");
    let sync = bench.device("lan", &["sync"]);
    let counts = [
        "admitted",
        "dropped",
        "held",
        "more",
        "on_device",
        "quarantined",
        "received",
        "received_bytes",
        "requests",
        "sent_bytes",
        "statements",
        "undecided",
    ];
    assert_eq!(keys(&sync), counts);
    assert_eq!((&sync["admitted"], &sync["more"]), (&1.into(), &false.into()));
    let totals = [
        "drafts",
        "epoch",
        "full",
        "held",
        "last_sync_ms",
        "outbox",
        "quarantined",
        "rechecking",
        "records",
        "waiting",
    ];
    assert_eq!(keys(&sync["on_device"]), totals);
    let list = bench.device("lan", &["list", "activity"]);
    assert_eq!(list["records"][0]["status"], "received");
    assert_eq!(list["records"][0]["record"], *record);

    // Both change the title while apart.
    bench.device("minh", &["sync"]);
    let edited = bench.device("minh", &["edit", &record, "--set", "title=Ra quân ở phường"]);
    assert_eq!(keys(&edited), ["change", "issues", "record", "status"]);
    bench.device("lan", &["edit", &record, "--set", "title=Ra quân ở khu phố"]);
    bench.device("minh", &["sync"]);
    bench.device("lan", &["sync"]);
    let conflicts = bench.device("lan", &["conflicts"]);
    let conflict = &conflicts["conflicts"][0];
    assert_eq!((&conflict["record"], &conflict["path"]), (&Value::from(&*record), &Value::from("title")));
    assert_eq!(conflict["candidates"].as_array().unwrap().len(), 2);
    bench.device("lan", &["resolve", &record, "title", "0"]);
    assert_eq!(bench.device("lan", &["conflicts"])["conflicts"], serde_json::json!([]));

    let shown = bench.device("lan", &["show", &record]);
    for key in ["answers", "changes", "created_ms", "creator", "form", "heads", "record", "status", "unit"] {
        assert!(shown.get(key).is_some(), "{key}: {shown}");
    }
    let history = bench.device("lan", &["history", &record]);
    assert_eq!(keys(&history), ["history", "record"]);
    assert_eq!(history["history"].as_array().unwrap().len(), 4);
    assert_eq!(keys(&bench.device("lan", &["held"])), ["held", "quarantined", "waiting"]);
    assert_eq!(keys(&bench.device("lan", &["drafts"])), ["drafts"]);
    assert_eq!(keys(&bench.device("lan", &["rollup"])), ["cells"]);
    let status = bench.device("lan", &["status"]);
    for key in [&totals[..], &["campaign", "device", "hub", "joined", "name", "revoked"]].concat() {
        assert!(status.get(key).is_some(), "{key}: {status}");
    }
    assert_eq!((&status["outbox"], &status["joined"]), (&Value::from(1), &Value::from(true)));

    // Commands reach a hub that is being served over its socket.
    let devices = bench.json(&["devices"]);
    assert_eq!(keys(&devices["devices"][0]), ["device", "joined_ms", "member", "name", "person", "revoked"]);
    assert_eq!(bench.json(&["history", &record])["record"], *record);
    let wrong = bench.run(&["history", "--data", &bench.data(), "00000000-0000-8000-8000-000000000000"]);
    assert_eq!(wrong.status.code(), Some(1));
    served.stop();
    assert_eq!(bench.json(&["records"])["records"].as_array().unwrap().len(), 1);
    assert_eq!(bench.json(&["verify"])["problems"], serde_json::json!([]));
    let offline = bench.run(&["device", "--store", &bench.at("lan"), "--json", "sync", "--deadline-s", "0"]);
    assert_eq!((offline.status.code(), told(&offline).contains(r#""error":"deadline""#)), (Some(1), true));
}

#[test]
fn nonsense_is_refused_with_a_reason() {
    let bench = Bench::new();
    for arguments in [&["fly"][..], &["init"], &["device", "--store"], &["device", "show", "no-id"], &["invite"], &[]] {
        assert_eq!(bench.run(arguments).status.code(), Some(2), "{arguments:?}");
    }
    let store = bench.at("lan");
    let none = bench.run(&["device", "--store", &store, "--json", "list"]);
    assert_eq!((none.status.code(), told(&none).contains(r#""error":"no_replica""#)), (Some(1), true));
    let link = bench.run(&["device", "--store", &store, "--json", "join", "https://example.vn"]);
    assert_eq!((link.status.code(), told(&link).contains(r#""error":"invalid_invitation""#)), (Some(1), true));
    let export = bench.run(&["device", "--store", &store, "--json", "export", &bench.at("nothing.export")]);
    assert_eq!((export.status.code(), told(&export).contains(r#""error":"no_replica""#)), (Some(1), true));
    assert!(!bench.path("lan").exists() && !bench.path("nothing.export").exists());

    bench.init();
    let served = Served::start(&bench);
    joined(&bench, "lan");
    served.stop();
    for set in ["colour=red", "title", "participants=[", "no_secret=maybe"] {
        let refused = bench.run(&["device", "--store", &store, "new", "activity", "--set", set]);
        assert_eq!(refused.status.code(), Some(1), "{set}");
        if set == "colour=red" {
            assert!(told(&refused).contains("title, kind, kind_other"), "{}", told(&refused));
        }
    }
    let form = bench.run(&["device", "--store", &store, "--json", "new", "poem"]);
    assert!(told(&form).contains(r#""error":"unknown_form""#));
    assert_eq!(bench.device("lan", &["list"])["records"], serde_json::json!([]));
    let lines = "{\"title\": \"Dòng một\"}\n\nno json\n{\"title\": \"Dòng hai\"}\n";
    let batch = bench.feed(&["device", "--store", &store, "--json", "new", "activity", "--lines"], lines);
    assert_eq!(batch.status.code(), Some(1));
    assert!(told(&batch).contains("line 3"), "{}", told(&batch));
    assert_eq!(bench.device("lan", &["list"])["records"].as_array().unwrap().len(), 2);
}

#[test]
fn a_store_is_open_once() {
    let bench = Bench::new();
    bench.init();
    let served = Served::start(&bench);
    let second = bench.run(&["serve", "--data", &bench.data(), "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(told(&second).contains("already open"), "{}", told(&second));
    // The first one is not disturbed, nor is its socket.
    assert_eq!(bench.json(&["members"])["members"].as_array().unwrap().len(), 1);
    joined(&bench, "lan");

    // A device that waits for its next line holds its store.
    let mut first = bench.start(&["device", "--store", &bench.at("lan"), "--json", "new", "activity", "--lines"]);
    let mut lines = first.stdin.take().unwrap();
    lines.write_all(b"{\"title\": \"Ra qu\xc3\xa2n\"}\n").unwrap();
    let mut printed = BufReader::new(first.stdout.take().unwrap());
    printed.read_line(&mut String::new()).unwrap();
    let other = bench.run(&["device", "--store", &bench.at("lan"), "--json", "list"]);
    assert_eq!((other.status.code(), told(&other).contains(r#""error":"store_already_open""#)), (Some(1), true));
    drop(lines);
    assert!(first.wait().unwrap().success());
    assert_eq!(bench.device("lan", &["list"])["records"].as_array().unwrap().len(), 1);
    served.stop();
}

#[test]
fn a_damaged_store_is_kept_and_what_is_readable_moves_to_a_new_one() {
    let bench = Bench::new();
    bench.init();
    let served = Served::start(&bench);
    joined(&bench, "lan");
    assert_eq!(fs::metadata(bench.path("lan")).unwrap().permissions().mode() & 0o777, 0o700);
    let record = saved(&bench, "lan");

    // A whole store first: everything moves.
    let out = bench.at("lan.export");
    let exported = bench.device("lan", &["export", &out, "--salvage"]);
    assert_eq!(keys(&exported), ["file", "report"]);
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    let over = bench.run(&["device", "--store", &bench.at("lan"), "export", &out]);
    assert_eq!(over.status.code(), Some(1));
    assert_eq!(keys(&bench.device("moved", &["import", &out])), ["file", "report"]);
    assert_eq!(bench.device("moved", &["show", &record]), bench.device("lan", &["show", &record]));
    assert_eq!(bench.device("moved", &["sync"])["admitted"], 1);
    let twice = bench.run(&["device", "--store", &bench.at("moved"), "import", &out]);
    assert_eq!((twice.status.code(), told(&twice).contains("not empty")), (Some(1), true));

    // What the last save wrote is not in the file. The device says so rather than going on without it.
    bench.device("lan", &["sync"]);
    let file = store_file(&bench.path("lan"));
    let before = fs::read(&file).unwrap();
    let lost = saved(&bench, "lan");
    fs::write(&file, &before).unwrap();
    let broken = bench.run(&["device", "--store", &bench.at("lan"), "--json", "list"]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(told(&broken).contains(r#""error":"store_corrupt""#), "{}", told(&broken));
    assert!(told(&broken).contains("Nothing was thrown away"), "{}", told(&broken));
    assert_eq!(fs::read(&file).unwrap(), before, "the file is kept as it is");
    let careful = bench.run(&["device", "--store", &bench.at("lan"), "--json", "export", &bench.at("careful")]);
    assert_eq!((careful.status.code(), told(&careful).contains("store_corrupt")), (Some(1), true));
    bench.device("lan", &["export", &bench.at("salvaged"), "--salvage"]);
    bench.device("new", &["import", &bench.at("salvaged"), "--salvage"]);
    assert_eq!(bench.device("new", &["show", &record])["status"], "received");
    let gone = bench.run(&["device", "--store", &bench.at("new"), "--json", "show", &lost]);
    assert!(told(&gone).contains("unknown_record"));
    saved(&bench, "new");
    assert_eq!(bench.device("new", &["sync"])["admitted"], 1);
    served.stop();
}

/// sled's own file.
fn store_file(store: &Path) -> std::path::PathBuf {
    let mut below = vec![store.to_owned()];
    while let Some(directory) = below.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below.push(path);
            } else if path.file_name().is_some_and(|name| name == "db") {
                return path;
            }
        }
    }
    panic!("there is no sled file in {}", store.display());
}

#[test]
fn a_hub_put_back_from_a_copy_gets_everything_again() {
    let bench = Bench::new();
    bench.init();
    let served = Served::start(&bench);
    joined(&bench, "lan");
    joined(&bench, "minh");
    served.stop();
    let copied = Command::new("cp").args(["-a", &bench.data(), &bench.at("copy")]).status().unwrap();
    assert!(copied.success());

    let served = Served::start(&bench);
    let record = saved(&bench, "lan");
    bench.device("lan", &["sync"]);
    served.stop();
    fs::remove_dir_all(bench.path("hub")).unwrap();
    fs::rename(bench.path("copy"), bench.path("hub")).unwrap();
    assert_eq!(keys(&bench.json(&["restored"])), ["epoch", "head"]);

    let served = Served::start(&bench);
    // Others go on first, past where the lost ledger ended.
    for _ in 0..3 {
        saved(&bench, "minh");
    }
    assert_eq!(bench.device("minh", &["sync"])["admitted"], 3);
    bench.device("lan", &["sync"]);
    assert_eq!(bench.device("lan", &["show", &record])["status"], "received");
    assert_eq!(bench.json(&["records"])["records"].as_array().unwrap().len(), 4);
    served.stop();
    assert_eq!(bench.json(&["verify"])["problems"], serde_json::json!([]));
}

#[test]
fn a_termination_signal_stops_the_hub_even_while_somebody_listens() {
    let bench = Bench::new();
    bench.init();
    let served = Served::start(&bench);
    joined(&bench, "lan");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut live = runtime.block_on(live(&bench, "lan"));
    let mut idle = TcpStream::connect(("127.0.0.1", bench.port)).unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    idle.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    served.stop();
    assert_eq!(runtime.block_on(live.chunk()).unwrap(), None, "the live connection ended as it should");
    assert!(!bench.path("hub/admin.sock").exists());
    Served::start(&bench).stop();
}

/// A live connection of a device.
async fn live(bench: &Bench, store: &str) -> reqwest::Response {
    let token = session(bench, store, "kh244").await;
    let client = dongbo_tests::http::client().build().unwrap();
    let at = format!("http://127.0.0.1:{}/api/v1/c/kh244/live", bench.port);
    let live = client.get(at).bearer_auth(token).send().await.unwrap();
    assert!(live.status().is_success());
    live
}

/// The token of a new session of a device.
async fn session(bench: &Bench, store: &str, campaign: &str) -> String {
    let store = SledStore::open(&bench.path(store), SledOptions::default()).unwrap();
    let device = Replica::open(store).await.unwrap();
    let client = dongbo_tests::http::client().build().unwrap();
    let at = format!("http://127.0.0.1:{}/api/v1/c/{campaign}/session", bench.port);
    let nonce = client.get(&at).send().await.unwrap().bytes().await.unwrap();
    let proof = device.session_request(&Nonce::from_bytes(&nonce).unwrap().nonce).unwrap();
    let answer = client.post(&at).header("content-type", "application/cbor").body(proof).send().await.unwrap();
    SessionAnswer::from_bytes(&answer.bytes().await.unwrap()).unwrap().token
}
