//! What the campaign asks for, in scope: targets, deadlines (also as a calendar), award rounds, period reports.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use dongbo_core::{UnitId, plan::Period};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    App, AppError,
    api::{bad_query, record_id, scoped},
    calendar,
    session::Session,
};
use crate::{
    hub::{HubError, ReportDraft, ReportView},
    outside::now_ms,
};

type Asked<T> = Result<Query<T>, axum::extract::rejection::QueryRejection>;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/targets", get(targets))
        .route("/deadlines", get(deadlines))
        .route("/deadlines.ics", get(deadlines_calendar))
        .route("/rounds/{code}", get(round))
        .route("/quality", get(quality))
        .route("/reports/draft", get(draft_report))
        .route("/reports/{record}", get(report))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetsQuery {
    year: i16,
    on: Option<Date>,
}

async fn targets(
    State(app): State<App>,
    session: Session,
    query: Asked<TargetsQuery>,
) -> Result<Json<Value>, AppError> {
    let Query(asked) = query.map_err(bad_query)?;
    let found = scoped(&app, session.device, move |hub, scope| {
        let year = asked.year;
        let period = Period::year(year).ok_or_else(|| HubError::Invalid(format!("{year} is not a year")))?;
        let targets = hub.targets(scope, period, asked.on.unwrap_or(period.to))?;
        Ok(json!({"period": period, "targets": targets}))
    });
    Ok(Json(found.await?))
}

async fn deadlines(State(app): State<App>, session: Session) -> Result<Json<Value>, AppError> {
    let found = scoped(&app, session.device, |hub, scope| hub.deadlines(scope, now_ms()));
    Ok(Json(json!({"deadlines": found.await?})))
}

async fn deadlines_calendar(State(app): State<App>, session: Session) -> Result<Response, AppError> {
    let text = scoped(&app, session.device, |hub, scope| {
        let campaign = &hub.rules()?.campaign;
        Ok(calendar::calendar(campaign, &hub.deadlines(scope, now_ms())?, now_ms()))
    });
    Ok(([(header::CONTENT_TYPE, "text/calendar; charset=utf-8")], text.await?).into_response())
}

async fn quality(State(app): State<App>, session: Session) -> Result<Json<Value>, AppError> {
    let (units, suspects) = scoped(&app, session.device, |hub, scope| hub.quality(scope)).await?;
    Ok(Json(json!({"units": units, "suspects": suspects})))
}

async fn round(
    State(app): State<App>,
    session: Session,
    Path((_, code)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let found = scoped(&app, session.device, move |hub, scope| hub.round(scope, &code));
    Ok(Json(found.await?).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftQuery {
    unit: UnitId,
    from: Date,
    to: Date,
}

async fn draft_report(
    State(app): State<App>,
    session: Session,
    query: Asked<DraftQuery>,
) -> Result<Json<ReportDraft>, AppError> {
    let Query(DraftQuery { unit, from, to }) = query.map_err(bad_query)?;
    let found =
        scoped(&app, session.device, move |hub, scope| hub.draft_report(scope, &unit, Period { from, to }, now_ms()));
    Ok(Json(found.await?))
}

async fn report(
    State(app): State<App>,
    session: Session,
    Path((_, record)): Path<(String, String)>,
) -> Result<Json<ReportView>, AppError> {
    let record = record_id(&record)?;
    Ok(Json(scoped(&app, session.device, move |hub, scope| hub.report(scope, record, now_ms())).await?))
}
