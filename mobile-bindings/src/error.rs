//! One taxonomy of errors: what an app should do decides the variant, a stable code names the cause.

use dongbo_core::{
    InvalidId, campaign::CampaignErrors, change::BundleError, replica::ReplicaError, store::StoreError,
    transport::TransportError, vault::VaultError, wording,
};

/// What happened, in words for people, and what became of what was typed.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Problem {
    /// Stable; `docs/mobile.md` lists them all.
    pub code: String,
    /// What to tell a Vietnamese reader: what happened, what was kept, what to do.
    pub text_vi: String,
    /// The same in English.
    pub text_en: String,
    /// What became of what was typed.
    pub kept: Kept,
    /// More for a developer's log, in English. It never holds an answer's text longer than the core's own messages.
    pub detail: String,
    /// After which time the same call may succeed, where that is known.
    pub wait_ms: Option<u64>,
}

/// What became of what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Kept {
    /// All of it is as it was: nothing was being saved.
    Everything,
    /// This save was not made; what was typed is in its draft.
    Draft,
    /// It is kept on this device; the hub has not taken it, or not yet.
    OnThisDevice,
    /// What was saved before is safe; of this step nothing is: the app keeps what is on the screen.
    NothingOfThisStep,
    /// It is gone, because somebody decided so.
    Gone,
}

/// Why a call did not do what was asked. Every variant carries a [`Problem`] with a stable code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum DongboError {
    /// What was given cannot be taken: another value, invitation, PIN or file is needed.
    #[error("{}: {}", .problem.code, .problem.text_en)]
    Input {
        /// What happened.
        problem: Problem,
    },
    /// The person's role, the form or the record does not allow it.
    #[error("{}: {}", .problem.code, .problem.text_en)]
    NotAllowed {
        /// What happened.
        problem: Problem,
    },
    /// The store is behind a PIN or a key that is not to be had now.
    #[error("{}: {}", .problem.code, .problem.text_en)]
    Locked {
        /// What happened.
        problem: Problem,
    },
    /// The hub was not reached or did not take it now: try later.
    #[error("{}: {}", .problem.code, .problem.text_en)]
    Network {
        /// What happened.
        problem: Problem,
    },
    /// The device's storage failed: full, damaged, of a newer version.
    #[error("{}: {}", .problem.code, .problem.text_en)]
    Storage {
        /// What happened.
        problem: Problem,
    },
    /// Not now: locked, paused, busy, not yet joined, forms not yet here.
    #[error("{}: {}", .problem.code, .problem.text_en)]
    NotNow {
        /// What happened.
        problem: Problem,
    },
    /// This device may not go on: revoked or wiped.
    #[error("{}: {}", .problem.code, .problem.text_en)]
    Ended {
        /// What happened.
        problem: Problem,
    },
    /// A defect: please report it with the problem's detail.
    #[error("{}: {}", .problem.code, .problem.text_en)]
    Unexpected {
        /// What happened.
        problem: Problem,
    },
}

/// An error of the app's own: of its key manager, clock or listener.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum HostError {
    /// Not now: the same call may succeed later.
    #[error("{reason}")]
    Unavailable {
        /// The platform's words, for a developer's log.
        reason: String,
    },
    /// The key that was asked for is gone for good, as after a phone was restored from a backup.
    #[error("{reason}")]
    Gone {
        /// The platform's words, for a developer's log.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for HostError {
    /// The app's code threw something else than a `HostError`.
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unavailable { reason: error.reason }
    }
}

impl DongboError {
    /// The error with this code.
    pub(crate) fn of_code(code: &str) -> Self {
        Self::of_code_with(code, "")
    }

    /// The error with this code and more for a log.
    pub(crate) fn of_code_with(code: &str, detail: impl Into<String>) -> Self {
        Self::new(code, detail.into(), None)
    }

    /// The problem, whatever the variant.
    pub fn problem(&self) -> &Problem {
        match self {
            Self::Input { problem }
            | Self::NotAllowed { problem }
            | Self::Locked { problem }
            | Self::Network { problem }
            | Self::Storage { problem }
            | Self::NotNow { problem }
            | Self::Ended { problem }
            | Self::Unexpected { problem } => problem,
        }
    }

    /// The same, of a call that was to save something: what became of that.
    pub(crate) fn with_kept(mut self, kept: Kept) -> Self {
        if self.problem().kept != Kept::Gone {
            self.problem_mut().kept = kept;
        }
        self
    }

    fn problem_mut(&mut self) -> &mut Problem {
        match self {
            Self::Input { problem }
            | Self::NotAllowed { problem }
            | Self::Locked { problem }
            | Self::Network { problem }
            | Self::Storage { problem }
            | Self::NotNow { problem }
            | Self::Ended { problem }
            | Self::Unexpected { problem } => problem,
        }
    }

    /// Of a call that was to save something and did not come as far as keeping a draft of it.
    pub(crate) fn of_save(self) -> Self {
        match self.problem().kept {
            Kept::Draft | Kept::Gone => self,
            _ => self.with_kept(Kept::NothingOfThisStep),
        }
    }

    /// Of a call that had no draft to fall back on, where the words of the code speak of one.
    pub(crate) fn of_step(self) -> Self {
        if self.problem().kept != Kept::Draft {
            return self.of_save();
        }
        self.not_done(Kept::NothingOfThisStep)
    }

    /// Of a call that was to save nothing, where the words of the code speak of what was typed.
    pub(crate) fn of_read(self) -> Self {
        match self.problem().kept {
            Kept::Draft | Kept::OnThisDevice => self.not_done(Kept::Everything),
            _ => self,
        }
    }

    fn not_done(self, kept: Kept) -> Self {
        let mut error = self.with_kept(kept);
        if let Some(words) = wording::of("step_not_done") {
            let problem = error.problem_mut();
            (problem.text_vi, problem.text_en) = (words.vi.to_owned(), words.en.to_owned());
        }
        error
    }

    fn new(code: &str, detail: String, wait_ms: Option<u64>) -> Self {
        let words = wording::of(code);
        let text = |words: Option<&'static str>| words.map_or_else(|| detail.clone(), str::to_owned);
        let problem = Problem {
            code: code.to_owned(),
            text_vi: text(words.map(|words| words.vi)),
            text_en: text(words.map(|words| words.en)),
            kept: words.map_or(Kept::Everything, |words| words.kept.into()),
            detail,
            wait_ms,
        };
        match group(code) {
            Group::Input => Self::Input { problem },
            Group::NotAllowed => Self::NotAllowed { problem },
            Group::Locked => Self::Locked { problem },
            Group::Network => Self::Network { problem },
            Group::Storage => Self::Storage { problem },
            Group::NotNow => Self::NotNow { problem },
            Group::Ended => Self::Ended { problem },
            Group::Unexpected => Self::Unexpected { problem },
        }
    }
}

enum Group {
    Input,
    NotAllowed,
    Locked,
    Network,
    Storage,
    NotNow,
    Ended,
    Unexpected,
}

/// What an app should do about a code. A code of the hub's that is not listed is answered by trying later.
fn group(code: &str) -> Group {
    match code {
        "unknown_form" | "unknown_unit" | "unknown_record" | "unknown_person" | "nothing_changed" | "no_conflict"
        | "invalid_value" | "invalid_invitation" | "unknown_invite" | "expired_invite" | "used_invite"
        | "too_many_devices" | "invalid_id" | "other_root" | "already_joined" | "invalid_pin" | "reset_refused"
        | "draft_too_large" | "too_large" | "other_campaign" | "invalid_name" | "no_bundle" | "bundle_newer"
        | "bundle_too_large" | "bundle_damaged" => Group::Input,
        "forbidden" | "write_once" | "unsent_work" => Group::NotAllowed,
        "wrong_pin" | "pin_wait" | "pin_needed" | "key_manager" | "key_gone" | "wrong_key" | "not_recoverable"
        | "no_recovery_key" => Group::Locked,
        "disk_full"
        | "store_corrupt"
        | "store_newer"
        | "store_failed"
        | "vault_corrupt"
        | "vault_newer"
        | "vault_not_kept"
        | "replica_full"
        | "store_not_encrypted"
        | "other_device"
        | "unreadable_record"
        | "no_replica" => Group::Storage,
        "closed" | "paused" | "busy" | "cancelled" | "not_joined" | "not_ready" | "store_already_open" => Group::NotNow,
        "revoked" | "wiped" | "unsupported_version" => Group::Ended,
        "panic" => Group::Unexpected,
        _ => Group::Network,
    }
}

impl From<wording::Kept> for Kept {
    fn from(kept: wording::Kept) -> Self {
        match kept {
            wording::Kept::Everything => Self::Everything,
            wording::Kept::Draft => Self::Draft,
            wording::Kept::OnThisDevice => Self::OnThisDevice,
            wording::Kept::Gone => Self::Gone,
            // The careful answer: the app keeps what is on the screen.
            _ => Self::NothingOfThisStep,
        }
    }
}

impl From<ReplicaError> for DongboError {
    fn from(error: ReplicaError) -> Self {
        Self::new(error.code(), error.to_string(), None)
    }
}

impl From<StoreError> for DongboError {
    fn from(error: StoreError) -> Self {
        ReplicaError::from(error).into()
    }
}

impl From<VaultError> for DongboError {
    fn from(error: VaultError) -> Self {
        let wait_ms = match &error {
            VaultError::WrongPin { wait_ms, .. } | VaultError::PinWait { wait_ms } => Some(*wait_ms),
            _ => None,
        };
        Self::new(error.code(), error.to_string(), wait_ms)
    }
}

impl From<TransportError> for DongboError {
    fn from(error: TransportError) -> Self {
        let wait_ms = match &error {
            TransportError::Hub { retry_after_s, .. } => retry_after_s.map(|seconds| seconds.saturating_mul(1_000)),
            _ => None,
        };
        Self::new(error.code(), error.to_string(), wait_ms)
    }
}

impl From<InvalidId> for DongboError {
    fn from(error: InvalidId) -> Self {
        ReplicaError::from(error).into()
    }
}

impl From<BundleError> for DongboError {
    fn from(error: BundleError) -> Self {
        Self::of_code_with(error.code(), error.to_string())
    }
}

impl From<CampaignErrors> for DongboError {
    fn from(error: CampaignErrors) -> Self {
        Self::of_code_with("not_ready", error.to_string())
    }
}

impl From<std::io::Error> for DongboError {
    fn from(error: std::io::Error) -> Self {
        let code = match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => "disk_full",
            _ => "store_failed",
        };
        Self::of_code_with(code, error.to_string())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// The rows of "Every code": variant, codes.
    fn documented() -> Vec<(String, Vec<String>)> {
        let page = include_str!("../../docs/mobile.md");
        let table = page.split_once("### Every code").unwrap().1.split_once("\nA code of the hub's").unwrap().0;
        let (mut rows, mut variant) = (Vec::new(), String::new());
        for row in table.lines().filter(|line| line.contains('`')) {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            if !cells[1].is_empty() {
                variant = cells[1].trim_matches('`').to_owned();
            }
            let codes = cells[2].split(", ").map(|code| code.trim_matches('`').to_owned());
            rows.push((variant.clone(), codes.collect()));
        }
        rows
    }

    #[test]
    fn every_code_is_documented_as_what_it_is_and_has_words() {
        let rows = documented();
        for (variant, codes) in &rows {
            for code in codes {
                let said = format!("{:?}", DongboError::of_code(code));
                assert!(said.starts_with(&format!("{variant} {{")), "{code} is documented as {variant}: {said}");
                assert!(wording::of(code).is_some(), "{code} has no words");
            }
        }
        let mut codes: Vec<&String> = rows.iter().flat_map(|(_, codes)| codes).collect();
        let count = codes.len();
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), count, "a code stands twice");
        assert!(count > 70, "{count} codes");
    }

    #[test]
    fn only_what_was_to_be_saved_speaks_of_a_draft() {
        for code in ["not_ready", "invalid_value", "unknown_form"] {
            let read = DongboError::of_code(code).of_read();
            assert_eq!(read.problem().kept, Kept::Everything, "{code}");
            assert!(!read.problem().text_en.contains("typed"), "{code}: {}", read.problem().text_en);
        }
        let refused = DongboError::of_code("disk_full").of_read();
        assert_eq!(refused.problem().kept, Kept::NothingOfThisStep);
    }
}
