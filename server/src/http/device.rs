//! The endpoints for devices: CBOR in, CBOR out.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Path, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use dongbo_core::{limits::BODY_BYTES_MAX, outside::Moment};

use super::{App, AppError, live, session::Session};
use crate::outside::{SystemEntropy, now_ms};

const CBOR: &str = "application/cbor";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/devices", post(join))
        .route("/session", get(nonce).post(session))
        .route("/sync", post(sync))
        .route("/live", get(live::live))
}

async fn join(State(app): State<App>, Path(campaign): Path<String>, request: Request) -> Result<Response, AppError> {
    app.check_campaign(&campaign)?;
    let body = cbor_body(request).await?;
    Ok(cbor(app.hub.run(move |hub| pollster::block_on(hub.join(&body, now_ms()))).await??))
}

async fn nonce(State(app): State<App>, Path(campaign): Path<String>) -> Result<Response, AppError> {
    app.check_campaign(&campaign)?;
    Ok(cbor(app.hub.run(|hub| hub.nonce(&mut Moment::new(now_ms(), &mut SystemEntropy))).await?))
}

async fn session(State(app): State<App>, Path(campaign): Path<String>, request: Request) -> Result<Response, AppError> {
    app.check_campaign(&campaign)?;
    let body = cbor_body(request).await?;
    Ok(cbor(app.hub.run(move |hub| pollster::block_on(hub.session(&body, now_ms()))).await??))
}

async fn sync(State(app): State<App>, session: Session, request: Request) -> Result<Response, AppError> {
    let body = cbor_body(request).await?;
    Ok(cbor(app.hub.sync(session.device, body).await??))
}

fn cbor(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, CBOR)], bytes).into_response()
}

/// The body, whose decompressed size is limited while it is read.
async fn cbor_body(request: Request<Body>) -> Result<Vec<u8>, AppError> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if kind != Some(CBOR) {
        let detail = format!("the body must be {CBOR}");
        return Err(AppError::Request(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
    }
    match to_bytes(request.into_body(), BODY_BYTES_MAX).await {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(error) if is_too_large(&error) => {
            let detail = format!("at most {BODY_BYTES_MAX} bytes, compressed or not; send less at once");
            Err(AppError::Request(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail))
        }
        Err(_) => {
            let detail = "the body broke off or is not what its encoding says; nothing was changed".to_owned();
            Err(AppError::Request(StatusCode::BAD_REQUEST, "malformed", detail))
        }
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.to_string().contains("length limit exceeded") {
            return true;
        }
        cause = error.source();
    }
    false
}
