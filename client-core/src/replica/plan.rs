//! What the campaign asks for, held against what is here, offline.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Value;

use super::{
    Replica, ReplicaError,
    entry::{Entry, State},
    layout::{CHANGE, change_key, record_key},
};
use crate::{
    FieldId, FormId, RecordId, UnitId,
    campaign::Action,
    plan::{self, DeadlineView, Evidence, IndicatorView, Period, Received, RoundView},
    policy::{Scope, scope},
    rollup::RowQuery,
    store::{Store, StoreError},
};

impl<S: Store> Replica<S> {
    /// What a new record of a form begins with in a unit: typed once, not typed again.
    pub fn prefill(&self, form: &FormId, unit: &UnitId) -> Result<BTreeMap<FieldId, Value>, ReplicaError> {
        let (rules, _) = self.ready()?;
        let form = rules.campaign.form(form).ok_or_else(|| ReplicaError::UnknownForm(form.clone()))?;
        let query = RowQuery {
            form: Some(form.id.clone()),
            unit: Some(unit.clone()),
            limit: usize::MAX,
            ..RowQuery::default()
        };
        Ok(plan::prefill(form, unit, &self.rows(&query)?))
    }

    /// Targets and standards of the units this member reads, from reports of the period that are here.
    pub fn targets(&self, period: Period, on: Date, now_ms: i64) -> Result<Vec<IndicatorView>, ReplicaError> {
        let (rules, _) = self.ready()?;
        let Some(reports) = rules.campaign.indicator_reports() else { return Ok(Vec::new()) };
        let readable = self.read_scope(now_ms)?;
        Ok(plan::figures(&rules, &self.evidence()?, period, on, &|unit| readable.contains(unit, &reports.form)))
    }

    /// Deadlines of the units this member reads. What no hub has received yet is not handed in.
    pub fn deadlines(&self, now_ms: i64) -> Result<Vec<DeadlineView>, ReplicaError> {
        let (rules, _) = self.ready()?;
        let readable = self.read_scope(now_ms)?;
        Ok(plan::deadlines(&rules, &self.evidence()?, now_ms, &|unit, form| readable.contains(unit, form)))
    }

    /// A round of awards as far as it is here; `None` if the campaign has no such round.
    pub fn round(&self, code: &str) -> Result<Option<RoundView>, ReplicaError> {
        let (rules, _) = self.ready()?;
        Ok(plan::round(&rules, &self.evidence()?, code))
    }

    fn read_scope(&self, now_ms: i64) -> Result<Scope, ReplicaError> {
        let (rules, member) = self.ready()?;
        Ok(scope(&rules, member, Action::Read, now_ms))
    }

    fn evidence(&self) -> Result<Evidence, ReplicaError> {
        let received = |record: RecordId| -> Result<[Option<Received>; 2], StoreError> {
            let first = self.store.get(&change_key(record, 0))?;
            let last = self.store.last(&record_key(CHANGE, record))?.map(|(_, bytes)| bytes);
            Ok([when(first)?, when(last)?])
        };
        Ok(Evidence::gather(&self.store, &self.trust, |_| true, received)?)
    }
}

/// When a stored change was received; `None`: not yet, or there is none.
fn when(stored: Option<Vec<u8>>) -> Result<Option<Received>, StoreError> {
    let Some(bytes) = stored else { return Ok(None) };
    let entry = Entry::from_bytes(&bytes).map_err(|e| StoreError::Corrupt { detail: e.to_string() })?;
    Ok(match entry.state {
        State::Received { sequence, received_ms, .. } => Some(Received { sequence, at_ms: received_ms }),
        State::Pending => None,
    })
}
