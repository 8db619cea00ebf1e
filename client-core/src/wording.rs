//! What people are told: one sentence or two for each stable code, in Vietnamese and English, the same in every app.
//!
//! Each says what happened, what became of what was typed, and what to do. The messages of errors say more, in
//! English, for logs and scripts.

mod table;

use serde::Serialize;

use crate::replica::RecordStatus;

/// What became of what a person typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kept {
    /// All of it is as it was: nothing was being saved.
    Everything,
    /// This save was not made; what was typed is in its draft.
    Draft,
    /// It is kept on this device, as a record or as a draft; the hub has not taken it, or not yet.
    OnThisDevice,
    /// What was saved before is safe; of this step nothing is.
    NothingOfThisStep,
    /// It is gone, because somebody decided so.
    Gone,
}

/// What a person is told of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Wording {
    /// The code.
    pub code: &'static str,
    /// In Vietnamese.
    pub vi: &'static str,
    /// In English.
    pub en: &'static str,
    /// What became of what was typed.
    pub kept: Kept,
}

/// A name for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Label {
    /// In Vietnamese.
    pub vi: &'static str,
    /// In English.
    pub en: &'static str,
}

/// What a person is told of a code; `None` where nobody has put it into words.
pub fn of(code: &str) -> Option<&'static Wording> {
    table::WORDINGS.iter().find(|wording| wording.code == code)
}

/// Every wording.
pub fn all() -> &'static [Wording] {
    table::WORDINGS
}

/// What a person reads beside a record.
pub fn status(status: RecordStatus) -> Label {
    match status {
        RecordStatus::OnThisDevice => Label { vi: "Chỉ trên máy này", en: "On this device" },
        RecordStatus::Received => Label { vi: "Đã nhận", en: "Received" },
        RecordStatus::AtTheDistrict => Label { vi: "Đã đến cấp huyện", en: "At the district" },
        RecordStatus::BeingCheckedAgain => Label { vi: "Đang kiểm tra lại", en: "Being checked again" },
        RecordStatus::NeedsAttention => Label { vi: "Cần xem lại", en: "Needs attention" },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use unicode_normalization::is_nfc;

    use super::*;

    #[test]
    fn words_fit_a_phone_and_stand_once() {
        let mut seen = BTreeSet::new();
        for wording in all() {
            assert!(seen.insert(wording.code), "{} stands twice", wording.code);
            assert_eq!(of(wording.code), Some(wording));
            for text in [wording.vi, wording.en] {
                assert!(text.ends_with('.') && !text.contains("  ") && text.trim() == text, "{text}");
                assert!(text.chars().count() <= 130, "{} letters: {text}", text.chars().count());
                assert!(is_nfc(text), "{text}");
            }
            assert_ne!(wording.vi, wording.en);
        }
    }
}
