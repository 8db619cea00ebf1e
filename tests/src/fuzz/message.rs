//! Sync messages: whatever is read is written, and read again as the same.

use dongbo_core::sync::{
    JoinAnswer, JoinRequest, MessageError, Nonce, Problem, SessionAnswer, SessionRequest, SyncRequest, SyncResponse,
};

use crate::golden::{keys, root};

/// The first byte says which message the rest is.
///
/// # Panics
/// With "finding" if a message does not survive being written.
pub fn run(data: &[u8]) {
    let Some((which, bytes)) = data.split_first() else { return };
    match which % 8 {
        0 => survives(bytes, SyncRequest::from_bytes, SyncRequest::to_bytes),
        1 => survives(bytes, SyncResponse::from_bytes, SyncResponse::to_bytes),
        2 => {
            survives(bytes, JoinRequest::from_bytes, JoinRequest::to_bytes);
            _ = JoinRequest::from_bytes(bytes).map(|request| request.verified_key(root()));
        }
        3 => survives(bytes, JoinAnswer::from_bytes, JoinAnswer::to_bytes),
        4 => survives(bytes, Nonce::from_bytes, Nonce::to_bytes),
        5 => {
            survives(bytes, SessionRequest::from_bytes, SessionRequest::to_bytes);
            let proves = |request: SessionRequest| request.proves(root(), "https://a.vn", &keys().hoa.public());
            _ = SessionRequest::from_bytes(bytes).map(proves);
        }
        6 => survives(bytes, SessionAnswer::from_bytes, SessionAnswer::to_bytes),
        _ => problem(bytes),
    }
}

fn survives<T: PartialEq>(
    bytes: &[u8],
    read: impl Fn(&[u8]) -> Result<T, MessageError>,
    write: impl Fn(&T) -> Vec<u8>,
) {
    let Ok(message) = read(bytes) else { return };
    let written = write(&message);
    let again =
        read(&written).unwrap_or_else(|error| panic!("finding: a message that was read is not read again: {error}"));
    assert!(again == message, "finding: read again, a message says something else");
    assert!(write(&again) == written, "finding: written again, a message has other bytes");
}

fn problem(bytes: &[u8]) {
    let Ok(problem) = serde_json::from_slice::<Problem>(bytes) else { return };
    let written = serde_json::to_vec(&problem).expect("finding: a problem that was read is not written");
    let again: Problem = serde_json::from_slice(&written).expect("finding: a problem that was read is not read again");
    assert_eq!(again, problem, "finding: read again, a problem says something else");
}
