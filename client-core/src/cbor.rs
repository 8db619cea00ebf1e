//! CBOR as this protocol uses it: a strict check for signed bytes, and the few helpers the codecs share.
//!
//! Senders encode deterministically (RFC 8949 section 4.2.1). Receivers verify and keep bytes as received, and refuse
//! duplicate keys, tags, floats and indefinite lengths inside signed bytes.

use std::{collections::BTreeSet, convert::Infallible};

use crate::limits::CBOR_DEPTH_MAX;

/// An encoder into memory; writing cannot fail.
pub(crate) type Encoder = minicbor::Encoder<Vec<u8>>;
/// The outcome of writing into memory.
pub(crate) type Written = Result<(), minicbor::encode::Error<Infallible>>;

/// Bytes that are not the CBOR they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not well-formed for signing: {0}")]
pub struct CborError(pub(crate) String);

impl From<minicbor::decode::Error> for CborError {
    fn from(error: minicbor::decode::Error) -> Self {
        Self(error.to_string())
    }
}

/// Encodes with `write`, which cannot fail on memory.
pub(crate) fn encode(write: impl FnOnce(&mut Encoder) -> Written) -> Vec<u8> {
    let mut encoder = minicbor::Encoder::new(Vec::new());
    match write(&mut encoder) {
        Ok(()) => encoder.into_writer(),
        Err(error) => unreachable!("writing CBOR into memory failed: {error}"),
    }
}

/// Checks that `bytes` are exactly one item without duplicate keys, tags, floats or indefinite lengths.
pub(crate) fn check_strict(bytes: &[u8]) -> Result<(), CborError> {
    let mut rest = bytes;
    item(&mut rest, CBOR_DEPTH_MAX)?;
    if rest.is_empty() { Ok(()) } else { Err(CborError(format!("{} bytes after the item", rest.len()))) }
}

/// What makes two map keys the same.
type KeyIdentity = (u8, u64, Vec<u8>);

fn item(rest: &mut &[u8], depth: usize) -> Result<KeyIdentity, CborError> {
    let fail = |what: &str| Err(CborError(what.to_owned()));
    if depth == 0 {
        return fail("nested too deeply");
    }
    let first = take(rest, 1)?[0];
    let (major, info) = (first >> 5, first & 0x1f);
    if major == 7 {
        return match info {
            20..=22 => Ok((7, u64::from(info), Vec::new())),
            25..=27 => fail("a float"),
            31 => fail("an indefinite length"),
            _ => fail("an unknown simple value"),
        };
    }
    let argument = match info {
        0..=23 => u64::from(info),
        24..=27 => take(rest, 1 << (info - 24))?.iter().fold(0, |acc, byte| acc << 8 | u64::from(*byte)),
        31 => return fail("an indefinite length"),
        _ => return fail("a reserved length"),
    };
    match major {
        0 | 1 => Ok((major, argument, Vec::new())),
        2 | 3 => {
            let length = usize::try_from(argument).map_err(|_| CborError("a length beyond memory".into()))?;
            let content = take(rest, length)?;
            if major == 3 && std::str::from_utf8(content).is_err() {
                return fail("text that is not UTF-8");
            }
            Ok((major, argument, content.to_vec()))
        }
        4 => {
            for _ in 0..argument {
                item(rest, depth - 1)?;
            }
            Ok((major, argument, Vec::new()))
        }
        5 => {
            let mut keys = BTreeSet::new();
            for _ in 0..argument {
                let key = item(rest, depth - 1)?;
                if key.0 > 3 {
                    return fail("a map key that is neither number nor text");
                }
                if !keys.insert(key) {
                    return fail("a duplicate key");
                }
                item(rest, depth - 1)?;
            }
            Ok((major, argument, Vec::new()))
        }
        _ => fail("a tag"),
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], CborError> {
    if rest.len() < count {
        return Err(CborError("it ends too early".into()));
    }
    let (head, tail) = rest.split_at(count);
    *rest = tail;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_bytes_are_strict() {
        for (hex, problem) in [
            ("a10001", ""),
            ("82f6f5", ""),
            ("a2000100 02", "a duplicate key"),
            ("a200011800 02", "a duplicate key"),
            ("c001", "a tag"),
            ("f93c00", "a float"),
            ("9fff", "an indefinite length"),
            ("5fff", "an indefinite length"),
            ("0101", "1 bytes after the item"),
            ("61ff", "text that is not UTF-8"),
            ("5b0000000fffffffff", "it ends too early"),
            ("9b000000ffffffffff", "it ends too early"),
            ("81818181818181818181818181818181818101", "nested too deeply"),
            ("f7", "an unknown simple value"),
            ("", "it ends too early"),
        ] {
            let bytes = hex::decode(hex.replace(' ', "")).unwrap();
            let found = check_strict(&bytes).err().map(|e| e.0).unwrap_or_default();
            assert_eq!(found, problem, "{hex}");
        }
    }
}
