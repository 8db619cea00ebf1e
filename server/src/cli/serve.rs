//! `dongbo serve`: the hub behind HTTP, with its admin socket, until it is told to stop.

use std::path::PathBuf;

use anyhow::Context as _;
use dongbo_core::store::{SledOptions, SledStore, Store};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use super::{init::STORE, say};
use crate::{
    admin::{self, AdminCommand},
    http,
    hub::Hub,
    hub_thread::{self, ServedHub},
};

/// sled counts pages as they are on disk; in memory they take several times that (docs/performance.md).
const CACHE_BYTES: u64 = 8 << 20;

#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    /// The hub's data directory.
    #[arg(long, value_name = "DIR", default_value = "./data")]
    data: PathBuf,
    /// Where to listen. Put a TLS proxy in front, except on loopback.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,
}

pub(super) fn run(args: ServeArgs) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_env("DONGBO_LOG").unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let path = args.data.join(STORE);
    anyhow::ensure!(path.exists(), "there is no hub in {}; run `dongbo init` first", args.data.display());
    let (hub, thread) = hub_thread::start(move || {
        let store: Box<dyn Store> = Box::new(SledStore::open(&path, SledOptions::default().cache_bytes(CACHE_BYTES))?);
        let mut hub = Hub::open(store)?;
        pollster::block_on(hub.settle())?;
        Ok(hub)
    })?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let listener = TcpListener::bind(&args.listen).await.with_context(|| format!("{} is not free", args.listen))?;
        let address = listener.local_addr()?;
        let stop = stop()?;
        let (data, administered) = (args.data.clone(), hub.clone());
        tokio::spawn(async move {
            if let Err(error) = admin::listen(data, administered).await {
                tracing::error!(%error, "there is no admin socket; commands need the hub stopped");
            }
        });
        let (campaign, origin, first) = hub
            .run(|hub| {
                let first = if hub.all_devices()?.is_empty() { first_invitation(hub)? } else { None };
                Ok::<_, crate::hub::HubError>((hub.campaign().to_string(), hub.origin().to_owned(), first))
            })
            .await??;
        if let Some((name, link)) = first {
            say::invitation(&name, &link)?;
        }
        say::line(&format!(
            "Đang phục vụ {campaign} tại http://{address}  (địa chỉ cho điện thoại / for phones: {origin})"
        ));
        http::serve(listener, hub, &campaign, http::Limits::default(), stop).await;
        say::line("Đang dừng  /  stopping");
        Ok::<_, anyhow::Error>(())
    });
    // Ends the admin socket and live connections, the last holders of the hub; then the store is closed.
    runtime.shutdown_background();
    let _ = thread.join();
    let _ = std::fs::remove_file(admin::socket_path(&args.data));
    served
}

/// As long as no device has joined, the first administrator is invited anew at each start.
fn first_invitation(hub: &mut ServedHub) -> Result<Option<(String, String)>, crate::hub::HubError> {
    let Some((member, name)) = hub.trust().members().next().map(|member| (member.id, member.name.clone())) else {
        return Ok(None);
    };
    let invited = admin::execute(hub, AdminCommand::Invite { member: Some(member), new: None })?;
    Ok(invited["link"].as_str().map(|link| (name, link.to_owned())))
}

/// Resolves when the hub is told to stop. Listens from this call on, so that no signal is missed before it is awaited.
fn stop() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    })
}
