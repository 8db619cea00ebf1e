//! What the hub gives out and must recognise again: cursors, tokens, nonces.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

const TAG_BYTES: usize = 16;

/// `content` followed by a MAC over purpose and content.
pub(super) fn seal(key: &[u8; 32], purpose: &str, content: &[u8]) -> Vec<u8> {
    [content, &tag(key, purpose, content)].concat()
}

/// The content, if this hub sealed it for this purpose.
pub(super) fn open<'a>(key: &[u8; 32], purpose: &str, sealed: &'a [u8]) -> Option<&'a [u8]> {
    let (content, found) = sealed.split_at_checked(sealed.len().checked_sub(TAG_BYTES)?)?;
    let expected = tag(key, purpose, content);
    let difference = expected.iter().zip(found).fold(0, |acc, (a, b)| acc | (a ^ b));
    (difference == 0).then_some(content)
}

fn tag(key: &[u8; 32], purpose: &str, content: &[u8]) -> [u8; TAG_BYTES] {
    let mut mac = match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes keys of any length"),
    };
    mac.update(purpose.as_bytes());
    mac.update(&[0]);
    mac.update(content);
    let full = mac.finalize().into_bytes();
    std::array::from_fn(|i| full[i])
}
