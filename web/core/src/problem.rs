//! A call that failed, as the page is told of it: `Problem` in `web/src/core/types.ts`.

use dongbo_core::{
    InvalidId, replica::NotSaved, replica::ReplicaError, store::StoreError, transport::TransportError,
    vault::VaultError, wording, wording::Kept,
};
use serde::Serialize;

/// What happened, in words for people, and what became of what was typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    pub(crate) code: String,
    text: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    kept: Kept,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait_ms: Option<u64>,
}

/// Words for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Text {
    vi: String,
    en: String,
}

impl Text {
    /// What a code says; `otherwise` where nobody has put it into words.
    pub(crate) fn of(code: &str, otherwise: &str) -> Self {
        match wording::of(code) {
            Some(words) => Self { vi: words.vi.into(), en: words.en.into() },
            None => Self { vi: otherwise.into(), en: otherwise.into() },
        }
    }
}

impl Problem {
    /// The problem with this code.
    pub(crate) fn of_code(code: &str) -> Self {
        Self::of_code_with(code, "")
    }

    /// The problem with this code and more for a log.
    pub(crate) fn of_code_with(code: &str, detail: impl Into<String>) -> Self {
        Self::new(code, detail.into(), None)
    }

    fn new(code: &str, detail: String, wait_ms: Option<u64>) -> Self {
        let text = Text::of(code, &detail);
        let kept = wording::of(code).map_or(Kept::Everything, |words| words.kept);
        Self { code: code.into(), text, detail: Some(detail).filter(|detail| !detail.is_empty()), kept, wait_ms }
    }

    /// The same under another code, with its words.
    pub(crate) fn named(self, code: &str) -> Self {
        Self::new(code, self.detail.unwrap_or_default(), self.wait_ms)
    }

    /// The same, of a call that was to save something: what became of that.
    fn with_kept(self, kept: Kept) -> Self {
        if self.kept == Kept::Gone { self } else { Self { kept, ..self } }
    }

    /// Of a call that was to save something and did not come as far as keeping a draft of it.
    pub(crate) fn of_save(self) -> Self {
        if self.kept == Kept::Draft { self } else { self.with_kept(Kept::NothingOfThisStep) }
    }

    /// Of a call that had no draft to fall back on, where the words of the code speak of one.
    pub(crate) fn of_step(self) -> Self {
        if self.kept != Kept::Draft {
            return self.of_save();
        }
        Self { text: Text::of("step_not_done", ""), kept: Kept::NothingOfThisStep, ..self }
    }

    /// Whether the store may hold something else than memory does.
    pub(crate) fn is_of_the_store(&self) -> bool {
        matches!(self.code.as_str(), "store_failed" | "store_corrupt")
    }
}

impl From<ReplicaError> for Problem {
    fn from(error: ReplicaError) -> Self {
        Self::new(error.code(), error.to_string(), None)
    }
}

impl From<NotSaved> for Problem {
    fn from(not_saved: NotSaved) -> Self {
        let problem = Self::from(not_saved.error);
        if not_saved.is_draft { problem.with_kept(Kept::Draft) } else { problem.of_save() }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        ReplicaError::from(error).into()
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        let wait_ms = match &error {
            VaultError::WrongPin { wait_ms, .. } | VaultError::PinWait { wait_ms } => Some(*wait_ms),
            _ => None,
        };
        Self::new(error.code(), error.to_string(), wait_ms)
    }
}

impl From<TransportError> for Problem {
    fn from(error: TransportError) -> Self {
        let wait_ms = match &error {
            TransportError::Hub { retry_after_s, .. } => retry_after_s.map(|seconds| seconds.saturating_mul(1_000)),
            _ => None,
        };
        Self::new(error.code(), error.to_string(), wait_ms)
    }
}

impl From<InvalidId> for Problem {
    fn from(error: InvalidId) -> Self {
        ReplicaError::from(error).into()
    }
}
