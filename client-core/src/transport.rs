//! The HTTP driver between a [`Replica`] and its hub, over reqwest. Native only: the browser brings its own fetch.
//!
//! It decides nothing about data: bytes of the sans-IO replica go out, answers go in. Time and waiting are the
//! caller's ([`Host`]). None of its futures needs to be `Send`.

mod client;
mod error;

pub use error::TransportError;

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

use futures_util::future::join;
use serde::Serialize;

use self::client::Client;
use crate::{
    limits::{RETRY_WAIT_MS_MAX, STEP_RETRIES_MAX},
    replica::{Progress, Replica, ReplicaError},
    store::Store,
    sync::{Nonce, Problem, SessionAnswer, SyncResponse},
};

/// What the driver needs of the machine it runs on.
pub trait Host {
    /// Milliseconds on a clock that never goes back, from any start.
    fn elapsed_ms(&self) -> u64;
    /// Waits.
    fn wait(&mut self, ms: u64) -> Pin<Box<dyn Future<Output = ()> + '_>>;
    /// A random number, to keep many devices from trying again at the same time.
    fn random(&mut self) -> u64;
}

/// What a sync did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SyncReport {
    /// Requests that were answered.
    pub requests: usize,
    /// Changes the hub holds durably now.
    pub admitted: usize,
    /// Changes moved to *held*.
    pub held: usize,
    /// Changes left undecided, counted each time; they stay in the outbox with their reason.
    pub undecided: usize,
    /// Changes that arrived.
    pub received: usize,
    /// Changes that arrived and could not be applied.
    pub quarantined: usize,
    /// Records that left the scope and were dropped.
    pub dropped: usize,
    /// Statements that arrived.
    pub statements: usize,
}

impl SyncReport {
    fn add(&mut self, progress: &Progress) {
        self.requests += 1;
        self.admitted += progress.admitted;
        self.held += progress.held;
        self.undecided += progress.undecided;
        self.received += progress.received;
        self.quarantined += progress.quarantined;
        self.dropped += progress.dropped;
        self.statements += progress.statements;
    }
}

/// A connection to one hub.
pub struct Transport {
    client: Client,
    token: Option<String>,
}

impl Transport {
    /// A connection to the hub at an origin; nothing is sent yet.
    pub fn new(origin: &str) -> Result<Self, TransportError> {
        Ok(Self { client: Client::new(origin)?, token: None })
    }

    /// Asks the hub to certify the device. Safe to repeat: the same invitation and key give the same answer.
    pub async fn join<S: Store>(&self, replica: &mut Replica<S>) -> Result<(), TransportError> {
        let answer = self.client.post(replica.campaign(), "devices", replica.join_request(), None).await?;
        Ok(replica.receive_join(&answer).await?)
    }

    /// Synchronises until nothing is left to do, or `deadline_ms` have passed. What was done before an error stays
    /// done: every step is durable of itself.
    pub async fn sync<S: Store>(
        &mut self,
        replica: &mut Replica<S>,
        host: &mut dyn Host,
        deadline_ms: u64,
    ) -> Result<SyncReport, TransportError> {
        let end_ms = host.elapsed_ms().saturating_add(deadline_ms);
        let mut report = SyncReport::default();
        let mut failures = 0;
        let mut ahead = None;
        replica.begin_sync();
        loop {
            if host.elapsed_ms() >= end_ms {
                return Err(TransportError::Deadline);
            }
            match self.step(replica, &mut ahead).await {
                Ok(progress) => {
                    report.add(&progress);
                    failures = 0;
                    if !progress.more {
                        return Ok(report);
                    }
                }
                Err(error) => {
                    failures += 1;
                    let wait_ms = self.recover(replica, &error, failures).await?;
                    let Some(wait_ms) = wait_ms.filter(|_| failures <= STEP_RETRIES_MAX) else { return Err(error) };
                    let wait_ms = wait_ms.saturating_add(host.random() % (wait_ms / 4 + 1));
                    if host.elapsed_ms().saturating_add(wait_ms) > end_ms {
                        return Err(error);
                    }
                    host.wait(wait_ms).await;
                }
            }
        }
    }

    /// One answer: asks, unless it was asked for already, and takes in what comes. While a page is taken in, the hub is
    /// asked for the next.
    async fn step<S: Store>(
        &mut self,
        replica: &mut Replica<S>,
        ahead: &mut Option<Result<Vec<u8>, TransportError>>,
    ) -> Result<Progress, TransportError> {
        let token = self.token(replica).await?;
        let campaign = replica.campaign().clone();
        let ask = |request| self.client.post(&campaign, "sync", request, Some(&token));
        let answer = match ahead.take() {
            Some(answer) => answer?,
            None => ask(replica.sync_request()?).await?,
        };
        let response = SyncResponse::from_bytes(&answer).map_err(ReplicaError::from)?;
        let Some(next) = replica.request_ahead(&response)? else { return Ok(replica.take_in(response).await?) };
        let taking_in = async {
            let_others_run().await;
            replica.take_in(response).await
        };
        let (answer, progress) = join(ask(next), taking_in).await;
        let progress = progress?;
        *ahead = Some(answer);
        Ok(progress)
    }

    /// The token of this device's session, which also opens the hub's JSON API to what its member may read.
    pub async fn token<S: Store>(&mut self, replica: &Replica<S>) -> Result<String, TransportError> {
        match &self.token {
            Some(token) => Ok(token.clone()),
            None => self.session(replica).await,
        }
    }

    async fn session<S: Store>(&mut self, replica: &Replica<S>) -> Result<String, TransportError> {
        let nonce = self.client.get(replica.campaign(), "session").await?;
        let nonce = Nonce::from_bytes(&nonce).map_err(ReplicaError::from)?;
        let request = replica.session_request(&nonce.nonce)?;
        let answer = self.client.post(replica.campaign(), "session", request, None).await?;
        let token = SessionAnswer::from_bytes(&answer).map_err(ReplicaError::from)?.token;
        self.token = Some(token.clone());
        Ok(token)
    }

    /// How long to wait before the next try; `None`: trying again would not help.
    async fn recover<S: Store>(
        &mut self,
        replica: &mut Replica<S>,
        error: &TransportError,
        failures: u32,
    ) -> Result<Option<u64>, TransportError> {
        let backoff_ms = (500 << failures.min(7)).min(RETRY_WAIT_MS_MAX);
        Ok(match error {
            TransportError::Unreachable { .. } if failures <= 2 => Some(backoff_ms),
            TransportError::Hub { problem, retry_after_s } => match problem.status {
                // A session that ended; a proof that was refused is not asked for again.
                401 if self.token.take().is_some() => Some(0),
                408 | 429 | 503 => {
                    let asked_ms = retry_after_s.map_or(backoff_ms, |seconds| seconds.saturating_mul(1_000));
                    Some(asked_ms.min(RETRY_WAIT_MS_MAX))
                }
                _ => match starts_again(problem) {
                    true => replica.receive_problem(problem).await.map(|()| Some(0))?,
                    false => None,
                },
            },
            _ => None,
        })
    }
}

/// Taking in a page does not pause: before it, the connection's own task gets its turns to send the next request.
async fn let_others_run() {
    for _ in 0..TURNS {
        let mut asked = false;
        poll_fn(|context| {
            if std::mem::replace(&mut asked, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

/// Turns that a request needs to leave: to the connection's task, and from it to the socket.
const TURNS: usize = 4;

/// Problems after which the replica goes on from the beginning of the feed.
fn starts_again(problem: &Problem) -> bool {
    matches!(problem.code.as_str(), "epoch_changed" | "invalid_cursor")
}
