//! Lists of records, and what needs attention.

use std::collections::BTreeSet;

use dongbo_core::{RecordId, record::Row, rollup::RowQuery, text, wording};

use super::{Core, Replica, records::name_of};
use crate::{
    Attention, DongboError, Only, Order, Query, RecordPage,
    record::{self, from_row},
};

/// Records of one page at most.
const PAGE_RECORDS_MAX: u32 = 1_000;

#[uniffi::export]
impl Replica {
    /// Records that match, a page at a time.
    pub async fn query(&self, query: Query) -> Result<RecordPage, DongboError> {
        let rows = RowQuery {
            form: query.form.as_deref().map(str::parse).transpose()?,
            unit: query.unit.as_deref().map(str::parse).transpose()?,
            limit: usize::MAX,
            ..RowQuery::default()
        };
        self.shared.run(async move |core: &mut Core| page(core, &query, &rows)).await
    }

    /// Changes that need their author's attention, with the reason: refused, undecided, unreadable.
    pub async fn attention(&self) -> Result<Vec<Attention>, DongboError> {
        self.shared.run_even_if_revoked(async |core: &mut Core| attention(core)).await
    }
}

fn page(core: &Core, query: &Query, rows: &RowQuery) -> Result<RecordPage, DongboError> {
    let mut rows = match query.search.as_deref().map(str::trim).filter(|search| !search.is_empty()) {
        Some(search) => core.search(search, rows)?,
        None => core.rows(rows)?,
    };
    match query.only {
        Only::All => {}
        Only::Conflicts => rows.retain(|row| !row.conflicts.is_empty()),
        Only::Issues => rows.retain(|row| !row.issues.is_empty()),
        Only::Unsent => keep(&mut rows, &core.records_in_outbox()?),
        Only::NeedsAttention => keep(
            &mut rows,
            &core
                .held()?
                .iter()
                .map(|held| held.record)
                .chain(core.waiting()?.iter().map(|(record, ..)| *record))
                .collect(),
        ),
    }
    let total = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let rules = core.rules().cloned();
    let form = |row: &Row| rules.as_ref().and_then(|rules| rules.campaign.form(&row.form));
    match query.order {
        // Ids begin with the time of creation, and rows come in their order.
        Order::Oldest => {}
        Order::Newest => rows.reverse(),
        Order::LastEdited => rows.sort_by_key(|row| std::cmp::Reverse(row.edited_ms)),
        Order::Title => {
            let collation = text::Collation::new();
            rows.sort_by_cached_key(|row| {
                let title = form(row).and_then(|form| record::title(row, form));
                title.map(|title| collation.sort_key(&title))
            });
        }
    }
    let limit = query.limit.min(PAGE_RECORDS_MAX) as usize;
    let name = |device| name_of(core, device);
    let shown = rows.into_iter().skip(query.offset as usize).take(limit).map(|row| {
        let status = core.status(row.record)?.into();
        let form = form(&row);
        Ok(from_row(row, status, form, &name))
    });
    Ok(RecordPage { records: shown.collect::<Result<_, DongboError>>()?, total })
}

fn keep(rows: &mut Vec<Row>, records: &BTreeSet<RecordId>) {
    rows.retain(|row| records.contains(&row.record));
}

fn attention(core: &Core) -> Result<Vec<Attention>, DongboError> {
    let held = core.held()?.into_iter().map(|held| (held.record, held.hash, held.code, held.detail, false));
    let waiting = core.waiting()?.into_iter();
    let waiting = waiting.map(|(record, hash, waiting)| (record, hash, waiting.code, waiting.detail, true));
    let unreadable = core.quarantined()?.into_iter();
    let unreadable =
        unreadable.map(|bad| (bad.record, bad.hash, "unreadable_record".to_owned(), Some(bad.reason), true));
    let item = |(record, change, code, detail, sent_again): (RecordId, dongbo_core::ChangeHash, String, _, _)| {
        let words = wording::of(&code);
        Attention {
            record: record.to_string(),
            change: change.to_string(),
            text_vi: words.map_or_else(|| code.clone(), |words| words.vi.to_owned()),
            text_en: words.map_or_else(|| code.clone(), |words| words.en.to_owned()),
            code,
            detail,
            sent_again,
        }
    };
    Ok(held.chain(waiting).chain(unreadable).map(item).collect())
}
