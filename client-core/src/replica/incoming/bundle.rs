//! A bundle taken in: every item is verified as if it came from a stranger, and one bad item stops no other.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Intake, feed::Unapplied, journal};
use crate::{
    ChangeHash, RecordId,
    change::{Bundle, SignedChange},
    judged::Judged,
    limits::REPLICA_RECORDS_MAX,
    parallel,
    replica::{
        Replica, ReplicaError,
        entry::State,
        layout::{HELD, LAST_SYNC, OFFER, QUARANTINE, from_json, hash_key},
        outbox,
    },
    store::{Read, Store},
};

/// Changes taken in with one commit, and how large they may be together.
const CHANGES_AT_ONCE: usize = 256;
const BYTES_AT_ONCE: usize = 8 << 20;

/// What a bundle brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Statements that were new here. They are offered to the hub.
    pub statements: usize,
    /// Changes that were new here. They go to the hub with the next sync, whoever made them.
    pub imported: usize,
    /// Changes that were here already, be it as *held*.
    pub already_here: usize,
    /// Changes of records that this member may not read: neither shown nor stored. Take the file to the hub
    /// (`dongbo import-bundle`) or to somebody who reads them.
    pub out_of_scope: usize,
    /// Items that were not taken in.
    pub refused: Vec<RefusedItem>,
}

/// An item of a bundle that was not taken in. The others are not affected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedItem {
    /// Its place among the items of the file, from 1.
    pub item: usize,
    /// The record, where it is a change.
    pub record: Option<RecordId>,
    /// The change, where it is one.
    pub change: Option<ChangeHash>,
    /// A code of protocol.md section 4, or `untrusted_statement`, `replica_full`.
    pub code: &'static str,
    /// More about it.
    pub reason: String,
}

/// Where an import stands between two commits.
#[derive(Default)]
struct Import {
    report: ImportReport,
    /// Refused by this import: what builds on them is refused with them.
    refused: BTreeSet<(RecordId, ChangeHash)>,
    out_of_scope: BTreeSet<RecordId>,
    /// Records that may still be added.
    room: usize,
}

impl<S: Store> Replica<S> {
    /// Takes in a bundle. A file that is none, that was cut, or of another campaign is refused whole; else each item is
    /// judged by itself, and what is believed is shown here and sent to the hub with the next sync. Importing again
    /// changes nothing, nor does importing what this device exported.
    ///
    /// `now_ms` is this device's clock: it says what the member may read now.
    pub async fn import_bundle(&mut self, bytes: &[u8], now_ms: i64) -> Result<ImportReport, ReplicaError> {
        if !self.joined() {
            return Err(ReplicaError::NotJoined);
        }
        self.ready()?;
        let bundle = Bundle::read(bytes)?;
        if bundle.root != self.root() {
            return Err(ReplicaError::OtherCampaign);
        }
        // A clock that is behind the hub's is wrong.
        let last_sync_ms: Option<i64> = self.store.get(LAST_SYNC)?.map(|bytes| from_json(&bytes)).transpose()?;
        let now_ms = last_sync_ms.map_or(now_ms, |at_ms| at_ms.max(now_ms));
        let mut import = Import { room: REPLICA_RECORDS_MAX.saturating_sub(self.records), ..Import::default() };
        for unreadable in &bundle.unreadable {
            let code = "malformed_envelope";
            import.refuse(unreadable.item, None, code, unreadable.problem.clone());
        }
        self.import_statements(&bundle, &mut import, now_ms).await?;
        let mut items: Vec<(usize, &SignedChange)> =
            bundle.change_items.iter().copied().zip(&bundle.changes).rev().collect();
        while !items.is_empty() {
            let (mut part, mut size) = (Vec::new(), 0);
            while let Some(next) = items.pop_if(|_| part.len() < CHANGES_AT_ONCE && size < BYTES_AT_ONCE) {
                size += next.1.bytes().len();
                part.push(next);
            }
            self.import_changes(&part, &mut import, now_ms).await?;
        }
        import.report.refused.sort_by_key(|refused| refused.item);
        Ok(import.report)
    }

    async fn import_statements(
        &mut self,
        bundle: &Bundle,
        import: &mut Import,
        now_ms: i64,
    ) -> Result<(), ReplicaError> {
        let mut intake = self.intake(now_ms)?;
        let before = intake.trust.catalogue_version();
        for (item, signed) in bundle.statement_items.iter().zip(&bundle.statements) {
            match intake.believe(&signed.bytes) {
                Ok(true) => {
                    intake.store.put([&[OFFER], &signed.id[..]].concat(), signed.bytes.clone());
                    import.report.statements += 1;
                }
                Ok(false) => {}
                Err(ReplicaError::Statement(error)) => {
                    import.refuse(*item, None, "untrusted_statement", error.to_string());
                }
                Err(other) => return Err(other),
            }
        }
        if intake.trust.catalogue_version() != before {
            intake.project_everything()?;
        }
        let Intake { store, trust, .. } = intake;
        let batch = store.into_batch();
        if batch.is_empty() { Ok(()) } else { self.keep(batch, trust).await }
    }

    async fn import_changes(
        &mut self,
        part: &[(usize, &SignedChange)],
        import: &mut Import,
        now_ms: i64,
    ) -> Result<(), ReplicaError> {
        self.journal(part.iter().map(|(_, signed)| signed.bytes())).await?;
        let mut intake = self.intake(now_ms)?;
        let trust = &intake.trust;
        let judged = parallel::map(part, |(_, signed)| Judged::of(signed, trust));
        for ((item, signed), judged) in part.iter().zip(judged) {
            import.change(&mut intake, *item, signed, judged)?;
        }
        intake.project_touched()?;
        let Intake { mut store, trust, .. } = intake;
        journal::close(&mut store, false);
        let batch = store.into_batch();
        self.keep(batch, trust).await
    }
}

impl Import {
    fn refuse(&mut self, item: usize, change: Option<&SignedChange>, code: &'static str, reason: String) {
        self.refused.extend(change.map(|signed| (signed.record(), signed.hash())));
        let (record, change) = (change.map(SignedChange::record), change.map(SignedChange::hash));
        self.report.refused.push(RefusedItem { item, record, change, code, reason });
    }

    fn change<S: Store>(
        &mut self,
        intake: &mut Intake<'_, S>,
        item: usize,
        signed: &SignedChange,
        judged: Judged,
    ) -> Result<(), ReplicaError> {
        let (record, hash) = (signed.record(), signed.hash());
        if intake.trust.erasure(record).is_some() {
            self.refuse(item, Some(signed), "erased", "the record was erased".to_owned());
            return Ok(());
        }
        let entries = &intake.loaded(record)?.entries;
        let is_new = entries.is_empty();
        let known = entries.iter().any(|entry| entry.hash() == hash);
        if known || intake.store.get(&hash_key(HELD, record, hash))?.is_some() {
            self.report.already_here += 1;
            return Ok(());
        }
        if is_new && self.out_of_scope.contains(&record) {
            self.report.out_of_scope += 1;
            return Ok(());
        }
        if let Some(Ok(alone)) = judged.alone.as_ref().filter(|_| is_new)
            && let Ok(origin) = alone.origin()
            && !self.belongs_here(intake, item, signed, &origin.origin)
        {
            return Ok(());
        }
        match intake.apply(signed.clone(), Some(judged), State::Pending) {
            Ok(()) => {
                self.room = self.room.saturating_sub(usize::from(is_new));
                self.report.imported += 1;
                outbox::add(&mut intake.store, record, hash)?;
                intake.after_applied(record, hash)?;
                if intake.any_quarantined {
                    intake.store.delete(hash_key(QUARANTINE, record, hash));
                    intake.retry_quarantined(record)?;
                }
            }
            Err(Unapplied::Replica(error)) => return Err(error),
            Err(reason) => {
                let code = self.code(intake, record, &reason)?;
                self.refuse(item, Some(signed), code, reason.to_string());
            }
        }
        Ok(())
    }

    /// Whether a record that is new here may be kept here.
    fn belongs_here<S: Store>(
        &mut self,
        intake: &Intake<'_, S>,
        item: usize,
        signed: &SignedChange,
        origin: &crate::RecordOrigin,
    ) -> bool {
        let Some(rules) = intake.trust.rules() else { return false };
        let unknown = "synchronise, then import the file again";
        if rules.campaign.form(&origin.form).is_none() {
            self.refuse(
                item,
                Some(signed),
                "unknown_form",
                format!("there is no form {} here; {unknown}", origin.form),
            );
        } else if rules.units.get(&origin.unit).is_none() {
            self.refuse(
                item,
                Some(signed),
                "unknown_unit",
                format!("there is no unit {} here; {unknown}", origin.unit),
            );
        } else if !intake.readable(rules).contains(&origin.unit, &origin.form) {
            self.report.out_of_scope += 1;
            self.out_of_scope.insert(signed.record());
        } else if self.room == 0 {
            let reason = format!("this device holds {REPLICA_RECORDS_MAX} records, its limit");
            self.refuse(item, Some(signed), "replica_full", reason);
        } else {
            return true;
        }
        false
    }

    fn code<S: Store>(
        &self,
        intake: &Intake<'_, S>,
        record: RecordId,
        reason: &Unapplied,
    ) -> Result<&'static str, ReplicaError> {
        Ok(match reason {
            Unapplied::Unverified(unverified) => unverified.code(),
            Unapplied::Record(error) => error.code(),
            Unapplied::Missing(hash) => {
                let held = intake.store.get(&hash_key(HELD, record, *hash))?.is_some();
                if held || self.refused.contains(&(record, *hash)) { "depends" } else { "missing_dependency" }
            }
            Unapplied::Crashed | Unapplied::Replica(_) => "invalid_change",
        })
    }
}
