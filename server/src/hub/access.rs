//! The access log: who read personal fields of which records through the JSON API, and when. It names fields, never
//! what they hold.

use std::collections::BTreeMap;

use dongbo_core::{
    DeviceId, MemberId, RecordId,
    record::Row,
    store::{Batch, Store},
};
use serde::{Deserialize, Serialize};

use super::{
    Hub, HubError,
    layout::{ACCESS, from_json, sequence_key, sequence_of, to_json},
    personal,
};

/// Entries kept; the oldest leave first. One entry is one request.
pub const ACCESS_ENTRIES_MAX: u64 = 200_000;
/// How long an entry is kept, in days, counted by the hub's clock.
pub const ACCESS_RETENTION_DAYS: i64 = 730;
/// Entries that one new entry may push out.
const LEAVING_AT_ONCE: usize = 64;
/// Entries read from the store at a time.
const READ_AT_ONCE: usize = 512;

/// One request that read personal fields. Version 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Layout version, 1.
    pub format: u32,
    /// When, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Who.
    pub member: MemberId,
    /// By which device.
    pub device: DeviceId,
    /// The personal fields that were read, by record.
    pub read: BTreeMap<RecordId, Vec<String>>,
}

/// What is asked of the access log.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AccessQuery {
    /// Only reads of this record.
    pub record: Option<RecordId>,
    /// Only reads by this member.
    pub member: Option<MemberId>,
}

impl<S: Store> Hub<S> {
    /// Notes that a device's member is given these rows, where they hold personal answers. Durable before it returns:
    /// what cannot be noted must not be given.
    pub async fn note_access(&mut self, device: DeviceId, rows: &[Row], now_ms: i64) -> Result<(), HubError> {
        let rules = self.rules()?;
        let mut read = BTreeMap::new();
        for row in rows {
            let fields = rules.campaign.form(&row.form).map(|form| personal::answered(form, row)).unwrap_or_default();
            if !fields.is_empty() {
                read.insert(row.record, fields);
            }
        }
        if read.is_empty() {
            return Ok(());
        }
        let member = self.trust.member_of(device).map(|member| member.id).ok_or(HubError::Unauthorised)?;
        let last = self.store.last(&[ACCESS])?.and_then(|(key, _)| sequence_of(&key)).unwrap_or(0);
        let mut batch = Batch::new();
        batch.put(sequence_key(ACCESS, last + 1), to_json(&Access { format: 1, at_ms: now_ms, member, device, read }));
        for (key, bytes) in self.store.scan(&[ACCESS], None, LEAVING_AT_ONCE)? {
            let is_extra = sequence_of(&key).is_some_and(|sequence| sequence + ACCESS_ENTRIES_MAX <= last + 1);
            let entry: Access = from_json(&bytes)?;
            if is_extra || entry.at_ms < now_ms - ACCESS_RETENTION_DAYS * 24 * 3_600_000 {
                batch.delete(key);
            }
        }
        self.commit(batch).await
    }

    /// The access log, oldest first, at most `limit` entries that were asked for.
    pub fn accesses(&self, query: &AccessQuery, limit: usize) -> Result<Vec<Access>, HubError> {
        self.accesses_told(query, limit, |_| Ok(true))
    }

    /// The same, without the records that `is_told` holds back.
    pub fn accesses_told(
        &self,
        query: &AccessQuery,
        limit: usize,
        is_told: impl Fn(RecordId) -> Result<bool, HubError>,
    ) -> Result<Vec<Access>, HubError> {
        let mut found = Vec::new();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = self.store.scan(&[ACCESS], after.as_deref(), READ_AT_ONCE)?;
            let Some((last, _)) = page.last() else { return Ok(found) };
            after = Some(last.clone());
            for (_, bytes) in &page {
                let mut entry: Access = from_json(bytes)?;
                if query.member.is_some_and(|member| member != entry.member) {
                    continue;
                }
                let mut told = BTreeMap::new();
                for (record, fields) in std::mem::take(&mut entry.read) {
                    if query.record.is_none_or(|asked| asked == record) && is_told(record)? {
                        told.insert(record, fields);
                    }
                }
                entry.read = told;
                if !entry.read.is_empty() {
                    found.push(entry);
                    if found.len() == limit {
                        return Ok(found);
                    }
                }
            }
        }
    }
}
