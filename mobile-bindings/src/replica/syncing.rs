//! Bringing a replica and its hub to agreement.

use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use dongbo_core::transport::{self, Host, SyncLimits, Transport};
use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    Core, Replica, ending,
    shared::{Lent, Shared, entropy},
};
use crate::{DongboError, Event, Network, SyncReport, sync::METERED_PULL_BYTES_MAX};

#[uniffi::export]
impl Replica {
    /// Asks the hub to certify this device, then synchronises. Safe to repeat: a lost answer locks nobody out.
    pub async fn join(&self, deadline_ms: u64) -> Result<SyncReport, DongboError> {
        self.fly(deadline_ms).await
    }

    /// Synchronises until nothing is left to do or `deadline_ms` have passed, for WorkManager and BGTaskScheduler. It
    /// ends by the deadline whatever the network does; what was done until then is kept, and the next one goes on from
    /// there. While one runs, another call waits for the same. A caller that gives up waiting ends it, unless another
    /// waits too.
    ///
    /// Saves, edits and drafts go on meanwhile, and are part of it.
    pub async fn sync_once(&self, deadline_ms: u64) -> Result<SyncReport, DongboError> {
        self.fly(deadline_ms).await
    }
    /// Ends the sync under way, if there is one, for whoever waits for it: what was done is kept, the next one goes on
    /// from there. For a system that calls the app's time over.
    pub fn cancel_sync(&self) {
        if let Some(flight) = self.shared.flight().upgrade() {
            flight.cancel.cancel();
        }
    }
}

/// What a sync may take after its deadline to write down what it did.
const LANDING: Duration = Duration::from_millis(500);

/// What a sync came to: its report, and why it ended early.
type Landing = (SyncReport, Option<DongboError>);

/// A sync under way. It is given up when nobody holds it any more.
pub(crate) struct Flight {
    landing: watch::Receiver<Option<Landing>>,
    cancel: CancellationToken,
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

impl Replica {
    async fn fly(&self, deadline_ms: u64) -> Result<SyncReport, DongboError> {
        if self.shared.network() == Network::Offline {
            return Err(DongboError::of_code("offline"));
        }
        let flight = self.board(deadline_ms);
        let mut landing = flight.landing.clone();
        // By this caller's deadline, also where the sync under way is another's with more time.
        let wait = Duration::from_millis(deadline_ms);
        let landed = self.shared.worker.run(move || async move {
            match tokio::time::timeout(wait + LANDING, landing.wait_for(Option::is_some)).await {
                Ok(Ok(landed)) => Ok(landed.clone()),
                Ok(Err(_)) => Err(DongboError::of_code("closed")),
                Err(_) => Ok(Some((SyncReport { more: true, ..SyncReport::default() }, None))),
            }
        });
        match landed.await? {
            Some((report, None)) => Ok(report),
            // Its time was up, which is no failure: what is left is said by `more`.
            Some((report, Some(error))) if error.problem().code == "deadline" => {
                Ok(SyncReport { more: true, ..report })
            }
            Some((_, Some(error))) => Err(error),
            None => Err(DongboError::of_code("closed")),
        }
    }

    /// The sync under way, or a new one.
    fn board(&self, deadline_ms: u64) -> Arc<Flight> {
        let mut current = self.shared.flight();
        if let Some(flight) = current.upgrade().filter(|flight| flight.landing.borrow().is_none()) {
            return flight;
        }
        let (land, landing) = watch::channel(None);
        let flight = Arc::new(Flight { landing, cancel: CancellationToken::new() });
        *current = Arc::downgrade(&flight);
        drop(current);
        let (shared, cancel) = (Arc::clone(&self.shared), flight.cancel.clone());
        self.shared.worker.start_job(move || async move {
            let landed = std::panic::AssertUnwindSafe(run(&shared, deadline_ms, &cancel)).catch_unwind().await;
            let landed = match landed {
                Ok(landed) => landed,
                Err(_) => {
                    shared.distrust().await;
                    (SyncReport { more: true, ..SyncReport::default() }, Some(DongboError::of_code("panic")))
                }
            };
            let problem = landed.1.as_ref().map(|error| error.problem().code.clone());
            shared.events.tell(Event::SyncEnded { report: landed.0, problem });
            let _ = land.send(Some(landed));
        });
        flight
    }
}

async fn run(shared: &Arc<Shared>, deadline_ms: u64, cancel: &CancellationToken) -> Landing {
    shared.events.tell(Event::SyncStarted);
    let mut report = transport::SyncReport::default();
    let before = shared.with(async |core: &mut Core| Ok(versions(core))).await;
    let outcome = {
        let work = synchronise(shared, deadline_ms, &mut report);
        tokio::select! {
            outcome = tokio::time::timeout(Duration::from_millis(deadline_ms), work) => {
                outcome.unwrap_or_else(|_| Err(DongboError::of_code("deadline")))
            }
            () = cancel.cancelled() => Err(DongboError::of_code("cancelled")),
        }
    };
    let late = |error: &DongboError| matches!(error.problem().code.as_str(), "deadline" | "cancelled" | "paused");
    let in_time = !outcome.as_ref().is_err_and(late);
    let settled = ending::after_sync(shared, in_time).await;
    let after = shared.with(async |core: &mut Core| Ok(versions(core))).await;
    if let (Ok(before), Ok(after)) = (before, after)
        && before != after
    {
        shared.events.tell(Event::Campaign);
    }
    if report.received + report.admitted + report.held + report.dropped + report.statements > 0 {
        shared.events.tell(Event::Arrived);
    }
    // That the store is gone says more than that the line was.
    let problem = settled.err().or(outcome.err());
    // The replica could not be had: say why, not only that it could not.
    let problem = match problem {
        Some(error) if error.problem().code == "paused" => {
            shared.with(async |_: &mut Core| Ok(())).await.err().or(Some(error))
        }
        other => other,
    };
    ((&report).into(), problem)
}

/// By which an app knows that forms, units or members are others now.
fn versions(core: &Core) -> (u64, u64) {
    (core.trust().catalogue_version(), core.trust().directory_version())
}

async fn synchronise(
    shared: &Arc<Shared>,
    deadline_ms: u64,
    report: &mut transport::SyncReport,
) -> Result<(), DongboError> {
    let mut transport = shared.transport.lock().await;
    let (origin, joined) = shared.with(async |core: &mut Core| Ok((core.origin().to_owned(), core.joined()))).await?;
    let connection = match transport.as_mut() {
        Some(connection) => connection,
        None => transport.insert(Transport::new(&origin)?),
    };
    let mut lent = Lent(Arc::clone(shared));
    if !joined {
        connection.join(&mut lent).await?;
    }
    let pull_bytes_max = (shared.network() == Network::Metered).then_some(METERED_PULL_BYTES_MAX);
    let limits = SyncLimits { deadline_ms, pull_bytes_max };
    Ok(connection.sync(&mut lent, &mut PhoneHost(Instant::now()), &limits, report).await?)
}

/// The machine under a sync.
struct PhoneHost(Instant);

impl Host for PhoneHost {
    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn wait(&mut self, ms: u64) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        Box::pin(tokio::time::sleep(Duration::from_millis(ms)))
    }

    fn random(&mut self) -> u64 {
        let mut bytes = [0; 8];
        entropy()(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}
