//! What a sync did, and what the app knows of the network.

use dongbo_core::transport;

/// What a sync did. Counts are of this run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, uniffi::Record)]
pub struct SyncReport {
    /// Requests that were answered.
    pub requests: u32,
    /// Changes the hub holds durably now.
    pub admitted: u32,
    /// Changes it refused: kept here, see [`Replica::attention`](crate::Replica::attention).
    pub held: u32,
    /// Changes it left undecided: sent again next time.
    pub undecided: u32,
    /// Changes that arrived.
    pub received: u32,
    /// Changes that arrived and could not be applied; kept here.
    pub quarantined: u32,
    /// Records that left this person's scope and were dropped.
    pub dropped: u32,
    /// Statements of the campaign that arrived: members, forms, units.
    pub statements: u32,
    /// Whether there is more to do: the time was up, or a metered network's share was used.
    pub more: bool,
}

/// What the app knows of the network. The library asks the platform nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, uniffi::Enum)]
pub enum Network {
    /// There is one, or it is not known.
    #[default]
    Usual,
    /// It costs money: a sync sends everything, and takes at most 2 MiB at a time.
    Metered,
    /// There is none: a sync does not try.
    Offline,
}

/// What a sync takes from the hub at most on a metered network.
pub(crate) const METERED_PULL_BYTES_MAX: u64 = 2 << 20;

impl From<&transport::SyncReport> for SyncReport {
    fn from(report: &transport::SyncReport) -> Self {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            requests: number(report.requests),
            admitted: number(report.admitted),
            held: number(report.held),
            undecided: number(report.undecided),
            received: number(report.received),
            quarantined: number(report.quarantined),
            dropped: number(report.dropped),
            statements: number(report.statements),
            more: report.more,
        }
    }
}
