//! How far a sync may go, and what it did.

use serde::Serialize;

use crate::replica::Progress;

/// How far a sync may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncLimits {
    /// No step begins after so many milliseconds.
    pub deadline_ms: u64,
    /// On a metered line: ask for no further page once answers brought so many bytes. What is unsent is sent all the
    /// same, with pages as small as the hub makes them.
    pub pull_bytes_max: Option<u64>,
}

impl SyncLimits {
    /// So much time, and whatever the hub has.
    pub fn within_ms(deadline_ms: u64) -> Self {
        Self { deadline_ms, pull_bytes_max: None }
    }
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
    /// Whether something is left to do: the sync ended early, or at a limit.
    pub more: bool,
    /// Bytes of request bodies as they went out.
    pub sent_bytes: u64,
    /// Bytes of answers, unpacked: the line carried no more than this.
    pub received_bytes: u64,
}

impl SyncReport {
    pub(super) fn add(&mut self, progress: &Progress) {
        self.requests += 1;
        self.admitted += progress.admitted;
        self.held += progress.held;
        self.undecided += progress.undecided;
        self.received += progress.received;
        self.quarantined += progress.quarantined;
        self.dropped += progress.dropped;
        self.statements += progress.statements;
        self.more = progress.more;
    }
}
