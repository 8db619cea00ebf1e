//! Bodies that are wrong in every way: each is answered with a problem, and the hub goes on.

use dongbo_core::{
    identity::KeyPair,
    sync::{Invitation, JoinRequest, Nonce, SyncRequest, SyncResponse},
};
use dongbo_tests::{
    hostile::{Sender, Victim, cases},
    world::Seeded,
};
use reqwest::{Method, Response, StatusCode};

use crate::{
    WARD,
    served::{Device, Served, activity, rand_seed, refused},
};

/// A hub, a device with a session, and a good body for each call.
pub(crate) struct Bodies {
    pub(crate) served: Served,
    device: Device,
    pub(crate) token: String,
    pub(crate) good: [(&'static str, Vec<u8>); 3],
}

impl Bodies {
    pub(crate) async fn new() -> Self {
        let served = Served::start().await;
        let device = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
        let token = served.token(&device).await;
        let nonce = served.request(Method::GET, "session").send().await.unwrap().bytes().await.unwrap();
        let nonce = Nonce::from_bytes(&nonce).unwrap().nonce;
        let link = served.invite("Trần Văn Minh", WARD, "commune_officer").await;
        let joining = Device::prepare(&link, rand_seed()).await;
        let good = [
            ("devices", joining.replica.join_request()),
            ("session", device.replica.session_request(&nonce).unwrap()),
            ("sync", device.replica.sync_request().unwrap()),
        ];
        Self { served, device, token, good }
    }

    pub(crate) async fn post(&self, call: &str, body: Vec<u8>) -> Response {
        self.encoded(call, body, None).await
    }

    pub(crate) async fn encoded(&self, call: &str, body: Vec<u8>, encoding: Option<&str>) -> Response {
        let request = self.served.request(Method::POST, call).header("content-type", "application/cbor");
        let request = encoding.into_iter().fold(request, |request, name| request.header("content-encoding", name));
        request.bearer_auth(&self.token).body(body).send().await.unwrap()
    }

    /// The hub is well, and a sync works.
    pub(crate) async fn goes_on(mut self) {
        let healthy = self.served.client.get(format!("{}/healthz", self.served.origin)).send().await.unwrap();
        assert_eq!(healthy.status(), StatusCode::OK);
        self.device.send("activity", WARD, activity("Vẫn ghi nhận được")).await;
    }
}

/// A refusal that is the sender's fault, and says what to do.
pub(crate) async fn refused_somehow(response: Response, what: &str) {
    let status = response.status();
    assert!(status.is_client_error(), "{what}: {status}");
    assert_eq!(response.headers()["content-type"], "application/problem+json", "{what}");
    let problem: serde_json::Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert!(!problem["code"].as_str().unwrap().is_empty() && !problem["detail"].as_str().unwrap().is_empty(), "{what}");
}

#[tokio::test]
async fn cut_short_and_random() {
    let bodies = Bodies::new().await;
    let mut random = Seeded(244);
    for (call, good) in &bodies.good {
        let every = (good.len() / 100).max(1);
        for length in (0..good.len()).step_by(every) {
            let what = format!("{call}, {length} of {} bytes", good.len());
            refused_somehow(bodies.post(call, good[..length].to_vec()).await, &what).await;
        }
        for number in 0..50 {
            let mut noise = vec![0; random.below(2_000)];
            dongbo_core::outside::Entropy::fill(&mut random, &mut noise);
            refused_somehow(bodies.post(call, noise).await, &format!("{call}, noise {number}")).await;
        }
        refused_somehow(bodies.post(call, [&good[..], &[0]].concat()).await, "a byte after the message").await;
    }
    bodies.goes_on().await;
}

#[tokio::test]
async fn bits_flipped() {
    let bodies = Bodies::new().await;
    let mut random = Seeded(245);
    for (call, good) in &bodies.good {
        for _ in 0..200 {
            let bit = random.below(good.len() * 8);
            let mut body = good.clone();
            body[bit / 8] ^= 1 << (bit % 8);
            let response = bodies.post(call, body).await;
            // Some bits say what may well be meant, such as the device's name or how much is wanted.
            if response.status() != StatusCode::OK {
                refused_somehow(response, &format!("{call}, bit {bit}")).await;
            }
        }
    }
    bodies.goes_on().await;
}

#[tokio::test]
async fn a_higher_protocol_version() {
    let bodies = Bodies::new().await;
    let mut request = SyncRequest::from_bytes(&bodies.good[2].1).unwrap();
    request.version = 2;
    let problem = refused(bodies.post("sync", request.to_bytes()).await, 426, "unsupported_version").await;
    assert!(problem["detail"].as_str().unwrap().contains("Nothing was changed"));
    bodies.goes_on().await;
}

#[tokio::test]
async fn everything_hostile_in_one_push() {
    let bodies = Bodies::new().await;
    let link = bodies.served.invite("Đỗ Quang Huy", WARD, "commune_officer").await;
    let invitation = Invitation::parse(&link).unwrap();
    let key = KeyPair::from_seed([9; 32]);
    let request = JoinRequest::new(invitation.root, &invitation.code, &key, "máy lạ");
    assert_eq!(bodies.post("devices", request.to_bytes()).await.status(), StatusCode::OK);
    let now_ms = dongbo_server::outside::now_ms();
    let mut sender = Sender::new(key, invitation.root, WARD, now_ms).unwrap();
    let victim = Victim::new(&mut sender).unwrap();
    let cases = cases(&mut sender, &victim).unwrap();
    let last = sender.create().unwrap();
    let good = [&victim.first, &victim.second, &last];
    let [first, second, last] = good.map(|written| sender.sign(written.record.id(), &written.chunk));
    let hostile: Vec<Vec<u8>> = cases.iter().map(|case| case.bytes.clone()).collect();
    // What is over a limit by itself fits no body beside the others.
    let mut push = vec![first, second];
    push.extend(hostile.into_iter().filter(|bytes| bytes.len() < 1 << 19));
    push.push(last);
    let mut request = SyncRequest::from_bytes(&bodies.good[2].1).unwrap();
    let sent = push.len();
    request.changes = push.into_iter().map(Into::into).collect();
    let answer = bodies.post("sync", request.to_bytes()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let answer = SyncResponse::from_bytes(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!((answer.admitted.len(), answer.refused.len()), (3, sent - 3), "{:?}", answer.admitted);
    bodies.goes_on().await;
}
