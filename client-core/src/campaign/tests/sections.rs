//! Mistakes in figures, deadlines, award rounds, period reports and open data, each at the place where it is.

use super::errors::check_in;

const CAMPAIGN: &str = include_str!("../../plan/tests/campaign.json");

#[test]
fn every_mistake_is_reported_where_it_is() {
    for (part, replacement, expected) in [
        ("\"levels\": [\"commune\"], \"due\"", "\"levels\": [¦7], \"due\"", "wrong_type: expected text"),
        ("\"due\": \"2025-12-31\"", "\"due\": ¦\"31/12/2025\"", "invalid_value: not a date such as 2025-12-31"),
        ("\"form\": \"figure\"", "\"form\": ¦\"figures\"", "unknown_reference: there is no form \"figures\""),
        (
            "\"numerator\": \"numerator\"",
            "\"numerator\": ¦\"tu_so\"",
            "unknown_reference: the form \"figure\" has no field \"tu_so\"",
        ),
        (
            "\"denominator\": \"denominator\"",
            "\"denominator\": ¦\"met\"",
            "invalid_value: \"met\" is of kind boolean, expected decimal or integer or counter",
        ),
        (
            "\"month\": 12, \"day\": 20",
            "\"month\": 2, \"day\": 30",
            "invalid_value: there is no such day in every one of these years",
        ),
        ("\"until_year\": 2025", "\"until_year\": 2022", "invalid_value: \"until_year\" is before \"from_year\""),
        ("{\"on\": \"2023-03-31\"}", "{\"on\": ¦\"quý I\"}", "invalid_value: not a date such as 2025-12-31"),
        ("{\"levels\": [\"district\"]}", "¦{\"levels\": []}", "invalid_value: name at least one level or unit"),
        ("\"kind == 'yearly'\"", "¦\"loai == 'yearly'\"", "expression: "),
        (
            "\"period\": \"period_to\"",
            "\"period\": ¦\"kind\"",
            "invalid_value: \"kind\" is of kind choice, expected date",
        ),
        ("\"code\": \"HAN.DK\"", "\"code\": ¦\"HAN.NAM\"", "duplicate_id: \"HAN.NAM\" was given before"),
        (
            "\"steps\": [\"vote\", ",
            "\"steps\": [¦\"planting\", \"vote\", ",
            "invalid_value: the form \"planting\" is not write_once, so it cannot be a step",
        ),
        (
            "\"steps\": [\"vote\", ",
            "\"steps\": [¦\"report\", \"vote\", ",
            "invalid_value: the form \"report\" has no text field subject_heads, so it cannot be a step",
        ),
        ("\"before\": \"submission\"", "\"before\": ¦\"paper\"", "unknown_reference: \"paper\" is not among the steps"),
        (
            "\"subject\": \"subject\"",
            "\"subject\": ¦\"category\"",
            "invalid_value: the choices of \"category\" lack \"collective\"",
        ),
        (
            "\"granted\": \"granted\"",
            "\"granted\": ¦\"nomination\"",
            "invalid_value: \"nomination\" is of kind reference",
        ),
        (
            "\"override\": \"override_reason\"",
            "\"because\": \"override_reason\"",
            "missing_key: \"override\" is missing",
        ),
        (
            "\"code\": \"D25\", \"label\": {\"vi\": \"Tổng kết 2025\"",
            "\"code\": ¦\"D23\", \"label\": {\"vi\": \"Tổng kết 2025\"",
            "duplicate_id: \"D23\" was given before",
        ),
        (
            "\"from\": \"2023-10-01\", \"to\": \"2023-12-31\"",
            "\"from\": \"2023-12-31\", \"to\": \"2023-10-01\"",
            "invalid_value: \"to\" is before \"from\"",
        ),
        ("\"collective\": 1,", "\"collective\": ¦-1,", "invalid_value: -1 is not a whole number above 0"),
        (
            "\"figures\": \"figures\"",
            "\"figures\": ¦\"kind\"",
            "invalid_value: \"kind\" is of kind choice, expected group",
        ),
        (
            "\"forms\": [\"planting\"]",
            "\"forms\": [¦\"plantings\"]",
            "unknown_reference: there is no form \"plantings\"",
        ),
        ("\"measures\": [\"trees\"]", "\"measures\": [¦\"tres\"]", "unknown_reference: there is no measure \"tres\""),
        ("\"prefill\": true", "\"prefill\": ¦1", "wrong_type: expected true or false, found a number"),
    ] {
        check_in(CAMPAIGN, part, replacement, expected);
    }
}
