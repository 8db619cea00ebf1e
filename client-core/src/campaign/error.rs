//! What can be wrong with a campaign's text.

use std::fmt;

/// The kind of a [`CampaignError`]: stable codes, for tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CampaignErrorCode {
    /// Not JSON.
    Syntax,
    /// A limit is exceeded.
    TooLarge,
    /// A key that must be there is not.
    MissingKey,
    /// A key that the format does not have at this place.
    UnknownKey,
    /// A key given twice in one object.
    DuplicateKey,
    /// A value of another JSON type than the format asks for.
    WrongType,
    /// A value of the right type that is not allowed.
    InvalidValue,
    /// Something with the same id or code was given before.
    DuplicateId,
    /// A form, field or choice list that does not exist.
    UnknownReference,
    /// An expression that cannot be compiled, or names what does not exist.
    Expression,
    /// A key that makes no sense for this kind of field, measure or indicator.
    Misplaced,
    /// A format version that this program does not know.
    UnsupportedFormat,
}

impl CampaignErrorCode {
    /// The code as text, such as `unknown_key`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::TooLarge => "too_large",
            Self::MissingKey => "missing_key",
            Self::UnknownKey => "unknown_key",
            Self::DuplicateKey => "duplicate_key",
            Self::WrongType => "wrong_type",
            Self::InvalidValue => "invalid_value",
            Self::DuplicateId => "duplicate_id",
            Self::UnknownReference => "unknown_reference",
            Self::Expression => "expression",
            Self::Misplaced => "misplaced",
            Self::UnsupportedFormat => "unsupported_format",
        }
    }
}

impl fmt::Display for CampaignErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing wrong with a campaign's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {code}: {message}")]
pub struct CampaignError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The kind of error.
    pub code: CampaignErrorCode,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Everything wrong with a campaign's text, in the order of the text. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignErrors(pub(super) Vec<CampaignError>);

impl CampaignErrors {
    /// The errors, in the order of the text.
    pub fn as_slice(&self) -> &[CampaignError] {
        &self.0
    }
}

impl fmt::Display for CampaignErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for CampaignErrors {}
