//! Nothing was served out of scope.

use dongbo_core::{change::SignedChange, sync::SyncResponse};
use dongbo_server::hub::Entry;

use super::Check;
use crate::simulation::{Finding, fleet::Fleet};

impl Fleet {
    /// Every change in an answer belongs to a (unit, form) that the device's member may read at that moment.
    pub(crate) fn check_served(&self, at: usize, response: &SyncResponse) -> Result<(), Finding> {
        for item in &response.changes {
            let entry = self.entry(item.sequence);
            let Some(entry) = entry.filter(|entry| entry.bytes == item.change) else {
                return Err(Finding::new(Check::Served, format!("{} is not what the ledger says", item.sequence)));
            };
            if !self.may_see(at, &entry) {
                let what = SignedChange::open(&item.change).map(|signed| signed.record().to_string());
                let (unit, form) = (&entry.unit, &entry.form);
                let detail = format!("{} was sent {what:?} of {unit:?} {form:?}", self.phones[at].name);
                return Err(Finding::new(Check::Served, detail));
            }
        }
        Ok(())
    }

    fn entry(&self, sequence: u64) -> Option<Entry> {
        use dongbo_core::store::Read as _;
        let value = self.hub_disk().get(&crate::simulation::stored::ledger_key(sequence)).ok()??;
        minicbor::decode(&value).ok()
    }

    /// Whether a phone's member may read an entry now. A revoked device reads nothing.
    pub(crate) fn may_see(&self, at: usize, entry: &Entry) -> bool {
        let (Some(unit), Some(form)) = (&entry.unit, &entry.form) else { return false };
        let trust = self.hub().trust();
        let device = self.phones[at].device;
        let revoked = trust.revocation(device).is_some_and(|revocation| revocation.at_ms <= self.now_ms);
        !revoked && trust.member_of(device).is_some_and(|member| self.reach.may_read(member, unit, form, self.now_ms))
    }
}
