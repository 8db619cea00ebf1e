//! What the core does not have of itself, as a browser has it.

use std::{future::Future, pin::Pin};

use dongbo_core::{outside::Moment, transport::Host};
use gloo_timers::future::TimeoutFuture;
use web_time::{Instant, SystemTime, UNIX_EPOCH};

/// The longest a browser's timer waits: a longer one goes off at once.
const WAIT_MS_MAX: u64 = i32::MAX as u64;

/// Milliseconds since the Unix epoch, by this device's clock, whatever it says.
pub(crate) fn now_ms() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
    }
}

/// The browser's randomness.
pub(crate) fn entropy() -> impl FnMut(&mut [u8]) + Send + 'static {
    |bytes: &mut [u8]| getrandom::fill(bytes).expect("a browser without randomness has no WebAssembly either")
}

/// Runs something at this moment.
pub(crate) async fn now<T>(work: impl AsyncFnOnce(&mut Moment<'_>) -> T) -> T {
    let mut entropy = entropy();
    work(&mut Moment::new(now_ms(), &mut entropy)).await
}

/// Waits.
pub(crate) fn wait(ms: u64) -> TimeoutFuture {
    let ms = u32::try_from(ms.min(WAIT_MS_MAX)).unwrap_or(u32::MAX);
    TimeoutFuture::new(ms)
}

/// The machine under a sync.
pub(crate) struct Worker(Instant);

impl Worker {
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Host for Worker {
    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn wait(&mut self, ms: u64) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        Box::pin(wait(ms))
    }

    fn random(&mut self) -> u64 {
        let mut bytes = [0; 8];
        entropy()(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}
