//! Receiving a body: its size is limited while it is decompressed, its time while it comes.

use axum::{
    body::Body,
    extract::Request,
    http::{StatusCode, header},
};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::{AppError, limits::Limits};

/// The media type of device messages.
pub(super) const CBOR: &str = "application/cbor";

/// The media type of the JSON API.
const JSON: &str = "application/json";

/// A CBOR body of at most `bytes_max` bytes.
pub(super) async fn cbor_body(request: Request<Body>, bytes_max: usize, limits: &Limits) -> Result<Vec<u8>, AppError> {
    body_of(CBOR, request, bytes_max, limits).await
}

/// What a JSON body of at most `bytes_max` bytes says.
pub(super) async fn json_body<T: DeserializeOwned>(
    request: Request<Body>,
    bytes_max: usize,
    limits: &Limits,
) -> Result<T, AppError> {
    let body = body_of(JSON, request, bytes_max, limits).await?;
    serde_json::from_slice(&body)
        .map_err(|error| AppError::Request(StatusCode::BAD_REQUEST, "invalid", format!("{error}; nothing was changed")))
}

async fn body_of(wanted: &str, request: Request<Body>, bytes_max: usize, limits: &Limits) -> Result<Vec<u8>, AppError> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    // What follows a semicolon is a parameter such as the charset.
    let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    if kind != Some(wanted) {
        let detail = format!("the body must be {wanted}; nothing was changed");
        return Err(AppError::Request(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
    }
    match timeout(limits.body, receive(request.into_body(), bytes_max, limits)).await {
        Ok(received) => received,
        Err(_) => Err(too_slow()),
    }
}

async fn receive(body: Body, bytes_max: usize, limits: &Limits) -> Result<Vec<u8>, AppError> {
    let mut pieces = body.into_data_stream();
    let mut received = Vec::new();
    while let Some(piece) = timeout(limits.pause, pieces.next()).await.map_err(|_| too_slow())? {
        let piece = match piece {
            Ok(piece) => piece,
            Err(error) if is_too_large(&error) => return Err(too_large(bytes_max)),
            Err(_) => {
                let detail = "the body broke off or is not what its encoding says; nothing was changed, send it again";
                return Err(AppError::Request(StatusCode::BAD_REQUEST, "malformed", detail.into()));
            }
        };
        if piece.len() > bytes_max - received.len() {
            return Err(too_large(bytes_max));
        }
        received.extend_from_slice(&piece);
    }
    Ok(received)
}

fn too_large(bytes_max: usize) -> AppError {
    let detail = format!("at most {bytes_max} bytes, compressed or not; nothing was changed, send less at once");
    AppError::Request(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
}

fn too_slow() -> AppError {
    let detail = "the body did not come in time; nothing was changed. Send it again on a better network.";
    AppError::Request(StatusCode::REQUEST_TIMEOUT, "too_slow", detail.into())
}

/// Whether the limit on what comes compressed was met.
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
