//! The next request to the hub. Sans-IO: bytes out here, bytes in at [`Replica::receive_sync`].

use std::collections::BTreeSet;

use super::{
    Replica, ReplicaError,
    entry::{self, Entry},
    layout::{self, CURSOR, EPOCH, FULL_DIRECTORY, OFFER, from_json},
    outbox::{self, OutboxItem, Waiting},
};
use minicbor::bytes::ByteVec;

use crate::{
    ChangeHash, RecordId,
    limits::{BODY_BYTES_MAX, PAGE_BYTES_ASKED, PUSH_CHANGES_MAX},
    store::Store,
    sync::{PROTOCOL_VERSION, SyncRequest, SyncResponse},
};

/// Room that cursor, statements and framing may take beside the changes.
const FRAME_BYTES: usize = 64 << 10;

impl<S: Store> Replica<S> {
    /// Starts a sync: what the hub left undecided last time is sent once more.
    pub fn begin_sync(&mut self) {
        self.undecided.clear();
    }

    /// The body of the next `POST /sync`. Asking twice gives the same request.
    pub fn sync_request(&self) -> Result<Vec<u8>, ReplicaError> {
        self.sync_request_for(PAGE_BYTES_ASKED as u64)
    }

    /// The same, asking for a page of so many bytes; a page holds one change at least.
    pub fn sync_request_for(&self, page_bytes: u64) -> Result<Vec<u8>, ReplicaError> {
        if !self.joined() {
            return Err(ReplicaError::NotJoined);
        }
        let statements = self.offers()?;
        let statement_bytes: usize = statements.iter().map(Vec::len).sum();
        let changes = self.next_push(BODY_BYTES_MAX - FRAME_BYTES - statement_bytes)?;
        // What does not fit is not fetched again and again: one change tells whether it still does not.
        let page_bytes = if self.is_full()? && self.has_no_room() { 1 } else { page_bytes };
        self.request(self.store.get(CURSOR)?.map(Into::into), changes, statements, page_bytes)
    }

    fn request(
        &self,
        cursor: Option<ByteVec>,
        changes: Vec<Vec<u8>>,
        statements: Vec<Vec<u8>>,
        page_bytes: u64,
    ) -> Result<Vec<u8>, ReplicaError> {
        let full_directory = self.store.get(FULL_DIRECTORY)?.is_some();
        let request = SyncRequest {
            version: PROTOCOL_VERSION,
            cursor,
            changes: changes.into_iter().map(Into::into).collect(),
            bytes_max: page_bytes,
            catalogue: self.trust.catalogue_version(),
            directory: if full_directory { 0 } else { self.trust.directory_version() },
            units: self.wanted_units()?,
            statements: statements.into_iter().map(Into::into).collect(),
        };
        Ok(request.to_bytes())
    }

    /// The request that will follow when an answer has been taken in, if that is known before it is: then the hub can
    /// work on the next page meanwhile. Nothing is acknowledged by it; an answer that is dropped is asked for again.
    pub fn request_ahead(&self, response: &SyncResponse, page_bytes: u64) -> Result<Option<Vec<u8>>, ReplicaError> {
        let epoch: Option<u64> = self.store.get(EPOCH)?.map(|bytes| from_json(&bytes)).transpose()?;
        let only_pages = response.more
            && epoch == Some(response.epoch)
            && response.statements.is_empty()
            && response.retracted.is_empty()
            && self.beyond_room(&response.changes)?.is_empty()
            && self.store.keys(&[OFFER], None, 1)?.is_empty()
            && outbox::items(&self.store).next().is_none();
        if !only_pages {
            return Ok(None);
        }
        self.request(Some(response.cursor.clone()), Vec::new(), Vec::new(), page_bytes).map(Some)
    }

    /// Statements to be offered, in the order they were accepted: each after those its chain needs. What does not fit
    /// beside a change waits for the next request.
    fn offers(&self) -> Result<Vec<Vec<u8>>, ReplicaError> {
        let mut offers = Vec::new();
        let mut room = BODY_BYTES_MAX / 2;
        if self.store.keys(&[OFFER], None, 1)?.is_empty() {
            return Ok(offers);
        }
        for bytes in layout::statements(&self.store)? {
            let id = crate::BlobId::of(&bytes).0;
            if self.store.get(&[&[OFFER], &id[..]].concat())?.is_some() {
                if bytes.len() > room {
                    break;
                }
                room -= bytes.len();
                offers.push(bytes);
            }
        }
        Ok(offers)
    }

    /// Changes that were sent and still wait, with the reason.
    pub fn waiting(&self) -> Result<Vec<(RecordId, ChangeHash, Waiting)>, ReplicaError> {
        let waiting = outbox::items(&self.store).filter_map(|item| match item {
            Ok(item) => Some(Ok((item.record, item.hash, item.waiting?))),
            Err(error) => Some(Err(error)),
        });
        waiting.collect()
    }

    /// Whether changes remain that this sync has not yet offered.
    pub fn has_more_to_send(&self) -> Result<bool, ReplicaError> {
        for item in outbox::items(&self.store) {
            if !self.undecided.contains(&item?.hash) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Outbox changes up to the limits, each after what it builds on. A change that waits because the hub lacks what
    /// it builds on takes that along.
    fn next_push(&self, bytes_max: usize) -> Result<Vec<Vec<u8>>, ReplicaError> {
        let mut push = Vec::new();
        let mut sent: BTreeSet<(RecordId, ChangeHash)> = BTreeSet::new();
        let mut bytes = 0;
        for item in outbox::items(&self.store) {
            let item = item?;
            if self.undecided.contains(&item.hash) || sent.contains(&(item.record, item.hash)) {
                continue;
            }
            for entry in self.with_what_it_needs(&item)? {
                let size = entry.signed.bytes().len();
                let full = push.len() >= PUSH_CHANGES_MAX || bytes + size > bytes_max;
                if full && !push.is_empty() {
                    return Ok(push);
                }
                if sent.insert((item.record, entry.hash())) {
                    bytes += size;
                    push.push(entry.signed.bytes().to_vec());
                }
            }
        }
        Ok(push)
    }

    /// A change of the outbox after those it builds on that must go along.
    fn with_what_it_needs(&self, item: &OutboxItem) -> Result<Vec<Entry>, ReplicaError> {
        let mut entries = entry::entries(&self.store, item.record)?;
        let lacks = item.waiting.as_ref().is_some_and(|waiting| waiting.code == "missing_dependency");
        let ancestry = entry::ancestry(&entries, item.hash)?;
        let mut needed = BTreeSet::from([item.hash]);
        for hash in ancestry {
            let queued = !self.undecided.contains(&hash) && outbox::contains(&self.store, item.record, hash)?;
            if lacks || queued {
                needed.insert(hash);
            }
        }
        entries.retain(|entry| needed.contains(&entry.hash()));
        Ok(entries)
    }
}
