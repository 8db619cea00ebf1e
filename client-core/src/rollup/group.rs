//! The rows in a store that bear on one another's standing.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Projection,
    projection::{ANNULS, TIE},
    tie::{Tie, ties},
};
use crate::{
    RecordId,
    campaign::Campaign,
    record::Row,
    store::{Read, StoreError},
};

/// Every row that can be reached from some ties by ties and annulments, in either direction. What it costs grows with
/// what people linked and with nothing else.
pub(super) fn group(
    store: &impl Read,
    campaign: &Campaign,
    from: impl IntoIterator<Item = Tie>,
) -> Result<BTreeMap<RecordId, Row>, StoreError> {
    let mut rows = BTreeMap::new();
    let mut todo: Vec<Tie> = from.into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(tie) = todo.pop() {
        if seen.contains(&tie) {
            continue;
        }
        todo.extend(holders(store, &tie.to_bytes(TIE))?.into_iter().map(Tie::Record));
        if let Tie::Record(record) = &tie {
            todo.extend(holders(store, &annuls_prefix(*record))?.into_iter().map(Tie::Record));
            if let Some(row) = Projection::row(store, *record)? {
                todo.extend(neighbours(campaign, &row));
                rows.insert(*record, row);
            }
        }
        seen.insert(tie);
    }
    Ok(rows)
}

/// The ties that lead from a row to others.
pub(super) fn neighbours(campaign: &Campaign, row: &Row) -> impl Iterator<Item = Tie> {
    ties(campaign, row).into_iter().chain(row.annuls.iter().copied().map(Tie::Record))
}

/// The keys by which a row is found from what it links to.
pub(super) fn index_keys(campaign: &Campaign, row: &Row) -> Vec<Vec<u8>> {
    let ties = ties(campaign, row).into_iter().map(|tie| tie.to_bytes(TIE));
    let annulled = row.annuls.iter().map(|record| annuls_prefix(*record));
    ties.chain(annulled).map(|prefix| [prefix.as_slice(), &row.record.0].concat()).collect()
}

fn annuls_prefix(annulled: RecordId) -> Vec<u8> {
    [&[ANNULS], &annulled.0[..]].concat()
}

fn holders(store: &impl Read, prefix: &[u8]) -> Result<Vec<RecordId>, StoreError> {
    let keys = store.keys(prefix, None, usize::MAX)?;
    Ok(keys.iter().filter_map(|key| RecordId::try_from(&key[prefix.len()..]).ok()).collect())
}
