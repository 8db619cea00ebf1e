//! Reading at the hub: rows, one record with history and conflicts, roll-ups. Always within a scope.

use std::collections::{BTreeMap, BTreeSet};

use dongbo_core::{
    DeviceId, FormId, RecordId, UnitId,
    campaign::Action,
    identity::Member,
    policy::{Scope, scope},
    record::{HistoryEntry, Row, history},
    rollup::{self, Cell, Projection, RowQuery, Standing},
    store::Store,
};
use jiff::civil::Date;
use serde::Serialize;

use super::{
    Hub, HubError, Pending, admission,
    cells::Cells,
    feed,
    layout::{HASH, PENDING, from_json, record_prefix, sequence_value},
    ledger,
};

/// One record with its history.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordDetail {
    /// Answers, conflicts, issues.
    #[serde(flatten)]
    pub row: Row,
    /// When the hub received each change, milliseconds since the Unix epoch, by change hash.
    pub received_ms: BTreeMap<String, i64>,
    /// Who changed it, when, what.
    pub history: Vec<HistoryEntry>,
    /// For a record that judges another: whether that one has changed since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_since_review: Option<bool>,
    /// Records in scope that are one with it, by `same_as` or shared `unique` answers, itself included.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<RecordId>,
    /// Whether it counts in roll-ups, or why it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
}

/// What roll-ups are asked for.
#[derive(Debug, Clone, Default)]
pub struct RollupQuery {
    /// Only this measure.
    pub measure: Option<String>,
    /// This unit and everything below it; none: all in scope.
    pub unit: Option<UnitId>,
    /// First month, `YYYY-MM`.
    pub from_month: Option<String>,
    /// Last month, `YYYY-MM`.
    pub to_month: Option<String>,
    /// By the units in force on this date, each with everything below it; none: by the units that the records belong to.
    pub as_of: Option<Date>,
}

/// When a unit was last heard from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeardFrom {
    /// The unit.
    pub unit: UnitId,
    /// Its name.
    pub name: String,
    /// When the hub last received a change of it, milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_ms: Option<i64>,
}

/// Roll-ups with what they are based on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RollupAnswer {
    /// The ledger's epoch.
    pub epoch: u64,
    /// The last ledger entry that is counted.
    pub sequence: u64,
    /// The latest time up to which every unit listed in `heard_from` has been heard from; absent while one never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complete_as_of_ms: Option<i64>,
    /// Units that have sent something, with when.
    pub heard_from: Vec<HeardFrom>,
    /// Units in force now that have never sent anything.
    pub not_heard_from: Vec<HeardFrom>,
    /// The numbers.
    pub cells: Vec<Cell>,
    /// As of a date: units that stand under their own name though they are not in force then, for they were split or ended
    /// without a successor.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub unmapped: BTreeSet<UnitId>,
}

impl<S: Store> Hub<S> {
    /// What a member may read.
    pub fn read_scope(&self, member: &Member, now_ms: i64) -> Result<Scope, HubError> {
        Ok(scope(self.rules()?, member, Action::Read, now_ms))
    }

    /// Whose device asks; `None` for one that is revoked or unknown.
    pub fn member_asking(&self, device: DeviceId, now_ms: i64) -> Option<&Member> {
        let revoked = self.trust.revocation(device).is_some_and(|revocation| revocation.at_ms <= now_ms);
        self.trust.member_of(device).filter(|_| !revoked)
    }

    /// What a device's member may read now; a revoked device reads nothing.
    pub fn scope_of_device(&self, device: DeviceId, now_ms: i64) -> Result<Scope, HubError> {
        match self.member_asking(device, now_ms) {
            Some(member) => self.read_scope(member, now_ms),
            None => Ok(Scope::default()),
        }
    }

    /// Every unit with its dates, as JSON.
    pub fn units_json(&self) -> Result<serde_json::Value, HubError> {
        Ok(self.rules()?.units.json())
    }

    /// Everything, for the administrator at the hub's own shell.
    pub fn whole_scope(&self) -> Result<Scope, HubError> {
        let rules = self.rules()?;
        let mut scope = Scope::default();
        for unit in rules.units.all() {
            for form in rules.campaign.forms() {
                scope.insert(unit.id.clone(), form.id.clone());
            }
        }
        Ok(scope)
    }

    /// The pairs with entries after a sequence, and whether statements are among them.
    pub fn appended_after(&self, sequence: u64) -> Result<(Vec<(UnitId, FormId)>, bool), HubError> {
        let (mut pairs, mut statements) = (BTreeSet::new(), false);
        for sequence in sequence + 1..=self.head {
            let entry = ledger::entry(&self.store, sequence)?;
            match entry.unit.zip(entry.form) {
                Some(pair) => _ = pairs.insert(pair),
                None => statements = true,
            }
        }
        Ok((pairs.into_iter().collect(), statements))
    }

    /// The unit of a record, also of one that was erased or that only waits for approval; `None`: nothing here knows it.
    pub fn unit_of(&self, record: RecordId) -> Result<Option<UnitId>, HubError> {
        if let Some((_, sequence)) = self.store.scan(&record_prefix(HASH, record), None, 1)?.first() {
            return Ok(ledger::entry(&self.store, sequence_value(sequence)?)?.unit);
        }
        let waiting = self.store.scan(&record_prefix(PENDING, record), None, 1)?;
        waiting.first().map(|(_, bytes)| from_json::<Pending>(bytes).map(|pending| pending.unit)).transpose()
    }

    /// Rows in scope, by record id.
    pub fn rows(&self, scope: &Scope, query: &RowQuery) -> Result<Vec<Row>, HubError> {
        Ok(Projection::rows(&self.store, query, |row| scope.contains(&row.unit, &row.form))?)
    }

    /// One record in scope; what is outside is as if it did not exist.
    pub fn record(&self, scope: &Scope, id: RecordId) -> Result<RecordDetail, HubError> {
        let not_found = || HubError::NotFound(format!("record {id}"));
        let row = Projection::row(&self.store, id)?.ok_or_else(not_found)?;
        if !scope.contains(&row.unit, &row.form) {
            return Err(not_found());
        }
        let record = admission::load(&self.store, id)?;
        let changes = ledger::changes_of(&self.store, id)?;
        let received_ms =
            changes.iter().map(|(_, entry, signed)| (signed.hash().to_string(), entry.received_ms)).collect();
        let campaign = &self.rules()?.campaign;
        let mut duplicates = Vec::new();
        for other in Projection::duplicates(&self.store, campaign, id)? {
            let other = Projection::row(&self.store, other)?.filter(|row| scope.contains(&row.unit, &row.form));
            duplicates.extend(other.map(|row| row.record));
        }
        Ok(RecordDetail {
            received_ms,
            history: history(&record),
            changed_since_review: self.changed_since(&row)?,
            duplicates: if duplicates.len() > 1 { duplicates } else { Vec::new() },
            standing: Projection::standing(&self.store, campaign, id)?,
            row,
        })
    }

    /// A record in scope as a plain Automerge file.
    pub fn automerge(&self, scope: &Scope, id: RecordId) -> Result<Vec<u8>, HubError> {
        self.record(scope, id)?;
        Ok(admission::load(&self.store, id)?.save())
    }

    /// Whether what a row judges has changed since its heads were pinned; `None` if it judges nothing.
    pub fn changed_since(&self, row: &Row) -> Result<Option<bool>, HubError> {
        let form = self.rules()?.campaign.form(&row.form);
        let Some((subject, pinned)) = form.and_then(|form| form.pinned(&row.answers)) else { return Ok(None) };
        let heads = Projection::row(&self.store, subject)?.map(|row| row.heads);
        Ok(heads.map(|heads| heads != pinned))
    }

    fn cells(&self) -> Result<&Cells, HubError> {
        if let Some(cells) = self.cells.get() {
            return Ok(cells);
        }
        let cells = Cells::read(&self.store)?;
        Ok(self.cells.get_or_init(|| cells))
    }

    /// Roll-ups in scope, by measure, unit, month.
    pub fn rollup(&self, scope: &Scope, query: &RollupQuery, now_ms: i64) -> Result<RollupAnswer, HubError> {
        let rules = self.rules()?;
        let scope = match &query.unit {
            Some(unit) => scope.within(&rules.units.reach_subtree(unit)),
            None => scope.clone(),
        };
        let mut cells = Vec::new();
        let asked = |id: &str| query.measure.as_ref().is_none_or(|asked| asked == id);
        let mut measures: Vec<_> = rules.campaign.measures().iter().filter(|m| asked(m.id.as_str())).collect();
        measures.sort_by(|a, b| a.id.as_str().cmp(b.id.as_str()));
        let forms: BTreeSet<&FormId> = measures.iter().map(|measure| &measure.form).collect();
        for measure in measures {
            for unit in scope.units().filter(|unit| scope.contains(unit, &measure.form)) {
                cells.extend(self.cells()?.of(measure.id.as_str(), unit));
            }
        }
        cells.retain(|cell| {
            query.from_month.as_ref().is_none_or(|from| *from <= cell.key.month)
                && query.to_month.as_ref().is_none_or(|to| cell.key.month <= *to)
        });
        let mut unmapped = BTreeSet::new();
        if let Some(date) = query.as_of {
            let mapped = rollup::as_of(&rules.units, cells, date);
            unmapped = mapped.unmapped;
            cells = rollup::summed_up(&rules.units, mapped.cells, date);
        }
        let mut heard: BTreeMap<&UnitId, i64> = BTreeMap::new();
        let latest = feed::latest(&self.store, &scope)?;
        for latest in &latest {
            let at_ms = heard.entry(&latest.unit).or_insert(latest.received_ms);
            *at_ms = latest.received_ms.max(*at_ms);
        }
        let (mut heard_from, mut not_heard_from) = (Vec::new(), Vec::new());
        // A unit is to be heard from if any of the asked measures counts there.
        let measured = |unit: &&UnitId| forms.iter().any(|form| scope.contains(unit, form));
        for unit in scope.units().filter(measured).filter_map(|unit| rules.units.get(unit)) {
            let received_ms = heard.get(&unit.id).copied();
            let entry = HeardFrom { unit: unit.id.clone(), name: unit.name.clone(), received_ms };
            if received_ms.is_some() {
                heard_from.push(entry);
            } else if unit.in_force_at(now_ms) {
                not_heard_from.push(entry);
            }
        }
        let complete_as_of_ms = heard.values().min().copied().filter(|_| not_heard_from.is_empty());
        let (epoch, sequence) = (self.config.epoch, self.head);
        Ok(RollupAnswer { epoch, sequence, complete_as_of_ms, heard_from, not_heard_from, cells, unmapped })
    }
}
