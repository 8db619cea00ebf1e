//! What the campaign asks for, held against what the ledger holds. Always within a scope.

use std::collections::BTreeMap;

use dongbo_core::{
    FormId, RecordId, UnitId,
    plan::{
        Amendment, DeadlineView, Evidence, IndicatorView, Period, ReportFigure, RoundView, amendments, deadlines,
        figures, frozen_figures, round, summed,
    },
    policy::Scope,
    quality::{Suspects, UnitQuality, quality, suspects},
    record::Row,
    rollup::RowQuery,
    store::{Store, StoreError},
};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Hub, HubError, ledger, read::HeardFrom, read::RollupQuery};

/// The most records named among those that arrived after a report was frozen.
const ARRIVED_MAX: usize = 1_000;

/// The most ledger entries looked at for them, the latest.
const ENTRIES_LOOKED_AT_MAX: u64 = 50_000;

/// A period report as the merged data would have it now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportDraft {
    /// The unit; everything below it is in.
    pub unit: UnitId,
    /// The period.
    pub period: Period,
    /// The ledger's epoch.
    pub epoch: u64,
    /// The last ledger entry that is counted.
    pub sequence: u64,
    /// The ledger's chain there, hex: names all that came before.
    pub chain: String,
    /// Up to when every unit had been heard from, milliseconds since the Unix epoch; absent while one never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complete_as_of_ms: Option<i64>,
    /// Units that were never heard from.
    pub missing: Vec<HeardFrom>,
    /// The sums.
    pub figures: Vec<ReportFigure>,
    /// The same as answers of the campaign's report form, ready to be saved with what people add.
    pub answers: Value,
}

/// A frozen report with what has come since. The frozen figures are those of the signed record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportView {
    /// The record.
    pub record: RecordId,
    /// Its unit.
    pub unit: UnitId,
    /// Its period.
    pub period: Period,
    /// Where the ledger stood, as the report says: epoch, sequence, chain.
    pub position: String,
    /// The figures that were frozen.
    pub frozen: Vec<ReportFigure>,
    /// What is another number now.
    pub amendments: Vec<Amendment>,
    /// Records of the unit, and of those below it, with changes that arrived after the position, with when the latest arrived; at
    /// most 1,000, among the latest 50,000 entries of the ledger.
    pub arrived: Vec<Arrived>,
}

/// A record with a change that arrived later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Arrived {
    /// The record.
    pub record: RecordId,
    /// The ledger entry.
    pub sequence: u64,
    /// When it was received, milliseconds since the Unix epoch.
    pub received_ms: i64,
}

impl<S: Store> Hub<S> {
    fn evidence(&self, scope: &Scope) -> Result<Evidence, HubError> {
        let received = |record| {
            let both = ledger::received(&self.store, record);
            both.map_err(|error| StoreError::Corrupt { detail: error.to_string() })
        };
        let keep = |row: &Row| scope.contains(&row.unit, &row.form);
        Ok(Evidence::gather(&self.store, &self.trust, keep, received)?)
    }

    /// Targets and standards: the figure of each unit in force on `on`, from reports of the period.
    pub fn targets(&self, scope: &Scope, period: Period, on: Date) -> Result<Vec<IndicatorView>, HubError> {
        let rules = self.rules()?;
        let Some(reports) = rules.campaign.indicator_reports() else { return Ok(Vec::new()) };
        let in_scope = |unit: &UnitId| scope.contains(unit, &reports.form);
        Ok(figures(rules, &self.evidence(scope)?, period, on, &in_scope))
    }

    /// Deadlines, with who has handed in what.
    pub fn deadlines(&self, scope: &Scope, now_ms: i64) -> Result<Vec<DeadlineView>, HubError> {
        let in_scope = |unit: &UnitId, form: &FormId| scope.contains(unit, form);
        Ok(deadlines(self.rules()?, &self.evidence(scope)?, now_ms, &in_scope))
    }

    /// How good the data of each unit is: issues, completeness, suspected duplicates, freshness; and the suspects.
    pub fn quality(&self, scope: &Scope) -> Result<(BTreeMap<UnitId, UnitQuality>, Suspects), HubError> {
        let campaign = &self.rules()?.campaign;
        let rows = self.rows(scope, &RowQuery { limit: usize::MAX, ..RowQuery::default() })?;
        let received = |record| Some(ledger::received(&self.store, record).ok()?[1]?.at_ms);
        Ok((quality(campaign, &rows, received), suspects(campaign, &rows)))
    }

    /// A round of awards: nominations with their steps, proposal list, grants.
    pub fn round(&self, scope: &Scope, code: &str) -> Result<RoundView, HubError> {
        let view = round(self.rules()?, &self.evidence(scope)?, code);
        view.ok_or_else(|| HubError::NotFound(format!("award round {code}")))
    }

    /// A report of a unit and everything below it, as the merged data would have it now.
    pub fn draft_report(
        &self,
        scope: &Scope,
        unit: &UnitId,
        period: Period,
        now_ms: i64,
    ) -> Result<ReportDraft, HubError> {
        if self.rules()?.units.get(unit).is_none() {
            return Err(HubError::NotFound(format!("unit {unit}")));
        }
        if period.to < period.from || period.from.day() != 1 || period.to != period.to.last_of_month() {
            let problem =
                "a report is of whole months: from the first day of one to the last day of the same or a later one";
            return Err(HubError::Invalid(problem.into()));
        }
        let month = |day: Date| Some(day.strftime("%Y-%m").to_string());
        let query = RollupQuery {
            unit: Some(unit.clone()),
            from_month: month(period.from),
            to_month: month(period.to),
            ..RollupQuery::default()
        };
        let rollup = self.rollup(scope, &query, now_ms)?;
        let campaign = &self.rules()?.campaign;
        // A report does not count reports: it would be amended by being filed.
        let counts_reports = |measure: &str| {
            let measured = campaign.measures().iter().find(|known| known.id.as_str() == measure);
            measured.zip(campaign.period_reports()).is_some_and(|(measure, reports)| measure.form == reports.form)
        };
        let cells = rollup.cells.into_iter().filter(|cell| !counts_reports(&cell.key.measure));
        let figures = summed(cells, period);
        let chain = hex::encode(self.chain);
        let draft = ReportDraft {
            unit: unit.clone(),
            period,
            epoch: rollup.epoch,
            sequence: rollup.sequence,
            complete_as_of_ms: rollup.complete_as_of_ms,
            missing: rollup.not_heard_from,
            answers: Value::Null,
            figures,
            chain,
        };
        Ok(ReportDraft { answers: self.report_answers(&draft)?, ..draft })
    }

    fn report_answers(&self, draft: &ReportDraft) -> Result<Value, HubError> {
        let Some(form) = self.rules()?.campaign.period_reports() else {
            return Err(HubError::Invalid("this campaign has no form for period reports".into()));
        };
        let names: Vec<&str> = draft.missing.iter().map(|unit| unit.name.as_str()).collect();
        let mut answers = json!({
            form.from.as_str(): draft.period.from,
            form.to.as_str(): draft.period.to,
            form.position.as_str(): format!("{} {} {}", draft.epoch, draft.sequence, draft.chain),
            form.figures.as_str(): draft.figures,
        });
        if let Some(at_ms) = draft.complete_as_of_ms {
            answers[form.complete_as_of.as_str()] = json!(at_ms);
        }
        if !names.is_empty() {
            answers[form.missing.as_str()] = json!(names.join(", "));
        }
        Ok(answers)
    }

    /// A frozen report with its amendments.
    pub fn report(&self, scope: &Scope, record: RecordId, now_ms: i64) -> Result<ReportView, HubError> {
        let row = self.record(scope, record)?.row;
        let form = self.rules()?.campaign.period_reports().filter(|form| form.form == row.form);
        let Some(form) = form else { return Err(HubError::NotFound(format!("period report {record}"))) };
        let date = |field| row.answers.get(field).and_then(Value::as_str).and_then(|text| text.parse().ok());
        let Some((from, to)) = date(&form.from).zip(date(&form.to)) else {
            return Err(HubError::Invalid(format!("the report {record} does not say for which period it is")));
        };
        let period = Period { from, to };
        let frozen = frozen_figures(form, &row);
        let now = self.draft_report(scope, &row.unit, period, now_ms)?.figures;
        let position = row.answers.get(&form.position).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut places = position.split(' ').map(str::parse);
        let arrived = match (places.next(), places.next()) {
            (Some(Ok(epoch)), Some(Ok(sequence))) if self.config.epoch == epoch => {
                self.arrived_after(scope, &row, sequence)?
            }
            _ => Vec::new(),
        };
        let amendments = amendments(&frozen, &now);
        Ok(ReportView { record, unit: row.unit, period, position, frozen, amendments, arrived })
    }

    fn arrived_after(&self, scope: &Scope, report: &Row, sequence: u64) -> Result<Vec<Arrived>, HubError> {
        let rules = self.rules()?;
        let scope = scope.within(&rules.units.reach_subtree(&report.unit));
        let measured = |form: &FormId| rules.campaign.measures().iter().any(|measure| measure.form == *form);
        let mut arrived = BTreeMap::new();
        // The number is what somebody's report says.
        let from = sequence.saturating_add(1).max(self.head.saturating_sub(ENTRIES_LOOKED_AT_MAX));
        for sequence in from..=self.head {
            let entry = ledger::entry(&self.store, sequence)?;
            let Some((record, (unit, form))) = entry.record.zip(entry.unit.zip(entry.form)) else { continue };
            if record != report.record && scope.contains(&unit, &form) && measured(&form) {
                arrived.insert(record, Arrived { record, sequence, received_ms: entry.received_ms });
            }
            if arrived.len() == ARRIVED_MAX {
                break;
            }
        }
        Ok(arrived.into_values().collect())
    }
}
