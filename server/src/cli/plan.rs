//! The administrator's commands about the plan.

use clap::Subcommand;
use dongbo_core::{FormId, RecordId, UnitId};
use jiff::civil::Date;

use crate::admin::PlanCommand;

#[derive(Debug, Clone, Subcommand)]
pub(super) enum PlanCli {
    /// Targets and standards: met, not met, no data, by unit.
    Targets {
        /// The year whose reports count.
        year: i16,
        /// For the units in force on this date; the last day of the year, if not given.
        #[arg(long, value_name = "DATE")]
        on: Option<Date>,
    },
    /// Deadlines, and who has handed in what.
    Deadlines,
    /// A round of awards: nominations, proposal list, grants.
    Round {
        /// The round, such as DOT.SK2023.
        round: String,
    },
    /// A period report of a unit and everything below it, as the merged data would have it now.
    Draft {
        /// The unit.
        unit: UnitId,
        /// First day.
        #[arg(long, value_name = "DATE")]
        from: Date,
        /// Last day.
        #[arg(long, value_name = "DATE")]
        to: Date,
    },
    /// A frozen report, with what has come since.
    Report {
        /// The record.
        record: RecordId,
    },
    /// How good each unit's data is, and which records may be the same.
    Quality,
    /// What a new record of a form would begin with in a unit.
    Prefill {
        /// The form.
        form: FormId,
        /// The unit.
        unit: UnitId,
    },
}

impl PlanCli {
    pub(super) fn into_command(self) -> PlanCommand {
        match self {
            Self::Targets { year, on } => PlanCommand::Targets { year, on },
            Self::Deadlines => PlanCommand::Deadlines,
            Self::Round { round } => PlanCommand::Round { round },
            Self::Draft { unit, from, to } => PlanCommand::DraftReport { unit, from, to },
            Self::Report { record } => PlanCommand::Report { record },
            Self::Quality => PlanCommand::Quality,
            Self::Prefill { form, unit } => PlanCommand::Prefill { form, unit },
        }
    }
}
