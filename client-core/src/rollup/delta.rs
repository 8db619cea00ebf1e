//! Differences to cells, written at the end so that a cell that ends where it was is not touched.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{
    Cell, CellKey, contribution,
    projection::{CELL, decode, encode},
};
use crate::{
    campaign::Campaign,
    record::Row,
    store::{Overlay, Read, StoreError},
};

#[derive(Default)]
pub(super) struct Delta(BTreeMap<CellKey, Decimal>);

impl Delta {
    pub(super) fn subtract(&mut self, campaign: &Campaign, row: &Row) {
        for (key, value) in contribution(campaign, row) {
            *self.0.entry(key).or_default() -= value;
        }
    }

    pub(super) fn add(&mut self, campaign: &Campaign, row: &Row) {
        for (key, value) in contribution(campaign, row) {
            *self.0.entry(key).or_default() += value;
        }
    }

    pub(super) fn write(self, store: &mut Overlay<'_, impl Read>) -> Result<(), StoreError> {
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
