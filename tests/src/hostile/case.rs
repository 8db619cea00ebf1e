//! One thing a hostile device sends, and what must be said of it.

use dongbo_core::change::{Change, ReadError, write_chunk};

use super::{Sender, Victim, chunks, columns, containers, envelopes, forms, places, roots, texts};

/// Hostile bytes.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it is.
    pub name: String,
    /// The signed bytes.
    pub bytes: Vec<u8>,
    /// The hub's code.
    pub code: &'static str,
    /// What the hub's detail says.
    pub detail: String,
    /// What the phone's reason says.
    pub reason: String,
}

impl Case {
    pub(super) fn new(name: &str, bytes: Vec<u8>, code: &'static str, because: impl ToString) -> Self {
        Self { name: name.to_owned(), bytes, code, detail: because.to_string(), reason: because.to_string() }
    }

    /// A chunk that the strict reader refuses.
    pub(super) fn unreadable(sender: &Sender, victim: &Victim, name: &str, chunk: &[u8], error: ReadError) -> Self {
        let code = match error {
            ReadError::TooLarge => "too_large",
            ReadError::OwnActor => "actor_mismatch",
            _ => "malformed_change",
        };
        Self::new(name, sender.sign(victim.record(), chunk), code, error)
    }

    /// A readable change of the victim that does not fit there.
    pub(super) fn misplaced(
        sender: &Sender,
        victim: &Victim,
        name: &str,
        change: &Change,
        because: impl ToString,
    ) -> Self {
        Self::new(name, sender.sign(victim.record(), &write_chunk(change)), "invalid_change", because)
    }

    /// Where a phone, which judges less, has another reason.
    pub(super) fn on_a_phone(mut self, reason: impl ToString) -> Self {
        self.reason = reason.to_string();
        self
    }
}

/// Every case. The victim's first two changes must be where the bytes are sent.
pub fn cases(sender: &mut Sender, victim: &Victim) -> anyhow::Result<Vec<Case>> {
    let mut cases = envelopes::cases(sender, victim);
    cases.extend(chunks::cases(sender, victim)?);
    cases.extend(columns::cases(sender, victim));
    cases.extend(forms::cases(sender, victim));
    cases.extend(places::cases(sender, victim)?);
    cases.extend(roots::cases(sender, victim)?);
    cases.extend(containers::cases(sender, victim));
    cases.extend(texts::cases(sender, victim));
    Ok(cases)
}
