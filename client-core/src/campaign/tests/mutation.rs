//! No text and no answers make the reader or the checks panic.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::{super::Campaign, example};

/// Cuts, doubled parts, replaced characters and swapped words.
fn mutated() -> impl Strategy<Value = String> {
    let edit = (any::<prop::sample::Index>(), 0usize..40, "[\\PC\"{}\\[\\]:,()!=.0-9a-z]{0,6}");
    prop::collection::vec(edit, 1..4).prop_map(|edits| {
        let mut text: Vec<char> = example().chars().collect();
        for (at, length, put) in edits {
            let at = at.index(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, put.chars());
        }
        text.into_iter().collect()
    })
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "[0-9. -]{0,12}".prop_map(Value::from),
        Just(Value::from("2024-05-06")),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("id|name|litres|kind|[a-z]{1,4}", inner, 0..5)
                .prop_map(|map| Value::from(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Pieces of the expression language in any order, with some noise.
fn condition() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "name",
            "sources",
            "tanks",
            "visited_on",
            "t",
            ".map(",
            ".all(",
            ".filter(",
            "has(",
            "sum(",
            "answered(",
            "size(",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            ",",
            ".",
            "?",
            ":",
            "!",
            "-",
            "+",
            "*",
            "/",
            "%",
            "&&",
            "||",
            "==",
            "<",
            ">=",
            " in ",
            "'a'",
            "\"\"",
            "r'\\'",
            "b'x'",
            "1",
            "0x",
            "1e",
            "9223372036854775808",
            "1u",
            "2.5",
            "null",
            "true",
            "`",
            "'",
            "\\u",
            "//",
            "\n",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_campaign_is_read_or_refused_with_a_place(text in mutated()) {
        if let Err(errors) = Campaign::parse(&text) {
            prop_assert!(!errors.as_slice().is_empty());
            for error in errors.as_slice() {
                prop_assert!(error.line >= 1 && error.line <= text.lines().count().max(1) + 1, "{}", error);
            }
        }
    }

    #[test]
    fn any_condition_is_compiled_or_refused(source in condition()) {
        let quoted = serde_json::to_string(&source).unwrap();
        let text = example().replace("\"'rain' in sources\",\n          \"constraints\"", &format!("{quoted},\n\"constraints\""));
        prop_assert_ne!(&text, example());
        if let Ok(campaign) = Campaign::parse(&text) {
            for form in campaign.forms() {
                form.issues(&BTreeMap::new(), &campaign);
            }
        }
    }

    #[test]
    fn any_answers_can_be_checked(values in prop::collection::vec(json(), 12)) {
        let campaign = Campaign::parse(example()).unwrap();
        for form in campaign.forms() {
            let answers: BTreeMap<_, _> =
                form.fields.iter().zip(&values).map(|(field, value)| (field.id.clone(), value.clone())).collect();
            form.issues(&answers, &campaign);
        }
    }
}
