//! Rows and cells in a store, kept true while rows come, change and go. Used by the phone and by the hub.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    Cell, CellKey, Standing,
    cell::measure_prefix,
    components,
    delta::Delta,
    group::{group, index_keys, neighbours},
    standing::annulled,
    standings,
    tie::Tie,
};
use crate::{
    FormId, InvalidId, RecordId, UnitId,
    campaign::Campaign,
    policy::Scope,
    record::Row,
    store::{Batch, Overlay, Read, StoreError},
};

const ROW: u8 = b'r';
pub(super) const CELL: u8 = b't';
/// A tie ([`Tie`]), then a record that holds it.
pub(super) const TIE: u8 = b'u';
/// A record, then one that says it annuls it.
pub(super) const ANNULS: u8 = b'n';

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
    pub fn prefixes() -> [u8; 4] {
        [ROW, CELL, TIE, ANNULS]
    }

    /// Counts the ways in which rows and cells were made of records. A store remembers the one it was made by; where
    /// that is another, whoever opens it drops what [`Projection::prefixes`] name and puts every row again: the truth
    /// is the changes. 1 (or nothing remembered): only `unique` answers joined, nothing was annulled, and what is
    /// dated after the close counted. 2: as described at [`standings`].
    pub const VERSION: u32 = 2;

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

    /// The records whose rows a batch sets or takes out.
    pub fn written_rows(batch: &Batch) -> impl Iterator<Item = RecordId> {
        let keys = batch.range(Bound::Included(&[ROW]), Bound::Excluded(&[ROW + 1])).map(|(key, _)| key);
        keys.filter_map(|key| RecordId::try_from(&key[1..]).ok())
    }

    /// Sets the rows of records, moving the cells by the difference: each cell once, however many rows move it.
    pub fn put<'a>(
        store: &mut Overlay<'_, impl Read>,
        campaign: &Campaign,
        rows: impl IntoIterator<Item = &'a Row>,
    ) -> Result<(), StoreError> {
        Self::replace(store, campaign, rows.into_iter().map(|row| (row.record, Some(row))).collect())
    }

    /// Removes a record's row and what it added.
    pub fn remove(store: &mut Overlay<'_, impl Read>, campaign: &Campaign, record: RecordId) -> Result<(), StoreError> {
        Self::replace(store, campaign, BTreeMap::from([(record, None)]))
    }

    /// Takes out of the cells what counts no more and puts in what counts now: the rows themselves, and those whose
    /// standing they change.
    fn replace(
        store: &mut Overlay<'_, impl Read>,
        campaign: &Campaign,
        new: BTreeMap<RecordId, Option<&Row>>,
    ) -> Result<(), StoreError> {
        let linked = new.values().flatten().flat_map(|row| neighbours(campaign, row));
        let before = group(store, campaign, new.keys().copied().map(Tie::Record).chain(linked))?;
        let mut after: BTreeMap<RecordId, &Row> = before.iter().map(|(record, row)| (*record, row)).collect();
        for (record, row) in &new {
            for key in before.get(record).iter().flat_map(|old| index_keys(campaign, old)) {
                store.delete(key);
            }
            match row {
                Some(row) => {
                    store.put(row_key(*record), encode(row)?);
                    for key in index_keys(campaign, row) {
                        store.put(key, Vec::new());
                    }
                    after.insert(*record, row);
                }
                None => {
                    store.delete(row_key(*record));
                    after.remove(record);
                }
            }
        }
        let counted = |standings: BTreeMap<RecordId, Standing>| -> BTreeSet<RecordId> {
            let counted = standings.into_iter().filter(|(_, standing)| *standing == Standing::Counted);
            counted.map(|(record, _)| record).collect()
        };
        let counted_before = counted(standings(campaign, before.values()));
        let counted_after = counted(standings(campaign, after.values().copied()));
        let mut delta = Delta::default();
        for (record, row) in &before {
            if counted_before.contains(record) && (new.contains_key(record) || !counted_after.contains(record)) {
                delta.subtract(campaign, row);
            }
        }
        for (record, row) in &after {
            if counted_after.contains(record) && (new.contains_key(record) || !counted_before.contains(record)) {
                delta.add(campaign, row);
            }
        }
        delta.write(store)
    }

    /// Whether a record counts in roll-ups, or why it does not; `None` if it has no row here.
    pub fn standing(store: &impl Read, campaign: &Campaign, record: RecordId) -> Result<Option<Standing>, StoreError> {
        let rows = group(store, campaign, [Tie::Record(record)])?;
        Ok(standings(campaign, rows.values()).remove(&record))
    }

    /// The record that annuls this one, withdrawn or not.
    pub fn annulled(store: &impl Read, campaign: &Campaign, record: RecordId) -> Result<Option<RecordId>, StoreError> {
        let rows = group(store, campaign, [Tie::Record(record)])?;
        Ok(annulled(&rows.iter().map(|(record, row)| (*record, row)).collect()).remove(&record))
    }

    /// The records that are one with this one, itself included, by `same_as` or by shared `unique` answers: all kept
    /// and shown, counted once.
    pub fn duplicates(store: &impl Read, campaign: &Campaign, record: RecordId) -> Result<Vec<RecordId>, StoreError> {
        let rows = group(store, campaign, [Tie::Record(record)])?;
        let components = components(campaign, rows.values());
        let own = components.get(&record);
        Ok(components.iter().filter(|(_, component)| Some(*component) == own).map(|(other, _)| *other).collect())
    }
}

fn row_key(record: RecordId) -> Vec<u8> {
    [&[ROW], &record.0[..]].concat()
}

pub(super) fn encode(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|e| corrupt(&e.to_string()))
}

pub(super) fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|e| corrupt(&format!("a row or roll-up cannot be read ({e})")))
}

fn corrupt(detail: &str) -> StoreError {
    StoreError::Corrupt { detail: detail.to_owned() }
}
