//! Open data: what the campaign publishes for everyone, without personal data.

use std::{
    collections::BTreeMap,
    sync::{Arc, MutexGuard, PoisonError},
};

use dongbo_core::{
    FormId, RecordId, UnitId,
    campaign::{Campaign, Field, FieldKind, Measure, OpenData, SubjectKind},
    record::Row,
    rollup::{Cell, CellKey, Projection, RowQuery, Standing},
    store::Store,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Hub, HubError, read::RollupQuery};

/// What stands at the head of everything published: what it is, under which licence, how far it goes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OpenHead {
    /// The campaign.
    pub campaign: String,
    /// Its name, in Vietnamese.
    pub name: String,
    /// The legal text it comes from, in Vietnamese.
    pub source: String,
    /// An SPDX identifier.
    pub licence: String,
    /// When it was made, milliseconds since the Unix epoch.
    pub made_ms: i64,
    /// The ledger's epoch.
    pub epoch: u64,
    /// The last ledger entry that is in it.
    pub sequence: u64,
}

/// Every number of every measure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OpenFigures {
    /// What it is.
    #[serde(flatten)]
    pub head: OpenHead,
    /// The measures' names, in Vietnamese.
    pub measures: BTreeMap<String, String>,
    /// The numbers, by measure, unit, month, dimension.
    pub cells: Vec<Cell>,
}

/// Records of one form that count.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OpenRecords {
    /// What it is.
    #[serde(flatten)]
    pub head: OpenHead,
    /// The form.
    pub form: FormId,
    /// The records, by id.
    pub records: Vec<OpenRecord>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<RecordId>,
}

/// A record without what is personal, free paragraphs, files, references and exact places.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OpenRecord {
    /// The record.
    pub record: RecordId,
    /// Its unit.
    pub unit: UnitId,
    /// Its answers.
    pub answers: BTreeMap<String, Value>,
}

/// A nomination as the public sees it: which unit proposes whom for what, how far it has come. Names of persons are left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OpenNomination {
    /// The record.
    pub record: RecordId,
    /// The nominee's own unit.
    pub unit: UnitId,
    /// Its name.
    pub unit_name: String,
    /// The award.
    pub award: String,
    /// Organisation or person.
    pub subject: Option<SubjectKind>,
    /// `direct` or `leader`, of a person.
    pub category: Option<String>,
    /// The steps that stand, in their order.
    pub steps: Vec<FormId>,
    /// Whether it stands on the proposal list.
    pub proposed: bool,
    /// Whether it was granted.
    pub granted: bool,
}

/// What was published last. Anyone may ask at any time, so it is made once for each state of the ledger.
#[derive(Debug, Default)]
pub(super) struct Made {
    epoch_and_head: (u64, u64),
    figures: Option<Arc<OpenFigures>>,
    rounds: BTreeMap<String, Value>,
}

impl<S: Store> Hub<S> {
    /// What was made of the ledger as it is now.
    fn made(&self) -> MutexGuard<'_, Made> {
        let mut made = self.open_made.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.epoch(), self.head());
        if made.epoch_and_head != now {
            *made = Made { epoch_and_head: now, ..Made::default() };
        }
        made
    }

    fn open_data(&self) -> Result<&OpenData, HubError> {
        let published = self.rules()?.campaign.open_data();
        published.ok_or_else(|| HubError::NotFound("open data: this campaign publishes none".into()))
    }

    fn open_head(&self, now_ms: i64) -> Result<OpenHead, HubError> {
        let campaign = &self.rules()?.campaign;
        Ok(OpenHead {
            campaign: campaign.id().to_string(),
            name: campaign.name().vi.clone(),
            source: campaign.source().vi.clone(),
            licence: self.open_data()?.licence.clone(),
            made_ms: now_ms,
            epoch: self.epoch(),
            sequence: self.head(),
        })
    }

    /// Every number of every measure.
    pub fn open_figures(&self, now_ms: i64) -> Result<Arc<OpenFigures>, HubError> {
        let mut made = self.made();
        if let Some(figures) = &made.figures {
            return Ok(Arc::clone(figures));
        }
        let head = self.open_head(now_ms)?;
        let campaign = &self.rules()?.campaign;
        let open = self.open_data()?;
        let measures: BTreeMap<String, &Measure> = campaign
            .measures()
            .iter()
            .filter(|measure| open.measures.contains(&measure.id))
            .map(|measure| (measure.id.to_string(), measure))
            .collect();
        let mut cells = self.rollup(&self.whole_scope()?, &RollupQuery::default(), now_ms)?.cells;
        // What somebody typed in place of a code is no code.
        cells.retain(|cell| {
            measures.get(&cell.key.measure).is_some_and(|measure| is_code(campaign, measure, &cell.key))
        });
        let measures = measures.into_iter().map(|(id, measure)| (id, measure.label.vi.clone())).collect();
        Ok(Arc::clone(made.figures.insert(Arc::new(OpenFigures { head, measures, cells }))))
    }

    /// A page of the records of a published form.
    pub fn open_records(
        &self,
        form: &FormId,
        after: Option<RecordId>,
        limit: usize,
        now_ms: i64,
    ) -> Result<OpenRecords, HubError> {
        let head = self.open_head(now_ms)?;
        let campaign = &self.rules()?.campaign;
        let published =
            campaign.form(form).filter(|form| self.open_data().is_ok_and(|open| open.forms.contains(&form.id)));
        let published = published.ok_or_else(|| HubError::NotFound(format!("open data of the form {form}")))?;
        let query = RowQuery { form: Some(form.clone()), after, limit, ..RowQuery::default() };
        let rows = self.rows(&self.whole_scope()?, &query)?;
        let next = (rows.len() == limit).then(|| rows.last().map(|row| row.record)).flatten();
        let mut records = Vec::new();
        for row in rows {
            // Among the issues is that nobody said there is no secret in it.
            if row.issues.is_empty()
                && Projection::standing(&self.store, campaign, row.record)? == Some(Standing::Counted)
            {
                records.push(open_record(campaign, &published.fields, &row));
            }
        }
        Ok(OpenRecords { head, form: form.clone(), records, next })
    }

    /// The nominations of a round.
    pub fn open_round(&self, round: &str, now_ms: i64) -> Result<Value, HubError> {
        let mut made = self.made();
        if let Some(published) = made.rounds.get(round) {
            return Ok(published.clone());
        }
        let head = self.open_head(now_ms)?;
        let view = self.round(&self.whole_scope()?, round)?;
        let rules = self.rules()?;
        let nominations = view.nominations.into_iter().map(|nomination| OpenNomination {
            unit_name: rules.units.get(&nomination.unit).map(|unit| unit.name.clone()).unwrap_or_default(),
            steps: nomination.standing_steps().cloned().collect(),
            record: nomination.record,
            unit: nomination.unit,
            award: nomination.award,
            subject: nomination.subject,
            category: nomination.category,
            proposed: nomination.proposed,
            granted: nomination.granted,
        });
        let nominations: Vec<OpenNomination> = nominations.collect();
        let mut published = serde_json::to_value(head).map_err(|e| HubError::Stored(e.to_string()))?;
        published["round"] = json!(round);
        published["nominations"] = json!(nominations);
        made.rounds.insert(round.to_owned(), published.clone());
        Ok(published)
    }
}

/// Whether a cell is a total, or stands under a code of its dimension's list.
fn is_code(campaign: &Campaign, measure: &Measure, key: &CellKey) -> bool {
    if key.dimension.is_empty() {
        return true;
    }
    let dimension = measure.dimensions.iter().find(|dimension| dimension.to_string() == key.dimension);
    let field = dimension.and_then(|dimension| campaign.form(&measure.form)?.field_at(dimension));
    field.is_some_and(|field| has_code(campaign, &field.kind, &key.code))
}

/// Whether the list of a choice or choices field has a code.
fn has_code(campaign: &Campaign, kind: &FieldKind, code: &str) -> bool {
    let (FieldKind::Choice(list) | FieldKind::Choices(list)) = kind else { return false };
    campaign.choice_list(list).is_some_and(|list| list.choice(code).is_some())
}

fn open_record(campaign: &Campaign, fields: &[Field], row: &Row) -> OpenRecord {
    let answers = fields
        .iter()
        .filter_map(|field| Some((field.id.to_string(), open_answer(campaign, field, row.answers.get(&field.id)?)?)));
    OpenRecord { record: row.record, unit: row.unit.clone(), answers: answers.collect() }
}

/// The answer as everyone may see it; `None`: not at all.
fn open_answer(campaign: &Campaign, field: &Field, answer: &Value) -> Option<Value> {
    if field.personal {
        return None;
    }
    match &field.kind {
        FieldKind::Paragraph | FieldKind::Attachments | FieldKind::Reference(_) | FieldKind::Geopoint => None,
        FieldKind::Choice(_) => answer.as_str().filter(|code| has_code(campaign, &field.kind, code)).map(Value::from),
        FieldKind::Choices(_) => {
            let codes = answer.as_array()?.iter().filter_map(Value::as_str);
            Some(codes.filter(|code| has_code(campaign, &field.kind, code)).collect())
        }
        FieldKind::Group(inner) => {
            let item = |item: &Value| -> Value {
                inner
                    .iter()
                    .filter_map(|field| {
                        Some((field.id.to_string(), open_answer(campaign, field, item.get(field.id.as_str())?)?))
                    })
                    .collect()
            };
            Some(answer.as_array()?.iter().map(item).collect())
        }
        _ => Some(answer.clone()),
    }
}
