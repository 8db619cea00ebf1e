//! Bringing the replica and its hub to agreement.

use std::{future::Future, pin::pin};

use dongbo_core::transport::{SyncLimits, SyncReport, Transport};
use futures_util::{
    future::{Either, select},
    lock::{MappedMutexGuard, Mutex, MutexGuard},
};

use super::{Core, Lent, Session, Slot};
use crate::{
    outside::{Worker, wait},
    problem::Problem,
};

/// How long a hub may take to certify a device.
const JOIN_MS: u64 = 60_000;
/// How long it may take to open a session.
const TOKEN_MS: u64 = 30_000;

type Connection<'a> = MappedMutexGuard<'a, Option<Transport>, Transport>;

impl Session {
    /// Asks the hub to certify this device. Safe to repeat: a lost answer locks nobody out.
    pub(crate) async fn join(&self) -> Result<(), Problem> {
        if self.joined().await? {
            return Ok(());
        }
        let join = async {
            let transport = self.connection(&self.transport).await?;
            Ok(transport.join(&mut Lent(self)).await?)
        };
        self.within(JOIN_MS, join).await.unwrap_or_else(|| Err(Problem::of_code("deadline")))
    }

    /// Synchronises until nothing is left to do or the time is up, which is no failure where the hub has answered
    /// something: `more` says that something is left. Saves go on meanwhile, and are part of it.
    pub(crate) async fn sync(&self, deadline_ms: u64, pull_bytes_max: Option<u64>) -> Result<SyncReport, Problem> {
        let limits = SyncLimits { deadline_ms, pull_bytes_max };
        let mut report = SyncReport::default();
        let outcome = self.within(deadline_ms, self.synchronise(&limits, &mut report)).await;
        match outcome {
            Some(Ok(())) => Ok(report),
            // The replica could not be had: say why, not only that it could not.
            Some(Err(problem)) if problem.code == "paused" => {
                Err(self.run_even_if_revoked(async |_: &mut Core| Ok(())).await.err().unwrap_or(problem))
            }
            Some(Err(problem)) if problem.code != "deadline" => {
                if problem.is_of_the_store() {
                    self.release().await;
                }
                Err(problem)
            }
            _ if report.requests == 0 => Err(Problem::of_code("deadline")),
            _ => Ok(SyncReport { more: true, ..report }),
        }
    }

    async fn synchronise(&self, limits: &SyncLimits, report: &mut SyncReport) -> Result<(), Problem> {
        let joined = self.joined().await?;
        let mut transport = self.connection(&self.transport).await?;
        if !joined {
            transport.join(&mut Lent(self)).await?;
        }
        Ok(transport.sync(&mut Lent(self), &mut Worker::new(), limits, report).await?)
    }

    /// The token of a session of this device. `fresh`: another one than before. A sync under way does not hold it up: it has
    /// a session of its own.
    pub(crate) async fn token(&self, fresh: bool) -> Result<String, Problem> {
        self.run(async |_: &mut Core| Ok(())).await?;
        let token = async {
            let mut transport = self.connection(&self.api).await?;
            if fresh {
                transport.forget_session();
            }
            Ok(transport.token(&mut Lent(self)).await?)
        };
        self.within(TOKEN_MS, token).await.unwrap_or_else(|| Err(Problem::of_code("deadline")))
    }

    async fn joined(&self) -> Result<bool, Problem> {
        self.run_even_if_revoked(async |core: &mut Core| Ok(core.joined())).await
    }

    /// A connection to the hub, made when it is first needed.
    async fn connection<'a>(&self, connection: &'a Mutex<Option<Transport>>) -> Result<Connection<'a>, Problem> {
        let origin = self.run_even_if_revoked(async |core: &mut Core| Ok(core.origin().to_owned())).await?;
        let mut connection = connection.lock().await;
        if connection.is_none() {
            *connection = Some(Transport::new(&origin)?);
        }
        Ok(MutexGuard::map(connection, |connection| {
            connection.as_mut().expect("it was made a line above, and is locked")
        }))
    }

    /// What some work came to; `None`: its time was up, and it was given up.
    async fn within<T>(&self, ms: u64, work: impl Future<Output = T>) -> Option<T> {
        {
            let work = pin!(work);
            if let Either::Left((outcome, _)) = select(work, wait(ms)).await {
                return Some(outcome);
            }
        }
        let mut slot = self.slot.lock().await;
        if let Slot::Open(core, key) = &*slot
            && core.store().inner().is_in_doubt()
        {
            *slot = Slot::Released(key.clone());
        }
        None
    }
}
