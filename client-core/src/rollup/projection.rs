//! Rows and cells in a store, kept true while rows come, change and go. Used by the phone and by the hub.

use std::{collections::BTreeMap, ops::Bound};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Cell, CellKey, cell::measure_prefix, contribution};
use crate::{
    FormId, InvalidId, RecordId, UnitId,
    campaign::Campaign,
    policy::Scope,
    record::Row,
    store::{Batch, Overlay, Read, StoreError},
};

const ROW: u8 = b'r';
const CELL: u8 = b't';
const SET: u8 = b'u';

/// How many pairs one scan reads at once.
const SCAN: usize = 512;

/// What rows are asked for.
#[derive(Debug, Clone, Default)]
pub struct RowQuery {
    /// Only this form.
    pub form: Option<FormId>,
    /// Only this unit.
    pub unit: Option<UnitId>,
    /// Only records after this one (keyset page).
    pub after: Option<RecordId>,
    /// At most so many.
    pub limit: usize,
}

/// Rows and cells over a store's pending writes.
pub struct Projection;

impl Projection {
    /// First bytes of every key a projection owns: dropping these and putting every row again rebuilds it.
    pub fn prefixes() -> [u8; 3] {
        [ROW, CELL, SET]
    }

    /// The row of a record.
    pub fn row(store: &impl Read, record: RecordId) -> Result<Option<Row>, StoreError> {
        store.get(&row_key(record))?.map(|bytes| decode(&bytes)).transpose()
    }

    /// Rows by record id (creation time first), those that `keep` accepts.
    pub fn rows(
        store: &impl Read,
        query: &RowQuery,
        mut keep: impl FnMut(&Row) -> bool,
    ) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        let mut after = query.after.map(row_key);
        loop {
            let page = store.scan(&[ROW], after.as_deref(), SCAN)?;
            let Some((last, _)) = page.last() else { return Ok(rows) };
            after = Some(last.clone());
            for (_, bytes) in &page {
                let row: Row = decode(bytes)?;
                let asked = query.form.as_ref().is_none_or(|form| *form == row.form)
                    && query.unit.as_ref().is_none_or(|unit| *unit == row.unit);
                if asked && keep(&row) {
                    rows.push(row);
                    if rows.len() == query.limit {
                        return Ok(rows);
                    }
                }
            }
        }
    }

    /// The (unit, form) of all rows. Nothing else of a row is decoded: every sync asks this of every row.
    pub fn scope(store: &impl Read) -> Result<Scope, StoreError> {
        /// The ids have no character that JSON escapes.
        #[derive(Deserialize)]
        struct Pair<'a> {
            unit: &'a str,
            form: &'a str,
        }
        let mut scope = Scope::default();
        let mut last = None;
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = store.scan(&[ROW], after.as_deref(), SCAN)?;
            let Some((key, _)) = page.last() else { return Ok(scope) };
            after = Some(key.clone());
            for (_, bytes) in &page {
                let pair: Pair<'_> = decode(bytes)?;
                let is_last =
                    |(unit, form): &(UnitId, FormId)| unit.as_str() == pair.unit && form.as_str() == pair.form;
                if last.as_ref().is_some_and(is_last) {
                    continue;
                }
                let unit: UnitId = pair.unit.parse().map_err(|e: InvalidId| corrupt(&e.to_string()))?;
                let form: FormId = pair.form.parse().map_err(|e: InvalidId| corrupt(&e.to_string()))?;
                scope.insert(unit.clone(), form.clone());
                last = Some((unit, form));
            }
        }
    }

    /// Cells of a measure (`None`: of all).
    pub fn cells(store: &impl Read, measure: Option<&str>) -> Result<Vec<Cell>, StoreError> {
        let prefix = measure.map_or_else(|| vec![CELL], |measure| measure_prefix(CELL, measure));
        let mut cells = Vec::new();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = store.scan(&prefix, after.as_deref(), SCAN)?;
            let Some((last, _)) = page.last() else { return Ok(cells) };
            after = Some(last.clone());
            for (_, bytes) in &page {
                cells.push(decode(bytes)?);
            }
        }
    }

    /// The cells that a batch sets (their new sums) or takes out (`None`); `store` as it is before the batch.
    pub fn moved_cells(store: &impl Read, batch: &Batch) -> Result<Vec<(CellKey, Option<Decimal>)>, StoreError> {
        let mut moved = Vec::new();
        for (key, write) in batch.range(Bound::Included(&[CELL]), Bound::Excluded(&[CELL + 1])) {
            let before = if write.is_none() { store.get(key)? } else { None };
            if let Some(bytes) = write.or(before.as_ref()) {
                let cell: Cell = decode(bytes)?;
                moved.push((cell.key, write.map(|_| cell.value)));
            }
        }
        Ok(moved)
    }

    /// Sets the rows of records, moving the cells by the difference: each cell once, however many rows move it.
    pub fn put<'a>(
        store: &mut Overlay<'_, impl Read>,
        campaign: &Campaign,
        rows: impl IntoIterator<Item = &'a Row>,
    ) -> Result<(), StoreError> {
        let mut delta = Delta::default();
        for row in rows {
            Self::replace(store, campaign, row.record, Some(row), &mut delta)?;
        }
        delta.write(store)
    }

    /// Removes a record's row and what it added.
    pub fn remove(store: &mut Overlay<'_, impl Read>, campaign: &Campaign, record: RecordId) -> Result<(), StoreError> {
        let mut delta = Delta::default();
        Self::replace(store, campaign, record, None, &mut delta)?;
        delta.write(store)
    }

    fn replace(
        store: &mut Overlay<'_, impl Read>,
        campaign: &Campaign,
        record: RecordId,
        new: Option<&Row>,
        delta: &mut Delta,
    ) -> Result<(), StoreError> {
        let old = Self::row(store, record)?;
        let old_set = old.as_ref().and_then(|row| set_key(campaign, row));
        let new_set = new.and_then(|row| set_key(campaign, row));
        let mut sets: Vec<&Vec<u8>> = [&old_set, &new_set].into_iter().flatten().collect();
        sets.dedup();
        let loose = |row: Option<&Row>, set: &Option<Vec<u8>>| row.filter(|_| set.is_none()).cloned();
        delta.subtract(campaign, loose(old.as_ref(), &old_set));
        for set in &sets {
            delta.subtract(campaign, counted_of(store, set)?);
        }
        match new {
            Some(row) => store.put(row_key(record), encode(row)?),
            None => store.delete(row_key(record)),
        }
        if let Some(set) = &old_set {
            store.delete([set.as_slice(), &record.0].concat());
        }
        if let Some(set) = &new_set {
            store.put([set.as_slice(), &record.0].concat(), Vec::new());
        }
        delta.add(campaign, loose(new, &new_set));
        for set in &sets {
            delta.add(campaign, counted_of(store, set)?);
        }
        Ok(())
    }

    /// Whether a row is the one of its duplicate set that counts.
    pub fn is_counted(store: &impl Read, campaign: &Campaign, row: &Row) -> Result<bool, StoreError> {
        Ok(row.counts() && Self::duplicates(store, campaign, row)?.first().is_none_or(|first| *first == row.record))
    }

    /// The records that share a row's `unique` values, itself included: all kept and shown, counted once.
    pub fn duplicates(store: &impl Read, campaign: &Campaign, row: &Row) -> Result<Vec<RecordId>, StoreError> {
        match set_key(campaign, row) {
            Some(set) => members(store, &set),
            None => Ok(vec![row.record]),
        }
    }
}

/// Differences to cells, written at the end so that a cell that ends where it was is not touched.
#[derive(Default)]
struct Delta(BTreeMap<CellKey, Decimal>);

impl Delta {
    fn subtract(&mut self, campaign: &Campaign, row: Option<Row>) {
        for (key, value) in row.iter().flat_map(|row| contribution(campaign, row)) {
            *self.0.entry(key).or_default() -= value;
        }
    }

    fn add(&mut self, campaign: &Campaign, row: Option<Row>) {
        for (key, value) in row.iter().flat_map(|row| contribution(campaign, row)) {
            *self.0.entry(key).or_default() += value;
        }
    }

    fn write(self, store: &mut Overlay<'_, impl Read>) -> Result<(), StoreError> {
        for (key, difference) in self.0.into_iter().filter(|(_, difference)| !difference.is_zero()) {
            let at = key.to_bytes(CELL);
            let before: Option<Cell> = store.get(&at)?.map(|bytes| decode(&bytes)).transpose()?;
            let value = (before.map_or(Decimal::ZERO, |cell| cell.value) + difference).normalize();
            if value.is_zero() {
                store.delete(at);
            } else {
                store.put(at, encode(&Cell { key, value })?);
            }
        }
        Ok(())
    }
}

fn row_key(record: RecordId) -> Vec<u8> {
    [&[ROW], &record.0[..]].concat()
}

/// The duplicate set of a row whose form declares `unique`; `None` where nothing is declared, a value is missing, or
/// the row is withdrawn.
fn set_key(campaign: &Campaign, row: &Row) -> Option<Vec<u8>> {
    let unique = campaign.form(&row.form)?.unique.as_ref().filter(|_| row.counts())?;
    let mut hash = Sha256::new();
    hash.update(row.form.as_str());
    if unique.with_unit {
        hash.update([0]);
        hash.update(row.unit.as_str());
    }
    for field in &unique.fields {
        let value: &Value = row.answers.get(field)?;
        hash.update([0]);
        hash.update(value.to_string());
    }
    Some([&[SET], hash.finalize().as_slice()].concat())
}

fn members(store: &impl Read, set: &[u8]) -> Result<Vec<RecordId>, StoreError> {
    let pairs = store.scan(set, None, usize::MAX)?;
    Ok(pairs.iter().filter_map(|(key, _)| RecordId::try_from(&key[set.len()..]).ok()).collect())
}

/// The one row of a duplicate set that counts: the lowest record id.
fn counted_of(store: &impl Read, set: &[u8]) -> Result<Option<Row>, StoreError> {
    let first = store.scan(set, None, 1)?;
    match first.first().and_then(|(key, _)| RecordId::try_from(&key[set.len()..]).ok()) {
        Some(record) => Projection::row(store, record),
        None => Ok(None),
    }
}

fn encode(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|e| corrupt(&e.to_string()))
}

fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|e| corrupt(&format!("a row or roll-up cannot be read ({e})")))
}

fn corrupt(detail: &str) -> StoreError {
    StoreError::Corrupt { detail: detail.to_owned() }
}
