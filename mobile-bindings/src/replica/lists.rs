//! Lists of records, and what needs attention.

use dongbo_core::{
    campaign::Form,
    record::Row,
    replica::{List, Listed},
    wording,
};

use super::{Core, Replica, records::name_of};
use crate::{Attention, DongboError, Query, RecordPage, record::from_row};

#[uniffi::export]
impl Replica {
    /// Records that match, a page at a time.
    pub async fn query(&self, query: Query) -> Result<RecordPage, DongboError> {
        let list = query.into_core()?;
        self.shared.run(async move |core: &mut Core| page(core, &list)).await
    }

    /// Changes that need their author's attention, with the reason: refused, undecided, unreadable.
    pub async fn attention(&self) -> Result<Vec<Attention>, DongboError> {
        let job = async |core: &mut Core| Ok(core.attention()?.into_iter().map(Attention::from).collect());
        self.shared.run_even_if_revoked(job).await
    }
}

fn page(core: &Core, list: &List) -> Result<RecordPage, DongboError> {
    let page = core.list(list)?;
    let rules = core.rules().cloned();
    let form = |row: &Row| -> Option<&Form> { rules.as_ref()?.campaign.form(&row.form) };
    let name = |device| name_of(core, device);
    let shown = page.records.into_iter().map(|Listed { row, status }| {
        let form = form(&row);
        from_row(row, status.into(), form, &name)
    });
    Ok(RecordPage { records: shown.collect(), total: u32::try_from(page.total).unwrap_or(u32::MAX) })
}

impl From<dongbo_core::replica::Attention> for Attention {
    fn from(attention: dongbo_core::replica::Attention) -> Self {
        let dongbo_core::replica::Attention { record, change, code, detail, sent_again, .. } = attention;
        let words = wording::of(&code);
        Self {
            record: record.to_string(),
            change: change.to_string(),
            text_vi: words.map_or_else(|| code.clone(), |words| words.vi.to_owned()),
            text_en: words.map_or_else(|| code.clone(), |words| words.en.to_owned()),
            code,
            detail,
            sent_again,
        }
    }
}
