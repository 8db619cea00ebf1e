//! Lists of records as an app shows them: narrowed, ordered, a page at a time.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{RecordStatus, Replica, ReplicaError};
use crate::{FormId, RecordId, UnitId, record::Row, rollup::Projection, store::Store};

/// Records of one page at most.
pub const PAGE_RECORDS_MAX: usize = 1_000;

/// Which of the records a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Only {
    /// All.
    #[default]
    All,
    /// Those of which the hub does not have everything.
    Unsent,
    /// Those of which something was refused or waits for a decision.
    NeedsAttention,
    /// Those with values to choose between.
    Conflicts,
    /// Those with something that is not right.
    Issues,
}

/// In which order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The last made first.
    #[default]
    Newest,
    /// The first made first.
    Oldest,
    /// The last edited first.
    LastEdited,
    /// By title, in Vietnamese order.
    Title,
}

/// A list that an app asks for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct List {
    /// Only records of this form.
    pub form: Option<FormId>,
    /// Only records of this unit.
    pub unit: Option<UnitId>,
    /// Every word must stand in the record's texts, with or without Vietnamese marks.
    pub search: Option<String>,
    /// Which of them.
    pub only: Only,
    /// In which order.
    pub order: Order,
    /// Records to skip.
    pub offset: usize,
    /// Records of the page, at most [`PAGE_RECORDS_MAX`].
    pub limit: usize,
}

impl Default for List {
    fn default() -> Self {
        Self { form: None, unit: None, search: None, only: Only::All, order: Order::Newest, offset: 0, limit: 50 }
    }
}

/// A record of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listed {
    /// Answers, conflicts, issues.
    #[serde(flatten)]
    pub row: Row,
    /// Where it stands.
    pub status: RecordStatus,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    /// The records.
    pub records: Vec<Listed>,
    /// Records on all pages.
    pub total: usize,
}

impl<S: Store> Replica<S> {
    /// A page of a list. The first one asked for reads every row, unless [`Replica::read_ahead`] has; after that a page costs
    /// little more than its own rows.
    pub fn list(&self, list: &List) -> Result<Page, ReplicaError> {
        let among = match list.only {
            Only::All | Only::Conflicts | Only::Issues => None,
            Only::Unsent => Some(self.records_in_outbox()?),
            Only::NeedsAttention => Some(self.records_held_or_waiting()?),
        };
        let found = self.store.index(self.rules())?.find(&self.store, list, among.as_ref())?;
        let shown = found.iter().skip(list.offset).take(list.limit.min(PAGE_RECORDS_MAX));
        let records = shown.map(|record| self.listed(*record)).collect::<Result<_, ReplicaError>>()?;
        Ok(Page { records, total: found.len() })
    }

    /// Reads so many rows of what lists need of them; whether nothing is left to read. For an app that has time before a
    /// list is asked for.
    pub fn read_ahead(&self, rows: usize) -> Result<bool, ReplicaError> {
        self.store.read_ahead(self.rules(), rows)
    }

    fn listed(&self, record: RecordId) -> Result<Listed, ReplicaError> {
        let row = Projection::row(&self.store, record)?.ok_or(ReplicaError::UnknownRecord(record))?;
        Ok(Listed { row, status: self.status(record)? })
    }

    fn records_held_or_waiting(&self) -> Result<BTreeSet<RecordId>, ReplicaError> {
        let held = self.held()?.into_iter().map(|held| held.record);
        Ok(held.chain(self.waiting()?.into_iter().map(|(record, ..)| record)).collect())
    }
}
