//! The hub behind HTTP. Routers by audience: devices (CBOR, protocol.md section 3), the JSON API, operations.

mod api;
mod device;
mod layers;
mod live;
mod problem;
mod session;

use std::{future::Future, sync::Arc, time::Duration};

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use serde_json::json;
use tokio::{net::TcpListener, sync::oneshot};

use crate::hub_thread::HubHandle;

pub use problem::AppError;

/// What every handler needs.
#[derive(Clone)]
pub struct App {
    hub: HubHandle,
    campaign: Arc<str>,
    live: live::Connections,
}

/// The routes of one hub.
pub fn router(hub: HubHandle, campaign: &str) -> Router {
    let app = App { hub, campaign: campaign.into(), live: live::Connections::default() };
    let campaign = Router::new().merge(device::routes()).merge(api::routes());
    let routes = Router::new()
        .nest("/api/v1/c/{campaign}", campaign)
        .route("/readyz", get(ready))
        .fallback(async || AppError::not_found("page"))
        .with_state(app);
    // Liveness must answer even while the rest is shed.
    layers::wrap(routes).route("/healthz", get(async || Json(json!({"status": "ok"}))))
}

/// How long requests under way may still take once the hub is told to stop, in seconds.
const STOP_SECONDS_MAX: u64 = 10;

/// Serves until `stop` resolves, then ends live connections and finishes what is under way, within ten seconds.
pub async fn serve(
    listener: TcpListener,
    hub: HubHandle,
    campaign: &str,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let routes = router(hub.clone(), campaign);
    let (stopping, stopped) = oneshot::channel();
    let stop = async move {
        stop.await;
        // They would otherwise go on for as long as phones listen.
        hub.end_live();
        let _ = stopping.send(());
    };
    let late = async {
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(Duration::from_secs(STOP_SECONDS_MAX)).await;
    };
    tokio::select! {
        served = axum::serve(listener, routes).with_graceful_shutdown(stop) => served,
        () = late => Ok(()),
    }
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
