//! Who is asking: the bearer token of a device's session.

use axum::{
    extract::{FromRequestParts, Path},
    http::{header, request::Parts},
};
use dongbo_core::DeviceId;
use std::collections::HashMap;

use super::{App, AppError};
use crate::{hub::HubError, outside::now_ms};

/// A device whose session holds, at the campaign of the path.
pub(super) struct Session {
    pub(super) device: DeviceId,
}

impl FromRequestParts<App> for Session {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let path: Path<HashMap<String, String>> =
            Path::from_request_parts(parts, app).await.map_err(|_| AppError::not_found("page"))?;
        app.check_campaign(path.get("campaign").map_or("", String::as_str))?;
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or(HubError::Unauthorised)?.to_owned();
        let device = app.hub.run(move |hub| hub.device_of_token(&token, now_ms())).await??;
        Ok(Self { device })
    }
}
