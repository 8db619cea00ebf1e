//! Nothing that was acknowledged is missing.

use super::Check;
use crate::simulation::{
    Finding,
    witness::{Places, Witness},
};

/// Every change that a device was told is durable is in the ledger. What a hub lost with an older copy is there again,
/// or waits in plain sight, if any device still had it.
pub(crate) fn check_acknowledged(witness: &Witness, places: &Places) -> Result<(), Finding> {
    for (key, acknowledgement) in &witness.acknowledged {
        let (record, hash) = key;
        let waits = || places.pending.contains(key) || places.on_any(key);
        let kept = places.ledger.contains(key) || acknowledgement.excused || (acknowledgement.unsettled && waits());
        if !kept {
            let detail = format!("{hash} of {record} was acknowledged and is not in the ledger");
            return Err(Finding::new(Check::Acknowledged, detail));
        }
    }
    Ok(())
}
