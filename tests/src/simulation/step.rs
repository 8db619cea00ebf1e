//! What happens next.

use super::{Finding, fleet::Fleet};

const MINUTE_MS: usize = 60_000;
const DAY_MS: usize = 24 * 60 * MINUTE_MS;

impl Fleet {
    /// One step: time passes, then somebody does something.
    pub(super) fn step(&mut self, step: usize) -> Result<(), Finding> {
        self.step = step;
        let pause = match self.random.below(60) {
            0 => self.random.below(60 * DAY_MS),
            _ => self.random.below(180 * MINUTE_MS),
        };
        self.now_ms += pause as i64;
        let at = self.random.below(self.phones.len());
        self.look_at_a_list(at)?;
        match self.random.below(1_000) {
            0..400 => self.work(at),
            400..850 => self.sync_for_a_while(at),
            850..870 => self.late_request(),
            870..930 => self.administer(),
            930..945 => self.want_other_units(at),
            945..950 => self.forget_cursor(at),
            950..970 => self.end_program(at),
            970..975 => self.end_hub(),
            975..985 => self.back_up_phone(at),
            985..990 => self.restore_phone(at),
            990..996 => self.back_up_hub(),
            _ => self.restore_hub(),
        }
    }
}
