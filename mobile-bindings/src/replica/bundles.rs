//! Work carried by hand: between phones without a network, and to the hub by a colleague.

use std::{fs, sync::Arc};

use dongbo_core::{RecordId, change::BundleError, limits::BUNDLE_BYTES_MAX, replica::Carried};

use super::{Core, Replica};
use crate::{DongboError, Event, folder, worker::beside};

/// What of a replica goes into a bundle.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Export {
    /// Every record here.
    Everything,
    /// What the hub does not have.
    Unsent,
    /// One record.
    Record {
        /// Its id.
        id: String,
    },
}

/// What a bundle brought.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ImportReport {
    /// Statements of the campaign that were new here.
    pub statements: u32,
    /// Changes that are on this device now, and will be sent to the hub from here.
    pub imported: u32,
    /// Changes that were here already.
    pub already_here: u32,
    /// Changes of records that this person may not read: they stay in the file; carry it to an administrator.
    pub out_of_scope: u32,
    /// Items that could not be taken, and why. They stop no other.
    pub refused: Vec<Refused>,
}

/// An item of a bundle that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Refused {
    /// Its place among the items of the file, from 1.
    pub item: u32,
    /// A stable code.
    pub code: String,
    /// Why, for a developer.
    pub detail: String,
}

#[uniffi::export]
impl Replica {
    /// Writes a bundle into a file, which is whole or not there. It is signed, not encrypted: whoever has the file can
    /// read it.
    pub async fn export_bundle(&self, what: Export, path: String) -> Result<(), DongboError> {
        let what = match what {
            Export::Everything => Carried::All,
            Export::Unsent => Carried::Unsent,
            Export::Record { id } => Carried::Record(id.parse::<RecordId>()?),
        };
        let job = async move |core: &mut Core| write(path, core.export_bundle(what)?).await;
        self.shared.run(job).await
    }

    /// Takes in a bundle. Every item is checked as if it came from a stranger; one bad item stops no other. Safe to
    /// repeat.
    pub async fn import_bundle(&self, path: String) -> Result<ImportReport, DongboError> {
        let now_ms = self.shared.clock.now_ms();
        let events = Arc::clone(&self.shared.events);
        let job = async move |core: &mut Core| {
            let bundle = beside(move || {
                if fs::metadata(&path)?.len() > BUNDLE_BYTES_MAX as u64 {
                    return Err(BundleError::TooLarge.into());
                }
                Ok(fs::read(&path)?)
            })
            .await?;
            let report = core.import_bundle(&bundle, now_ms).await;
            // Also after an error: parts of it may be here.
            events.tell(Event::Arrived);
            Ok(report?)
        };
        let report = self.shared.run(job).await?;
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let refused = |refused: dongbo_core::replica::RefusedItem| Refused {
            item: number(refused.item),
            code: refused.code.to_owned(),
            detail: refused.reason,
        };
        Ok(ImportReport {
            statements: number(report.statements),
            imported: number(report.imported),
            already_here: number(report.already_here),
            out_of_scope: number(report.out_of_scope),
            refused: report.refused.into_iter().map(refused).collect(),
        })
    }
}

/// Writes a file for the person, beside the worker: storage is slow, and a stick slower.
pub(super) async fn write(path: String, bytes: Vec<u8>) -> Result<(), DongboError> {
    beside(move || Ok(folder::export(path.as_ref(), &bytes)?)).await
}
