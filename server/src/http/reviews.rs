//! Review and appraisal queues. No personal answer is given here, so nothing is noted in the access log.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    routing::get,
};
use dongbo_core::{FormId, RecordId, UnitId, plan::JudgedState};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    App, AppError,
    api::{PAGE_ROWS_MAX, bad_query, scoped},
    session::Session,
};
use crate::hub::{ReviewQuery, Reviews};

type Asked<T> = Result<Query<T>, axum::extract::rejection::QueryRejection>;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/reviews", get(judging)).route("/reviews/{form}", get(reviews))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JudgingQuery {
    within: Option<UnitId>,
}

async fn judging(
    State(app): State<App>,
    session: Session,
    query: Asked<JudgingQuery>,
) -> Result<Json<Value>, AppError> {
    let Query(JudgingQuery { within }) = query.map_err(bad_query)?;
    let forms = scoped(&app, session.device, move |hub, scope| hub.judging(scope, within.as_ref())).await?;
    Ok(Json(json!({"forms": forms})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewsQuery {
    state: Option<JudgedState>,
    within: Option<UnitId>,
    after: Option<RecordId>,
    limit: Option<usize>,
}

async fn reviews(
    State(app): State<App>,
    session: Session,
    Path((_, form)): Path<(String, String)>,
    query: Asked<ReviewsQuery>,
) -> Result<Json<Reviews>, AppError> {
    let Query(ReviewsQuery { state, within, after, limit }) = query.map_err(bad_query)?;
    let by: FormId = form.parse().map_err(|_| AppError::not_found("form"))?;
    let limit = limit.unwrap_or(100).clamp(1, PAGE_ROWS_MAX);
    let asked = ReviewQuery { by, state, within, after, limit };
    Ok(Json(scoped(&app, session.device, move |hub, scope| hub.reviews(scope, &asked)).await?))
}
