//! A page of a list the plain way: every row read from the store, then narrowed, then ordered. What a replica answers from
//! its index must be that, whatever happened to the replica before.

use std::{cmp::Reverse, collections::BTreeSet};

use dongbo_core::{
    RecordId,
    record::{Row, sort_by_title},
    replica::{List, Listed, Only, Order, PAGE_RECORDS_MAX, Page, Replica, ReplicaError},
    rollup::RowQuery,
    store::Store,
    text::fold,
};

use crate::world::Seeded;

/// The page, read without an index.
pub fn plain<S: Store>(replica: &Replica<S>, list: &List) -> Result<Page, ReplicaError> {
    let query = RowQuery { form: list.form.clone(), unit: list.unit.clone(), limit: usize::MAX, ..RowQuery::default() };
    let mut rows = match list.search.as_deref().map(str::trim).filter(|search| !search.is_empty()) {
        Some(search) => replica.search(search, &query)?,
        None => replica.rows(&query)?,
    };
    let unsent = replica.records_in_outbox()?;
    let held = replica.held()?.into_iter().map(|held| held.record);
    let looked_at: BTreeSet<RecordId> = held.chain(replica.waiting()?.into_iter().map(|(record, ..)| record)).collect();
    rows.retain(|row| match list.only {
        Only::All => true,
        Only::Unsent => unsent.contains(&row.record),
        Only::NeedsAttention => looked_at.contains(&row.record),
        Only::Conflicts => !row.conflicts.is_empty(),
        Only::Issues => !row.issues.is_empty(),
    });
    match (list.order, replica.rules()) {
        (Order::Oldest, _) | (Order::Title, None) => {}
        (Order::Newest, _) => rows.reverse(),
        (Order::LastEdited, _) => rows.sort_by_key(|row| Reverse(row.edited_ms)),
        (Order::Title, Some(rules)) => sort_by_title(&mut rows, &rules.campaign),
    }
    let total = rows.len();
    let shown = rows.into_iter().skip(list.offset).take(list.limit.min(PAGE_RECORDS_MAX));
    let records = shown.map(|row| Ok(Listed { status: replica.status(row.record)?, row }));
    Ok(Page { records: records.collect::<Result<_, ReplicaError>>()?, total })
}

/// A list that somebody might ask this replica for.
pub fn any_list<S: Store>(replica: &Replica<S>, random: &mut Seeded) -> Result<List, ReplicaError> {
    let rows = replica.rows(&RowQuery { limit: usize::MAX, ..RowQuery::default() })?;
    let some: Option<&Row> = rows.get(random.below(rows.len()));
    let search = match random.below(8) {
        0..4 => None,
        4 => Some(" \u{301} ".to_owned()),
        _ => some.and_then(|row| words(row, random)),
    };
    Ok(List {
        form: some.filter(|_| random.chance(30)).map(|row| row.form.clone()),
        unit: some.filter(|_| random.chance(30)).map(|row| row.unit.clone()),
        search,
        only: [Only::All, Only::All, Only::Unsent, Only::NeedsAttention, Only::Conflicts, Only::Issues]
            [random.below(6)],
        order: [Order::Newest, Order::Oldest, Order::LastEdited, Order::Title][random.below(4)],
        offset: [0, 0, 1, 7][random.below(4)],
        limit: [1_000, 50, 3][random.below(3)],
    })
}

/// Two words at most of a record's texts, as they stand there or as they are typed without marks.
fn words(row: &Row, random: &mut Seeded) -> Option<String> {
    let texts: Vec<&str> = row.answers.values().filter_map(|answer| answer.as_str()).collect();
    let mut some_word = || {
        let words: Vec<&str> = texts.get(random.below(texts.len()))?.split_whitespace().collect();
        let word = *words.get(random.below(words.len()))?;
        Some(if random.chance(50) { fold(word) } else { word.to_owned() })
    };
    Some([some_word()?, some_word()?].join(" "))
}

/// What is wrong with a page that was answered, if something is.
pub fn check_page<S: Store>(replica: &Replica<S>, list: &List, page: &Page) -> Result<(), String> {
    match plain(replica, list) {
        Ok(plain) if *page == plain => Ok(()),
        plain => Err(format!("{list:?} is answered by {page:?}, and the rows say {plain:?}")),
    }
}
