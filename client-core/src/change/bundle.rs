//! A bundle: statements and changes in one file, carried by hand (protocol.md section 12).
//!
//! A CBOR sequence (RFC 8742): `["dongbo-bundle", 1, root]`, then one `[kind, bytes]` for each item. Reading parses
//! every item and trusts none: whoever takes a bundle in verifies each item as if it came from a stranger.

use minicbor::Decoder;

use super::SignedChange;
use crate::{
    AuthorityId,
    cbor::encode,
    identity::SignedStatement,
    limits::{BUNDLE_BYTES_MAX, BUNDLE_ITEMS_MAX},
};

const NAME: &str = "dongbo-bundle";
const VERSION: u64 = 1;
const STATEMENT: &str = "statement";
const CHANGE: &str = "change";

/// A file that is no bundle, or not a whole one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// Another file.
    #[error("this is no bundle of changes")]
    OtherFile,
    /// Made by a newer program.
    #[error("the bundle has version {0}, this program reads version 1; update the program")]
    UnsupportedVersion(u64),
    /// Over [`BUNDLE_BYTES_MAX`] or [`BUNDLE_ITEMS_MAX`].
    #[error("the bundle is larger than a bundle may be")]
    TooLarge,
    /// The file ends inside an item, counted from 1.
    #[error("the bundle ends inside item {0}; copy the file again")]
    Cut(usize),
    /// Something between items is no item, counted from 1.
    #[error("item {0} of the bundle cannot be read; copy the file again")]
    Item(usize),
    /// A statement behind a change, counted from 1.
    #[error("item {0} of the bundle is a statement behind a change")]
    Order(usize),
}

/// An item whose content is no envelope of this protocol. The others are not affected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its place among the items, from 1.
    pub item: usize,
    /// What is wrong with it.
    pub problem: String,
}

/// What a bundle holds: parsed, not verified.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// The campaign's root, as the file states it.
    pub root: AuthorityId,
    /// Authority statements, in chain order.
    pub statements: Vec<SignedStatement>,
    /// The place of each statement among the items, from 1.
    pub statement_items: Vec<usize>,
    /// Changes, each after those of the same record that it builds on.
    pub changes: Vec<SignedChange>,
    /// The place of each change among the items, from 1.
    pub change_items: Vec<usize>,
    /// Items whose content could not be parsed.
    pub unreadable: Vec<Unreadable>,
    /// Number of items of kinds that this program does not know.
    pub skipped: usize,
}

impl BundleError {
    /// A stable code for apps and scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherFile => "no_bundle",
            Self::UnsupportedVersion(_) => "bundle_newer",
            Self::TooLarge => "bundle_too_large",
            Self::Cut(_) | Self::Item(_) | Self::Order(_) => "bundle_damaged",
        }
    }
}

impl Bundle {
    /// Writes signed bytes as they are, statements first.
    pub fn write<'a>(
        root: AuthorityId,
        statements: impl IntoIterator<Item = &'a [u8]>,
        changes: impl IntoIterator<Item = &'a [u8]>,
    ) -> Vec<u8> {
        encode(|e| {
            e.array(3)?.str(NAME)?.u64(VERSION)?.bytes(&root.0)?;
            for bytes in statements {
                e.array(2)?.str(STATEMENT)?.bytes(bytes)?;
            }
            for bytes in changes {
                e.array(2)?.str(CHANGE)?.bytes(bytes)?;
            }
            Ok(())
        })
    }

    /// Adds an item of another kind to a bundle's bytes. Readers that do not know the kind skip it.
    pub fn add(bundle: &mut Vec<u8>, kind: &str, content: &[u8]) {
        bundle.extend(encode(|e| {
            e.array(2)?.str(kind)?.bytes(content)?;
            Ok(())
        }));
    }

    /// Reads a whole bundle. Items of unknown kinds are skipped and counted.
    pub fn read(bytes: &[u8]) -> Result<Self, BundleError> {
        if bytes.len() > BUNDLE_BYTES_MAX {
            return Err(BundleError::TooLarge);
        }
        let mut decoder = Decoder::new(bytes);
        let root = header(&mut decoder)?;
        let mut bundle = Self {
            root,
            statements: Vec::new(),
            statement_items: Vec::new(),
            changes: Vec::new(),
            change_items: Vec::new(),
            unreadable: Vec::new(),
            skipped: 0,
        };
        let mut number = 0;
        while decoder.position() < bytes.len() {
            number += 1;
            if number > BUNDLE_ITEMS_MAX {
                return Err(BundleError::TooLarge);
            }
            let broken = |error: minicbor::decode::Error| {
                if error.is_end_of_input() { BundleError::Cut(number) } else { BundleError::Item(number) }
            };
            let (kind, content) = item(&mut decoder).map_err(broken)?;
            bundle.take(number, kind, content)?;
        }
        Ok(bundle)
    }

    fn take(&mut self, item: usize, kind: &str, content: &[u8]) -> Result<(), BundleError> {
        let parsed = match kind {
            STATEMENT if !self.changes.is_empty() => return Err(BundleError::Order(item)),
            STATEMENT => SignedStatement::open(content).map(|statement| {
                self.statements.push(statement);
                self.statement_items.push(item);
            }),
            CHANGE => SignedChange::open(content).map(|change| {
                self.changes.push(change);
                self.change_items.push(item);
            }),
            _ => {
                self.skipped += 1;
                Ok(())
            }
        };
        if let Err(error) = parsed {
            self.unreadable.push(Unreadable { item, problem: error.to_string() });
        }
        Ok(())
    }
}

fn header(decoder: &mut Decoder<'_>) -> Result<AuthorityId, BundleError> {
    let other = |_| BundleError::OtherFile;
    let length = decoder.array().map_err(other)?;
    if decoder.str().map_err(other)? != NAME {
        return Err(BundleError::OtherFile);
    }
    let version = decoder.u64().map_err(other)?;
    if version > VERSION {
        return Err(BundleError::UnsupportedVersion(version));
    }
    let root = decoder.bytes().map_err(other)?;
    match (length, AuthorityId::try_from(root)) {
        (Some(3), Ok(root)) if version == VERSION => Ok(root),
        _ => Err(BundleError::OtherFile),
    }
}

/// One item: an array of definite length 2, a text, a byte string.
fn item<'b>(decoder: &mut Decoder<'b>) -> Result<(&'b str, &'b [u8]), minicbor::decode::Error> {
    if decoder.array()? != Some(2) {
        return Err(minicbor::decode::Error::message("an item is [kind, bytes]"));
    }
    Ok((decoder.str()?, decoder.bytes()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        MemberId, RecordId,
        identity::{Certificate, KeyPair, Statement},
    };

    fn sample() -> (AuthorityId, Vec<u8>, Vec<u8>) {
        let key = KeyPair::from_seed([1; 32]);
        let certificate = Statement::Certificate(Certificate { key: [2; 32], member: MemberId([3; 16]) });
        let statement = SignedStatement::sign(key.authority(), &key, 1, &certificate);
        (key.authority(), statement, SignedChange::sign(key.authority(), &key, RecordId([4; 16]), b"chunk"))
    }

    fn raw(kind: &str, content: &[u8]) -> Vec<u8> {
        encode(|e| {
            e.array(2)?.str(kind)?.bytes(content)?;
            Ok(())
        })
    }

    #[test]
    fn a_bundle_survives_its_file() {
        let (root, statement, change) = sample();
        let bundle = Bundle::read(&Bundle::write(root, [&statement[..]], [&change[..], &change])).unwrap();
        assert_eq!(bundle.root, root);
        assert_eq!(bundle.statements[0].bytes, statement);
        assert_eq!(bundle.changes.iter().map(SignedChange::bytes).collect::<Vec<_>>(), [&change[..], &change]);
        assert_eq!((bundle.unreadable, bundle.skipped), (vec![], 0));
    }

    #[test]
    fn a_cut_file_is_noticed_wherever_it_was_cut() {
        let (root, statement, change) = sample();
        let header = Bundle::write(root, [], []).len();
        let first = header + raw(STATEMENT, &statement).len();
        let whole = Bundle::write(root, [&statement[..]], [&change[..]]);
        for length in 0..whole.len() {
            let expected = match length {
                _ if length < header => Some(BundleError::OtherFile),
                _ if length == header || length == first => None,
                _ if length < first => Some(BundleError::Cut(1)),
                _ => Some(BundleError::Cut(2)),
            };
            assert_eq!(Bundle::read(&whole[..length]).err(), expected, "cut at {length}");
        }
    }

    #[test]
    fn unknown_kinds_are_skipped_and_a_bad_item_stops_no_other() {
        let (root, statement, change) = sample();
        let bytes = [
            Bundle::write(root, [&statement[..]], []),
            raw("blob", b"a picture"),
            raw(CHANGE, b"no envelope"),
            raw(CHANGE, &change),
        ];
        let bundle = Bundle::read(&bytes.concat()).unwrap();
        assert_eq!((bundle.statements.len(), bundle.changes.len(), bundle.skipped), (1, 1, 1));
        assert_eq!(bundle.unreadable.iter().map(|unreadable| unreadable.item).collect::<Vec<_>>(), [3]);
        assert_eq!((bundle.statement_items, bundle.change_items), (vec![1], vec![4]));
    }

    #[test]
    fn what_is_no_bundle_is_refused() {
        let (root, statement, change) = sample();
        let empty = Bundle::write(root, [], []);
        let version = |version: u64| {
            encode(|e| {
                e.array(3)?.str(NAME)?.u64(version)?.bytes(&root.0)?;
                Ok(())
            })
        };
        for (bytes, error) in [
            (b"PK\x03\x04".to_vec(), BundleError::OtherFile),
            (version(0), BundleError::OtherFile),
            (version(2), BundleError::UnsupportedVersion(2)),
            ([&empty[..], b"\x01"].concat(), BundleError::Item(1)),
            ([&empty[..], b"\x9f\x61a\x40\xff"].concat(), BundleError::Item(1)),
            ([&empty[..], b"\x82\x61a\x5f\x40\xff"].concat(), BundleError::Item(1)),
            ([&empty[..], &raw(CHANGE, &change), &raw(STATEMENT, &statement)].concat(), BundleError::Order(2)),
            // A length beyond the file allocates nothing.
            ([&empty[..], b"\x82\x61a\x5b\x00\x00\x0f\xff\xff\xff\xff\xff"].concat(), BundleError::Cut(1)),
        ] {
            assert_eq!(Bundle::read(&bytes).err(), Some(error), "{}", hex::encode(&bytes));
        }
    }
}
