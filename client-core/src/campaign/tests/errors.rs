//! Every kind of error, at the place where it is.

use super::{super::Campaign, example};
use crate::limits::{CAMPAIGN_BYTES_MAX, FORM_FIELDS_MAX};

/// Where the error is expected.
const HERE: char = '¦';

/// Replaces one part of the example and expects exactly this error at the mark.
fn check(part: &str, replacement: &str, expected: &str) {
    check_in(example(), part, replacement, expected);
}

/// Replaces the first occurrence of a part and expects exactly this error at the mark; without a mark, anywhere.
pub(super) fn check_in(campaign: &str, part: &str, replacement: &str, expected: &str) {
    assert!(campaign.contains(part), "{part} must occur");
    let marked = campaign.replacen(part, replacement, 1);
    if !marked.contains(HERE) {
        let errors = Campaign::parse(&marked).unwrap_err().to_string();
        assert!(errors.contains(expected), "expected {expected}\nfound {errors}");
        return;
    }
    let (before, _) = marked.split_once(HERE).unwrap_or_else(|| panic!("no mark in {replacement}"));
    let line = before.lines().count().max(1);
    let column = before.lines().last().map_or(0, |last| last.chars().count()) + 1;
    let errors = Campaign::parse(&marked.replace(HERE, "")).unwrap_err().to_string();
    let expected = format!("{line}:{column}: {expected}");
    assert!(errors.lines().any(|error| error.starts_with(&expected)), "expected {expected}\nfound {errors}");
    assert_eq!(errors.lines().count(), 1, "one mistake, one error: {errors}");
}

#[test]
fn every_mistake_is_reported_where_it_is() {
    for (part, replacement, expected) in [
        ("\"version\": 3,", "\"version\": 3,¦,", "syntax: "),
        ("\"version\": 3,", "\"version\": 3, ¦// third", "syntax: Comments are not allowed"),
        ("\"format\": 1", "\"format\": ¦2", "unsupported_format: this program reads format 1 only"),
        ("{\n  \"format\"", "¦{\n  \"foramt\"", "missing_key: \"format\" is missing"),
        ("\"version\": 3", "\"version\": ¦\"3\"", "wrong_type: expected a whole number, found text"),
        ("\"version\": 3", "\"version\": ¦0", "invalid_value: 0 is not a whole number above 0"),
        ("\"version\": 3", "\"version\": 3, ¦\"version\": 4", "duplicate_key: \"version\" is given twice"),
        ("\"version\": 3", "\"version\": 3, ¦\"versoin\": 4", "unknown_key: \"versoin\" is not known here"),
        ("\"clean-water\"", "¦\"Nước sạch\"", "invalid_value: \"Nước sạch\" is not a valid CampaignId"),
        ("\"Asia/Ho_Chi_Minh\"", "¦\"Asia/Atlantis\"", "invalid_value: not an IANA time zone"),
        ("\"2030-12-31\"", "¦\"31/12/2030\"", "invalid_value: not a date such as 2025-12-31"),
        ("{\"vi\": \"Kế hoạch số 1\", ", "¦{", "missing_key: \"vi\" is missing"),
        ("\"Plan number 1\"", "¦\"  \"", "invalid_value: the text is empty"),
        ("\"Plan number 1\"", "¦\"Ke\\u0302\\u0301\"", "invalid_value: the text is not in Unicode NFC"),
        ("\"code\": \"rain\"", "\"code\": ¦\"well\"", "duplicate_id: the choice well was given before"),
        ("\"list\": \"sources\"", "\"list\": ¦\"springs\"", "unknown_reference: there is no choice list \"springs\""),
        ("\"form\": \"visit\"}", "\"form\": ¦\"vist\"}", "unknown_reference: there is no form \"vist\""),
        (
            "\"title_field\": \"name\"",
            "\"title_field\": ¦\"nmae\"",
            "unknown_reference: this form has no field \"nmae\"",
        ),
        ("\"date_field\": \"visited_on\"", "\"date_field\": ¦\"name\"", "invalid_value: \"name\" is neither a date"),
        ("\"fields\": [\"name\",", "\"fields\": [¦\"nmae\",", "unknown_reference: this form has no field \"nmae\""),
        ("\"kind\": \"paragraph\"", "\"kind\": ¦\"essay\"", "invalid_value: \"essay\" is not a kind of field"),
        ("\"min\": \"2024-01-01\"", "\"min\": ¦2024", "wrong_type: expected text, found a number"),
        ("\"min\": \"2024-01-01\"", "\"min\": ¦\"2024-02-30\"", "invalid_value: \"2024-02-30\" is not a date"),
        ("\"max\": 100", "\"min\": 101, \"max\": ¦100", "invalid_value: \"max\" is below \"min\""),
        ("\"max\": 100", "\"list\": ¦\"sources\"", "misplaced: a field of kind text has no \"list\""),
        ("\"max\": 100", "¦\"maximum\": 100", "unknown_key: \"maximum\" is not known here"),
        (
            "\"id\": \"code\", \"kind\"",
            "\"id\": ¦\"litres\", \"kind\"",
            "duplicate_id: the field \"litres\" was given before",
        ),
        (
            "\"kind\": \"text\", \"label\": {\"vi\": \"Mã\"",
            "\"kind\": ¦\"group\", \"label\": {\"vi\": \"Mã\"",
            "misplaced: a group cannot be inside a group",
        ),
        ("\"[A-Z]{2}[0-9]+\"", "¦\"(?=A)\"", "invalid_value: \"(?=A)\" is not a regular expression"),
        ("\"[A-Z]{2}[0-9]+\"", "¦\"((a{999}){999}){999}\"", "invalid_value: "),
        (
            "\"'rain' in sources\",\n          \"constraints\"",
            "¦\"'rain' in source\",\n          \"constraints\"",
            "expression: there is no field \"source\" here",
        ),
        ("\"approved || answered(reason)\"", "¦\"approved ||\"", "expression: not a valid expression"),
        (
            "\"sum(tanks.map(t, t.litres)) <= 20000\"",
            "¦\"sum(tanks.map(t, t.liters)) <= 20000\"",
            "expression: there is no field \"liters\" in the group that \"t\" runs over",
        ),
        (
            "{\"with_unit\": true, \"fields\": [\"name\", \"visited_on\"]}",
            "¦{}",
            "invalid_value: name at least the unit",
        ),
        ("\"id\": \"code\", \"kind\"", "\"id\": ¦\"while\", \"kind\"", "invalid_value: \"while\" cannot name a field"),
        ("\"op\": \"gte\"", "\"op\": ¦\"eq\"", "invalid_value: \"eq\" is not one of gte, gt, between, qualitative"),
        ("\"code\": \"NS-2\"", "\"code\": ¦\"NS-1\"", "duplicate_id: \"NS-1\" was given before"),
        (
            "\"approval\": {\"read\": \"own\"}",
            "¦\"aproval\": {\"read\": \"own\"}",
            "unknown_reference: there is no form \"aproval\"",
        ),
        (
            "\"approvals\": \"subtree\"",
            "\"approvals\": ¦\"all\"",
            "invalid_value: \"all\" is not one of none, own, subtree, campaign",
        ),
        (
            "\"dimensions\": [\"sources\"]",
            "\"dimensions\": [¦\"name\"]",
            "invalid_value: \"name\" is of kind text, expected a choice",
        ),
        ("[\"sources\"]", "[¦\"tanks/code\"]", "invalid_value: \"tanks/code\" is of kind text"),
        (
            "\"tanks/litres\"",
            "¦\"tanks/liters\"",
            "unknown_reference: the form \"visit\" has no field \"tanks/liters\"",
        ),
        ("\"tanks/litres\"", "¦\"tanks/code\"", "invalid_value: \"tanks/code\" is of kind text"),
        ("\"filter\": \"'rain' in sources\"", "\"filter\": ¦\"rain\"", "expression: there is no field \"rain\" here"),
        ("{\"dashboard\": {\"colour\": \"blue\"}}", "¦[]", "wrong_type: expected an object, found an array"),
    ] {
        check(part, replacement, expected);
    }
}

#[test]
fn all_errors_are_collected_in_the_order_of_the_text() {
    let text = "{\n  \"format\": 1,\n  \"id\": \"Ä\",\n  \"name\": {\"vi\": \"Tên\"}, \"extra\": 0\n}";
    let errors = Campaign::parse(text).unwrap_err();
    let places: Vec<_> = errors.as_slice().iter().map(|e| (e.line, e.column, e.code.as_str())).collect();
    assert_eq!(
        places,
        [
            (1, 1, "missing_key"),
            (1, 1, "missing_key"),
            (1, 1, "missing_key"),
            (3, 9, "invalid_value"),
            (4, 11, "missing_key"),
            (4, 26, "unknown_key"),
        ],
        "{errors}"
    );
}

#[test]
fn limits_hold() {
    let first = |text: &str| Campaign::parse(text).unwrap_err().as_slice()[0].to_string();
    assert!(first(&" ".repeat(CAMPAIGN_BYTES_MAX + 1)).starts_with("1:1: too_large"));
    assert!(first("").starts_with("1:1: syntax: the text is empty"));
    assert!(first(&"[".repeat(100_000)).contains("syntax"));
    let field = "{\"id\": \"visited_on\", ";
    let fields: String = (0..FORM_FIELDS_MAX)
        .map(|n| format!("{{\"id\": \"f{n}\", \"kind\": \"boolean\", \"label\": {{\"vi\": \"a\", \"en\": \"a\"}}}},"))
        .collect();
    let error = first(&example().replace(field, &format!("{fields}{field}")));
    assert!(error.contains("too_large: the form has 206 fields; at most 200 are allowed"), "{error}");
}
