//! Figures of a period, and what has come since.

use jiff::civil::date;
use serde_json::{Value, json};

use super::{super::*, Ledger, rules};
use crate::rollup::{Cell, CellKey};

fn cell(unit: &str, month: &str, value: i64) -> Cell {
    let key = CellKey {
        measure: "trees".into(),
        unit: unit.parse().unwrap(),
        month: month.into(),
        dimension: String::new(),
        code: String::new(),
    };
    Cell { key, value: value.into() }
}

#[test]
fn a_frozen_report_stays_and_what_comes_later_is_an_amendment() {
    let period = Period { from: date(2023, 1, 1), to: date(2023, 12, 31) };
    let mut cells = vec![cell("c1", "2023-03", 40), cell("c2", "2023-12", 2), cell("c1", "2024-01", 1_000)];
    let draft = summed(cells.clone(), period);
    assert_eq!(draft.iter().map(|f| f.value.to_string()).collect::<Vec<_>>(), ["42"], "the year alone");

    let rules = rules();
    let mut ledger = Ledger::default();
    let record = ledger.add(1, "report", "d1", "2023-12-18T00:00:00Z", json!({"figures": draft}));
    let frozen = frozen_figures(rules.campaign.period_reports().unwrap(), &ledger.get(record).row);
    assert_eq!(frozen, draft, "as it was signed");
    assert_eq!(amendments(&frozen, &summed(cells.clone(), period)), []);

    // A phone that was offline since November.
    cells.push(cell("c1", "2023-11", 8));
    let amended = amendments(&frozen, &summed(cells, period));
    let expected: Value = json!([
        {"measure": "trees", "dimension": "", "code": "", "frozen": "42", "now": "50", "difference": "8"}
    ]);
    assert_eq!(json!(amended), expected);
}

#[test]
fn what_was_withdrawn_since_is_an_amendment_too() {
    let period = Period { from: date(2023, 1, 1), to: date(2023, 12, 31) };
    let frozen = summed([cell("c1", "2023-03", 40)], period);
    let difference: Vec<_> =
        amendments(&frozen, &[]).iter().map(|amendment| amendment.difference.to_string()).collect();
    assert_eq!(difference, ["-40"]);
}
