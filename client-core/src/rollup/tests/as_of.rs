//! Cells by the units in force on a date, with the units of plan 244: mergers on 01/01/2025 and 01/03/2025; on
//! 01/07/2025 the province merged too and the district level went, while codes were used again.

use std::{collections::BTreeMap, sync::LazyLock};

use jiff::civil::{Date, date};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::{UnitId, unit::UnitTree};

static UNITS: LazyLock<UnitTree> = LazyLock::new(|| {
    let units = include_str!("../../../../campaigns/kh244/units.csv");
    let successors = include_str!("../../../../campaigns/kh244/successors.csv");
    UnitTree::from_csv(units, successors).unwrap()
});

/// The plan's first day, the three changes, and the day before each.
const DATES: [Date; 7] = [
    date(2022, 12, 23),
    date(2024, 12, 31),
    date(2025, 1, 1),
    date(2025, 2, 28),
    date(2025, 3, 1),
    date(2025, 6, 30),
    date(2025, 7, 1),
];

fn cell(measure: &str, unit: &str, month: &str, value: i64) -> Cell {
    let key = CellKey {
        measure: measure.into(),
        unit: unit.parse().unwrap(),
        month: month.into(),
        dimension: String::new(),
        code: String::new(),
    };
    Cell { key, value: value.into() }
}

/// `unit value`, in order.
fn shown(cells: &[Cell]) -> Vec<String> {
    cells.iter().map(|cell| format!("{} {}", cell.key.unit, cell.value)).collect()
}

/// What 7 in a unit becomes as of a date, and whether it is flagged.
#[track_caller]
fn check(unit: &str, on: Date, expect: &str, flagged: bool) {
    let mapped = as_of(&UNITS, [cell("classes", unit, "2024-05", 7)], on);
    assert_eq!(shown(&mapped.cells), [format!("{expect} 7")]);
    let unmapped: Vec<UnitId> = mapped.unmapped.into_iter().collect();
    assert_eq!(unmapped, if flagged { vec![unit.parse().unwrap()] } else { Vec::new() });
}

#[test]
fn a_unit_is_what_it_has_become() {
    let [first, before_2025, on_2025, _, march, _, july] = DATES;
    // Phường Phước Hiệp went into Phước Trung, which with others became Phường Bà Rịa.
    check("26551", first, "26551", false);
    check("26551", before_2025, "26551", false);
    check("26551", on_2025, "26560", false);
    check("26551", july, "26560-20250701", false);
    // The same code, another commune: Xã Kim Long, Thị trấn Kim Long, and the new Xã Kim Long.
    check("26608", on_2025, "26608-20250101", false);
    check("26608", july, "26608-20250701", false);
    check("754", march, "754-20250301", false);
    check("77", july, "79", false);
    check("755", july, "26732-20250701", false);
    // Districts that are gone, a unit that has not begun, one that nobody knows.
    check("752", on_2025, "753-20250101", false);
    check("752", july, "752", true);
    check("747", july, "747", true);
    check("79", first, "79", true);
    check("xa-la", july, "xa-la", true);
}

#[test]
fn what_merged_is_one_cell() {
    let cells = [cell("classes", "26551", "2024-05", 3), cell("classes", "26560", "2024-05", 4)];
    let mapped = as_of(&UNITS, cells.clone(), date(2025, 1, 1));
    assert_eq!(shown(&mapped.cells), ["26560 7"]);
    assert_eq!(shown(&as_of(&UNITS, cells, date(2024, 12, 31)).cells), ["26551 3", "26560 4"]);
}

#[test]
fn a_unit_that_was_split_stays_whole_and_flagged() {
    let header = "id,code,name,name_en,level,parent,valid_from,valid_to\n";
    let rows = "p,1,Tỉnh,,province,,,\na,2,Xã A,,commune,p,,2025-07-01\n\
                b,3,Xã B,,commune,p,2025-07-01,\nc,4,Xã C,,commune,p,2025-07-01,\n";
    let links = "old_id,new_id,effective_on,relation,legal_basis\na,b,2025-07-01,split,\na,c,2025-07-01,split,\n";
    let units = UnitTree::from_csv(&format!("{header}{rows}"), links).unwrap();
    let mapped = as_of(&units, [cell("classes", "a", "2025-05", 5)], date(2025, 7, 1));
    assert_eq!((shown(&mapped.cells), mapped.unmapped.len()), (vec!["a 5".to_owned()], 1));
    assert_eq!(shown(&summed_up(&units, mapped.cells, date(2025, 7, 1))), ["a 5", "p 5"]);
}

#[test]
fn a_units_total_includes_everything_below_it() {
    let cells = || {
        let in_may = |unit: &str, value| cell("classes", unit, "2024-05", value);
        [in_may("77", 1), in_may("747", 2), in_may("26506", 4), in_may("26551", 8), in_may("26560", 16)]
    };
    let total = |on: Date, unit: &str| {
        let mapped = as_of(&UNITS, cells(), on);
        let summed = summed_up(&UNITS, mapped.cells, on);
        summed.iter().find(|cell| cell.key.unit.as_str() == unit).map(|cell| cell.value.to_string())
    };
    let of = |value: &str| Some(value.to_owned());
    assert_eq!(total(date(2022, 12, 23), "747"), of("6"));
    assert_eq!(total(date(2022, 12, 23), "748"), of("24"));
    assert_eq!(total(date(2022, 12, 23), "77"), of("31"));
    assert_eq!(total(date(2025, 1, 1), "26560"), of("24"));
    assert_eq!(total(date(2025, 7, 1), "26560-20250701"), of("24"));
    assert_eq!(total(date(2025, 7, 1), "748"), None, "the district level is gone");
    assert_eq!(total(date(2025, 7, 1), "747"), of("2"), "what was counted for a district itself stays under its name");
    assert_eq!(total(date(2025, 7, 1), "79"), of("31"), "and in the province's total");
}

/// Totals by measure and month.
fn totals(cells: &[Cell]) -> BTreeMap<(String, String), Decimal> {
    let mut totals: BTreeMap<_, Decimal> = BTreeMap::new();
    for cell in cells {
        *totals.entry((cell.key.measure.clone(), cell.key.month.clone())).or_default() += cell.value;
    }
    totals.retain(|_, value| !value.is_zero());
    totals
}

fn any_cells() -> impl Strategy<Value = Vec<Cell>> {
    let units: Vec<String> = UNITS.all().map(|unit| unit.id.to_string()).collect();
    let cell = (0..2_usize, 0..units.len(), 0..3_usize, -5..100_i64).prop_map(move |(measure, unit, month, value)| {
        cell(["classes", "taught"][measure], &units[unit], ["2023-01", "2025-02", "2025-08"][month], value)
    });
    proptest::collection::vec(cell, 0..40)
}

proptest! {
    #[test]
    fn totals_agree_before_and_after(cells in any_cells(), on in 0..DATES.len()) {
        let on = DATES[on];
        let mapped = as_of(&UNITS, cells.clone(), on);
        prop_assert_eq!(totals(&mapped.cells), totals(&cells));
        let in_force = UNITS.as_of(on);
        for cell in &mapped.cells {
            prop_assert_eq!(in_force.get(&cell.key.unit).is_none(), mapped.unmapped.contains(&cell.key.unit));
        }
        // Whatever is below the tops is in their totals; what is not in force has no top but itself.
        let tops = |cell: &&Cell| {
            let unit = UNITS.get(&cell.key.unit).unwrap();
            in_force.get(&unit.id).map_or(unit.parent.is_none(), |unit| in_force.parent(&unit.id).is_none())
        };
        let summed = summed_up(&UNITS, mapped.cells.clone(), on);
        let at_top: Vec<Cell> = summed.iter().filter(tops).cloned().collect();
        let loose = |cell: &&Cell| in_force.get(&cell.key.unit).is_none() && UNITS.get(&cell.key.unit).unwrap().parent.is_some();
        let without_any: Vec<Cell> = mapped.cells.iter().filter(loose).filter(|cell| {
            let above = UNITS.ancestors(&cell.key.unit);
            above.iter().all(|above| UNITS.successors_as_of(&above.id, on).is_empty())
        }).cloned().collect();
        prop_assert_eq!(totals(&[at_top, without_any].concat()), totals(&cells));
    }
}
