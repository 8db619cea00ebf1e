//! Texts for people and codes for machines.

use std::{fmt, str::FromStr, sync::Arc};

use super::json::Node;
use crate::InvalidId;

/// A text in both languages. Vietnamese comes first everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Localised {
    /// Vietnamese, NFC, never empty.
    pub vi: String,
    /// English, never empty.
    pub en: String,
}

impl Localised {
    pub(super) fn read(node: Node<'_>) -> Option<Self> {
        let object = node.object()?;
        let (vi, en) = (object.need("vi").and_then(|n| n.text()), object.need("en").and_then(|n| n.text()));
        object.finish();
        Some(Self { vi: vi?.to_owned(), en: en?.to_owned() })
    }
}

/// The code of a choice or an indicator, as the plan writes it (`ND.1`, `CPS-11A`): 1 to 64 of A-Z a-z 0-9 . _ -
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(Arc<str>);

impl Code {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Code {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let valid = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if text.is_empty() || text.len() > 64 || !text.bytes().all(valid) {
            let text = text.chars().take(80).collect();
            return Err(InvalidId { kind: "Code", text, expected: "1 to 64 of A-Z a-z 0-9 . _ -" });
        }
        Ok(Self(text.into()))
    }
}

impl std::borrow::Borrow<str> for Code {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({self})")
    }
}
