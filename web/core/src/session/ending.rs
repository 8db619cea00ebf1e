//! What a verified statement asks of this device, and the end of its store.

use dongbo_core::identity::RevocationReason;

use super::{Core, Session, Slot};
use crate::{
    outside::now_ms,
    people::People,
    problem::Problem,
    vault::{Joined, keep_recoverable},
};

impl Session {
    /// After a sync, and after opening: obeys what a verified statement says of this device, and leaves the store's key
    /// with the campaign. A store whose device is lost is wiped at once.
    ///
    /// Nothing is done about erased answers that may lie in the browser's files a while longer: IndexedDB does not say
    /// when it gives pages back, and what lies there is encrypted.
    pub(crate) async fn obey(&self, people: &mut People) -> Result<(), Problem> {
        let found = self.run_even_if_revoked(async |core: &mut Core| Found::read(core)).await?;
        if found.lost {
            self.end(people, RevocationReason::Lost.word()).await?;
            return Err(Problem::of_code("wiped"));
        }
        if let (Some(joined), Some(key)) = (found.joined, self.key().await) {
            keep_recoverable(people, &self.person, &joined, &key).await?;
        }
        Ok(())
    }

    /// Deletes the store of a revoked device, once what is unsent was given away sealed: nothing typed is lost by it.
    pub(crate) async fn wipe(&self, people: &mut People) -> Result<(), Problem> {
        let may = async |core: &mut Core| {
            let revocation = core.revoked()?.ok_or_else(|| Problem::of_code("not_revoked"))?;
            let summary = core.summary()?;
            let unsent = summary.outbox + summary.held;
            if unsent + summary.drafts > 0 && !core.is_handed_over()? {
                let detail = format!("{unsent} changes unsent, {} drafts", summary.drafts);
                return Err(Problem::of_code_with("unsent_work", detail));
            }
            Ok(revocation.reason.word())
        };
        let reason = self.run_even_if_revoked(may).await?;
        self.end(people, reason).await
    }

    /// Whether no hub has certified this device, so that there are no forms either.
    pub(crate) async fn never_joined(&self) -> Result<bool, Problem> {
        self.run_even_if_revoked(async |core: &mut Core| Ok(!core.joined())).await
    }

    /// Closes the store for good and wipes it. A revoked device saves nothing meanwhile.
    pub(crate) async fn end(&self, people: &mut People, reason: &str) -> Result<(), Problem> {
        let mut slot = self.slot.lock().await;
        people.wipe(&self.databases, &self.person, now_ms(), reason, || *slot = Slot::Wiped).await
    }
}

/// What is to be acted on.
struct Found {
    lost: bool,
    joined: Option<Joined>,
}

impl Found {
    fn read(core: &Core) -> Result<Self, Problem> {
        Ok(Self {
            lost: core.revoked()?.is_some_and(|revoked| revoked.wipe && revoked.reason == RevocationReason::Lost),
            joined: core.joined().then(|| Joined {
                campaign: core.campaign().clone(),
                root_key: *core.trust().root_key(),
                device: core.device(),
                recovery_key: core.trust().recovery_key().copied(),
            }),
        })
    }
}
