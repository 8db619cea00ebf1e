//! Lists of records as an app shows them: narrowed, ordered, a page at a time.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{RecordStatus, Replica, ReplicaError};
use crate::{
    FormId, RecordId, UnitId,
    record::{Row, sort_by_title},
    rollup::RowQuery,
    store::Store,
};

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
    /// A page of a list.
    pub fn list(&self, list: &List) -> Result<Page, ReplicaError> {
        let mut rows = self.narrowed(list)?;
        let total = rows.len();
        match (list.order, self.rules()) {
            // Ids begin with the time of creation, and rows come in their order.
            (Order::Oldest, _) | (Order::Title, None) => {}
            (Order::Newest, _) => rows.reverse(),
            (Order::LastEdited, _) => rows.sort_by_key(|row| std::cmp::Reverse(row.edited_ms)),
            (Order::Title, Some(rules)) => sort_by_title(&mut rows, &rules.campaign),
        }
        let shown = rows.into_iter().skip(list.offset).take(list.limit.min(PAGE_RECORDS_MAX));
        let records = shown.map(|row| Ok(Listed { status: self.status(row.record)?, row }));
        Ok(Page { records: records.collect::<Result<_, ReplicaError>>()?, total })
    }

    fn narrowed(&self, list: &List) -> Result<Vec<Row>, ReplicaError> {
        let query =
            RowQuery { form: list.form.clone(), unit: list.unit.clone(), limit: usize::MAX, ..RowQuery::default() };
        let mut rows = match list.search.as_deref().map(str::trim).filter(|search| !search.is_empty()) {
            Some(search) => self.search(search, &query)?,
            None => self.rows(&query)?,
        };
        match list.only {
            Only::All => {}
            Only::Conflicts => rows.retain(|row| !row.conflicts.is_empty()),
            Only::Issues => rows.retain(|row| !row.issues.is_empty()),
            Only::Unsent => keep(&mut rows, &self.records_in_outbox()?),
            Only::NeedsAttention => keep(&mut rows, &self.records_held_or_waiting()?),
        }
        Ok(rows)
    }

    fn records_held_or_waiting(&self) -> Result<BTreeSet<RecordId>, ReplicaError> {
        let held = self.held()?.into_iter().map(|held| held.record);
        Ok(held.chain(self.waiting()?.into_iter().map(|(record, ..)| record)).collect())
    }
}

fn keep(rows: &mut Vec<Row>, records: &BTreeSet<RecordId>) {
    rows.retain(|row| records.contains(&row.record));
}
