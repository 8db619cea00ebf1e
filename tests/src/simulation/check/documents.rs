//! Every replica has, of what is in its scope, the same documents as the hub, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use dongbo_core::{ChangeHash, FormId, RecordId, UnitId, record::Row, rollup::RowQuery};

use super::Check;
use crate::{
    simulation::{
        Finding,
        fleet::{Fleet, UNITS},
        stored::Key,
        witness::Places,
    },
    world::id,
};

type Pairs = BTreeSet<(UnitId, FormId)>;
type Documents = BTreeMap<RecordId, BTreeSet<ChangeHash>>;

fn by_record(keys: &BTreeSet<Key>) -> Documents {
    let mut records = Documents::new();
    for (record, hash) in keys {
        records.entry(*record).or_default().insert(*hash);
    }
    records
}

/// All rows of a hub or a replica.
pub(super) fn every_row() -> RowQuery {
    RowQuery { limit: usize::MAX, ..RowQuery::default() }
}

impl Fleet {
    /// Same changes and equal rows in scope; out of scope only records with work of the device's own.
    pub(crate) fn check_documents(&self, places: &Places) -> Result<(), Finding> {
        let at_hub = by_record(&places.ledger);
        let hub_rows: BTreeMap<RecordId, Row> = self.hub_rows()?.into_iter().map(|row| (row.record, row)).collect();
        for at in 0..self.phones.len() {
            let finding =
                |detail: String| Finding::new(Check::Documents, format!("{}: {detail}", self.phones[at].name));
            let here = by_record(&places.records[at]);
            let rows: BTreeMap<RecordId, Row> = self.phone_rows(at)?.into_iter().map(|row| (row.record, row)).collect();
            let (scope, readable) = self.scope_of(at);
            for (record, row) in &hub_rows {
                let pair = (row.unit.clone(), row.form.clone());
                let inside = scope.contains(&pair);
                let unreadable = !readable.contains(&pair);
                let own = |hash: &ChangeHash| places.outbox[at].contains(&(*record, *hash));
                let held = places.held[at].iter().any(|(held, _)| held == record);
                match here.get(record) {
                    None if inside => return Err(finding(format!("{record} in {} is missing", row.unit))),
                    Some(changes) if unreadable && !changes.iter().any(own) && !held => {
                        return Err(finding(format!("{record} of {} {} is out of scope", row.unit, row.form)));
                    }
                    Some(changes) if inside => {
                        if let Some(missing) = at_hub[record].iter().find(|hash| !changes.contains(hash)) {
                            return Err(finding(format!("{record} lacks {missing}")));
                        }
                        if let Some(extra) = changes.iter().find(|hash| !at_hub[record].contains(hash) && !own(hash)) {
                            return Err(finding(format!("{record} has {extra}, which nobody else has")));
                        }
                        let row_here = rows.get(record).ok_or_else(|| finding(format!("{record} has no row")))?;
                        if changes.len() == at_hub[record].len() && row_here != row {
                            return Err(finding(format!("the row of {record} differs: {row_here:?} and {row:?}")));
                        }
                    }
                    _ => {}
                }
            }
            for (record, changes) in here.iter().filter(|(record, _)| !hub_rows.contains_key(record)) {
                if !changes.iter().all(|hash| places.outbox[at].contains(&(*record, *hash))) {
                    return Err(finding(format!("the hub has never heard of {record}, and it is not waiting")));
                }
            }
            if let Some(record) = rows.keys().find(|record| !here.contains_key(record)) {
                return Err(finding(format!("{record} has a row but no changes")));
            }
        }
        Ok(())
    }

    pub(crate) fn hub_rows(&self) -> Result<Vec<Row>, Finding> {
        let works = |e: dongbo_server::hub::HubError| Finding::new(Check::Works, e.to_string());
        let scope = self.hub().whole_scope().map_err(works)?;
        self.hub().rows(&scope, &every_row()).map_err(works)
    }

    pub(crate) fn phone_rows(&self, at: usize) -> Result<Vec<Row>, Finding> {
        let rows = self.phones[at].replica().rows(&every_row());
        rows.map_err(|e| Finding::new(Check::Works, e.to_string()))
    }

    /// What a phone should have: what its member may read, of the units it wants. And all that its member may read: a
    /// record made for a unit that is not wanted stays.
    fn scope_of(&self, at: usize) -> (Pairs, Pairs) {
        let trust = self.hub().trust();
        let device = self.phones[at].device;
        let revoked = trust.revocation(device).is_some_and(|revocation| revocation.at_ms <= self.now_ms);
        let Some(member) = trust.member_of(device).filter(|_| !revoked) else { return Default::default() };
        let units: Vec<UnitId> = UNITS.iter().map(|unit| id(unit)).collect();
        let readable = self.reach.pairs(member, &units, self.now_ms);
        let mut scope = readable.clone();
        if let Ok(Some(wanted)) = self.phones[at].replica().wanted_units() {
            scope.retain(|(unit, _)| wanted.iter().any(|above| self.reach.is_below(unit, above)));
        }
        (scope, readable)
    }
}
