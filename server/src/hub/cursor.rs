//! The cursor: an opaque token, MACed by the hub, saying how far a replica has read its feed.

use dongbo_core::{
    AuthorityId, FormId, UnitId,
    policy::Scope,
    store::{Overlay, Read},
};
use minicbor::{Decode, Encode};

use super::{
    HubError,
    layout::{SCOPE, from_json, to_json},
    mac,
};

const PURPOSE: &str = "dongbo/cursor/1";

/// Ranges of own pushes a cursor remembers; forgotten ones are merely sent again.
const OWN_RANGES_MAX: usize = 64;

/// The digest by which a cursor names a scope; the pairs are kept by the hub.
pub(super) type ScopeName = [u8; 16];

/// How far a replica has read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Cursor {
    /// The ledger's epoch.
    #[n(0)]
    pub(super) epoch: u64,
    /// Everything up to this sequence was sent, as far as `complete` goes.
    #[n(1)]
    pub(super) position: u64,
    /// The scope that was sent completely up to `position`; absent: nothing was.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(super) complete: Option<ScopeName>,
    /// The scope being sent: what it has more than `complete` is read from the beginning first.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub(super) target: Option<ScopeName>,
    /// How far that backfill has read.
    #[n(4)]
    pub(super) backfill: u64,
    /// Sequences beyond `position` that this replica pushed and saw acknowledged, as inclusive ranges.
    #[n(5)]
    pub(super) own: Vec<(u64, u64)>,
}

impl Cursor {
    pub(super) fn seal(&self, key: &[u8; 32], root: AuthorityId) -> Vec<u8> {
        let content = match minicbor::to_vec(self) {
            Ok(bytes) => bytes,
            Err(error) => unreachable!("writing CBOR into memory failed: {error}"),
        };
        mac::seal(key, &purpose(root), &content)
    }

    pub(super) fn open(key: &[u8; 32], root: AuthorityId, sealed: &[u8]) -> Result<Self, HubError> {
        let content = mac::open(key, &purpose(root), sealed).ok_or(HubError::InvalidCursor)?;
        minicbor::decode(content).map_err(|_| HubError::InvalidCursor)
    }

    /// Remembers sequences that the replica pushed and now sees acknowledged.
    pub(super) fn note_own(&mut self, sequences: impl Iterator<Item = u64>) {
        let fresh = sequences.filter(|sequence| *sequence > self.position).map(|sequence| (sequence, sequence));
        let mut ranges: Vec<(u64, u64)> = self.own.iter().copied().chain(fresh).collect();
        ranges.sort_unstable();
        let mut merged: Vec<(u64, u64)> = Vec::new();
        for (from, to) in ranges {
            match merged.last_mut() {
                Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        self.own = merged.split_off(merged.len().saturating_sub(OWN_RANGES_MAX));
    }

    /// The highest sequence it has seen: read, or pushed and acknowledged.
    pub(super) fn reaches(&self) -> u64 {
        self.own.iter().map(|(_, to)| *to).fold(self.position, u64::max)
    }

    pub(super) fn is_own(&self, sequence: u64) -> bool {
        self.own.iter().any(|(from, to)| (*from..=*to).contains(&sequence))
    }

    /// Moves on; ranges that were passed are forgotten.
    pub(super) fn advance(&mut self, position: u64) {
        self.position = position;
        self.own.retain(|(_, to)| *to > position);
    }
}

fn purpose(root: AuthorityId) -> String {
    format!("{PURPOSE} {root}")
}

/// The name of a scope.
pub(super) fn name(scope: &Scope) -> ScopeName {
    let digest = scope.digest();
    std::array::from_fn(|i| digest[i])
}

/// The scope with this name, if the hub has kept it.
pub(super) fn named(store: &impl Read, name: &ScopeName) -> Result<Option<Scope>, HubError> {
    let Some(bytes) = store.get(&key(name))? else { return Ok(None) };
    let pairs: Vec<(UnitId, FormId)> = from_json(&bytes)?;
    let mut scope = Scope::default();
    for (unit, form) in pairs {
        scope.insert(unit, form);
    }
    Ok(Some(scope))
}

/// Keeps a scope under its name.
pub(super) fn keep(store: &mut Overlay<'_, impl Read>, scope: &Scope) -> Result<(), HubError> {
    let key = key(&name(scope));
    if store.get(&key)?.is_none() {
        store.put(key, to_json(&scope.pairs().collect::<Vec<_>>()));
    }
    Ok(())
}

fn key(name: &ScopeName) -> Vec<u8> {
    [&[SCOPE], &name[..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_the_hubs_own() {
        let (key, root) = ([1; 32], AuthorityId([2; 16]));
        let cursor = Cursor { epoch: 1, position: 7, own: vec![(9, 12)], ..Cursor::default() };
        let sealed = cursor.seal(&key, root);
        assert_eq!(Cursor::open(&key, root, &sealed), Ok(cursor));
        assert_eq!(Cursor::open(&[3; 32], root, &sealed), Err(HubError::InvalidCursor), "another hub");
        assert_eq!(Cursor::open(&key, AuthorityId([4; 16]), &sealed), Err(HubError::InvalidCursor), "campaign");
        for at in 0..sealed.len() {
            let mut forged = sealed.clone();
            forged[at] ^= 1;
            assert_eq!(Cursor::open(&key, root, &forged), Err(HubError::InvalidCursor));
        }
        assert_eq!(Cursor::open(&key, root, &[]), Err(HubError::InvalidCursor));
    }

    #[test]
    fn own_pushes_are_remembered_until_passed() {
        let mut cursor = Cursor { position: 3, ..Cursor::default() };
        cursor.note_own([2, 5, 6, 9].into_iter());
        assert_eq!(cursor.own, [(5, 6), (9, 9)]);
        cursor.note_own([7, 8].into_iter());
        assert_eq!(cursor.own, [(5, 9)]);
        cursor.advance(6);
        assert!(cursor.is_own(8));
        cursor.advance(9);
        assert_eq!(cursor.own, []);
    }
}
