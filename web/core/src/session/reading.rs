//! What is here, for a page to show.

use std::collections::BTreeMap;

use dongbo_core::{
    ChangeHash, FieldId, FormId, RecordId, UnitId,
    campaign::Filling,
    plan::{DeadlineView, IndicatorView, Period},
    record::Row,
    replica::{List, Notice, Page, RecordView, Summary},
    rollup::Cell,
};
use jiff::civil::Date;
use serde_json::Value;

use super::{Core, Session};
use crate::{
    answer::{Attention, Creatable, Draft, History, Me, WithPeople},
    outside::now_ms,
    problem::Problem,
    request::Answers,
};

impl Session {
    pub(crate) async fn me(&self) -> Result<Me, Problem> {
        self.run_even_if_revoked(async |core: &mut Core| Me::of(core, &self.person, &self.name, now_ms())).await
    }

    /// The campaign's own JSON.
    pub(crate) async fn campaign(&self) -> Result<Value, Problem> {
        self.run(async |core: &mut Core| {
            let Some(rules) = core.rules() else { return Ok(Value::Null) };
            let read = serde_json::from_str(rules.campaign.json());
            read.map_err(|error| Problem::of_code_with("not_ready", error.to_string()))
        })
        .await
    }

    pub(crate) async fn units(&self) -> Result<Option<Value>, Problem> {
        self.run(async |core: &mut Core| Ok(core.rules().map(|rules| rules.units.json()))).await
    }

    pub(crate) async fn creatable(&self) -> Result<Vec<Creatable>, Problem> {
        self.run(async |core: &mut Core| {
            let offered = core.creatable(now_ms())?.into_iter();
            Ok(offered.map(|(form, units)| Creatable { form, units }).collect())
        })
        .await
    }

    pub(crate) async fn check(&self, form: &FormId, answers: &Answers) -> Result<Filling, Problem> {
        self.run(async |core: &mut Core| {
            let rules = core.rules().ok_or_else(|| Problem::of_code("not_ready"))?;
            let form = rules.campaign.form(form).ok_or_else(|| Problem::of_code("unknown_form"))?;
            Ok(form.filling(answers, &rules.campaign))
        })
        .await
    }

    pub(crate) async fn prefill(&self, form: &FormId, unit: &UnitId) -> Result<BTreeMap<FieldId, Value>, Problem> {
        self.run(async |core: &mut Core| Ok(core.prefill(form, unit)?)).await
    }

    pub(crate) async fn list(&self, list: &List) -> Result<WithPeople<Page>, Problem> {
        self.run(async |core: &mut Core| Ok(WithPeople::page(core, core.list(list)?))).await
    }

    pub(crate) async fn record(&self, record: RecordId) -> Result<WithPeople<RecordView>, Problem> {
        self.run(async |core: &mut Core| Ok(WithPeople::record(core, core.view(record)?))).await
    }

    pub(crate) async fn record_at(&self, record: RecordId, heads: &[ChangeHash]) -> Result<Row, Problem> {
        self.run(async |core: &mut Core| Ok(core.row_at(record, heads)?)).await
    }

    pub(crate) async fn held_record(&self, record: RecordId) -> Result<Option<Row>, Problem> {
        self.run(async |core: &mut Core| Ok(core.held_row(record)?)).await
    }

    pub(crate) async fn history(&self, record: RecordId) -> Result<WithPeople<History>, Problem> {
        self.run(async |core: &mut Core| Ok(WithPeople::history(core, core.history(record)?))).await
    }

    /// The last touched first. Also of a revoked device: they are the person's own.
    pub(crate) async fn drafts(&self) -> Result<Vec<Draft>, Problem> {
        self.run_even_if_revoked(async |core: &mut Core| {
            let mut drafts = core.drafts()?;
            drafts.sort_by_key(|draft| std::cmp::Reverse(draft.touched_ms));
            Ok(drafts.into_iter().map(Draft::from).collect())
        })
        .await
    }

    pub(crate) async fn attention(&self) -> Result<Vec<Attention>, Problem> {
        self.run_even_if_revoked(async |core: &mut Core| {
            Ok(core.attention()?.into_iter().map(Attention::from).collect())
        })
        .await
    }

    pub(crate) async fn notices(&self) -> Result<Vec<Notice>, Problem> {
        self.run_even_if_revoked(async |core: &mut Core| Ok(core.notices()?)).await
    }

    pub(crate) async fn seen(&self, notice: &Notice) -> Result<(), Problem> {
        self.run_even_if_revoked(async |core: &mut Core| Ok(core.note_seen(&notice.key()).await?)).await
    }

    pub(crate) async fn summary(&self) -> Result<Summary, Problem> {
        self.run_even_if_revoked(async |core: &mut Core| Ok(core.summary()?)).await
    }

    pub(crate) async fn deadlines(&self) -> Result<Vec<DeadlineView>, Problem> {
        self.run(async |core: &mut Core| Ok(core.deadlines(now_ms())?)).await
    }

    /// `on`: the day of whose units figures are given; the period's last unless told.
    pub(crate) async fn targets(&self, from: Date, to: Date, on: Option<Date>) -> Result<Vec<IndicatorView>, Problem> {
        let period = Period { from, to };
        self.run(async |core: &mut Core| Ok(core.targets(period, on.unwrap_or(to), now_ms())?)).await
    }

    pub(crate) async fn wanted_units(&self) -> Result<Option<Vec<UnitId>>, Problem> {
        self.run(async |core: &mut Core| Ok(core.wanted_units()?)).await
    }

    pub(crate) async fn want_units(&self, units: Option<&[UnitId]>) -> Result<(), Problem> {
        self.run(async |core: &mut Core| Ok(core.want_units(units).await?)).await
    }

    pub(crate) async fn rollup(&self, measure: Option<&str>) -> Result<Vec<Cell>, Problem> {
        self.run(async |core: &mut Core| Ok(core.rollup(measure)?)).await
    }
}
