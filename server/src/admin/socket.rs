//! The admin socket: while a hub is served, its store is locked, so commands reach it here. A Unix socket in the data
//! directory, for its owner only; one JSON command a line, one JSON answer a line.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    os::unix::{fs::PermissionsExt as _, net::UnixStream},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _},
    net::UnixListener,
};

use super::{AdminCommand, execute};
use crate::hub_thread::HubHandle;

/// Longest command, in bytes: a campaign of 2 MiB, quoted, with its units.
const COMMAND_BYTES_MAX: usize = 16 << 20;

/// Where a data directory's socket lies.
pub fn socket_path(data: &Path) -> PathBuf {
    data.join("admin.sock")
}

/// Asks the hub that serves this data directory; `None` if none does.
pub fn ask(data: &Path, command: &AdminCommand) -> anyhow::Result<Option<Value>> {
    let Ok(mut stream) = UnixStream::connect(socket_path(data)) else { return Ok(None) };
    writeln!(stream, "{}", serde_json::to_string(command)?)?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    let answer: Value = serde_json::from_str(&line).context("the hub ended before it answered; ask again")?;
    match answer.get("error") {
        Some(error) => anyhow::bail!("{}", error.as_str().unwrap_or("the hub refused")),
        None => Ok(Some(answer["ok"].clone())),
    }
}

/// Makes the socket of a data directory: from here on commands find it. Needs a runtime around it.
pub fn bind(data: &Path) -> std::io::Result<UnixListener> {
    let path = socket_path(data);
    // What a hub that was killed left behind; whoever holds the store's lock owns the socket.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers commands until the hub stops.
pub async fn listen(listener: UnixListener, hub: HubHandle) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let hub = hub.clone();
        tokio::spawn(async move {
            if let Err(error) = answer(stream, hub).await {
                tracing::warn!(%error, "an admin connection broke");
            }
        });
    }
}

async fn answer(stream: tokio::net::UnixStream, hub: HubHandle) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = tokio::io::BufReader::new(tokio::io::AsyncReadExt::take(read, COMMAND_BYTES_MAX as u64)).lines();
    let Some(line) = lines.next_line().await? else { return Ok(()) };
    let done = match serde_json::from_str::<AdminCommand>(&line) {
        Ok(command) => match hub.run(move |hub| execute(hub, command)).await {
            Ok(Ok(value)) => json!({"ok": value}),
            Ok(Err(error)) => json!({"error": error.to_string()}),
            Err(error) => json!({"error": error.to_string()}),
        },
        Err(error) => json!({"error": format!("not a command: {error}")}),
    };
    write.write_all(format!("{done}\n").as_bytes()).await
}
