//! Whatever happens to records, the cells kept are those that the rows add up to, worked out here the slow way.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// Something that happens to one of a few records.
#[derive(Debug, Clone)]
enum Step {
    Create { number: u8, form: usize, unit: usize, answers: Answers },
    Edit { number: u8, answers: Answers },
    Withdraw { number: u8, withdrawn: bool },
    SameAs { number: u8, other: u8, same: bool },
    Annuls { number: u8, other: u8, annuls: bool },
    PutAgain { number: u8 },
    Remove { number: u8 },
}

/// What a form is filled with; each takes what it has fields for.
#[derive(Debug, Clone)]
struct Answers {
    key: Option<usize>,
    held_on: Option<usize>,
    people: Option<i64>,
    topic: Option<usize>,
}

const RECORDS: u8 = 9;
const FORMS: [&str; 3] = ["report", "idea", "class"];
const UNITS: [&str; 3] = ["26506", "26509", "79"];
const KEYS: [&str; 2] = ["2025-Q1", "2025-Q2"];
/// Two in a month, two months, the last day, and the day after the close.
const DATES: [&str; 5] = ["2025-03-10", "2025-03-31", "2025-04-01", "2025-12-31", "2026-01-01"];
const TOPICS: [&str; 2] = ["vneid", "dvc"];

fn answers() -> impl Strategy<Value = Answers> {
    let of = |count: usize| proptest::option::weighted(0.8, 0..count);
    let people = proptest::option::weighted(0.8, -1..4_i64);
    (of(KEYS.len()), of(DATES.len()), people, of(TOPICS.len())).prop_map(|(key, held_on, people, topic)| Answers {
        key,
        held_on,
        people,
        topic,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let number = || 1..=RECORDS;
    prop_oneof![
        4 => (number(), 0..FORMS.len(), 0..UNITS.len(), answers())
            .prop_map(|(number, form, unit, answers)| Step::Create { number, form, unit, answers }),
        3 => (number(), answers()).prop_map(|(number, answers)| Step::Edit { number, answers }),
        2 => (number(), any::<bool>()).prop_map(|(number, withdrawn)| Step::Withdraw { number, withdrawn }),
        3 => (number(), number(), proptest::bool::weighted(0.7))
            .prop_map(|(number, other, same)| Step::SameAs { number, other, same }),
        3 => (number(), number(), proptest::bool::weighted(0.7))
            .prop_map(|(number, other, annuls)| Step::Annuls { number, other, annuls }),
        1 => number().prop_map(|number| Step::PutAgain { number }),
        1 => number().prop_map(|number| Step::Remove { number }),
    ]
}

fn filled(form: &str, answers: &Answers) -> Value {
    let mut filled = json!({});
    let key = if form == "report" { "period" } else { "title" };
    if let Some(answer) = answers.key {
        filled[key] = json!(KEYS[answer]);
    }
    if let Some(answer) = answers.held_on.filter(|_| form != "idea") {
        filled["held_on"] = json!(DATES[answer]);
    }
    if let Some(answer) = answers.people {
        filled["people"] = json!(answer);
    }
    if let Some(answer) = answers.topic.filter(|_| form == "class") {
        filled["topic"] = json!(TOPICS[answer]);
    }
    filled
}

/// What is known after a step: the row to put, or that one is to go. A record belongs to one form and unit for ever.
fn take(step: &Step, rows: &mut BTreeMap<RecordId, Row>, born: &mut BTreeMap<u8, (usize, usize)>) -> u8 {
    let mark = |list: &mut Vec<RecordId>, other: u8, on: bool| {
        let others: BTreeSet<RecordId> = list.drain(..).filter(|known| *known != record(other)).collect();
        list.extend(others.into_iter().chain(on.then(|| record(other))));
        list.sort();
    };
    match step {
        Step::Create { number, form, unit, answers } => {
            let (form, unit) = *born.entry(*number).or_insert((*form, *unit));
            let new = row(*number, FORMS[form], UNITS[unit], filled(FORMS[form], answers));
            rows.entry(record(*number)).or_insert(new);
            *number
        }
        Step::Edit { number, answers } => {
            if let Some(known) = rows.get_mut(&record(*number)) {
                let edited =
                    row(*number, known.form.as_str(), known.unit.as_str(), filled(known.form.as_str(), answers));
                (known.answers, known.issues) = (edited.answers, edited.issues);
            }
            *number
        }
        Step::Withdraw { number, withdrawn } => {
            if let Some(known) = rows.get_mut(&record(*number)) {
                known.withdrawn = withdrawn.then(|| "Nhập nhầm".into());
            }
            *number
        }
        Step::SameAs { number, other, same } => {
            if let Some(known) = rows.get_mut(&record(*number)) {
                mark(&mut known.same_as, *other, *same);
            }
            *number
        }
        Step::Annuls { number, other, annuls } => {
            if let Some(known) = rows.get_mut(&record(*number)) {
                mark(&mut known.annuls, *other, *annuls);
            }
            *number
        }
        Step::PutAgain { number } => *number,
        Step::Remove { number } => {
            rows.remove(&record(*number));
            *number
        }
    }
}

/// Measure, unit, month, dimension, code.
type Name = (String, String, String, String, String);

/// The records annulled: the least set in which a record stands if each that annuls it is annulled by one that stands.
fn annulled(rows: &BTreeMap<RecordId, Row>) -> BTreeSet<RecordId> {
    let annuls = |by: &Row, row: &Row| {
        by.record != row.record
            && by.withdrawn.is_none()
            && by.annuls.contains(&row.record)
            && (&by.form, &by.unit) == (&row.form, &row.unit)
    };
    let mut stand: BTreeSet<RecordId> = BTreeSet::new();
    loop {
        let defeated = |row: &Row| rows.values().any(|by| stand.contains(&by.record) && annuls(by, row));
        let next: BTreeSet<RecordId> = rows
            .values()
            .filter(|row| rows.values().filter(|by| annuls(by, row)).all(defeated))
            .map(|row| row.record)
            .collect();
        if next == stand {
            return rows.values().filter(|row| defeated(row)).map(|row| row.record).collect();
        }
        stand = next;
    }
}

/// For each record the lowest that it is one with, by looking at every pair until nothing changes.
fn components(rows: &BTreeMap<RecordId, Row>) -> BTreeMap<RecordId, RecordId> {
    let key = |row: &Row| match row.form.as_str() {
        "report" => Some((row.unit.to_string(), row.answers.iter().find(|(id, _)| id.as_str() == "period")?.1.clone())),
        "idea" => Some((String::new(), row.answers.iter().find(|(id, _)| id.as_str() == "title")?.1.clone())),
        _ => None,
    };
    let one = |a: &Row, b: &Row| {
        let linked = a.same_as.contains(&b.record)
            || b.same_as.contains(&a.record)
            || a.same_as.iter().any(|third| b.same_as.contains(third));
        (linked && (&a.form, &a.unit) == (&b.form, &b.unit))
            || (a.form == b.form && key(a).is_some() && key(a) == key(b))
    };
    let mut lowest: BTreeMap<RecordId, RecordId> = rows.keys().map(|id| (*id, *id)).collect();
    loop {
        let before = lowest.clone();
        for a in rows.values() {
            for b in rows.values().filter(|b| one(a, b)) {
                let low = lowest[&a.record].min(lowest[&b.record]);
                lowest.insert(a.record, low);
                lowest.insert(b.record, low);
            }
        }
        if lowest == before {
            return lowest;
        }
    }
}

/// The records that count.
fn counted(rows: &BTreeMap<RecordId, Row>) -> BTreeSet<RecordId> {
    let (annulled, components) = (annulled(rows), components(rows));
    let mut counted: BTreeMap<RecordId, RecordId> = BTreeMap::new();
    for (id, row) in rows {
        let date =
            row.answers.iter().find(|(field, _)| field.as_str() == "held_on").and_then(|(_, date)| date.as_str());
        if row.withdrawn.is_none() && !annulled.contains(id) && date.is_none_or(|date| date <= "2025-12-31") {
            counted.entry(components[id]).or_insert(*id);
        }
    }
    counted.into_values().collect()
}

fn cells(rows: &BTreeMap<RecordId, Row>) -> BTreeMap<Name, i64> {
    let mut cells: BTreeMap<Name, i64> = BTreeMap::new();
    for row in counted(rows).iter().map(|id| &rows[id]) {
        let answers: BTreeMap<&str, &Value> = row.answers.iter().map(|(id, value)| (id.as_str(), value)).collect();
        let people = answers.get("people").map_or(0, |people| people.as_i64().unwrap());
        let month = answers.get("held_on").map_or("2025-03", |date| &date.as_str().unwrap()[..7]);
        let mut add = |measure: &str, value: i64, topic: bool| {
            let mut put = |dimension: &str, code: &str| {
                let [measure, unit, month, dimension, code] =
                    [measure, row.unit.as_str(), month, dimension, code].map(str::to_owned);
                *cells.entry((measure, unit, month, dimension, code)).or_default() += value;
            };
            put("", "");
            if let Some(code) = answers.get("topic").filter(|_| topic) {
                put("topic", code.as_str().unwrap());
            }
        };
        match row.form.as_str() {
            "report" => {
                add("reports", 1, false);
                add("reported", people, false);
            }
            "idea" => add("ideas", 1, false),
            _ => {
                add("classes", 1, true);
                if answers.contains_key("people") && people > 1 {
                    add("taught", people, true);
                }
            }
        }
    }
    cells.retain(|_, value| *value != 0);
    cells
}

fn kept_cells(store: &MemoryStore) -> BTreeMap<Name, i64> {
    let cells = Projection::cells(store, None).unwrap().into_iter();
    cells
        .map(|Cell { key, value }| {
            let name = (key.measure, key.unit.to_string(), key.month, key.dimension, key.code);
            (name, value.to_string().parse().unwrap())
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    /// The history comes in batches of one or more steps; after each the cells are those of the rows, and at the end
    /// everything kept is what putting the last rows into an empty store keeps, in either order.
    #[test]
    fn cells_equal_a_recomputation(history in proptest::collection::vec((step(), proptest::bool::weighted(0.6)), 1..60)) {
        let campaign = campaign();
        let (mut store, mut rows, mut born) = (MemoryStore::new(), BTreeMap::new(), BTreeMap::new());
        let mut touched: BTreeSet<u8> = BTreeSet::new();
        let last = history.len() - 1;
        for (at, (step, ends_batch)) in history.iter().enumerate() {
            touched.insert(take(step, &mut rows, &mut born));
            if !ends_batch && at != last {
                continue;
            }
            let mut overlay = Overlay::new(&store);
            let (here, gone): (Vec<u8>, Vec<u8>) = std::mem::take(&mut touched).into_iter().partition(|n| rows.contains_key(&record(*n)));
            for number in gone {
                Projection::remove(&mut overlay, &campaign, record(number)).unwrap();
            }
            Projection::put(&mut overlay, &campaign, here.iter().map(|number| &rows[&record(*number)])).unwrap();
            let batch = overlay.into_batch();
            pollster::block_on(store.commit(batch)).unwrap();
            prop_assert_eq!(kept_cells(&store), cells(&rows));
        }
        let standing = |id: &RecordId| Projection::standing(&store, &campaign, *id).unwrap();
        let counting: BTreeSet<RecordId> = rows.keys().filter(|id| standing(id) == Some(Standing::Counted)).copied().collect();
        prop_assert_eq!(counting, counted(&rows));
        let (mut at_once, mut one_by_one) = (MemoryStore::new(), MemoryStore::new());
        put(&mut at_once, &rows.values().collect::<Vec<_>>());
        for row in rows.values().rev() {
            put(&mut one_by_one, &[row]);
        }
        prop_assert_eq!(kept(&at_once), kept(&store));
        prop_assert_eq!(kept(&one_by_one), kept(&store));
    }
}
