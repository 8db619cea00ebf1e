//! A served hub of the plan 244 campaign in memory, on a loopback port, and devices that talk to it.

use std::{collections::BTreeMap, future::Future, pin::Pin};

use dongbo_core::{
    FieldId, RecordId,
    outside::Moment,
    record::MetaEdit,
    replica::{Replica, Saved},
    store::{MemoryStore, Store},
    sync::{Nonce, SessionAnswer},
    transport::{Host, SyncLimits, SyncReport, Transport, TransportError},
    unit::UnitTree,
};
use dongbo_server::{
    admin::{self, AdminCommand},
    http::{self, Limits},
    hub::{Hub, Setup},
    hub_thread::{self, HubHandle},
    outside::{SystemEntropy, now_ms},
};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const CAMPAIGN: &str = include_str!("../../../campaigns/kh244/campaign.json");
const UNITS: &str = include_str!("../../../campaigns/kh244/units.csv");
const SUCCESSORS: &str = include_str!("../../../campaigns/kh244/successors.csv");

/// A hub behind its real router.
pub(crate) struct Served {
    /// Where it listens, and what its invitations name.
    pub(crate) origin: String,
    /// Its thread.
    pub(crate) hub: HubHandle,
    /// A plain HTTP client.
    pub(crate) client: reqwest::Client,
}

/// A replica in memory with its connection.
pub(crate) struct Device {
    /// What it holds.
    pub(crate) replica: Replica<MemoryStore>,
    pub(crate) transport: Transport,
}

/// No time passes, so that a retry waits for nothing.
pub(crate) struct NoTime;

impl Host for NoTime {
    fn elapsed_ms(&self) -> u64 {
        0
    }

    fn wait(&mut self, _: u64) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        Box::pin(std::future::ready(()))
    }

    fn random(&mut self) -> u64 {
        0
    }
}

/// Serves for as long as the test runs.
async fn serve(listener: TcpListener, hub: HubHandle, limits: Limits) {
    http::serve(listener, hub, "kh244", limits, std::future::pending()).await;
}

impl Served {
    /// A new hub.
    pub(crate) async fn start() -> Self {
        Self::start_with(Limits::default()).await
    }

    /// A new hub with limits of its own.
    pub(crate) async fn start_with(limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let named = origin.clone();
        let make = move || {
            let units = UnitTree::from_csv(UNITS, SUCCESSORS).unwrap();
            let setup = Setup {
                campaign: CAMPAIGN,
                units: &units,
                origin: &named,
                administrator: "Quản trị viên",
                unit: "snv".parse().unwrap(),
                role: "administrator".parse().unwrap(),
            };
            let store: Box<dyn Store> = Box::new(MemoryStore::new());
            let mut entropy = SystemEntropy;
            let made = pollster::block_on(Hub::init(store, &setup, &mut Moment::new(now_ms(), &mut entropy)));
            made.map(|(hub, _, _)| hub)
        };
        let (hub, _) = hub_thread::start(make).unwrap();
        tokio::spawn(serve(listener, hub.clone(), limits));
        let client = dongbo_tests::http::client().build().unwrap();
        Self { origin, hub, client }
    }

    /// Asks as an administrator.
    pub(crate) async fn admin(&self, command: AdminCommand) -> Value {
        self.hub.run(move |hub| admin::execute(hub, command)).await.unwrap().unwrap()
    }

    /// An invitation for somebody new.
    pub(crate) async fn invite(&self, name: &str, unit: &str, role: &str) -> String {
        let new = Some((name.to_owned(), unit.parse().unwrap(), role.parse().unwrap()));
        let invited = self.admin(AdminCommand::Invite { member: None, new }).await;
        invited["link"].as_str().unwrap().to_owned()
    }

    /// A device of somebody new that has joined and synchronised.
    pub(crate) async fn device(&self, name: &str, unit: &str, role: &str) -> Device {
        let mut device = Device::prepare(&self.invite(name, unit, role).await, rand_seed()).await;
        device.join().await.unwrap();
        device.sync().await.unwrap();
        device
    }

    /// A request below the campaign.
    pub(crate) fn request(&self, method: Method, call: &str) -> RequestBuilder {
        self.client.request(method, format!("{}/api/v1/c/kh244/{call}", self.origin))
    }

    /// A session's token for a device.
    pub(crate) async fn token(&self, device: &Device) -> String {
        let nonce = self.request(Method::GET, "session").send().await.unwrap().bytes().await.unwrap();
        let body = device.replica.session_request(&Nonce::from_bytes(&nonce).unwrap().nonce).unwrap();
        let request = self.request(Method::POST, "session").header("content-type", "application/cbor").body(body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        SessionAnswer::from_bytes(&answer.bytes().await.unwrap()).unwrap().token
    }

    /// Gives a command over HTTP.
    pub(crate) async fn command(&self, token: &str, command: Value) -> Response {
        let request = self.request(Method::POST, "admin").header("content-type", "application/json");
        request.bearer_auth(token).body(command.to_string()).send().await.unwrap()
    }

    /// What a command that must be done answers.
    pub(crate) async fn done(&self, token: &str, command: Value) -> Value {
        let response = self.command(token, command.clone()).await;
        let status = response.status();
        let text = response.text().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{command}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// A page of the JSON API.
    pub(crate) async fn get(&self, token: &str, call: &str) -> Response {
        self.request(Method::GET, call).bearer_auth(token).send().await.unwrap()
    }

    /// The JSON of a page that must be there.
    pub(crate) async fn json(&self, token: &str, call: &str) -> Value {
        let response = self.get(token, call).await;
        let status = response.status();
        let text = response.text().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{call}: {text}");
        serde_json::from_str(&text).unwrap()
    }
}

impl Device {
    /// A device that has not joined yet.
    pub(crate) async fn prepare(link: &str, seed: [u8; 32]) -> Self {
        let replica = Replica::prepare(MemoryStore::new(), link, "điện thoại", seed).await.unwrap();
        let transport = Transport::new(replica.origin()).unwrap();
        Self { replica, transport }
    }

    /// Joins.
    pub(crate) async fn join(&mut self) -> Result<(), TransportError> {
        self.transport.join(&mut self.replica).await
    }

    /// Synchronises.
    pub(crate) async fn sync(&mut self) -> Result<SyncReport, TransportError> {
        let mut report = SyncReport::default();
        let limits = SyncLimits::within_ms(u64::MAX);
        self.transport.sync(&mut self.replica, &mut NoTime, &limits, &mut report).await?;
        Ok(report)
    }

    /// Saves a record and sends it.
    pub(crate) async fn send(&mut self, form: &str, unit: &str, given: Value) -> Saved {
        let mut entropy = SystemEntropy;
        let mut moment = Moment::new(now_ms(), &mut entropy);
        let (form, unit) = (form.parse().unwrap(), unit.parse().unwrap());
        let meta = MetaEdit::default();
        let saved = self.replica.create(&form, &unit, &answers(given), &meta, None, &mut moment).await.unwrap();
        assert_eq!(self.sync().await.unwrap().admitted, 1);
        saved
    }

    /// Changes a record and sends it.
    pub(crate) async fn change(&mut self, record: RecordId, given: Value) {
        let mut entropy = SystemEntropy;
        let mut moment = Moment::new(now_ms(), &mut entropy);
        let meta = MetaEdit::default();
        self.replica.edit(record, &[], &answers(given), &meta, None, &mut moment).await.unwrap();
        assert_eq!(self.sync().await.unwrap().admitted, 1);
    }
}

/// Randomness for a device's key.
pub(crate) fn rand_seed() -> [u8; 32] {
    Moment::new(0, &mut SystemEntropy).random()
}

pub(crate) fn answers(given: Value) -> BTreeMap<FieldId, Value> {
    serde_json::from_value(given).unwrap()
}

/// An activity that lacks nothing.
pub(crate) fn activity(title: &str) -> Value {
    json!({
        "title": title, "kind": "campaign_day", "held_on": "2023-03-10", "themes": ["ND.1"],
        "organiser": "Đoàn phường", "content": "Ra quân hướng dẫn dịch vụ công", "no_secret": true,
    })
}

/// Checks a refusal: its status, its code, and that it is a problem.
pub(crate) async fn refused(response: Response, status: u16, code: &str) -> Value {
    assert_eq!(response.status().as_u16(), status);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert!(response.headers().contains_key("x-request-id"));
    let problem: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!(problem["code"], code, "{problem}");
    assert_eq!(problem["status"], status);
    assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    problem
}
