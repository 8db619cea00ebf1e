//! The hub behind HTTP. Routers by audience: devices (CBOR, protocol.md section 3), the JSON API, operations.

mod accept;
mod api;
mod body;
mod calendar;
mod device;
mod idle;
mod layers;
mod limits;
mod live;
mod open;
mod per_device;
mod plan;
mod problem;
mod session;

use std::{future::Future, sync::Arc};

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use dongbo_core::limits::DEVICE_LIVE_CONNECTIONS_MAX;
use serde_json::json;
use tokio::net::TcpListener;

use crate::hub_thread::HubHandle;
use per_device::PerDevice;

pub use limits::Limits;
pub use problem::AppError;

/// Requests for open data at a time.
const OPEN_REQUESTS_MAX: usize = 4;

/// What every handler needs.
#[derive(Clone)]
pub struct App {
    hub: HubHandle,
    campaign: Arc<str>,
    limits: Limits,
    live: PerDevice,
    syncs: PerDevice,
}

/// The routes of one hub.
pub fn router(hub: HubHandle, campaign: &str, limits: Limits) -> Router {
    let app = App {
        hub,
        campaign: campaign.into(),
        limits,
        live: PerDevice::new(DEVICE_LIVE_CONNECTIONS_MAX),
        syncs: PerDevice::new(limits.device_syncs_max),
    };
    let in_session = layers::shed(device::routes().merge(api::routes()).merge(plan::routes()), &limits);
    // The public must not keep phones waiting.
    let open = layers::shed(open::routes(), &Limits { requests_max: OPEN_REQUESTS_MAX, ..limits });
    let routes = Router::new()
        .nest("/api/v1/c/{campaign}", device::sessionless().merge(open).merge(in_session))
        .route("/readyz", get(ready))
        .fallback(async || AppError::not_found("page"))
        .with_state(app);
    // Liveness must answer even while the rest is shed.
    layers::wrap(routes, &limits).route("/healthz", get(async || Json(json!({"status": "ok"}))))
}

/// Serves until `stop` resolves, then ends live connections and finishes what is under way, within ten seconds.
pub async fn serve(
    listener: TcpListener,
    hub: HubHandle,
    campaign: &str,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let routes = router(hub.clone(), campaign, limits);
    let stop = async move {
        stop.await;
        // They would otherwise go on for as long as phones listen.
        hub.end_live();
    };
    accept::accept(listener, routes, limits, stop).await;
}

async fn ready(State(app): State<App>) -> Result<(StatusCode, Json<serde_json::Value>), AppError> {
    let (head, epoch) = app.hub.run(|hub| (hub.head(), hub.epoch())).await?;
    Ok((StatusCode::OK, Json(json!({"status": "ready", "head": head, "epoch": epoch}))))
}

impl App {
    /// The campaign of the path must be the one served here.
    fn check_campaign(&self, campaign: &str) -> Result<(), AppError> {
        if *campaign == *self.campaign { Ok(()) } else { Err(AppError::not_found("campaign")) }
    }
}
