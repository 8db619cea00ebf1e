//! What lists need of every row, in memory: so that a page of a list reads the rows of that page alone.
//!
//! Read from the store when a list is first asked for, and kept true by [`super::indexed::Indexed`].

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    ReplicaError,
    list::{List, Only, Order},
};
use crate::{
    FormId, RecordId, UnitId,
    limits::INDEX_TEXT_BYTES_MAX,
    policy::Rulebook,
    record::{Row, title_key},
    rollup::{Projection, RowQuery},
    store::{Read, StoreError},
    text::{Collation, Findable, Search},
};

/// Rows read from the store at a time.
const PART: usize = 256;

/// The index over the rows of a store.
#[derive(Default)]
pub(super) struct Index {
    /// By whose forms titles and texts were read.
    rules: Option<Arc<Rulebook>>,
    entries: BTreeMap<RecordId, Entry>,
    read: Progress,
    /// Records whose rows were written since they were read.
    stale: BTreeSet<RecordId>,
    /// Every (unit, form) once, for the entries to share.
    pairs: BTreeSet<(UnitId, FormId)>,
    text_bytes: usize,
}

/// How far the rows of the store were read, by record.
#[derive(Default, PartialEq, Eq)]
enum Progress {
    #[default]
    Nothing,
    UpTo(RecordId),
    Everything,
}

/// What lists need of a row.
struct Entry {
    pair: (UnitId, FormId),
    edited_ms: i64,
    has_conflicts: bool,
    has_issues: bool,
    /// Orders titles; `None`: it has none.
    title: Option<Box<[u8]>>,
    texts: Texts,
}

/// What is searched in a row.
enum Texts {
    /// Its form is not known: it is not found by words.
    Unknown,
    Here(Findable),
    /// There was no room for them: they are read from the store.
    InStore,
}

impl Texts {
    fn bytes(&self) -> usize {
        if let Self::Here(texts) = self { texts.bytes() } else { 0 }
    }
}

impl Index {
    /// Notes records whose rows are written: they are read again before the next list. Those not read yet will be.
    pub(super) fn note(&mut self, written: impl IntoIterator<Item = RecordId>) {
        match self.read {
            Progress::Nothing => {}
            Progress::UpTo(last) => self.stale.extend(written.into_iter().filter(|record| *record <= last)),
            Progress::Everything => self.stale.extend(written),
        }
    }

    /// Reads up to `limit` rows, those first that were written since they were read; whether all are read now.
    pub(super) fn read(
        &mut self,
        store: &impl Read,
        rules: Option<&Arc<Rulebook>>,
        limit: usize,
    ) -> Result<bool, ReplicaError> {
        if self.rules.as_ref().map(Arc::as_ptr) != rules.map(Arc::as_ptr) {
            *self = Self { rules: rules.cloned(), ..Self::default() };
        }
        if self.stale.is_empty() && self.read == Progress::Everything {
            return Ok(true);
        }
        let (collation, mut left) = (Collation::new(), limit);
        while let Some(record) = self.stale.first().copied().filter(|_| left > 0) {
            match Projection::row(store, record)? {
                Some(row) => self.insert(&row, &collation),
                None => self.remove(record),
            }
            self.stale.remove(&record);
            left -= 1;
        }
        while left > 0 && self.read != Progress::Everything {
            let after = if let Progress::UpTo(last) = self.read { Some(last) } else { None };
            let asked = left.min(PART);
            let rows = Projection::rows(store, &RowQuery { after, limit: asked, ..RowQuery::default() }, |_| true)?;
            rows.iter().for_each(|row| self.insert(row, &collation));
            self.read = match rows.last() {
                Some(last) if rows.len() == asked => Progress::UpTo(last.record),
                _ => Progress::Everything,
            };
            left -= asked;
        }
        Ok(self.stale.is_empty() && self.read == Progress::Everything)
    }

    fn insert(&mut self, row: &Row, collation: &Collation) {
        self.remove(row.record);
        let pair = (row.unit.clone(), row.form.clone());
        let pair = match self.pairs.get(&pair) {
            Some(pair) => pair.clone(),
            None => {
                self.pairs.insert(pair.clone());
                pair
            }
        };
        let form = self.rules.as_ref().and_then(|rules| Some((rules, rules.campaign.form(&row.form)?)));
        let (title, texts) = match form {
            None => (None, Texts::Unknown),
            Some((rules, form)) => {
                let texts = Findable::new(row.texts(form));
                let fits = self.text_bytes + texts.bytes() <= INDEX_TEXT_BYTES_MAX;
                (title_key(row, &rules.campaign, collation), if fits { Texts::Here(texts) } else { Texts::InStore })
            }
        };
        self.text_bytes += texts.bytes();
        let entry = Entry {
            pair,
            edited_ms: row.edited_ms,
            has_conflicts: !row.conflicts.is_empty(),
            has_issues: !row.issues.is_empty(),
            title: title.map(Vec::into_boxed_slice),
            texts,
        };
        self.entries.insert(row.record, entry);
    }

    fn remove(&mut self, record: RecordId) {
        if let Some(entry) = self.entries.remove(&record) {
            self.text_bytes -= entry.texts.bytes();
        }
    }

    /// The records of a list in its order, `among` those given; `store` is the one that was read.
    pub(super) fn find(
        &self,
        store: &impl Read,
        list: &List,
        among: Option<&BTreeSet<RecordId>>,
    ) -> Result<Vec<RecordId>, StoreError> {
        let search = list.search.as_deref().filter(|search| !search.trim().is_empty()).map(Search::new);
        let mut found: Vec<(RecordId, &Entry)> = Vec::new();
        for (record, entry) in &self.entries {
            let (unit, form) = &entry.pair;
            let asked = list.unit.as_ref().is_none_or(|asked| asked == unit)
                && list.form.as_ref().is_none_or(|asked| asked == form)
                && (list.only != Only::Conflicts || entry.has_conflicts)
                && (list.only != Only::Issues || entry.has_issues)
                && among.is_none_or(|among| among.contains(record));
            if asked
                && match &search {
                    Some(search) => self.has_words(store, *record, entry, search)?,
                    None => true,
                }
            {
                found.push((*record, entry));
            }
        }
        match list.order {
            // Ids begin with the time of creation, and entries lie in their order.
            Order::Oldest => {}
            Order::Newest => found.reverse(),
            Order::LastEdited => found.sort_by_key(|(_, entry)| Reverse(entry.edited_ms)),
            Order::Title => found.sort_by_key(|(record, entry)| (entry.title.is_none(), &entry.title, *record)),
        }
        Ok(found.into_iter().map(|(record, _)| record).collect())
    }

    fn has_words(
        &self,
        store: &impl Read,
        record: RecordId,
        entry: &Entry,
        search: &Search,
    ) -> Result<bool, StoreError> {
        match &entry.texts {
            Texts::Unknown => Ok(false),
            Texts::Here(texts) => Ok(search.finds(texts)),
            Texts::InStore => {
                let form = self.rules.as_ref().and_then(|rules| rules.campaign.form(&entry.pair.1));
                let row = Projection::row(store, record)?;
                Ok(form.zip(row).is_some_and(|(form, row)| search.matches(row.texts(form))))
            }
        }
    }
}
