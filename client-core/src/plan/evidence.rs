//! The records that rules are held against.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    FormId, RecordId, RoleId,
    campaign::{Action, Campaign, FieldKind, Reach},
    identity::Trust,
    policy::{Rulebook, may_create},
    record::Row,
    rollup::{Projection, RowQuery, Standing, standings},
    store::{Read, StoreError},
};

/// When a hub took in the first change of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Received {
    /// Its place in the ledger.
    pub sequence: u64,
    /// Milliseconds since the Unix epoch, by the hub's clock.
    pub at_ms: i64,
}

/// A record with when it was filed. Its signed time is [`Row::created_ms`].
#[derive(Debug, Clone)]
pub struct Filed {
    /// The record.
    pub row: Row,
    /// When the hub received it; `None`: not yet.
    pub received: Option<Received>,
    /// Whether it is the one that counts. One that shares its `unique` answers with an earlier one does not, and yet a second vote was
    /// held, a report was received.
    pub counts: bool,
    /// When the hub received its latest change; `None`: not yet.
    pub changed: Option<Received>,
    /// The roles that its creator's member has ever held over the record's unit.
    pub roles: BTreeSet<RoleId>,
}

impl Filed {
    /// Whether this was there when the other was made. Of one device, the order in which it made them; else that of the ledger,
    /// for nobody can have seen what no hub had received. Clocks of two devices are never compared.
    pub fn precedes(&self, other: &Self) -> bool {
        if self.row.creator == other.row.creator {
            return self.row.record < other.row.record;
        }
        earlier(self.received, other.received)
    }

    /// Whether this is as it was when the other was made: nothing of it was received after that.
    pub fn unchanged_since(&self, other: &Self) -> bool {
        earlier(self.changed, other.received)
    }
}

/// Whether one was received before the other; what no hub has yet comes last.
fn earlier(this: Option<Received>, that: Option<Received>) -> bool {
    match (this, that) {
        (Some(this), Some(that)) => this < that,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// Records that stand, neither withdrawn nor annulled, by form.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    forms: BTreeMap<FormId, Vec<Filed>>,
    places: BTreeMap<RecordId, (FormId, usize)>,
}

impl Evidence {
    /// The forms whose records the rules of a campaign look at.
    pub fn forms(campaign: &Campaign) -> BTreeSet<FormId> {
        let mut forms = BTreeSet::new();
        forms.extend(campaign.indicator_reports().map(|reports| reports.form.clone()));
        forms.extend(campaign.deadlines().iter().filter_map(|deadline| Some(deadline.owed.as_ref()?.form.clone())));
        if let Some(awarding) = campaign.awarding() {
            forms.extend([&awarding.registration, &awarding.nomination.form, &awarding.dossier.form].map(Clone::clone));
            forms.extend(awarding.steps.iter().map(|step| step.form.clone()));
            // What a nomination points at must be in order too.
            let nomination = campaign.form(&awarding.nomination.form);
            forms.extend(nomination.iter().flat_map(|form| &form.fields).filter_map(|field| match &field.kind {
                FieldKind::Reference(form) => Some(form.clone()),
                _ => None,
            }));
        }
        forms
    }

    /// The records in a store that count and that rules look at, those that `keep` accepts, each with when it was received.
    pub fn gather(
        store: &impl Read,
        trust: &Trust,
        keep: impl Fn(&Row) -> bool,
        received: impl Fn(RecordId) -> Result<[Option<Received>; 2], StoreError>,
    ) -> Result<Self, StoreError> {
        let Some(rules) = trust.rules() else { return Ok(Self::default()) };
        Self::gather_of(&Self::forms(&rules.campaign), store, trust, keep, received)
    }

    /// The same of the forms that are asked for.
    pub fn gather_of(
        forms: &BTreeSet<FormId>,
        store: &impl Read,
        trust: &Trust,
        keep: impl Fn(&Row) -> bool,
        received: impl Fn(RecordId) -> Result<[Option<Received>; 2], StoreError>,
    ) -> Result<Self, StoreError> {
        let Some(rules) = trust.rules() else { return Ok(Self::default()) };
        let campaign = &rules.campaign;
        let query = RowQuery { limit: usize::MAX, ..RowQuery::default() };
        let mut rows = Projection::rows(store, &query, |row| forms.contains(&row.form))?;
        keep_rightful_annulments(rules, trust, &mut rows);
        let standings = standings(campaign, &rows);
        let mut evidence = Self::default();
        for row in rows.into_iter().filter(|row| keep(row)) {
            let counts = match standings.get(&row.record) {
                Some(Standing::Counted) => true,
                Some(Standing::SameAs { .. }) => false,
                _ => continue,
            };
            let [received, changed] = received(row.record)?;
            evidence.add(Filed { received, changed, roles: roles_of(rules, trust, &row), counts, row });
        }
        Ok(evidence)
    }

    /// Adds a record that counts.
    pub fn add(&mut self, filed: Filed) {
        let (record, form) = (filed.row.record, filed.row.form.clone());
        let of_form = self.forms.entry(form.clone()).or_default();
        of_form.push(filed);
        self.places.insert(record, (form, of_form.len() - 1));
    }

    /// The records of a form, in the order they were added.
    pub fn of(&self, form: &FormId) -> &[Filed] {
        self.forms.get(form).map_or(&[], Vec::as_slice)
    }

    /// The record with this id.
    pub fn record(&self, id: RecordId) -> Option<&Filed> {
        let (form, at) = self.places.get(&id)?;
        self.forms.get(form)?.get(*at)
    }
}

impl FromIterator<Filed> for Evidence {
    fn from_iter<I: IntoIterator<Item = Filed>>(records: I) -> Self {
        let mut evidence = Self::default();
        records.into_iter().for_each(|filed| evidence.add(filed));
        evidence
    }
}

/// Who annuls must reach as far as who is annulled: an office of a commune does not undo the province's decision.
fn keep_rightful_annulments(rules: &Rulebook, trust: &Trust, rows: &mut [Row]) {
    let annulled: BTreeSet<RecordId> = rows.iter().flat_map(|row| row.annuls.iter().copied()).collect();
    let ranks: BTreeMap<RecordId, Option<Reach>> = rows
        .iter()
        .filter(|row| annulled.contains(&row.record))
        .map(|row| (row.record, rank(rules, trust, row)))
        .collect();
    for row in rows.iter_mut().filter(|row| !row.annuls.is_empty()) {
        let own = rank(rules, trust, row);
        row.annuls.retain(|record| ranks.get(record).is_none_or(|rank| own >= *rank));
    }
}

/// How far the rights reach by which a record was made.
fn rank(rules: &Rulebook, trust: &Trust, row: &Row) -> Option<Reach> {
    let roles = roles_of(rules, trust, row);
    roles.iter().filter_map(|role| rules.campaign.role(role)).map(|role| role.reach(&row.form, Action::Create)).max()
}

fn roles_of(rules: &Rulebook, trust: &Trust, row: &Row) -> BTreeSet<RoleId> {
    let memberships = trust.member_of(row.creator).map_or(&[][..], |member| &member.memberships);
    // As the units are by now, which reach over what they were: no clock is asked.
    let creates = memberships.iter().filter(|membership| may_create(rules, membership, &row.unit, &row.form, i64::MAX));
    creates.map(|membership| membership.role.clone()).collect()
}

/// A date answer.
pub(super) fn date_of(row: &Row, field: &crate::FieldId) -> Option<jiff::civil::Date> {
    row.answers.get(field)?.as_str()?.parse().ok()
}

/// A text or choice answer.
pub(super) fn text_of<'r>(row: &'r Row, field: &crate::FieldId) -> Option<&'r str> {
    row.answers.get(field)?.as_str()
}
