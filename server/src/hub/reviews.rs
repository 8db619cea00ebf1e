//! What waits for a review, an appraisal or another step, and what has changed since. Always within a scope, and
//! without answers: an entry names its record, and the record is asked for where it is read.

use std::collections::{BTreeMap, BTreeSet};

use dongbo_core::{
    DeviceId, FieldId, FormId, RecordId, UnitId,
    campaign::Form,
    plan::{Evidence, JudgedState, JudgedView, Judgement, judged, subjects},
    policy::{Scope, may_create},
    record::Row,
    store::{Store, StoreError},
};
use serde::Serialize;
use serde_json::Value;

use super::{Hub, HubError, ledger};

/// A form that judges others, with how many records stand how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judging {
    /// The form.
    pub form: FormId,
    /// The forms whose records it judges, each with the field that points at one.
    pub subjects: BTreeMap<FormId, FieldId>,
    /// Records by their state; a state that none is in is absent.
    pub counts: BTreeMap<JudgedState, usize>,
}

/// What is asked of one queue.
#[derive(Debug, Clone)]
pub struct ReviewQuery {
    /// The form that judges.
    pub by: FormId,
    /// Only records in this state.
    pub state: Option<JudgedState>,
    /// Only records of this unit and of everything below it.
    pub within: Option<UnitId>,
    /// Only records after this one (keyset page).
    pub after: Option<RecordId>,
    /// At most so many.
    pub limit: usize,
}

/// A record in a queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Review {
    /// The record.
    pub record: RecordId,
    /// Its unit.
    pub unit: UnitId,
    /// Its form.
    pub form: FormId,
    /// When it was last edited, by the editor's clock, milliseconds since the Unix epoch.
    pub edited_ms: i64,
    /// What names it in a list: its title and its date, except what is personal.
    pub answers: BTreeMap<FieldId, Value>,
    /// How it stands.
    pub state: JudgedState,
    /// The judgement that is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judgement: Option<Judgement>,
}

/// A page of a queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reviews {
    /// By record.
    pub records: Vec<Review>,
    /// The page after it begins behind this record.
    pub next: Option<RecordId>,
    /// Names of the devices' members.
    pub people: BTreeMap<DeviceId, String>,
}

impl<S: Store> Hub<S> {
    /// The forms that judge others, as far as the scope reads what they hold.
    pub fn judging(&self, scope: &Scope, within: Option<&UnitId>) -> Result<Vec<Judging>, HubError> {
        let campaign = &self.rules()?.campaign;
        let scope = self.narrowed(scope, within)?;
        let read = |form: &&Form| scope.pairs().any(|(_, readable)| *readable == form.id);
        let forms: Vec<&Form> =
            campaign.forms().iter().filter(|form| !subjects(form).is_empty()).filter(read).collect();
        let evidence = self.judged_by(&scope, &forms)?;
        let mut judging = Vec::new();
        for form in forms {
            let mut counts = BTreeMap::new();
            for view in self.views(&scope, &evidence, form)? {
                *counts.entry(view.state).or_default() += 1;
            }
            judging.push(Judging { form: form.id.clone(), subjects: subjects(form), counts });
        }
        Ok(judging)
    }

    /// One queue, by record id.
    pub fn reviews(&self, scope: &Scope, query: &ReviewQuery) -> Result<Reviews, HubError> {
        let campaign = &self.rules()?.campaign;
        let judging = campaign.form(&query.by).filter(|form| !subjects(form).is_empty());
        let form = judging.ok_or_else(|| HubError::NotFound(format!("form {} that judges others", query.by)))?;
        let scope = self.narrowed(scope, query.within.as_ref())?;
        let evidence = self.judged_by(&scope, &[form])?;
        let asked = |view: &JudgedView<'_>| {
            query.state.is_none_or(|state| state == view.state)
                && query.after.is_none_or(|after| after < view.row.record)
        };
        let views = self.views(&scope, &evidence, form)?.into_iter().filter(asked);
        let records: Vec<Review> = views
            .take(query.limit)
            .map(|JudgedView { row, state, judgement }| Review {
                record: row.record,
                unit: row.unit.clone(),
                form: row.form.clone(),
                edited_ms: row.edited_ms,
                answers: campaign.form(&row.form).map(|form| naming(form, row)).unwrap_or_default(),
                state,
                judgement,
            })
            .collect();
        let next = (records.len() == query.limit).then(|| records.last().map(|last| last.record)).flatten();
        let devices = records.iter().filter_map(|review| Some(review.judgement.as_ref()?.by));
        let people = devices.filter_map(|device| Some((device, self.trust.member_of(device)?.name.clone()))).collect();
        Ok(Reviews { records, next, people })
    }

    /// What may be judged where the scope reads the judgements too: elsewhere nobody can be told that there is none.
    fn views<'e>(&self, scope: &Scope, evidence: &'e Evidence, form: &Form) -> Result<Vec<JudgedView<'e>>, HubError> {
        let rules = self.rules()?;
        let may_judge = |made: &Row, unit: &UnitId| {
            let memberships = self.trust.member_of(made.creator).map_or(&[][..], |member| &member.memberships);
            // As the units are by now, and by what the member ever was: no clock is asked.
            memberships.iter().any(|membership| may_create(rules, membership, unit, &form.id, i64::MAX))
        };
        let mut views = judged(rules, evidence, &form.id, may_judge);
        views.retain(|view| scope.contains(&view.row.unit, &form.id));
        Ok(views)
    }

    /// The records that these forms judge, and what the rules hold them against.
    fn judged_by(&self, scope: &Scope, judging: &[&Form]) -> Result<Evidence, HubError> {
        let campaign = &self.rules()?.campaign;
        let steps = campaign.awarding().map_or(&[][..], |awarding| &awarding.steps);
        let mut forms = BTreeSet::new();
        for form in judging {
            if steps.iter().any(|step| step.form == form.id) {
                forms.append(&mut Evidence::forms(campaign));
            }
            forms.insert(form.id.clone());
            forms.extend(subjects(form).into_keys());
        }
        let received = |record| {
            let both = ledger::received(&self.store, record);
            both.map_err(|error| StoreError::Corrupt { detail: error.to_string() })
        };
        let keep = |row: &Row| scope.contains(&row.unit, &row.form);
        Ok(Evidence::gather_of(&forms, &self.store, &self.trust, keep, received)?)
    }

    /// The scope, or what of it lies within a unit.
    pub(super) fn narrowed(&self, scope: &Scope, within: Option<&UnitId>) -> Result<Scope, HubError> {
        let units = &self.rules()?.units;
        Ok(within.map_or_else(|| scope.clone(), |unit| scope.within(&units.reach_subtree(unit))))
    }
}

/// The title and the date, except what is personal.
fn naming(form: &Form, row: &Row) -> BTreeMap<FieldId, Value> {
    let named = form.title_field.iter().chain(&form.date_field);
    let plain = named.filter(|id| form.field(id).is_some_and(|field| !field.personal));
    plain.filter_map(|id| Some((id.clone(), row.answers.get(id)?.clone()))).collect()
}
