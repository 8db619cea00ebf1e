//! Period reports: figures summed for a period, frozen in a record, and what has come since.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Period;
use crate::{
    campaign::PeriodReports,
    record::Row,
    rollup::{Cell, CellKey, decimal},
};

/// One number of a report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReportFigure {
    /// The measure.
    pub measure: String,
    /// The dimension, or empty for the total.
    pub dimension: String,
    /// The dimension's choice code, or empty for the total.
    pub code: String,
    /// The sum.
    pub value: Decimal,
}

/// A number that is another one now than in the frozen report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Amendment {
    /// The measure.
    pub measure: String,
    /// The dimension, or empty for the total.
    pub dimension: String,
    /// The dimension's choice code, or empty for the total.
    pub code: String,
    /// What the report says, for ever.
    pub frozen: Decimal,
    /// What the records say now.
    pub now: Decimal,
    /// `now - frozen`.
    pub difference: Decimal,
}

type Key = (String, String, String);

/// The sums of cells over units and the months of a period, in order. A period counts by its months: they are what cells know.
pub fn summed(cells: impl IntoIterator<Item = Cell>, period: Period) -> Vec<ReportFigure> {
    let (from, to) = (month(period.from), month(period.to));
    let mut sums: BTreeMap<Key, Decimal> = BTreeMap::new();
    for Cell { key: CellKey { measure, month, dimension, code, .. }, value } in cells {
        if (&from..=&to).contains(&&month) {
            *sums.entry((measure, dimension, code)).or_default() += value;
        }
    }
    sums.retain(|_, value| !value.is_zero());
    let figure = |((measure, dimension, code), value): (Key, Decimal)| ReportFigure {
        measure,
        dimension,
        code,
        value: value.normalize(),
    };
    sums.into_iter().map(figure).collect()
}

fn month(day: jiff::civil::Date) -> String {
    day.strftime("%Y-%m").to_string()
}

/// The figures that a report froze.
pub fn frozen_figures(reports: &PeriodReports, row: &Row) -> Vec<ReportFigure> {
    let items = row.answers.get(&reports.figures).and_then(Value::as_array);
    let figure = |item: &Value| {
        let text = |key| item.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(ReportFigure {
            measure: text("measure"),
            dimension: text("dimension"),
            code: text("code"),
            value: decimal(&text("value"))?,
        })
    };
    items.into_iter().flatten().filter_map(figure).collect()
}

/// What differs between a frozen report and the records as they are now, in order. The report itself never changes.
pub fn amendments(frozen: &[ReportFigure], now: &[ReportFigure]) -> Vec<Amendment> {
    let by_key = |figures: &[ReportFigure]| -> BTreeMap<Key, Decimal> {
        let key = |f: &ReportFigure| (f.measure.clone(), f.dimension.clone(), f.code.clone());
        figures.iter().map(|figure| (key(figure), figure.value)).collect()
    };
    let (frozen, now) = (by_key(frozen), by_key(now));
    let keys: BTreeSet<&Key> = frozen.keys().chain(now.keys()).collect();
    let amendment = |key: &Key| {
        let value = |side: &BTreeMap<Key, Decimal>| side.get(key).copied().unwrap_or_default();
        let (frozen, now) = (value(&frozen), value(&now));
        let (measure, dimension, code) = key.clone();
        (frozen != now).then(|| Amendment { measure, dimension, code, frozen, now, difference: now - frozen })
    };
    keys.into_iter().filter_map(amendment).collect()
}
