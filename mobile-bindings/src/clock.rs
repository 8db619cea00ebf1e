//! The phone's clock.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::HostError;

/// A clock of the app's, instead of the phone's: for tests and for trying out clocks that are wrong.
#[uniffi::export(with_foreign)]
pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> Result<i64, HostError>;
}

/// What this phone takes for the time.
#[derive(Clone)]
pub(crate) struct PhoneClock(pub(crate) Option<Arc<dyn Clock>>);

impl PhoneClock {
    /// Milliseconds since the Unix epoch. Where the app's clock fails, the phone's is read: a save must not fail for it.
    pub(crate) fn now_ms(&self) -> i64 {
        self.0.as_ref().and_then(|clock| clock.now_ms().ok()).unwrap_or_else(system_ms)
    }
}

fn system_ms() -> i64 {
    epoch_ms(SystemTime::now())
}

/// Milliseconds since the Unix epoch.
pub(crate) fn epoch_ms(at: SystemTime) -> i64 {
    match at.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
    }
}
