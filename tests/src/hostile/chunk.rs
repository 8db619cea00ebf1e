//! Chunks of the types that only Automerge reads.

use std::io::{self, Write as _};

use flate2::{Compression, write::DeflateEncoder};
use sha2::{Digest as _, Sha256};

use super::leb::unsigned;

/// Automerge's chunk types.
pub(super) const DOCUMENT: u8 = 0;
pub(super) const CHANGE: u8 = 1;
pub(super) const COMPRESSED: u8 = 2;
pub(super) const BUNDLE: u8 = 3;

/// A chunk of any type, whose checksum fits its content.
pub(super) fn sealed(kind: u8, body: &[u8]) -> Vec<u8> {
    let content = [&[kind][..], &unsigned(body.len() as u64), body].concat();
    let checksum = Sha256::digest(&content);
    [&[0x85, 0x6f, 0x4a, 0x83], &checksum[..4], &content].concat()
}

/// A genuine change as Automerge compresses it: the checksum stays that of the uncompressed change.
pub(super) fn compressed(chunk: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&chunk[9 + unsigned((chunk.len() - 9) as u64).len()..])?;
    let body = encoder.finish()?;
    Ok([&chunk[..8], &[COMPRESSED], &unsigned(body.len() as u64)[..], &body].concat())
}

/// So many mebibytes of zeros, about a thousandth of that as a compressed chunk.
pub(super) fn deflated_zeros(mebibytes: usize) -> io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    for _ in 0..mebibytes {
        encoder.write_all(&[0; 1 << 20])?;
    }
    Ok(sealed(COMPRESSED, &encoder.finish()?))
}
