//! `GET /live`: server-sent events that say only that something new is in scope. A hint; sync brings the data.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::StatusCode,
    response::sse::{Event, KeepAlive, Sse},
};
use dongbo_core::{DeviceId, limits::DEVICE_LIVE_CONNECTIONS_MAX};
use futures_util::{Stream, stream};
use serde_json::json;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{App, AppError, session::Session};
use crate::{hub_thread::News, outside::now_ms};

pub(super) async fn live(
    State(app): State<App>,
    session: Session,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, AppError> {
    let connection = app.live.take(session.device).ok_or_else(|| {
        let detail = format!("at most {DEVICE_LIVE_CONNECTIONS_MAX} live connections a device");
        AppError::Request(StatusCode::TOO_MANY_REQUESTS, "too_many_connections", detail)
    })?;
    let news = app.hub.news();
    let events = stream::unfold((app, news, connection), async |(app, mut news, connection)| {
        let head = tokio::select! {
            head = next_in_scope(&app, &mut news, connection.device) => head?,
            () = app.hub.live_ended() => return None,
        };
        Some((Ok(Event::default().data(json!({"head": head}).to_string())), (app, news, connection)))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(25))))
}

/// The head at the next news that this device may read; `None` when the hub stops.
async fn next_in_scope(app: &App, news: &mut Receiver<Arc<News>>, device: DeviceId) -> Option<u64> {
    loop {
        let news = match news.recv().await {
            Ok(news) => news,
            // Too slow to hear everything: it should look for itself.
            Err(RecvError::Lagged(_)) => return app.hub.run(|hub| hub.head()).await.ok(),
            Err(RecvError::Closed) => return None,
        };
        if news.statements {
            return Some(news.head);
        }
        let pairs = news.pairs.clone();
        let in_scope = app.hub.run(move |hub| {
            let scope = hub.scope_of_device(device, now_ms())?;
            Ok::<_, crate::hub::HubError>(pairs.iter().any(|(unit, form)| scope.contains(unit, form)))
        });
        if matches!(in_scope.await, Ok(Ok(true))) {
            return Some(news.head);
        }
    }
}
