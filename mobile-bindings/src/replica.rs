//! One person's replica on this phone.

mod bundles;
mod drafts;
mod ending;
mod figures;
mod forms;
mod lists;
mod records;
pub(crate) mod shared;
mod syncing;

use std::sync::Arc;

pub use bundles::{Export, ImportReport, Refused};
pub(crate) use shared::{Core, Shared};

use crate::{DongboError, EventListener, Network, Notice, Subscription, Summary};

/// One person's records, open. Every call may come from any thread at any time; each is done whole or not at all, also
/// where its caller gives up waiting.
///
/// Letting go of the last handle closes the store; [`lock`](Self::lock) does so at once and wipes the key from memory.
#[derive(uniffi::Object)]
pub struct Replica {
    pub(crate) shared: Arc<Shared>,
}

#[uniffi::export]
impl Replica {
    /// The id under which the phone knows this person.
    pub fn person_id(&self) -> String {
        self.shared.place.id.clone()
    }

    /// What it holds, in numbers. Works on a revoked device too.
    pub async fn summary(&self) -> Result<Summary, DongboError> {
        self.shared.run_even_if_revoked(async |core: &mut Core| Ok(core.summary()?.into())).await
    }

    /// Whether the hub has certified this device. If not, [`join`](Self::join) once there is a network.
    pub async fn joined(&self) -> Result<bool, DongboError> {
        self.shared.run_even_if_revoked(async |core: &mut Core| Ok(core.joined())).await
    }

    /// This device's id, as an administrator sees it.
    pub async fn device_id(&self) -> Result<String, DongboError> {
        self.shared.run_even_if_revoked(async |core: &mut Core| Ok(core.device().to_string())).await
    }

    /// The person's name in the campaign's directory; none before the first sync.
    pub async fn member_name(&self) -> Result<Option<String>, DongboError> {
        self.shared.run(async |core: &mut Core| Ok(core.member().map(|member| member.name.clone()))).await
    }

    /// Tells the listener what happens, until the subscription is cancelled or let go of.
    pub fn subscribe(&self, listener: Arc<dyn EventListener>) -> Arc<Subscription> {
        self.shared.events.subscribe(listener)
    }

    /// Limits what is synchronised to these units with their descendants; `None`: all that the member may read. Records
    /// of other units leave this phone with the next syncs; what is unsent stays.
    pub async fn want_units(&self, units: Option<Vec<String>>) -> Result<(), DongboError> {
        let units =
            units.map(|units| units.iter().map(|unit| Ok(unit.parse()?)).collect::<Result<Vec<_>, DongboError>>());
        let units = units.transpose()?;
        self.shared.run(async move |core: &mut Core| Ok(core.want_units(units.as_deref()).await?)).await
    }

    /// What the app knows of the network. Nothing is asked of the platform.
    pub fn set_network(&self, network: Network) {
        self.shared.set_network(network);
    }

    /// What the person must see and has not.
    pub async fn notices(&self) -> Result<Vec<Notice>, DongboError> {
        self.shared.run_even_if_revoked(async |core: &mut Core| ending::notices(core)).await
    }

    /// The person has seen a notice: it is not given again.
    pub async fn seen(&self, notice: Notice) -> Result<(), DongboError> {
        self.shared.run_even_if_revoked(async move |core: &mut Core| Ok(core.note_seen(&notice.key()).await?)).await
    }

    /// Releases the store's files and their locks, and keeps the key in memory: call it when the system is about to
    /// suspend the app (iOS ends an app that is suspended while it holds a file lock). What runs is brought to its end
    /// first; a sync goes on after [`resume`](Self::resume) if its answer has not come by then. Until then every call
    /// says `paused`.
    pub async fn pause(&self) -> Result<(), DongboError> {
        self.shared.pause().await
    }

    /// Takes the files again.
    pub async fn resume(&self) -> Result<(), DongboError> {
        self.shared.resume().await
    }

    /// Closes the store and wipes its key from memory. Every later call says `closed`; to go on, unlock again.
    pub async fn lock(&self) -> Result<(), DongboError> {
        self.shared.lock().await
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.shared.events.end();
    }
}
