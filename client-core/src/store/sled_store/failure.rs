//! sled's errors and panics as [`StoreError`]s.

use std::{
    io::{self, ErrorKind},
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::store::StoreError;

/// sled meets damage with panics as often as with errors; both come out as [`StoreError::Corrupt`].
pub(super) fn guarded<T>(run: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    // sled's locks do not stay poisoned or held after a panic, and nothing of ours is written in between.
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
        // The text may quote whole pages.
        Err(StoreError::Corrupt { detail: format!("sled stopped: {}", text.chars().take(200).collect::<String>()) })
    })
}

pub(super) fn from_io(error: io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::DiskFull,
        ErrorKind::InvalidData | ErrorKind::UnexpectedEof => StoreError::Corrupt { detail: error.to_string() },
        _ => StoreError::Io { detail: error.to_string() },
    }
}

pub(super) fn from_sled(error: sled::Error) -> StoreError {
    match error {
        sled::Error::Io(error) => from_io(error),
        sled::Error::Unsupported(detail) => StoreError::Io { detail },
        other => StoreError::Corrupt { detail: other.to_string() },
    }
}

/// While opening, what sled does not support is a `conf` file that we never write: another version or a damaged one.
pub(super) fn from_open(error: sled::Error) -> StoreError {
    match error {
        sled::Error::Unsupported(detail) => StoreError::Corrupt { detail },
        other => from_sled(other),
    }
}

pub(super) fn is_lock_held(error: &io::Error) -> bool {
    error.to_string().starts_with("could not acquire lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart() {
        let check = |kind: ErrorKind, expect: StoreError| {
            assert_eq!(from_sled(sled::Error::Io(kind.into())), expect);
        };
        check(ErrorKind::StorageFull, StoreError::DiskFull);
        check(ErrorKind::QuotaExceeded, StoreError::DiskFull);
        check(ErrorKind::InvalidData, StoreError::Corrupt { detail: "invalid data".into() });
        check(ErrorKind::PermissionDenied, StoreError::Io { detail: "permission denied".into() });
    }

    #[test]
    fn a_panic_is_damage() {
        let found = guarded::<()>(|| panic!("page {} is gone", 7));
        assert_eq!(found, Err(StoreError::Corrupt { detail: "sled stopped: page 7 is gone".into() }));
    }
}
