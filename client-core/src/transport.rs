//! The HTTP driver between a [`crate::replica::Replica`] and its hub, over reqwest, which in a browser is `fetch`.
//!
//! It decides nothing about data: bytes of the sans-IO replica go out, answers go in. Time and waiting are the
//! caller's ([`Host`]); the replica is lent by a [`Holder`] one step at a time. None of its futures needs to be `Send`.

mod client;
mod error;
mod holder;
mod report;

pub use error::TransportError;
pub use holder::Holder;
pub use report::{SyncLimits, SyncReport};

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

use futures_util::future::join;

use self::client::Client;
use crate::{
    DeviceId,
    limits::{PAGE_BYTES_ASKED, RETRY_WAIT_MS_MAX, STEP_RETRIES_MAX},
    replica::{Progress, ReplicaError},
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

/// A connection to one hub.
pub struct Transport {
    client: Client,
    /// Whose session is open, and its token.
    session: Option<(DeviceId, String)>,
}

/// A sync under way.
struct Run<'a, H> {
    holder: &'a mut H,
    device: DeviceId,
    /// Bytes that may still be pulled.
    pull_bytes_left: u64,
    /// The answer to a request that was made while the page before it was taken in.
    ahead: Option<Result<Vec<u8>, TransportError>>,
}

impl<H: Holder> Run<'_, H> {
    async fn hold(&mut self) -> Result<H::Guard<'_>, TransportError> {
        let replica = self.holder.hold().await?;
        // Answers are for the device that asked: another person's replica must never take them in.
        if replica.device() == self.device { Ok(replica) } else { Err(TransportError::Paused) }
    }

    /// What to ask for in a page; a hub answers with one change at least.
    fn page_bytes(&self) -> u64 {
        self.pull_bytes_left.clamp(1, PAGE_BYTES_ASKED as u64)
    }
}

impl Transport {
    /// A connection to the hub at an origin; nothing is sent yet.
    pub fn new(origin: &str) -> Result<Self, TransportError> {
        Ok(Self { client: Client::new(origin)?, session: None })
    }

    /// Asks the hub to certify the device. Safe to repeat: the same invitation and key give the same answer.
    pub async fn join<H: Holder>(&self, holder: &mut H) -> Result<(), TransportError> {
        let (campaign, request) = {
            let replica = holder.hold().await?;
            (replica.campaign().clone(), replica.join_request())
        };
        let answer = self.client.post(&campaign, "devices", request, None).await?;
        Ok(holder.hold().await?.receive_join(&answer).await?)
    }

    /// Synchronises until nothing is left to do or a limit is reached. What was done before an error stays done: every
    /// step is durable of itself, and the report says it as soon as it is, also where the future is dropped.
    ///
    /// The replica is held only while a step works on it. Saves, edits and drafts in between are part of this sync.
    pub async fn sync<H: Holder>(
        &mut self,
        holder: &mut H,
        host: &mut dyn Host,
        limits: &SyncLimits,
        report: &mut SyncReport,
    ) -> Result<(), TransportError> {
        let end_ms = host.elapsed_ms().saturating_add(limits.deadline_ms);
        report.more = true;
        let device = {
            let mut replica = holder.hold().await?;
            replica.begin_sync();
            replica.device()
        };
        let pull_bytes_left = limits.pull_bytes_max.unwrap_or(u64::MAX);
        let mut run = Run { holder, device, pull_bytes_left, ahead: None };
        let mut failures = 0;
        self.client.traffic();
        loop {
            if host.elapsed_ms() >= end_ms {
                return Err(TransportError::Deadline);
            }
            let step = self.step(&mut run, report).await;
            let (sent_bytes, received_bytes) = self.client.traffic();
            report.sent_bytes += sent_bytes;
            report.received_bytes += received_bytes;
            match step {
                Ok(progress) => {
                    failures = 0;
                    if !progress.more || (run.pull_bytes_left == 0 && !run.hold().await?.has_more_to_send()?) {
                        return Ok(());
                    }
                }
                Err(error) => {
                    failures += 1;
                    let wait_ms = self.recover(&mut run, &error, failures).await?;
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
    async fn step<H: Holder>(
        &mut self,
        run: &mut Run<'_, H>,
        report: &mut SyncReport,
    ) -> Result<Progress, TransportError> {
        let token = self.token(run.holder).await?;
        let answer = match run.ahead.take() {
            Some(answer) => answer?,
            None => {
                let page_bytes = run.page_bytes();
                let (campaign, request) = {
                    let replica = run.hold().await?;
                    (replica.campaign().clone(), replica.sync_request_for(page_bytes)?)
                };
                self.client.post(&campaign, "sync", request, Some(&token)).await?
            }
        };
        run.pull_bytes_left = run.pull_bytes_left.saturating_sub(answer.len() as u64);
        let response = SyncResponse::from_bytes(&answer).map_err(ReplicaError::from)?;
        let page_bytes = run.page_bytes();
        let pulls_on = run.pull_bytes_left > 0;
        let (campaign, next) = {
            let mut replica = run.hold().await?;
            let next = if pulls_on { replica.request_ahead(&response, page_bytes)? } else { None };
            let Some(next) = next else {
                let progress = replica.take_in(response).await?;
                report.add(&progress);
                return Ok(progress);
            };
            (replica.campaign().clone(), next)
        };
        let taking_in = async {
            let_others_run().await;
            let progress = run.hold().await?.take_in(response).await?;
            // Said as soon as it is so: the next answer may never come.
            report.add(&progress);
            Ok::<_, TransportError>(progress)
        };
        let (answer, progress) = join(self.client.post(&campaign, "sync", next, Some(&token)), taking_in).await;
        let progress = progress?;
        // It would come after a page that was not taken in whole.
        if !progress.full {
            run.ahead = Some(answer);
        }
        Ok(progress)
    }

    /// The token of this device's session, which also opens the hub's JSON API to what its member may read.
    pub async fn token<H: Holder>(&mut self, holder: &mut H) -> Result<String, TransportError> {
        let device = holder.hold().await?.device();
        match &self.session {
            Some((whose, token)) if *whose == device => Ok(token.clone()),
            _ => self.open_session(holder).await,
        }
    }

    /// Forgets the session: the next request opens another. For a token that the hub's JSON API takes no more.
    pub fn forget_session(&mut self) {
        self.session = None;
    }

    async fn open_session<H: Holder>(&mut self, holder: &mut H) -> Result<String, TransportError> {
        let campaign = holder.hold().await?.campaign().clone();
        let nonce = self.client.get(&campaign, "session").await?;
        let nonce = Nonce::from_bytes(&nonce).map_err(ReplicaError::from)?;
        let (device, request) = {
            let replica = holder.hold().await?;
            (replica.device(), replica.session_request(&nonce.nonce)?)
        };
        let answer = self.client.post(&campaign, "session", request, None).await?;
        let token = SessionAnswer::from_bytes(&answer).map_err(ReplicaError::from)?.token;
        self.session = Some((device, token.clone()));
        Ok(token)
    }

    /// How long to wait before the next try; `None`: trying again would not help.
    async fn recover<H: Holder>(
        &mut self,
        run: &mut Run<'_, H>,
        error: &TransportError,
        failures: u32,
    ) -> Result<Option<u64>, TransportError> {
        let backoff_ms = (500 << failures.min(7)).min(RETRY_WAIT_MS_MAX);
        Ok(match error {
            TransportError::Unreachable { .. } if failures <= 2 => Some(backoff_ms),
            TransportError::Hub { problem, retry_after_s } => match problem.status {
                // A session that ended; a proof that was refused is not asked for again.
                401 if self.session.take().is_some() => Some(0),
                408 | 429 | 503 => {
                    let asked_ms = retry_after_s.map_or(backoff_ms, |seconds| seconds.saturating_mul(1_000));
                    Some(asked_ms.min(RETRY_WAIT_MS_MAX))
                }
                _ => match starts_again(problem) {
                    true => run.hold().await?.receive_problem(problem).await.map(|()| Some(0))?,
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
