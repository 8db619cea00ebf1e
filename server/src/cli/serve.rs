//! `dongbo serve`: every campaign below a data directory behind HTTP, each with its admin socket, until told to stop.

use std::{path::PathBuf, thread::JoinHandle};

use anyhow::Context as _;
use dongbo_core::store::SledOptions;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use super::say;
use crate::{
    admin::{self, AdminCommand},
    home::{self, Home},
    http,
    hub::{Hub, HubError},
    hub_thread::{self, HubHandle, ServedHub},
};

/// sled counts pages as they are on disk; in memory they take several times that (docs/performance.md).
const CACHE_BYTES: u64 = 8 << 20;

#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    /// The data directory: every campaign in it is served.
    #[arg(long, value_name = "DIR", default_value = "./data")]
    data: PathBuf,
    /// Where to listen. Put a TLS proxy in front, except on loopback.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,
    /// The web app's built files (`cargo xtask web build` makes them in `web/dist`), to be served beside the API.
    #[arg(long, value_name = "DIR", env = "DONGBO_WEB")]
    web: Option<PathBuf>,
}

pub(super) fn run(args: ServeArgs) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_env("DONGBO_LOG").unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let homes = home::homes(&args.data);
    anyhow::ensure!(!homes.is_empty(), "there is no hub in {}; run `dongbo init` first", args.data.display());
    if let Some(web) = &args.web {
        let page = web.join("index.html");
        anyhow::ensure!(page.is_file(), "there is no web app in {}; `cargo xtask web build` makes one", web.display());
    }
    let campaigns = open(homes)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let listener = TcpListener::bind(&args.listen).await.with_context(|| format!("{} is not free", args.listen))?;
        let address = listener.local_addr()?;
        let stop = stop()?;
        let mut hubs = Vec::new();
        for Open { home, hub, .. } in &campaigns {
            // Before it is said that the hub is served: who reads that may ask at once.
            let (socket, administered) = (admin::bind(home.directory()), hub.clone());
            tokio::spawn(async move {
                let ended = async { admin::listen(socket?, administered).await };
                if let Err(error) = ended.await {
                    tracing::error!(%error, "there is no admin socket; commands need the hub stopped");
                }
            });
            let (campaign, origin, first) = hub
                .run(|hub| {
                    let first = if hub.all_devices()?.is_empty() { first_invitation(hub)? } else { None };
                    Ok::<_, HubError>((hub.campaign().to_string(), hub.origin().to_owned(), first))
                })
                .await??;
            if let Some((name, link)) = first {
                say::invitation(&name, &link)?;
            }
            hubs.push((campaign, hub.clone(), origin));
        }
        if args.web.is_some() {
            say::line(&format!("Mở trong trình duyệt  /  open in a browser: http://{address}"));
        }
        for (campaign, _, origin) in &hubs {
            say::line(&format!(
                "Đang phục vụ {campaign} tại http://{address}  (địa chỉ cho điện thoại / for phones: {origin})"
            ));
        }
        let hubs = hubs.into_iter().map(|(campaign, hub, _)| (campaign, hub)).collect();
        http::serve_all(listener, hubs, http::Limits::default(), args.web.as_deref(), stop).await;
        say::line("Đang dừng  /  stopping");
        Ok::<_, anyhow::Error>(())
    });
    // Ends the admin sockets and live connections, the last holders of the hubs; then the stores are closed.
    runtime.shutdown_background();
    for Open { home, hub, thread } in campaigns {
        drop(hub);
        let _ = thread.join();
        let _ = std::fs::remove_file(admin::socket_path(home.directory()));
    }
    served
}

/// A campaign that is open.
struct Open {
    home: Home,
    hub: HubHandle,
    thread: JoinHandle<()>,
}

/// Opens every campaign. One that cannot be opened is said so and does not keep the others from being served.
fn open(homes: Vec<Home>) -> anyhow::Result<Vec<Open>> {
    let (mut opened, mut failed) = (Vec::new(), Vec::new());
    for home in homes {
        let opening = home.clone();
        let started = hub_thread::start(move || {
            let hub = opening.open(SledOptions::default().cache_bytes(CACHE_BYTES))?;
            Ok::<_, anyhow::Error>(Hub::boxed(hub))
        });
        match started {
            Ok((hub, thread)) => opened.push(Open { home, hub, thread }),
            Err(error) => {
                let name = home.campaign().map_or_else(|| home.directory().display().to_string(), |id| id.to_string());
                tracing::error!(campaign = name, "not served: {error:#}");
                failed.push(format!(
                    "không phục vụ được {name}; dữ liệu vẫn để nguyên  /  {name} is not served, its store is left as it is: \
                     {error:#}"
                ));
            }
        }
    }
    anyhow::ensure!(!opened.is_empty(), "{}", failed.join("\n"));
    failed.iter().for_each(|failure| say::line(failure));
    Ok(opened)
}

/// As long as no device has joined, the first administrator is invited anew at each start.
fn first_invitation(hub: &mut ServedHub) -> Result<Option<(String, String)>, HubError> {
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
