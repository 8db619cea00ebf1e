//! Administration over HTTP: what a member may administer, and the commands, within the duties of the member's roles.

use axum::{
    Json, Router,
    extract::{Request, State},
    routing::{get, post},
};
use serde_json::Value;

use super::{App, AppError, body::json_body, session::Session};
use crate::admin::{self, AdminCommand};

/// The longest command, in bytes. The longest text in one is a reason.
const COMMAND_BYTES_MAX: usize = 64 << 10;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin", post(command)).route("/duties", get(duties))
}

async fn command(State(app): State<App>, session: Session, request: Request) -> Result<Json<Value>, AppError> {
    let command: AdminCommand = json_body(request, COMMAND_BYTES_MAX, &app.limits).await?;
    Ok(Json(app.hub.run(move |hub| admin::execute_for(hub, session.device, command)).await??))
}

async fn duties(State(app): State<App>, session: Session) -> Result<Json<Value>, AppError> {
    Ok(Json(app.hub.run(move |hub| admin::duties_for(hub, session.device)).await??))
}
