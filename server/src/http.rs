//! The hubs behind HTTP. Routers by audience: devices (CBOR, protocol.md section 3), the JSON API, operations.

mod accept;
mod admin;
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
mod reviews;
mod session;
mod web;

use std::{collections::BTreeMap, future::Future, path::Path, sync::Arc};

use axum::{
    Json, Router,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
    routing::{any, get},
};
use dongbo_core::limits::DEVICE_LIVE_CONNECTIONS_MAX;
use serde_json::json;
use tokio::{net::TcpListener, sync::Semaphore};
use tower::ServiceExt as _;

use crate::hub_thread::HubHandle;
use per_device::PerDevice;

pub use limits::Limits;
pub use problem::AppError;

/// Requests for open data at a time.
const OPEN_REQUESTS_MAX: usize = 4;

/// What every handler of one campaign needs. Limits and what each device has under way are those of the process.
#[derive(Clone)]
pub struct App {
    hub: HubHandle,
    campaign: Arc<str>,
    limits: Limits,
    live: PerDevice,
    syncs: PerDevice,
}

/// The hubs of one process by campaign. No campaign's requests ever reach another's hub.
#[derive(Clone)]
struct Campaigns(Arc<BTreeMap<String, (HubHandle, Router)>>);

/// The routes of one hub.
pub fn router(hub: HubHandle, campaign: &str, limits: Limits) -> Router {
    router_of_all(vec![(campaign.to_owned(), hub)], limits, None)
}

/// The routes of several hubs, each below its campaign; and the web app, where its built files lie in `web`.
pub fn router_of_all(hubs: Vec<(String, HubHandle)>, limits: Limits, web: Option<&Path>) -> Router {
    let (live, syncs) = (PerDevice::new(DEVICE_LIVE_CONNECTIONS_MAX), PerDevice::new(limits.device_syncs_max));
    let requests = Arc::new(Semaphore::new(limits.requests_max));
    // The public must not keep phones waiting.
    let open_requests = Arc::new(Semaphore::new(OPEN_REQUESTS_MAX));
    let of_campaign = |(campaign, hub): (String, HubHandle)| {
        let (live, syncs) = (live.clone(), syncs.clone());
        let app = App { hub: hub.clone(), campaign: campaign.as_str().into(), limits, live, syncs };
        let of_sessions = device::routes().merge(api::routes()).merge(plan::routes());
        let in_session = layers::shed(of_sessions.merge(reviews::routes()).merge(admin::routes()), &requests);
        let open = layers::shed(open::routes(), &open_requests);
        let routes = Router::new()
            .nest("/api/v1/c/{campaign}", device::sessionless().merge(open).merge(in_session))
            .fallback(async || AppError::not_found("page"))
            .with_state(app);
        (campaign, (hub, routes))
    };
    let campaigns = Campaigns(Arc::new(hubs.into_iter().map(of_campaign).collect()));
    let served = Served { campaigns: campaigns.clone(), web: web.map(web::routes) };
    let routes = Router::new()
        .route("/readyz", get(ready).with_state(campaigns))
        .fallback_service(any(to_campaign_or_app).with_state(served));
    // Liveness must answer even while the rest is shed.
    layers::wrap(routes, &limits).route("/healthz", get(async || Json(json!({"status": "ok"}))))
}

/// What is reached by path: the campaigns' hubs, and the web app.
#[derive(Clone)]
struct Served {
    campaigns: Campaigns,
    web: Option<Router>,
}

/// Hands a request to the campaign that its path names, or to the app.
async fn to_campaign_or_app(State(served): State<Served>, request: Request) -> Response {
    let path = request.uri().path();
    let routes = match path.strip_prefix("/api/") {
        Some(below) => {
            let campaign = below.strip_prefix("v1/c/").and_then(|rest| rest.split('/').next());
            let Some(campaign) = campaign else { return AppError::not_found("page").into_response() };
            served.campaigns.0.get(campaign).map(|(_, routes)| routes.clone()).ok_or("campaign")
        }
        None => served.web.ok_or("page"),
    };
    match routes {
        Ok(routes) => match routes.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        Err(what) => AppError::not_found(what).into_response(),
    }
}

/// Serves one campaign until `stop` resolves, then ends live connections and finishes what is under way, within ten
/// seconds.
pub async fn serve(
    listener: TcpListener,
    hub: HubHandle,
    campaign: &str,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    serve_all(listener, vec![(campaign.to_owned(), hub)], limits, None, stop).await;
}

/// Serves several campaigns as [`serve`] does one, and the web app whose built files lie in `web`.
pub async fn serve_all(
    listener: TcpListener,
    hubs: Vec<(String, HubHandle)>,
    limits: Limits,
    web: Option<&Path>,
    stop: impl Future<Output = ()>,
) {
    let routes = router_of_all(hubs.clone(), limits, web);
    let stop = async move {
        stop.await;
        // They would otherwise go on for as long as phones listen.
        hubs.iter().for_each(|(_, hub)| hub.end_live());
    };
    accept::accept(listener, routes, limits, stop).await;
}

async fn ready(State(campaigns): State<Campaigns>) -> Result<Json<serde_json::Value>, AppError> {
    let mut ready = json!({"status": "ready", "campaigns": {}});
    for (campaign, (hub, _)) in campaigns.0.iter() {
        let (head, epoch) = hub.run(|hub| (hub.head(), hub.epoch())).await?;
        ready["campaigns"][campaign] = json!({"head": head, "epoch": epoch});
        if campaigns.0.len() == 1 {
            (ready["head"], ready["epoch"]) = (json!(head), json!(epoch));
        }
    }
    Ok(Json(ready))
}

impl App {
    /// The campaign of the path must be the one served here.
    fn check_campaign(&self, campaign: &str) -> Result<(), AppError> {
        if *campaign == *self.campaign { Ok(()) } else { Err(AppError::not_found("campaign")) }
    }
}
