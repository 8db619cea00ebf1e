//! The feed: the changes in a replica's scope, in sequence order, a page at a time.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
};

use dongbo_core::{
    DeviceId,
    change::SignedChange,
    policy::Scope,
    store::Read,
    sync::{FeedItem, Pair},
};

use super::{
    HubError,
    cursor::{Cursor, name, named},
    layout::{LATEST, PairDigest, SIGNER, from_json, pair_digest, sequence_of, sequence_value},
    ledger::{self, EntryKind, Latest, feed_prefix},
};

/// Sequences read from one pair's index at a time.
const READ_AHEAD: usize = 64;

/// One page of a feed.
pub(super) struct Page {
    pub(super) items: Vec<FeedItem>,
    /// Signers whose certificates were not sent before under this cursor.
    pub(super) signers: BTreeSet<DeviceId>,
    /// Signers whose certificates were.
    known: BTreeSet<DeviceId>,
    pub(super) left_scope: Vec<Pair>,
    pub(super) cursor: Cursor,
    pub(super) more: bool,
    bytes: usize,
}

impl Page {
    fn room(&self, bytes_max: usize) -> bool {
        self.items.is_empty() || self.bytes < bytes_max
    }
}

/// The page after a cursor. A page holds at least one change if there is one.
pub(super) fn page(
    store: &impl Read,
    mut cursor: Cursor,
    scope: &Scope,
    head: u64,
    bytes_max: usize,
) -> Result<Page, HubError> {
    let target = name(scope);
    let complete = match cursor.complete {
        Some(complete) => named(store, &complete)?,
        None => None,
    };
    let mut left_scope = Vec::new();
    match (complete, cursor.complete) {
        (Some(_), Some(complete)) if complete == target && cursor.target.is_none() => {}
        (Some(complete), Some(_)) => {
            let sending = cursor.target.map(|name| named(store, &name)).transpose()?.flatten().unwrap_or_default();
            let gone = complete.union(&sending).without(scope);
            left_scope =
                gone.pairs().map(|(unit, form)| Pair { unit: unit.clone(), form: Some(form.clone()) }).collect();
            if cursor.target.is_some_and(|sending| sending != target) {
                // The scope changed while another change of it was being sent: some of `complete` was said to be gone.
                cursor = Cursor { epoch: cursor.epoch, complete: Some(target), ..Cursor::default() };
            } else {
                cursor.target = Some(target);
            }
        }
        // Nothing was sent, or the hub no longer knows what: from the beginning.
        _ => cursor = Cursor { epoch: cursor.epoch, complete: Some(target), ..Cursor::default() },
    }
    let mut page = Page {
        items: Vec::new(),
        signers: BTreeSet::new(),
        known: BTreeSet::new(),
        left_scope,
        cursor,
        more: false,
        bytes: 0,
    };
    if page.cursor.complete != Some(target) {
        backfill(store, &mut page, scope, bytes_max)?;
    }
    if page.cursor.complete == Some(target) {
        advance(store, &mut page, scope, head, bytes_max)?;
    }
    Ok(page)
}

/// Sends what is newly visible from its beginning.
fn backfill(store: &impl Read, page: &mut Page, scope: &Scope, bytes_max: usize) -> Result<(), HubError> {
    let complete = page.cursor.complete.map(|name| named(store, &name)).transpose()?.flatten().unwrap_or_default();
    let added = scope.without(&complete);
    let until = page.cursor.position;
    let mut sequences = Sequences::open(store, &added, page.cursor.backfill)?;
    while let Some(sequence) = sequences.next()?.filter(|sequence| *sequence <= until) {
        if !page.room(bytes_max) {
            page.more = true;
            return Ok(());
        }
        add(store, page, &added, sequence, page.cursor.backfill)?;
        page.cursor.backfill = sequence;
    }
    page.cursor.complete = page.cursor.target.take();
    page.cursor.backfill = 0;
    Ok(())
}

/// Sends what is new in the scope.
fn advance(store: &impl Read, page: &mut Page, scope: &Scope, head: u64, bytes_max: usize) -> Result<(), HubError> {
    let from = page.cursor.position;
    let mut sequences = Sequences::open(store, scope, from)?;
    while let Some(sequence) = sequences.next()?.filter(|sequence| *sequence <= head) {
        if page.cursor.is_own(sequence) {
            continue;
        }
        if !page.room(bytes_max) {
            page.more = true;
            return Ok(());
        }
        add(store, page, scope, sequence, from)?;
        page.cursor.advance(sequence);
    }
    page.cursor.advance(head);
    page.cursor.target = None;
    Ok(())
}

fn add(store: &impl Read, page: &mut Page, scope: &Scope, sequence: u64, sent: u64) -> Result<(), HubError> {
    let entry = ledger::entry(store, sequence)?;
    // What was erased has no bytes; its erasure travels as a statement.
    if entry.kind != EntryKind::Change {
        return Ok(());
    }
    let signed = SignedChange::open(&entry.bytes).map_err(|e| HubError::Stored(e.to_string()))?;
    let device = signed.device();
    if !page.signers.contains(&device) && !page.known.contains(&device) {
        let was_sent = signer_was_sent(store, scope, device, sent)?;
        let seen = if was_sent { &mut page.known } else { &mut page.signers };
        seen.insert(device);
    }
    page.bytes += entry.bytes.len() + 24;
    page.items.push(FeedItem { change: entry.bytes, received_ms: entry.received_ms, sequence, is_final: true });
    Ok(())
}

/// Whether a change of this device in these pairs was sent before, and its certificate with it.
fn signer_was_sent(store: &impl Read, scope: &Scope, device: DeviceId, sent: u64) -> Result<bool, HubError> {
    let prefix = [&[SIGNER], &device.0[..]].concat();
    let pairs: BTreeSet<PairDigest> = scope.pairs().map(|(unit, form)| pair_digest(unit, form)).collect();
    for (key, value) in super::layout::all(store, &prefix)? {
        let first = sequence_value(&value)?;
        let inside = <PairDigest>::try_from(&key[prefix.len()..]).is_ok_and(|pair| pairs.contains(&pair));
        if inside && first <= sent {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The last admitted change of each pair of a scope that has any.
pub(super) fn latest(store: &impl Read, scope: &Scope) -> Result<Vec<Latest>, HubError> {
    let mut found = Vec::new();
    for (unit, form) in scope.pairs() {
        if let Some(bytes) = store.get(&[&[LATEST], &pair_digest(unit, form)[..]].concat())? {
            found.push(from_json(&bytes)?);
        }
    }
    Ok(found)
}

/// The sequences of several pairs after a position, in order. Pairs with nothing new cost one look-up.
struct Sequences<'a, R: Read> {
    store: &'a R,
    pairs: Vec<PairSequences>,
    next: BinaryHeap<Reverse<(u64, usize)>>,
}

struct PairSequences {
    prefix: Vec<u8>,
    /// Read ahead, last first.
    ahead: Vec<u64>,
    last: u64,
}

impl<'a, R: Read> Sequences<'a, R> {
    fn open(store: &'a R, scope: &Scope, after: u64) -> Result<Self, HubError> {
        let mut sequences = Self { store, pairs: Vec::new(), next: BinaryHeap::new() };
        for latest in latest(store, scope)?.into_iter().filter(|latest| latest.sequence > after) {
            let prefix = feed_prefix(&pair_digest(&latest.unit, &latest.form));
            sequences.pairs.push(PairSequences { prefix, ahead: Vec::new(), last: after });
            sequences.refill(sequences.pairs.len() - 1)?;
        }
        Ok(sequences)
    }

    fn refill(&mut self, at: usize) -> Result<(), HubError> {
        let pair = &mut self.pairs[at];
        if pair.ahead.is_empty() {
            let after = [&pair.prefix[..], &pair.last.to_be_bytes()].concat();
            let keys = self.store.keys(&pair.prefix, Some(&after), READ_AHEAD)?;
            pair.ahead = keys.iter().rev().filter_map(|key| sequence_of(key)).collect();
        }
        if let Some(sequence) = pair.ahead.pop() {
            pair.last = sequence;
            self.next.push(Reverse((sequence, at)));
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<u64>, HubError> {
        let Some(Reverse((sequence, at))) = self.next.pop() else { return Ok(None) };
        self.refill(at)?;
        Ok(Some(sequence))
    }
}
