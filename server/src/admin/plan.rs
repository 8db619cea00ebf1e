//! What administrators ask about the plan: targets, deadlines, award rounds, period reports.

use dongbo_core::{
    RecordId, UnitId,
    plan::{Period, prefill},
    rollup::RowQuery,
    store::Store,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::to_value;
use crate::hub::{Hub, HubError};

/// What is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum PlanCommand {
    /// Targets and standards from reports of a year, for the units in force on a date.
    Targets {
        /// The year.
        year: i16,
        /// The date; the last day of the year, if absent.
        on: Option<Date>,
    },
    /// Deadlines, with who has handed in what.
    Deadlines,
    /// A round of awards.
    Round {
        /// The plan's code.
        round: String,
    },
    /// A period report as the merged data would have it now.
    DraftReport {
        /// The unit; everything below it is in.
        unit: UnitId,
        /// First day.
        from: Date,
        /// Last day.
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
        form: dongbo_core::FormId,
        /// The unit.
        unit: UnitId,
    },
}

pub(super) fn execute<S: Store>(hub: &Hub<S>, command: PlanCommand, now_ms: i64) -> Result<Value, HubError> {
    let scope = hub.whole_scope()?;
    match command {
        PlanCommand::Targets { year, on } => {
            let period = Period::year(year).ok_or_else(|| HubError::Invalid(format!("{year} is not a year")))?;
            let targets = hub.targets(&scope, period, on.unwrap_or(period.to))?;
            Ok(json!({"period": period, "targets": targets}))
        }
        PlanCommand::Deadlines => Ok(json!({"deadlines": hub.deadlines(&scope, now_ms)?})),
        PlanCommand::Round { round } => to_value(&hub.round(&scope, &round)?),
        PlanCommand::DraftReport { unit, from, to } => {
            to_value(&hub.draft_report(&scope, &unit, Period { from, to }, now_ms)?)
        }
        PlanCommand::Report { record } => to_value(&hub.report(&scope, record, now_ms)?),
        PlanCommand::Quality => {
            let (units, suspects) = hub.quality(&scope)?;
            Ok(json!({"units": units, "suspects": suspects}))
        }
        PlanCommand::Prefill { form, unit } => {
            let rules = hub.rules()?;
            let declared = rules.campaign.form(&form);
            let declared = declared.ok_or_else(|| HubError::NotFound(format!("form {form}")))?;
            let query =
                RowQuery { form: Some(form), unit: Some(unit.clone()), limit: usize::MAX, ..Default::default() };
            Ok(json!({"answers": prefill(declared, &unit, &hub.rows(&scope, &query)?)}))
        }
    }
}
