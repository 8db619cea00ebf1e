//! The tower layers, outermost last: limits, timeout, load shedding, request ids, tracing, gzip both ways, panics.

use std::{any::Any, sync::Arc};

use axum::{
    BoxError, Router,
    body::Body,
    error_handling::HandleErrorLayer,
    http::{HeaderName, Request, Response, StatusCode, header},
    response::IntoResponse,
};
use dongbo_core::limits::{BODY_BYTES_MAX, COMPRESS_BYTES_MIN};
use tokio::sync::Semaphore;
use tower::{ServiceBuilder, limit::GlobalConcurrencyLimitLayer, load_shed::LoadShedLayer, util::MapResponseLayer};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, Predicate as _, SizeAbove},
    },
    decompression::RequestDecompressionLayer,
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    timeout::TimeoutLayer,
    trace::TraceLayer,
};

use super::{AppError, limits::Limits, problem::PROBLEM};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Sheds what is more than all campaigns' hubs together do at once.
pub(super) fn shed<S: Clone + Send + Sync + 'static>(routes: Router<S>, requests: &Arc<Semaphore>) -> Router<S> {
    let shedding = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(busy))
        .layer(LoadShedLayer::new())
        .layer(GlobalConcurrencyLimitLayer::with_semaphore(Arc::clone(requests)));
    routes.layer(shedding)
}

/// Puts the layers around the routes.
pub(super) fn wrap(routes: Router, limits: &Limits) -> Router {
    // Paths hold record ids only; query strings and bodies are never logged.
    let trace = TraceLayer::new_for_http().make_span_with(|request: &Request<Body>| {
        let id = request.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
        tracing::info_span!("request", method = %request.method(), path = request.uri().path(), id)
    });
    let outer = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(trace);
    // A short answer would only become longer.
    let worth_compressing = DefaultPredicate::new().and(SizeAbove::new(COMPRESS_BYTES_MIN as u64));
    routes
        .layer(CompressionLayer::new().compress_when(worth_compressing))
        .layer(RequestDecompressionLayer::new())
        .layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, limits.request))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(MapResponseLayer::new(as_problem))
        .layer(outer)
}

/// What a layer or the router itself refuses becomes a problem like any other; its headers stay.
fn as_problem(response: Response<Body>) -> Response<Body> {
    let status = response.status();
    let is_problem = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM);
    if is_problem || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (code, detail) = match status {
        StatusCode::NOT_FOUND => ("not_found", "there is no such page"),
        StatusCode::METHOD_NOT_ALLOWED => ("method_not_allowed", "this page is not asked for in this way"),
        StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "the body is too large; send less at once"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("unsupported_media_type", "the body's encoding must be gzip or none"),
        StatusCode::SERVICE_UNAVAILABLE => ("overloaded", "this took too long; sending it again does no harm"),
        status if status.is_client_error() => ("malformed", "the request cannot be read"),
        _ => ("internal", "the hub could not do this"),
    };
    let mut problem = AppError::Request(status, code, detail.into()).into_response();
    for (name, value) in response.headers() {
        if *name != header::CONTENT_LENGTH && *name != header::CONTENT_ENCODING && !problem.headers().contains_key(name)
        {
            problem.headers_mut().append(name, value.clone());
        }
    }
    problem
}

async fn busy(_: BoxError) -> AppError {
    AppError::Unavailable(crate::hub_thread::Unavailable::Busy)
}

fn panicked(_: Box<dyn Any + Send>) -> Response<Body> {
    tracing::error!("a handler panicked");
    let detail = "The hub could not do this. Nothing was acknowledged; what you sent stays on your device.";
    AppError::Request(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail.into()).into_response()
}
