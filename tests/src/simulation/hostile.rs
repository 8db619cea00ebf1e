//! Changes that nobody may make, sent by a device that lies.

use dongbo_core::{
    ChangeHash, RecordOrigin,
    change::SignedChange,
    identity::KeyPair,
    outside::Moment,
    record::{MetaEdit, create},
    sync::SyncResponse,
};
use sha2::{Digest as _, Sha256};

use super::{Check, Finding, fleet::Fleet, text};
use crate::world::{answers, id};

/// A forged change and how the hub will name it.
pub(super) struct Forgery {
    pub(super) bytes: Vec<u8>,
    name: ChangeHash,
    /// A broken copy of a genuine change.
    pub(super) copied: bool,
}

impl Fleet {
    /// A few forgeries by this phone.
    pub(super) fn forge(&mut self, at: usize, genuine: Option<&[u8]>) -> Vec<Forgery> {
        let mut forged = vec![
            (self.forge_record(at, "initiative", "755"), false),
            (self.forge_record(at, "review", "26572"), false),
        ];
        let mut noise = vec![0; 40 + self.random.below(400)];
        dongbo_core::outside::Entropy::fill(&mut self.random, &mut noise);
        forged.push((noise, false));
        if let Some(genuine) = genuine.filter(|_| self.random.chance(30)) {
            let mut broken = genuine.to_vec();
            let last = broken.len() - 1 - self.random.below(64);
            broken[last] ^= 1 << self.random.below(8);
            forged.push((broken, true));
            forged.push((genuine[..genuine.len() / 2].to_vec(), true));
        }
        let name = |bytes: &[u8]| match SignedChange::open(bytes) {
            Ok(signed) => signed.hash(),
            Err(_) => ChangeHash(Sha256::digest(bytes).into()),
        };
        forged.into_iter().map(|(bytes, copied)| Forgery { name: name(&bytes), bytes, copied }).collect()
    }

    /// A well-made record of a form and unit that the phone's member may not write.
    fn forge_record(&mut self, at: usize, form: &str, unit: &str) -> Vec<u8> {
        let key = KeyPair::from_seed(self.phones[at].key_seed);
        let Ok(rules) = self.hub().rules().cloned() else { return Vec::new() };
        let Some(schema) = rules.campaign.form(&id(form)) else { return Vec::new() };
        let fields = answers(text::new_record("initiative", &mut self.random));
        let fields = if form == "initiative" { fields } else { Default::default() };
        let now_ms = self.now_ms;
        let mut moment = Moment::new(now_ms, &mut self.random);
        let origin = RecordOrigin {
            device: key.device(),
            unit: id(unit),
            form: id(form),
            created_ms: now_ms,
            salt: moment.random(),
        };
        match create(schema, &origin, &fields, &MetaEdit::default(), &mut moment) {
            Ok(written) => SignedChange::sign(self.hub().trust().root(), &key, written.record.id(), &written.chunk),
            Err(_) => Vec::new(),
        }
    }

    /// Every forgery was refused.
    pub(super) fn check_refusals(forged: &[Forgery], response: &SyncResponse) -> Result<(), Finding> {
        for forgery in forged {
            let admitted = response.admitted.iter().any(|admitted| admitted.hash == forgery.name);
            // A broken copy of a genuine change that is in the ledger is, by its name, that change: nothing is taken in.
            if admitted && forgery.copied {
                continue;
            }
            if admitted {
                let detail = format!("the hub let in the forgery {}", forgery.name);
                return Err(Finding::new(Check::Refusals, detail));
            }
            if !response.refused.iter().any(|refused| refused.hash == forgery.name) {
                let detail = format!("the hub says nothing about the forgery {}", forgery.name);
                return Err(Finding::new(Check::Refusals, detail));
            }
        }
        Ok(())
    }
}
