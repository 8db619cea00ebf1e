//! Campaign files: whatever text is given, it is read or its errors are told, in bounded time; what is read judges a
//! record in bounded time too.

use dongbo_core::{
    campaign::Campaign,
    record::{Record, read_row},
};
use serde_json::{Map, Value, json};

use super::{input::Input, samples::chunks};
use crate::golden::campaign;

/// A text as it is, or, where the first byte is odd, the samples' campaign changed in a few places.
///
/// # Panics
/// With "finding" if a campaign is not read twice the same.
pub fn run(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let text = if first % 2 == 1 { composed(&mut Input(rest)) } else { String::from_utf8_lossy(rest).into_owned() };
    let campaign = match Campaign::parse(&text) {
        Ok(campaign) => campaign,
        Err(errors) => return assert!(!errors.to_string().is_empty(), "finding: a campaign refused without a reason"),
    };
    let again = Campaign::parse(campaign.json()).expect("finding: a campaign that was read is not read again");
    let forms = |campaign: &Campaign| format!("{:?}", campaign.forms());
    assert_eq!(forms(&again), forms(&campaign), "finding: read again, a campaign has other forms");
    for form in campaign.forms() {
        read_row(&record(), Some((&campaign, form))).expect("finding: a record is not read under this campaign");
    }
}

/// The sample record.
fn record() -> Record {
    static RECORD: std::sync::OnceLock<Record> = std::sync::OnceLock::new();
    let replay = || {
        let change = dongbo_core::change::read_chunk(&chunks()[0]).expect("a committed sample is read");
        let origin = dongbo_core::record::Origin::of(&change).expect("a committed sample begins a record");
        Record::replay(origin.record(), chunks().iter().map(Vec::as_slice)).expect("the sample record opens")
    };
    RECORD.get_or_init(replay).clone()
}

/// The samples' campaign with up to eight places changed.
fn composed(input: &mut Input<'_>) -> String {
    let mut value: Value = serde_json::from_str(campaign().json()).expect("the samples' campaign is JSON");
    for _ in 0..=input.below(8) {
        change(input, &mut value);
    }
    value.to_string()
}

/// Walks down to some place and changes it.
fn change(input: &mut Input<'_>, value: &mut Value) {
    if input.one_in(5) {
        *value = new_value(input);
        return;
    }
    match value {
        Value::Object(map) => change_object(input, map),
        Value::Array(items) if items.is_empty() => items.push(new_value(input)),
        Value::Array(items) => {
            let at = usize::from(input.byte()) % items.len();
            match input.below(8) {
                0 => _ = items.remove(at),
                1 => items.push(items[at].clone()),
                _ => change(input, &mut items[at]),
            }
        }
        _ => *value = new_value(input),
    }
}

fn change_object(input: &mut Input<'_>, map: &mut Map<String, Value>) {
    const KEYS: [&str; 20] = [
        "constraints",
        "relevant",
        "pattern",
        "min",
        "max",
        "required",
        "personal",
        "hint",
        "unique",
        "write_once",
        "filter",
        "dimensions",
        "closes_on",
        "indicators",
        "extensions",
        "field",
        "list",
        "form",
        "title_field",
        "subject_heads",
    ];
    let keys: Vec<String> = map.keys().cloned().collect();
    match input.below(8) {
        0 => {
            // A rule is where an author has the most freedom.
            let text = json!({"vi": "a", "en": "a"});
            map.insert("constraints".into(), json!([{"expression": expression(input), "message": text}]));
        }
        1 => _ = map.insert((*input.pick(&KEYS)).to_owned(), new_value(input)),
        2 if !keys.is_empty() => _ = map.remove(&keys[usize::from(input.byte()) % keys.len()]),
        3 => _ = map.insert("pattern".into(), Value::String(pattern(input))),
        4 => _ = map.insert("relevant".into(), Value::String(expression(input))),
        _ if keys.is_empty() => {}
        _ => {
            let key = &keys[usize::from(input.byte()) % keys.len()];
            change(input, map.entry(key.clone()).or_insert(Value::Null));
        }
    }
}

fn new_value(input: &mut Input<'_>) -> Value {
    match input.below(12) {
        0 => Value::Null,
        1 => json!(input.one_in(2)),
        2 => json!(input.number()),
        3 => json!(f64::from_bits(input.number())),
        4 => json!([]),
        5 => json!({}),
        6 => json!({"vi": "a", "en": "b"}),
        7 => json!([{"expression": expression(input), "message": {"vi": "a", "en": "b"}}]),
        8 => json!({"id": "x1", "kind": *input.pick(&KINDS), "label": {"vi": "a", "en": "b"}}),
        9 => json!(expression(input)),
        10 => json!(*input.pick(&[
            "name",
            "notes",
            "tanks",
            "tanks/litres",
            "visit",
            "sources",
            "own",
            "campaign",
            "*",
            "2023-02-30"
        ])),
        _ => {
            let length = usize::from(input.byte() % 64);
            Value::String(String::from_utf8_lossy(input.take(length)).into_owned())
        }
    }
}

const KINDS: [&str; 14] = [
    "text",
    "paragraph",
    "integer",
    "decimal",
    "boolean",
    "date",
    "datetime",
    "choice",
    "choices",
    "geopoint",
    "counter",
    "reference",
    "attachments",
    "group",
];

/// Up to a thousand bytes of expression language, most of it nearly right.
fn expression(input: &mut Input<'_>) -> String {
    const WORDS: [&str; 48] = [
        "name",
        "notes",
        "people",
        "income",
        "poor",
        "visited_on",
        "left_at",
        "sources",
        "tanks",
        "reached",
        "t",
        "t.litres",
        "(",
        ")",
        "[",
        "]",
        ".",
        ",",
        "!",
        "-",
        " + ",
        " * ",
        " / ",
        " % ",
        " == ",
        " < ",
        " >= ",
        " && ",
        " || ",
        " in ",
        " ? ",
        " : ",
        "1",
        "-9223372036854775808",
        "9223372036854775807",
        "1e308",
        "'a'",
        "''",
        "null",
        "true",
        "size(",
        "sum(",
        "answered(",
        "days_between(",
        "tanks.map(t, ",
        "tanks.filter(t, ",
        "tanks.all(t, ",
        "name.matches(",
    ];
    const WHOLE: [&str; 8] = [
        "name.matches('(a|a)*$')",
        "tanks.all(t, tanks.all(u, u.litres >= t.litres))",
        "people + 9223372036854775807 > 0",
        "people / 0 == 1",
        "sum(tanks.map(t, t.litres)) < 20000",
        "days_between(visited_on, '9999-12-31') > 0",
        "int(income) == -1",
        "string(people) == name",
    ];
    if input.one_in(4) {
        return (*input.pick(&WHOLE)).to_owned();
    }
    let repeat = if input.one_in(8) { 1 + usize::from(input.byte()) } else { 1 };
    let words: String = (0..=input.below(16)).map(|_| *input.pick(&WORDS)).collect();
    words.repeat(repeat)
}

/// A regular expression, the kinds that grow when compiled among them.
fn pattern(input: &mut Input<'_>) -> String {
    const PARTS: [&str; 16] =
        ["a", "[^a]", "\\p{L}", "\\w", ".", "(", ")", "*", "+", "?", "{9}", "{99,}", "|", "\\b", "(?i)", "[a-z&&[^b]]"];
    (0..=input.below(24)).map(|_| *input.pick(&PARTS)).collect()
}
