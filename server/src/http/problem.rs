//! Problems as `application/problem+json` (RFC 9457) with a stable `code`. Internal detail goes to the log.

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
    response::IntoResponse,
};
use serde_json::json;

use crate::{hub::HubError, hub_thread::Unavailable};

/// The media type of problems.
pub(super) const PROBLEM: &str = "application/problem+json";

/// Why a request was not done.
#[derive(Debug)]
pub enum AppError {
    /// The hub's answer.
    Hub(HubError),
    /// The hub did not take it.
    Unavailable(Unavailable),
    /// The request is not one this server takes.
    Request(StatusCode, &'static str, String),
}

impl AppError {
    /// No such thing.
    pub fn not_found(what: &str) -> Self {
        Self::Request(StatusCode::NOT_FOUND, "not_found", format!("there is no such {what}"))
    }

    fn parts(&self) -> (StatusCode, String, String, Option<u64>) {
        match self {
            Self::Hub(error) => {
                let problem = error.problem();
                let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                (status, problem.code, problem.detail, problem.epoch)
            }
            Self::Unavailable(reason) => {
                let detail = format!("{reason}; nothing was changed. Try again later.");
                (StatusCode::SERVICE_UNAVAILABLE, "overloaded".into(), detail, None)
            }
            Self::Request(status, code, detail) => (*status, (*code).to_owned(), detail.clone(), None),
        }
    }
}

impl From<HubError> for AppError {
    fn from(error: HubError) -> Self {
        Self::Hub(error)
    }
}

impl From<Unavailable> for AppError {
    fn from(reason: Unavailable) -> Self {
        Self::Unavailable(reason)
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response<Body> {
        let (status, code, detail, epoch) = self.parts();
        if status.is_server_error() {
            tracing::warn!(error = ?self, code, "a request failed");
        }
        let mut problem = json!({
            "type": format!("urn:dongbo:problem:{code}"),
            "title": status.canonical_reason().unwrap_or("problem"),
            "status": status.as_u16(),
            "code": code,
            "detail": detail,
        });
        if let Some(epoch) = epoch {
            problem["epoch"] = json!(epoch);
        }
        let mut response = (status, problem.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}
