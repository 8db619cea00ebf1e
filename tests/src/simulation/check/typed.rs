//! Nothing that was typed is gone.

use super::Check;
use crate::simulation::{
    Finding,
    witness::{Places, Witness},
};

/// Every save that succeeded is in the ledger, or waits at the hub, or is in its device's outbox, or is held there.
/// Before everything has `settled`, it may also be in a record that the device is yet to offer again.
pub(crate) fn check_typed(witness: &Witness, places: &Places, settled: bool) -> Result<(), Finding> {
    for save in witness.saves.iter().filter(|save| !save.excused) {
        let (record, hash) = save.key;
        let on_device = if settled {
            places.outbox[save.phone].contains(&save.key) || places.held[save.phone].contains(&save.key)
        } else {
            places.on(save.phone, &save.key)
        };
        let adrift = save.adrift && if settled { places.waits_anywhere(&save.key) } else { places.on_any(&save.key) };
        if !(places.at_hub(&save.key) || on_device || adrift) {
            let detail = format!("{hash} of {record}, saved on phone {}, is nowhere", save.phone);
            return Err(Finding::new(Check::Typed, detail));
        }
    }
    Ok(())
}
