//! Every stable code that can reach a person is put into words. The codes are read from the sources that make them, so
//! that a new one without words fails here.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use std::collections::BTreeSet;

use dongbo_core::wording;

/// The `code` functions of the core's and the hub's errors.
const OF_FUNCTIONS: [&str; 7] = [
    include_str!("../../client-core/src/replica/error.rs"),
    include_str!("../../client-core/src/transport/error.rs"),
    include_str!("../../client-core/src/change/bundle.rs"),
    include_str!("../../client-core/src/judged.rs"),
    include_str!("../../client-core/src/vault/error.rs"),
    include_str!("../../client-core/src/record/document.rs"),
    include_str!("../../server/src/hub/error.rs"),
];

/// Sources with calls whose argument is a code.
const OF_CALLS: [(&str, &str); 28] = [
    ("refuse(", include_str!("../../server/src/hub/admission.rs")),
    ("Refusal::new(", include_str!("../../server/src/hub/admission.rs")),
    ("refuse(", include_str!("../../client-core/src/replica/incoming/bundle.rs")),
    ("AppError::Request(", include_str!("../../server/src/http/api.rs")),
    ("AppError::Request(", include_str!("../../server/src/http/body.rs")),
    ("AppError::Request(", include_str!("../../server/src/http/device.rs")),
    ("AppError::Request(", include_str!("../../server/src/http/layers.rs")),
    ("AppError::Request(", include_str!("../../server/src/http/live.rs")),
    ("of_code", include_str!("../../mobile-bindings/src/error.rs")),
    ("of_code", include_str!("../../mobile-bindings/src/folder.rs")),
    ("of_code", include_str!("../../mobile-bindings/src/phone.rs")),
    ("of_code", include_str!("../../mobile-bindings/src/record.rs")),
    ("of_code", include_str!("../../mobile-bindings/src/worker.rs")),
    ("of_code", include_str!("../../mobile-bindings/src/replica/drafts.rs")),
    ("of_code", include_str!("../../mobile-bindings/src/replica/ending.rs")),
    ("of_code", include_str!("../../mobile-bindings/src/replica/figures.rs")),
    ("of_code", include_str!("../../mobile-bindings/src/replica/forms.rs")),
    ("of_code", include_str!("../../mobile-bindings/src/replica/shared.rs")),
    ("of_code", include_str!("../../mobile-bindings/src/replica/syncing.rs")),
    ("of_code", include_str!("../../web/core/src/answer.rs")),
    ("of_code", include_str!("../../web/core/src/app.rs")),
    ("of_code", include_str!("../../web/core/src/people.rs")),
    ("named(", include_str!("../../web/core/src/people.rs")),
    ("of_code", include_str!("../../web/core/src/session.rs")),
    ("of_code", include_str!("../../web/core/src/session/ending.rs")),
    ("of_code", include_str!("../../web/core/src/session/carried.rs")),
    ("of_code", include_str!("../../web/core/src/session/reading.rs")),
    ("of_code", include_str!("../../web/core/src/session/saving.rs")),
];

/// The words of the web page for when there is no core to ask for them.
const OF_PAGE: &str = include_str!("../../web/src/core/problem.ts");

/// Codes that other parts of an app give: the lock of a device, its bindings, the hub's router.
const OTHERS: &str = "wrong_pin pin_wait pin_needed invalid_pin key_manager vault_corrupt vault_newer not_recoverable \
    reset_refused wrong_key paused closed revoked wiped too_large panic offline busy failed overloaded not_found \
    method_not_allowed depends needs_approval";

/// Texts in quotes that look like a code.
fn quoted(source: &str) -> impl Iterator<Item = &str> {
    let is_code = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    source.split('"').skip(1).step_by(2).filter(is_code)
}

fn codes() -> BTreeSet<&'static str> {
    let mut codes: BTreeSet<&str> = OTHERS.split_whitespace().collect();
    for source in OF_FUNCTIONS {
        let (_, function) = source.split_once("pub fn code(").unwrap();
        let (function, _) = function.split_once("\n    }\n").unwrap();
        let found: Vec<&str> = quoted(function).collect();
        assert!(!found.is_empty());
        codes.extend(found);
    }
    for (call, source) in OF_CALLS {
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        for arguments in source.split(call).skip(1) {
            let arguments = arguments.split([';', '{']).next().unwrap_or_default();
            codes.extend(quoted(arguments).next());
        }
    }
    codes
}

#[test]
fn every_code_has_words() {
    let codes = codes();
    assert!(codes.len() > 70, "{codes:?}");
    let wordless: Vec<&&str> = codes.iter().filter(|code| wording::of(code).is_none()).collect();
    assert!(wordless.is_empty(), "put into words in client-core/src/wording/table.rs: {wordless:?}");
}

#[test]
fn the_web_page_says_the_same_where_it_speaks_for_itself() {
    let (_, words) = OF_PAGE.split_once("const WORDS = {").unwrap();
    let (words, _) = words.split_once("} satisfies").unwrap();
    let entries: Vec<&str> = words.split("  },\n").filter(|entry| !entry.trim().is_empty()).collect();
    assert!(entries.len() >= 5);
    for entry in entries {
        let (code, texts) = entry.trim().split_once(": {").unwrap();
        let wording = wording::of(code).unwrap_or_else(|| panic!("no words for {code}"));
        for text in [wording.vi, wording.en] {
            assert!(texts.contains(&format!("\"{text}\"")), "{code}: {text}");
        }
    }
}
