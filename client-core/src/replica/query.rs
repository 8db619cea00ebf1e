//! Reading what is here, offline.

use serde::Serialize;

use super::{
    Replica, ReplicaError,
    entry::{Loaded, State},
    layout::CHANGE,
    save::known_heads,
    status::RecordStatus,
};
use crate::{
    ChangeHash, FormId, RecordId, UnitId,
    policy::creatable,
    record::{HistoryEntry, Row, history, read_row},
    rollup::{Cell, Projection, RowQuery, Standing},
    store::Store,
    text::Search,
};

/// A record as its reader sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordView {
    /// Answers, conflicts, issues.
    #[serde(flatten)]
    pub row: Row,
    /// Where it stands.
    pub status: RecordStatus,
    /// For a record that judges another: whether that one has changed since. `None`: it judges none, or the judged
    /// one is not here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_since_review: Option<bool>,
    /// Whether it counts in roll-ups, or why it does not, by what is here. `None`: it has no row yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// Whether this member has, or had, a role that may edit it; the hub judges when it gets the change.
    pub may_edit: bool,
}

impl<S: Store> Replica<S> {
    /// One record.
    pub fn view(&self, record: RecordId) -> Result<RecordView, ReplicaError> {
        let loaded = self.load(record)?;
        let origin = loaded.record.origin()?.origin;
        let row = read_row(&loaded.record, self.rules().and_then(|rules| rules.form(&origin.form)))?;
        let changed_since_review = self.changed_since(&row)?;
        let standing = match self.rules() {
            Some(rules) => Projection::standing(&self.store, &rules.campaign, record)?,
            None => None,
        };
        let may_edit = self.editable(&loaded, self.last_heard_ms()?.unwrap_or(0)).is_ok();
        Ok(RecordView { status: self.status(record)?, changed_since_review, standing, may_edit, row })
    }

    /// One record as it read at these heads (empty, or none of them here any more: the present ones): what a form that
    /// was opened then goes on from.
    pub fn row_at(&self, record: RecordId, heads: &[ChangeHash]) -> Result<Row, ReplicaError> {
        let loaded = self.load(record)?;
        let form = loaded.record.origin()?.origin.form;
        let rules = self.rules().and_then(|rules| rules.form(&form));
        Ok(read_row(&loaded.record.at(&known_heads(&loaded, heads))?, rules)?)
    }

    /// What an app offers under "new" ([`creatable`]), now by this device's clock: but never earlier than the hub was last
    /// heard from, so that a clock of 1970 hides no form.
    pub fn creatable(&self, now_ms: i64) -> Result<Vec<(FormId, Vec<UnitId>)>, ReplicaError> {
        let (Some(rules), Some(member)) = (self.rules(), self.member()) else { return Ok(Vec::new()) };
        let at_ms = self.last_heard_ms()?.map_or(now_ms, |heard_ms| now_ms.max(heard_ms));
        Ok(creatable(rules, member, at_ms))
    }

    /// Records that match, by record id.
    pub fn rows(&self, query: &RowQuery) -> Result<Vec<Row>, ReplicaError> {
        Ok(Projection::rows(&self.store, query, |_| true)?)
    }

    /// Records that match and in whose texts every word of `search` stands ([`Search`]), by record id.
    pub fn search(&self, search: &str, query: &RowQuery) -> Result<Vec<Row>, ReplicaError> {
        let Some(rules) = self.rules() else { return Ok(Vec::new()) };
        let search = Search::new(search);
        let found = |row: &Row| rules.campaign.form(&row.form).is_some_and(|form| search.matches(row.texts(form)));
        Ok(Projection::rows(&self.store, query, found)?)
    }

    /// Roll-ups over what is here.
    pub fn rollup(&self, measure: Option<&str>) -> Result<Vec<Cell>, ReplicaError> {
        Ok(Projection::cells(&self.store, measure)?)
    }

    /// Who changed a record, what, when, and when the hub had it.
    pub fn history(&self, record: RecordId) -> Result<Vec<HistoryEntry>, ReplicaError> {
        let loaded = self.load(record)?;
        let mut history = history(&loaded.record);
        for entry in &mut history {
            let stored = loaded.entries.iter().find(|stored| stored.hash() == entry.change);
            entry.received_ms = match stored.map(|stored| stored.state) {
                Some(State::Received { received_ms, .. }) => Some(received_ms),
                _ => None,
            };
        }
        Ok(history)
    }

    /// A record as a plain Automerge file.
    pub fn automerge(&self, record: RecordId) -> Result<Vec<u8>, ReplicaError> {
        Ok(self.load(record)?.record.save())
    }

    /// Every record here.
    pub fn record_ids(&self) -> Result<Vec<RecordId>, ReplicaError> {
        let mut ids: Vec<RecordId> = Vec::new();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let keys = self.store.keys(&[CHANGE], after.as_deref(), 4_096)?;
            let Some(last) = keys.last() else { return Ok(ids) };
            after = Some(last.clone());
            for key in &keys {
                let id = RecordId::try_from(&key[1..17])?;
                if ids.last() != Some(&id) {
                    ids.push(id);
                }
            }
        }
    }

    /// Whether what a row judges has changed since its heads were pinned.
    fn changed_since(&self, row: &Row) -> Result<Option<bool>, ReplicaError> {
        let Some(rules) = self.rules() else { return Ok(None) };
        let Some((subject, pinned)) = rules.campaign.form(&row.form).and_then(|form| form.pinned(&row.answers)) else {
            return Ok(None);
        };
        Ok(Loaded::read(&self.store, subject)?.map(|loaded| loaded.record.heads() != pinned))
    }
}
