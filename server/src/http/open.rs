//! Open data, for everyone: no session, no personal data, with licence and date.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use dongbo_core::{FormId, RecordId};
use serde::Deserialize;

use super::{
    App, AppError,
    api::{PAGE_ROWS_MAX, bad_query},
};
use crate::{
    hub::{HubError, OpenFigures},
    hub_thread::ServedHub,
    outside::now_ms,
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/open/figures", get(figures))
        .route("/open/figures.csv", get(figures_csv))
        .route("/open/records/{form}", get(records))
        .route("/open/rounds/{code}", get(round))
}

async fn asked<T: Send + 'static>(
    app: &App,
    campaign: &str,
    work: impl FnOnce(&ServedHub) -> Result<T, HubError> + Send + 'static,
) -> Result<T, AppError> {
    app.check_campaign(campaign)?;
    Ok(app.hub.run(move |hub| work(hub)).await??)
}

async fn figures(State(app): State<App>, Path(campaign): Path<String>) -> Result<Response, AppError> {
    let figures: Arc<OpenFigures> = asked(&app, &campaign, |hub| hub.open_figures(now_ms())).await?;
    Ok(Json(&*figures).into_response())
}

async fn figures_csv(State(app): State<App>, Path(campaign): Path<String>) -> Result<Response, AppError> {
    let figures = asked(&app, &campaign, |hub| hub.open_figures(now_ms())).await?;
    let made = jiff::Timestamp::from_millisecond(figures.head.made_ms).unwrap_or_default().to_string();
    let mut csv = String::from("measure,unit,month,dimension,code,value\n");
    for cell in &figures.cells {
        let key = &cell.key;
        // Ids, and codes of the campaign's own lists, have neither commas nor quotes.
        let line = [&key.measure, key.unit.as_str(), &key.month, &key.dimension, &key.code, &cell.value.to_string()];
        csv.push_str(&line.join(","));
        csv.push('\n');
    }
    let sequence = figures.head.sequence;
    let disposition = format!("inline; filename=\"{campaign}-{sequence}-{}.csv\"", &made[..10]);
    let licence = format!("<https://spdx.org/licenses/{}>; rel=\"license\"", figures.head.licence);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::LINK, licence),
    ];
    Ok((headers, csv).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    after: Option<RecordId>,
    limit: Option<usize>,
}

async fn records(
    State(app): State<App>,
    Path((campaign, form)): Path<(String, FormId)>,
    query: Result<Query<PageQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, AppError> {
    let Query(page) = query.map_err(bad_query)?;
    let limit = page.limit.unwrap_or(100).clamp(1, PAGE_ROWS_MAX);
    let found = asked(&app, &campaign, move |hub| hub.open_records(&form, page.after, limit, now_ms()));
    Ok(Json(found.await?).into_response())
}

async fn round(State(app): State<App>, Path((campaign, code)): Path<(String, String)>) -> Result<Response, AppError> {
    Ok(Json(asked(&app, &campaign, move |hub| hub.open_round(&code, now_ms())).await?).into_response())
}
