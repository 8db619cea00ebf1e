//! The endpoints for devices: CBOR in, CBOR out.

use axum::{
    Router,
    extract::{Path, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use dongbo_core::{
    limits::{BODY_BYTES_MAX, SESSIONLESS_BODY_BYTES_MAX},
    outside::Moment,
};

use super::{
    App, AppError,
    body::{CBOR, cbor_body},
    live,
    session::Session,
};
use crate::outside::{SystemEntropy, now_ms};

/// What a device asks for that has no session yet. It takes no place from those that have one.
pub(super) fn sessionless() -> Router<App> {
    Router::new().route("/devices", post(join)).route("/session", get(nonce).post(session))
}

/// What a device asks for in its session.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/sync", post(sync)).route("/live", get(live::live))
}

async fn join(State(app): State<App>, Path(campaign): Path<String>, request: Request) -> Result<Response, AppError> {
    app.check_campaign(&campaign)?;
    let body = cbor_body(request, SESSIONLESS_BODY_BYTES_MAX, &app.limits).await?;
    Ok(cbor(app.hub.run(move |hub| pollster::block_on(hub.join(&body, now_ms()))).await??))
}

async fn nonce(State(app): State<App>, Path(campaign): Path<String>) -> Result<Response, AppError> {
    app.check_campaign(&campaign)?;
    Ok(cbor(app.hub.run(|hub| hub.nonce(&mut Moment::new(now_ms(), &mut SystemEntropy))).await?))
}

async fn session(State(app): State<App>, Path(campaign): Path<String>, request: Request) -> Result<Response, AppError> {
    app.check_campaign(&campaign)?;
    let body = cbor_body(request, SESSIONLESS_BODY_BYTES_MAX, &app.limits).await?;
    Ok(cbor(app.hub.run(move |hub| pollster::block_on(hub.session(&body, now_ms()))).await??))
}

async fn sync(State(app): State<App>, session: Session, request: Request) -> Result<Response, AppError> {
    let _place = app.syncs.take(session.device).ok_or_else(|| {
        let detail = "this device has too many syncs under way; nothing was changed, try again later";
        AppError::Request(StatusCode::TOO_MANY_REQUESTS, "too_many_connections", detail.into())
    })?;
    let body = cbor_body(request, BODY_BYTES_MAX, &app.limits).await?;
    Ok(cbor(app.hub.sync(session.device, body).await??))
}

fn cbor(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, CBOR)], bytes).into_response()
}
