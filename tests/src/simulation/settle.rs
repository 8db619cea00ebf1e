//! The faults end; everyone synchronises until nothing moves, twice around.

use dongbo_server::hub::PendingState;

use super::{Check, Finding, fleet::Fleet};
use crate::world::now;

/// Times around before it is said never to settle.
const TURNS_MAX: usize = 30;

impl Fleet {
    /// Until nothing moves.
    pub(super) fn settle(&mut self) -> Result<(), Finding> {
        self.step = self.options.steps;
        self.faults = false;
        self.late.clear();
        for at in 0..self.phones.len() {
            // A plan cannot be emptied: the program starts again with a new one.
            if !self.phones[at].plan.is_empty() {
                self.end_program(at)?;
            }
        }
        self.end_hub()?;
        let mut quiet = 0;
        for _ in 0..TURNS_MAX {
            self.now_ms += 60_000;
            let mut moved = self.let_everything_in()?;
            for at in 0..self.phones.len() {
                let progress = self.sync(at, usize::MAX)?.unwrap_or_default();
                moved += progress.admitted + progress.held + progress.received + progress.dropped + progress.statements;
            }
            quiet = if moved == 0 { quiet + 1 } else { 0 };
            if quiet == 2 {
                return Ok(());
            }
        }
        Err(Finding::new(Check::Settles, format!("something still moves after {TURNS_MAX} times around")))
    }

    /// The administrator lets in whatever waits and can be let in.
    fn let_everything_in(&mut self) -> Result<usize, Finding> {
        let pending = self.hub().pending().map_err(|e| Finding::new(Check::Works, e.to_string()))?;
        let now_ms = self.now_ms;
        let mut moved = 0;
        for waiting in pending.iter().filter(|pending| pending.state == PendingState::Waiting) {
            moved += usize::from(now(self.hub_mut().approve(waiting.record, waiting.hash, now_ms)).is_ok());
        }
        Ok(moved)
    }
}
