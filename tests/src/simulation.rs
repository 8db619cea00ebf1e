//! The deterministic simulation: a fleet of real replicas and a real hub in one thread, with everything going wrong
//! that can, and then what must never be true.
//!
//! A run is a function of its seed. Phones create, edit, settle, withdraw, move and review; their clocks are wrong by
//! years; requests and answers are lost, repeated and late; stores fail before and after they commit; programs end
//! between two writes; phones and the hub are put back to older copies; members get and lose roles; one phone lies.
//! Then the faults end, everyone synchronises until nothing moves, and every [`Check`] is made.
//!
//! | module | what it does |
//! |---|---|
//! | `fleet` | the hub, the phones, their stores |
//! | `step` | what happens next |
//! | `work`, `text` | what people type |
//! | `administration` | roles, revocations, approvals |
//! | `network` | requests and answers, and what becomes of them |
//! | `hostile` | changes that nobody may make |
//! | `disaster` | crashes and older copies |
//! | `witness` | what was promised to whom |
//! | `stored`, `reach` | the harness's own reading of stores and scopes, apart from the code under test |
//! | `settle` | until nothing moves |
//! | `check` | what must be true then |
//! | `plant` | bugs put in on purpose, one or more for each check |

mod administration;
mod check;
mod disaster;
mod fleet;
mod hostile;
mod network;
mod plant;
mod reach;
mod settle;
mod step;
mod stored;
mod text;
mod witness;
mod work;

use std::fmt;

pub use check::Check;
pub use plant::Plant;

use fleet::Fleet;

/// How a run goes.
#[derive(Debug, Clone)]
pub struct Options {
    /// Steps before the faults end.
    pub steps: usize,
    /// A bug to put in.
    pub plant: Option<Plant>,
    /// Print every step to standard error.
    pub trace: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { steps: 240, plant: None, trace: false }
    }
}

/// A check that does not hold: a defect, in the product or in the simulation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub check: Check,
    /// What was found.
    pub detail: String,
}

impl Finding {
    fn new(check: Check, detail: impl Into<String>) -> Self {
        Self { check, detail: detail.into() }
    }
}

/// A run that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Replays it exactly.
    pub seed: u64,
    /// How far it came; the number of steps: after everything settled.
    pub step: usize,
    /// What does not hold.
    pub findings: Vec<Finding>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {} failed at step {}", self.seed, self.step)?;
        for finding in &self.findings {
            writeln!(f, "  {}: {}", finding.check, finding.detail)?;
        }
        write!(f, "  replay: simulate --seed {} --trace", self.seed)
    }
}

/// A run in which everything held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Devices.
    pub devices: usize,
    /// Entries in the ledger at the end.
    pub entries: u64,
    /// Saves that succeeded.
    pub saves: usize,
    /// Of these, those that no copy of anything held after a store was put back: they never left their device.
    pub lost_with_a_copy: usize,
    /// Changes a device saw acknowledged.
    pub acknowledged: usize,
    /// Changes held on devices at the end.
    pub held: usize,
    /// The ledger's hash chain at the end: equal for equal runs.
    pub chain: String,
}

/// One run.
pub fn run(seed: u64, options: &Options) -> Result<Report, Failure> {
    let failed = |step, findings| Failure { seed, step, findings };
    let mut fleet = Fleet::new(seed, options.clone()).map_err(|finding| failed(0, vec![finding]))?;
    for step in 0..options.steps {
        fleet.step(step).map_err(|finding| failed(step, vec![finding]))?;
    }
    fleet.settle().map_err(|finding| failed(options.steps, vec![finding]))?;
    fleet.plant_at_the_end().map_err(|finding| failed(options.steps, vec![finding]))?;
    let findings = fleet.check_all();
    if findings.is_empty() { Ok(fleet.report()) } else { Err(failed(options.steps, findings)) }
}
