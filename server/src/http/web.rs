//! The web app's files, as they were built: same origin as the API, and nothing from anywhere else.

use std::path::Path;

use axum::{
    Router,
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::{self, Next},
    response::Response,
};
use tower_http::services::{ServeDir, ServeFile};

/// One directive a line.
const POLICY: &str = include_str!("../../../web/content-security-policy.txt");
/// Below it, a file's name changes with what is in it.
const HASHED: &str = "/assets/";

/// The files of a built app. Every path that is no file is a page of the app's own, and gets its start page.
pub(super) fn routes(app: &Path) -> Router {
    let page = ServeFile::new(app.join("index.html")).precompressed_br();
    let files = ServeDir::new(app).precompressed_br().append_index_html_on_directories(false);
    let hashed = ServeDir::new(app.join(HASHED.trim_matches('/'))).precompressed_br();
    Router::new()
        .nest_service(HASHED.trim_end_matches('/'), hashed)
        .fallback_service(files.fallback(page))
        .layer(middleware::from_fn(guarded))
}

/// Says what a page may do, and how long an answer may be kept.
async fn guarded(request: Request, next: Next) -> Response {
    let hashed = request.uri().path().starts_with(HASHED);
    let mut response = next.run(request).await;
    // A file that is gone comes back with the version that has it.
    let kept =
        if hashed && response.status().is_success() { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    if let Ok(policy) = HeaderValue::from_str(&POLICY.trim().replace('\n', "; ")) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in GUARDS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

const GUARDS: [(&str, &str); 5] = [
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(self), geolocation=(self), microphone=()"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
];
