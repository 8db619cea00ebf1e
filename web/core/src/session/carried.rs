//! Work carried by hand.

use dongbo_core::{
    change::SealedBundle,
    limits::BUNDLE_BYTES_MAX,
    replica::{Carried, ImportReport},
};

use super::{Core, Session};
use crate::{
    outside::{entropy, now_ms},
    problem::Problem,
};

impl Session {
    /// What the hub does not have. It is signed, not encrypted: whoever has the file can read it.
    pub(crate) async fn export_bundle(&self) -> Result<Vec<u8>, Problem> {
        self.run(async |core: &mut Core| Ok(core.export_bundle(Carried::Unsent)?)).await
    }

    /// Everything unsent, everything held and every draft, for the campaign's administrators only.
    pub(crate) async fn export_for_administrator(&self) -> Result<Vec<u8>, Problem> {
        self.run_even_if_revoked(async |core: &mut Core| {
            let recovery = *core.trust().recovery_key().ok_or_else(|| Problem::of_code("no_recovery_key"))?;
            let bundle = core.export_for_administrator()?;
            let sealed = SealedBundle::write(core.root(), &recovery, &bundle, &mut entropy());
            let sealed = sealed.map_err(|error| Problem::of_code_with("no_recovery_key", error.to_string()))?;
            // The page saves it: what a browser makes of a download, nobody is told.
            core.note_handed_over(&bundle).await?;
            Ok(sealed)
        })
        .await
    }

    /// Every item is checked as if it came from a stranger; one bad item stops no other.
    pub(crate) async fn import_bundle(&self, bundle: &[u8]) -> Result<ImportReport, Problem> {
        if bundle.len() > BUNDLE_BYTES_MAX {
            return Err(Problem::of_code_with("too_large", format!("a bundle of {} bytes", bundle.len())));
        }
        self.run(async |core: &mut Core| Ok(core.import_bundle(bundle, now_ms()).await?)).await
    }
}
