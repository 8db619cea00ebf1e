//! A bundle that was carried to the hub by hand: its changes are judged as the push of a stranger.

use std::{collections::BTreeMap, sync::Arc};

use dongbo_core::{
    ChangeHash, RecordId,
    change::{Bundle, SignedChange},
    identity::StatementError,
    store::Store,
};
use serde::Serialize;

use super::{
    Hub, HubError,
    admission::Pushed,
    statement,
    sync::{CHANGES_BETWEEN_COMMITS, COMMIT_KEYS},
};

/// What a bundle brought to the hub.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BundleReport {
    /// Statements that were new here.
    pub statements: usize,
    /// Changes admitted now.
    pub admitted: usize,
    /// Changes that the ledger held already.
    pub already_here: usize,
    /// Items that were not admitted. What needs approval is kept and listed by `dongbo approvals`.
    pub refused: Vec<RefusedItem>,
}

/// An item of a bundle that was not admitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedItem {
    /// Its place among the items of the file, from 1.
    pub item: usize,
    /// The record, where it is a change.
    pub record: Option<RecordId>,
    /// The change, where it is one.
    pub change: Option<ChangeHash>,
    /// A code of protocol.md section 4, or `untrusted_statement`.
    pub code: String,
    /// More about it.
    pub detail: Option<String>,
}

impl<S: Store> Hub<S> {
    /// Admits what a bundle holds, each item by itself. Commits are made in parts; what an earlier part kept is admitted
    /// again at no cost when the bundle is imported again.
    pub async fn import_bundle(&mut self, bytes: &[u8], now_ms: i64) -> Result<BundleReport, HubError> {
        let bundle = Bundle::read(bytes).map_err(|error| HubError::Malformed(error.to_string()))?;
        if bundle.root != self.trust.root() {
            return Err(HubError::Invalid("the bundle is of another campaign. Nothing was changed.".into()));
        }
        let mut report = BundleReport::default();
        let mut admission = self.admission();
        for (item, signed) in bundle.statement_items.iter().zip(&bundle.statements) {
            let trust = Arc::make_mut(&mut admission.trust);
            let was_known = trust.knows(&signed.id);
            match statement::append(&mut admission.store, trust, &mut admission.ledger, &signed.bytes, now_ms) {
                Ok(_) => report.statements += usize::from(!was_known),
                // Older or the same: nothing is lost.
                Err(HubError::Statement(StatementError::SameVersion { .. } | StatementError::OtherBase { .. })) => {}
                Err(HubError::Statement(error)) => report.refuse(*item, "untrusted_statement", error.to_string()),
                Err(other) => return Err(other),
            }
        }
        let head = admission.ledger.head;
        let mut pushed = Pushed::default();
        for changes in bundle.changes.chunks(CHANGES_BETWEEN_COMMITS) {
            if admission.store.batch().len() >= COMMIT_KEYS {
                let admitted = admission.finish();
                self.keep(admitted).await?;
                admission = self.admission();
            }
            let changes: Vec<&[u8]> = changes.iter().map(SignedChange::bytes).collect();
            admission.push(&changes, &mut pushed, now_ms)?;
        }
        let admitted = admission.finish();
        self.keep(admitted).await?;
        report.already_here = pushed.admitted.iter().filter(|admitted| admitted.sequence <= head).count();
        report.admitted = pushed.admitted.len() - report.already_here;
        let names = bundle.changes.iter().map(|signed| (signed.record(), signed.hash()));
        let items: BTreeMap<_, usize> = names.zip(bundle.change_items.iter().copied()).collect();
        report.refused.extend(pushed.refused.into_iter().map(|refused| RefusedItem {
            item: items.get(&(refused.record, refused.hash)).copied().unwrap_or_default(),
            record: Some(refused.record),
            change: Some(refused.hash),
            code: refused.code,
            detail: refused.detail,
        }));
        for unreadable in bundle.unreadable {
            report.refuse(unreadable.item, "malformed_envelope", unreadable.problem);
        }
        report.refused.sort_by_key(|refused| refused.item);
        Ok(report)
    }
}

impl BundleReport {
    fn refuse(&mut self, item: usize, code: &str, detail: String) {
        let code = code.to_owned();
        self.refused.push(RefusedItem { item, record: None, change: None, code, detail: Some(detail) });
    }
}
