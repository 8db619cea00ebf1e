//! The ledger's order is causal, and every document loads.

use std::collections::BTreeSet;

use dongbo_core::change::SignedChange;

use super::Check;
use crate::simulation::{Finding, fleet::Fleet, stored};

/// Replicas whose records are all opened; the others' rows are compared anyway.
const OPENED: usize = 3;

impl Fleet {
    /// Sequences have no gap, each change stands once and after all it builds on; every document of the hub opens in
    /// plain Automerge; nothing is left in quarantine, and records open on replicas.
    pub(crate) fn check_order(&self) -> Result<(), Finding> {
        let finding = |detail: String| Finding::new(Check::Order, detail);
        let mut seen = BTreeSet::new();
        let mut documents = BTreeSet::new();
        for (at, (sequence, entry)) in stored::ledger(self.hub_disk()).into_iter().enumerate() {
            if sequence != at as u64 + 1 {
                return Err(finding(format!("the ledger goes from {at} to {sequence}")));
            }
            let (Some(record), Some(hash)) = (entry.record, entry.hash) else { continue };
            let signed = SignedChange::open(&entry.bytes).map_err(|e| finding(e.to_string()))?;
            let change = signed.read().map_err(|e| finding(e.to_string()))?;
            if let Some(dep) = change.deps.iter().find(|dep| !seen.contains(&(record, **dep))) {
                return Err(finding(format!("{hash} at {sequence} comes before {dep}")));
            }
            if !seen.insert((record, hash)) {
                return Err(finding(format!("{hash} stands at {sequence} a second time")));
            }
            documents.insert(record);
        }
        let scope = self.hub().whole_scope().map_err(|e| finding(e.to_string()))?;
        for record in documents {
            let file = self.hub().automerge(&scope, record).map_err(|e| finding(format!("{record}: {e}")))?;
            automerge::Automerge::load(&file).map_err(|e| finding(format!("{record}: {e}")))?;
        }
        for (at, phone) in self.phones.iter().enumerate() {
            let replica = phone.replica();
            if let Some(quarantined) = replica.quarantined().map_err(|e| finding(e.to_string()))?.first() {
                let (hash, reason) = (quarantined.hash, &quarantined.reason);
                return Err(finding(format!("{} keeps {hash} in quarantine: {reason}", phone.name)));
            }
            if at % self.phones.len().div_ceil(OPENED) == 0 {
                for record in replica.record_ids().map_err(|e| finding(e.to_string()))? {
                    let view = replica.view(record).map_err(|e| finding(format!("{record}: {e}")))?;
                    let stored = dongbo_core::rollup::Projection::row(phone.disk(), record);
                    if stored.ok().flatten().as_ref() != Some(&view.row) {
                        return Err(finding(format!("{}: the row of {record} is not what it says", phone.name)));
                    }
                }
            }
        }
        Ok(())
    }
}
