//! Accepting connections. Like `axum::serve`, with what that does not offer: limits on heads and on silence.

use std::{future::Future, pin::pin, time::Duration};

use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::TcpListener,
    time::{sleep, timeout},
};

use super::{idle::Idle, limits::Limits};

/// How long requests under way may still take once the hub is told to stop, in seconds.
const STOP_SECONDS_MAX: u64 = 10;
/// Headers of one request, and their bytes.
const HEADERS_MAX: usize = 64;
const HEAD_BYTES_MAX: usize = 32 << 10;
/// Requests at once on one connection of HTTP/2.
const STREAMS_MAX: u32 = 64;
/// How long to wait after a connection could not be accepted, in milliseconds: out of file handles, most likely.
const ACCEPT_PAUSE_MS: u64 = 200;

/// Serves until `stop` resolves, then finishes what is under way, within ten seconds.
pub(super) async fn accept(listener: TcpListener, routes: Router, limits: Limits, stop: impl Future<Output = ()>) {
    let mut builder = Builder::new(TokioExecutor::new());
    let mut http1 = builder.http1();
    http1.timer(TokioTimer::new()).header_read_timeout(limits.head);
    http1.max_headers(HEADERS_MAX).max_buf_size(HEAD_BYTES_MAX);
    let mut http2 = builder.http2();
    http2.timer(TokioTimer::new()).keep_alive_interval(limits.head);
    http2.max_header_list_size(HEAD_BYTES_MAX as u32).max_concurrent_streams(STREAMS_MAX);
    let service = TowerToHyperService::new(routes);
    let connections = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let io = TokioIo::new(Idle::new(stream, limits.idle));
                let connection = builder.serve_connection(io, service.clone()).into_owned();
                let connection = connections.watch(connection);
                tokio::spawn(async move {
                    if let Err(error) = connection.await {
                        tracing::debug!(error, "a connection ended early");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(Duration::from_millis(ACCEPT_PAUSE_MS)).await;
            }
        }
    }
    drop(listener);
    let _ = timeout(Duration::from_secs(STOP_SECONDS_MAX), connections.shutdown()).await;
}
