//! The memory of a served hub while it is sent everything hostile there is.

use std::io::Write as _;

use dongbo_core::{
    identity::KeyPair,
    limits::BODY_BYTES_MAX,
    sync::{Invitation, JoinRequest, Nonce, SessionAnswer, SessionRequest, SyncRequest, SyncResponse},
};
use dongbo_server::outside::now_ms;
use dongbo_tests::{
    hostile::{Sender, Victim, cases, heaviest},
    http,
};
use flate2::{Compression, write::GzEncoder};
use reqwest::{Client, Method, Response};

use crate::binary::{Bench, Served};

/// How much the hub may grow over hostile bytes, in mebibytes. A body of 4 MiB that is a list of nothing but empty changes
/// becomes 100 MiB while it is read, and up to eight wait as they came; a bomb that went off would need gigabytes.
const HOSTILE_MIB_MAX: u64 = 256;
/// The same with the heaviest changes that break no rule: 100,000 operations each, on a record that is tried on a copy.
const HEAVIEST_MIB_MAX: u64 = 512;

const UNIT: &str = "26506-20250701";

/// The most memory a process has had so far, in mebibytes.
fn peak_mib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() / 1_024
}

/// A hostile device with a session.
struct Attack {
    client: Client,
    origin: String,
    token: String,
}

impl Attack {
    async fn new(link: &str, key: &KeyPair) -> Self {
        let invitation = Invitation::parse(link).unwrap();
        let client = http::client().build().unwrap();
        let mut attack = Self { client, origin: invitation.origin.clone(), token: String::new() };
        let join = JoinRequest::new(invitation.root, &invitation.code, key, "máy lạ").to_bytes();
        let joined = attack.post("devices", join).await.bytes().await.unwrap();
        let certificate = dongbo_core::sync::JoinAnswer::from_bytes(&joined).unwrap().certificate;
        let nonce = attack.call(Method::GET, "session").send().await.unwrap().bytes().await.unwrap();
        let nonce = Nonce::from_bytes(&nonce).unwrap().nonce;
        let session = SessionRequest::new(invitation.root, &invitation.origin, &nonce, key, &certificate);
        let opened = attack.post("session", session.to_bytes()).await.bytes().await.unwrap();
        attack.token = SessionAnswer::from_bytes(&opened).unwrap().token;
        attack
    }

    fn call(&self, method: Method, call: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}/api/v1/c/kh244/{call}", self.origin));
        request.bearer_auth(&self.token).header("content-type", "application/cbor")
    }

    async fn post(&self, call: &str, body: Vec<u8>) -> Response {
        self.call(Method::POST, call).body(body).send().await.unwrap()
    }

    /// Pushes changes; how many were admitted and refused.
    async fn push(&self, changes: &[Vec<u8>]) -> (usize, usize) {
        let request = SyncRequest {
            version: 1,
            cursor: None,
            changes: changes.iter().map(|bytes| bytes.clone().into()).collect(),
            bytes_max: 1,
            catalogue: 1,
            directory: 1,
            units: None,
            statements: Vec::new(),
        };
        let answer = self.post("sync", request.to_bytes()).await;
        let answer = SyncResponse::from_bytes(&answer.bytes().await.unwrap()).unwrap();
        (answer.admitted.len(), answer.refused.len())
    }
}

/// A gibibyte of zeros in a megabyte.
fn bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    for _ in 0..1 << 10 {
        encoder.write_all(&[0; 1 << 20]).unwrap();
    }
    encoder.finish().unwrap()
}

#[tokio::test]
async fn stays_bounded_while_hostile_bytes_come() {
    let bench = Bench::new();
    bench.init();
    let hub = Served::start(&bench);
    let link = bench.json(&["invite", "--name", "Huy", "--unit", UNIT, "--role", "commune_officer"])["link"].clone();
    let (link, key) = (link.as_str().unwrap(), KeyPair::from_seed([9; 32]));
    let attack = Attack::new(link, &key).await;
    let mut sender = Sender::new(key, Invitation::parse(link).unwrap().root, UNIT, now_ms()).unwrap();
    let victim = Victim::new(&mut sender).unwrap();
    let known = [&victim.first, &victim.second].map(|written| sender.sign(victim.record(), &written.chunk));
    assert_eq!(attack.push(&known).await, (2, 0));
    let before = peak_mib(hub.process());

    for case in cases(&mut sender, &victim).unwrap() {
        assert_eq!(attack.push(&[case.bytes]).await, (0, 1), "{}", case.name);
    }
    let cases = peak_mib(hub.process());
    // A full body each: nested, of nothing but items, and what inflates to 256 times the limit; as many at once as
    // a device may have under way.
    let bomb = bomb();
    let nested = [&[0xa1, 0x18, 99][..], &vec![0x81; BODY_BYTES_MAX - 3]].concat();
    let items = [&[0xa1, 0x02, 0x9a, 0, 0x3f, 0xff, 0xf0][..], &vec![0x40; BODY_BYTES_MAX - 16]].concat();
    for (body, status) in [(bomb, 413), (nested, 400), (items, 400)] {
        let requests = (0..8).map(|_| {
            let request = attack.call(Method::POST, "sync").body(body.clone());
            let request = if status == 413 { request.header("content-encoding", "gzip") } else { request };
            tokio::spawn(request.send())
        });
        for request in requests.collect::<Vec<_>>() {
            // What is too large is answered before all of it was sent, and a client may see only that it was cut off.
            if let Ok(answer) = request.await.unwrap() {
                assert_eq!(answer.status().as_u16(), status);
            }
        }
    }
    let full = peak_mib(hub.process());
    for change in heaviest(&sender, &victim) {
        assert_eq!(attack.push(&[change]).await, (1, 0));
    }
    let after = peak_mib(hub.process());
    println!(
        "the most memory of the hub, MiB: {before} before, {cases} after the cases, {full} after full bodies, {after} after \
         the heaviest changes"
    );
    assert!(full - before < HOSTILE_MIB_MAX, "from {before} MiB to {full} MiB");
    assert!(after - before < HEAVIEST_MIB_MAX, "from {before} MiB to {after} MiB");
    let last = sender.create().unwrap();
    assert_eq!(attack.push(&[sender.sign(last.record.id(), &last.chunk)]).await, (1, 0), "it goes on");
    hub.stop();
}
