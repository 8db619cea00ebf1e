//! The JSON API. Every path answers within the scope of the member whose device asks; what is outside is as if it did
//! not exist.

use std::{
    collections::{BTreeMap, BTreeSet},
    slice,
};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use dongbo_core::{DeviceId, FormId, RecordId, UnitId, policy::Scope, record::Row, rollup::RowQuery};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{App, AppError, session::Session};
use crate::{
    hub::{FigureQuery, HubError, Only, RecordsQuery, RollupAnswer, RollupQuery},
    hub_thread::ServedHub,
    outside::now_ms,
};

/// The most rows on one page.
pub(super) const PAGE_ROWS_MAX: usize = 500;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/campaign", get(campaign))
        .route("/units", get(units))
        .route("/records", get(records))
        .route("/records/search", post(search))
        .route("/records/{id}", get(record))
        .route("/records/{id}/automerge", get(automerge))
        .route("/rollups", get(rollups))
}

/// Runs `work` on the hub with the scope of the asking device's member.
pub(super) async fn scoped<T: Send + 'static>(
    app: &App,
    device: DeviceId,
    work: impl FnOnce(&ServedHub, &Scope) -> Result<T, HubError> + Send + 'static,
) -> Result<T, AppError> {
    let done = app.hub.run(move |hub| {
        let scope = hub.scope_of_device(device, now_ms())?;
        work(hub, &scope)
    });
    Ok(done.await??)
}

/// Runs `work` as [`scoped`] does, and notes who is given personal fields of which rows, before they are given.
async fn noted<T: Send + 'static>(
    app: &App,
    device: DeviceId,
    work: impl FnOnce(&ServedHub, &Scope) -> Result<T, HubError> + Send + 'static,
    rows: impl FnOnce(&T) -> &[Row] + Send + 'static,
) -> Result<T, AppError> {
    let done = app.hub.run(move |hub| {
        let now_ms = now_ms();
        let scope = hub.scope_of_device(device, now_ms)?;
        let answer = work(hub, &scope)?;
        pollster::block_on(hub.note_access(device, rows(&answer), now_ms))?;
        Ok::<_, HubError>(answer)
    });
    Ok(done.await??)
}

async fn campaign(State(app): State<App>, _: Session) -> Result<Response, AppError> {
    let json = app.hub.run(|hub| hub.rules().map(|rules| rules.campaign.json().to_owned())).await??;
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}

async fn units(State(app): State<App>, _: Session) -> Result<Json<Value>, AppError> {
    let units = app.hub.run(|hub| hub.units_json()).await??;
    Ok(Json(units))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordsPage {
    form: Option<FormId>,
    unit: Option<UnitId>,
    within: Option<UnitId>,
    only: Option<Only>,
    measure: Option<String>,
    month: Option<String>,
    dimension: Option<String>,
    code: Option<String>,
    after: Option<RecordId>,
    limit: Option<usize>,
}

impl RecordsPage {
    fn query(self, words: Option<String>) -> Result<RecordsQuery, AppError> {
        let invalid = |detail: &str| AppError::Request(StatusCode::BAD_REQUEST, "invalid", detail.to_owned());
        let code = match (self.dimension, self.code) {
            (Some(dimension), Some(code)) => Some((dimension, code)),
            (None, None) => None,
            _ => return Err(invalid("a dimension and a code in it are asked for together")),
        };
        let month = self.month;
        let figure = self.measure.map(|measure| FigureQuery { measure, month: month.clone(), code: code.clone() });
        if figure.is_none() && (month.is_some() || code.is_some()) {
            return Err(invalid("a month or a code is asked for of a measure"));
        }
        let limit = self.limit.unwrap_or(100).clamp(1, PAGE_ROWS_MAX);
        let rows = RowQuery { form: self.form, unit: self.unit, after: self.after, limit };
        Ok(RecordsQuery { rows, within: self.within, words, only: self.only, figure })
    }
}

async fn records(
    State(app): State<App>,
    session: Session,
    query: Result<Query<RecordsPage>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Value>, AppError> {
    let Query(page) = query.map_err(bad_query)?;
    listed(&app, &session, page.query(None)?).await
}

/// A page of rows, noted.
async fn listed(app: &App, session: &Session, asked: RecordsQuery) -> Result<Json<Value>, AppError> {
    let limit = asked.rows.limit;
    let rows = noted(app, session.device, move |hub, scope| hub.records(scope, &asked), Vec::as_slice).await?;
    let next = (rows.len() == limit).then(|| rows.last().map(|row| row.record)).flatten();
    Ok(Json(json!({"records": rows, "next": next})))
}

/// Words may be a person's name, so they come in the body: nothing personal stands in a URL.
#[derive(Deserialize)]
struct SearchBody {
    words: String,
    #[serde(flatten)]
    page: RecordsPage,
}

async fn search(
    State(app): State<App>,
    session: Session,
    body: Result<Json<SearchBody>, axum::extract::rejection::JsonRejection>,
) -> Result<Json<Value>, AppError> {
    let Json(SearchBody { words, page }) =
        body.map_err(|rejection| AppError::Request(StatusCode::BAD_REQUEST, "invalid", rejection.body_text()))?;
    listed(&app, &session, page.query(Some(words))?).await
}

async fn record(
    State(app): State<App>,
    session: Session,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<Value>, AppError> {
    let id = record_id(&id)?;
    let found = move |hub: &ServedHub, scope: &Scope| {
        let detail = hub.record(scope, id)?;
        let devices: BTreeSet<DeviceId> = detail.history.iter().map(|entry| entry.device).collect();
        let names = devices
            .into_iter()
            .filter_map(|device| Some((device.to_string(), hub.trust().member_of(device)?.name.clone())));
        let people: BTreeMap<String, String> = names.collect();
        Ok((detail, people))
    };
    let (detail, people) = noted(&app, session.device, found, |(detail, _)| slice::from_ref(&detail.row)).await?;
    let mut value = serde_json::to_value(detail).map_err(|e| HubError::Stored(e.to_string()))?;
    value["people"] = json!(people);
    Ok(Json(value))
}

async fn automerge(
    State(app): State<App>,
    session: Session,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let id = record_id(&id)?;
    let found = move |hub: &ServedHub, scope: &Scope| Ok((hub.record(scope, id)?.row, hub.automerge(scope, id)?));
    let (_, file) = noted(&app, session.device, found, |(row, _)| slice::from_ref(row)).await?;
    let name = format!("attachment; filename=\"{id}.automerge\"");
    let headers = [(header::CONTENT_TYPE, "application/vnd.automerge".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, file).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RollupsQuery {
    measure: Option<String>,
    unit: Option<UnitId>,
    from: Option<String>,
    to: Option<String>,
    as_of: Option<Date>,
}

async fn rollups(
    State(app): State<App>,
    session: Session,
    query: Result<Query<RollupsQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<RollupAnswer>, AppError> {
    let Query(query) = query.map_err(bad_query)?;
    let RollupsQuery { measure, unit, from: from_month, to: to_month, as_of } = query;
    let asked = RollupQuery { measure, unit, from_month, to_month, as_of };
    let answer = scoped(&app, session.device, move |hub, scope| hub.rollup(scope, &asked, now_ms()));
    Ok(Json(answer.await?))
}

pub(super) fn record_id(text: &str) -> Result<RecordId, AppError> {
    text.parse().map_err(|_| AppError::not_found("record"))
}

pub(super) fn bad_query(rejection: axum::extract::rejection::QueryRejection) -> AppError {
    AppError::Request(StatusCode::BAD_REQUEST, "invalid", rejection.body_text())
}
