//! How long to wait after wrong PINs: five are free, then 30 s, 1 min, 5 min, 15 min, and an hour from then on.
//!
//! Time is the device's clock, which is in the hands of whoever holds the phone. A clock behind the last try makes one
//! wait the whole delay again, from then; so no clock, however wrong it was, locks anybody out for longer than the cap.
//! Whoever sets it *forward* by the delay waits no longer: what then still stands between them and the key is the
//! platform's key manager and the work of Argon2.

use serde::{Deserialize, Serialize};

use super::VaultError;
use crate::limits::PIN_FREE_TRIES;

/// The delays after the free tries, in milliseconds; the last one is the cap.
pub const PIN_DELAYS_MS: [u64; 5] = [30_000, 60_000, 300_000, 900_000, 3_600_000];

/// Wrong PINs since the last right one. A try counts from before it is made, so that a kill in it does not undo it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Attempts {
    pub(super) failed: u32,
    /// When the last one was, by the device's clock.
    pub(super) last_ms: i64,
}

impl Attempts {
    /// What is to be waited after so many.
    fn delay_ms(self) -> u64 {
        match self.failed.checked_sub(PIN_FREE_TRIES) {
            None => 0,
            Some(further) => {
                let last = PIN_DELAYS_MS.len() - 1;
                PIN_DELAYS_MS[last.min(further as usize)]
            }
        }
    }

    /// What is still to be waited.
    pub(super) fn wait_ms(self, now_ms: i64) -> u64 {
        match now_ms.checked_sub(self.last_ms).map(u64::try_from) {
            Some(Ok(passed_ms)) => self.delay_ms().saturating_sub(passed_ms),
            // A clock set back, or one so far ahead that the difference is no number.
            Some(Err(_)) => self.delay_ms(),
            None if now_ms > self.last_ms => 0,
            None => self.delay_ms(),
        }
    }

    /// The same with the wait beginning now, if the clock was set back behind the last try.
    pub(super) fn since(self, now_ms: i64) -> Self {
        Self { last_ms: self.last_ms.min(now_ms), ..self }
    }

    /// One more, now.
    pub(super) fn one_more(self, now_ms: i64) -> Self {
        Self { failed: self.failed.saturating_add(1), last_ms: now_ms }
    }

    /// What is said of a wrong PIN that was counted.
    pub(super) fn wrong_pin(self) -> VaultError {
        VaultError::WrongPin {
            tries_left_before_wait: PIN_FREE_TRIES.saturating_sub(self.failed),
            wait_ms: self.delay_ms(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;
    /// 24 November 2026.
    const NOW: i64 = 1_795_500_000_000;
    const IN_2099: i64 = 4_070_908_800_000;

    #[test]
    fn delays_grow_to_an_hour() {
        let expect = [0, 0, 0, 0, 0, 30_000, 60_000, 300_000, 900_000, HOUR, HOUR];
        for (failed, delay_ms) in (0..).zip(expect) {
            assert_eq!(Attempts { failed, last_ms: NOW }.wait_ms(NOW), delay_ms, "after {failed}");
        }
        assert_eq!(Attempts { failed: u32::MAX, last_ms: NOW }.one_more(NOW).wait_ms(NOW), HOUR);
    }

    #[test]
    fn no_clock_locks_for_longer_than_the_cap() {
        let check = |last_ms, now_ms, wait_ms| {
            let attempts = Attempts { failed: 9, last_ms };
            assert_eq!(attempts.wait_ms(now_ms), wait_ms, "from {last_ms} to {now_ms}");
            // Whatever the clock says, an hour by it from now on is enough.
            let after = attempts.since(now_ms);
            assert!(now_ms > i64::MAX - HOUR as i64 || after.wait_ms(now_ms + HOUR as i64) == 0);
        };
        check(NOW, NOW, HOUR);
        check(NOW, NOW + 1_000, HOUR - 1_000);
        check(NOW, NOW + HOUR as i64, 0);
        check(NOW, 0, HOUR);
        check(IN_2099, NOW, HOUR);
        check(NOW, IN_2099, 0);
        check(i64::MAX, i64::MIN, HOUR);
        check(i64::MIN, i64::MAX, 0);
        check(i64::MIN, i64::MIN, HOUR);
    }

    #[test]
    fn a_clock_set_back_again_and_again_shortens_nothing() {
        let mut attempts = Attempts { failed: 5, last_ms: NOW };
        for now_ms in [NOW - 1, NOW - 20_000, 0, -5] {
            attempts = attempts.since(now_ms);
            assert_eq!(attempts.wait_ms(now_ms), 30_000);
        }
        assert_eq!(attempts.since(10_000).wait_ms(10_000), 30_000 - 10_005);
    }
}
