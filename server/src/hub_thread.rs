//! The thread that owns the hub. Everyone else sends it work through a bounded queue; syncs that wait together share
//! one commit.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    thread::JoinHandle,
};

use dongbo_core::{DeviceId, FormId, UnitId, store::Store};
use std::sync::Arc;
use tokio::sync::{broadcast, oneshot, watch};

use crate::{
    hub::{Hub, HubError, SyncCall},
    outside::now_ms,
};

/// The hub as it is served: over any store.
pub type ServedHub = Hub<Box<dyn Store>>;

/// Commands that may wait; more are shed.
const QUEUE_MAX: usize = 64;
/// Syncs that share one commit.
const GROUP_MAX: usize = 8;
/// News a slow live connection may fall behind before it is told to look for itself.
const NEWS_MAX: usize = 256;

/// Why the hub did not take work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// The queue is full.
    #[error("the hub has too much to do just now")]
    Busy,
    /// The hub is shutting down, or the work made it stop.
    #[error("the hub stopped while doing this")]
    Stopped,
}

/// What was appended to the ledger by one command.
#[derive(Debug, Clone)]
pub struct News {
    /// The ledger's head now.
    pub head: u64,
    /// The pairs that have something new.
    pub pairs: Vec<(UnitId, FormId)>,
    /// Whether members, units or forms may have changed.
    pub statements: bool,
}

enum Command {
    Sync { device: DeviceId, body: Vec<u8>, answer: oneshot::Sender<Result<Vec<u8>, HubError>> },
    Run(Box<dyn FnOnce(&mut ServedHub) + Send>),
}

/// Sends work to the hub. When the last one is dropped, the thread ends and the store is closed.
#[derive(Clone)]
pub struct HubHandle {
    queue: SyncSender<Command>,
    news: broadcast::Sender<Arc<News>>,
    live: watch::Sender<bool>,
}

/// Starts the thread; `open` runs on it. Returns once the hub is open.
pub fn start<E: From<HubError> + Send + 'static>(
    open: impl FnOnce() -> Result<ServedHub, E> + Send + 'static,
) -> Result<(HubHandle, JoinHandle<()>), E> {
    let (queue, commands) = sync_channel(QUEUE_MAX);
    let (news, _) = broadcast::channel(NEWS_MAX);
    let (opened, is_open) = std::sync::mpsc::channel();
    let announce = news.clone();
    let run = move || match open() {
        Ok(hub) => {
            let _ = opened.send(Ok(()));
            Owner { hub: Some(hub), announce }.serve(&commands);
        }
        Err(error) => _ = opened.send(Err(error)),
    };
    let thread = std::thread::Builder::new().name("hub".into()).spawn(run);
    let thread = thread.map_err(|error| HubError::Invalid(format!("no thread can be started: {error}")))?;
    is_open.recv().map_err(|_| HubError::Stored("the hub stopped while opening".into()))??;
    Ok((HubHandle { queue, news, live: watch::Sender::new(true) }, thread))
}

impl HubHandle {
    /// One device's sync, in a group with whoever else waits.
    pub async fn sync(&self, device: DeviceId, body: Vec<u8>) -> Result<Result<Vec<u8>, HubError>, Unavailable> {
        let (answer, answered) = oneshot::channel();
        self.send(Command::Sync { device, body, answer })?;
        answered.await.map_err(|_| Unavailable::Stopped)
    }

    /// Runs `work` on the hub's thread.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut ServedHub) -> T + Send + 'static,
    ) -> Result<T, Unavailable> {
        let (answer, answered) = oneshot::channel();
        self.send(Command::Run(Box::new(move |hub| _ = answer.send(work(hub)))))?;
        answered.await.map_err(|_| Unavailable::Stopped)
    }

    /// What is appended from now on.
    pub fn news(&self) -> broadcast::Receiver<Arc<News>> {
        self.news.subscribe()
    }

    /// Ends live connections, now and from now on: the hub is about to stop.
    pub fn end_live(&self) {
        self.live.send_replace(false);
    }

    /// Resolves when live connections must end.
    pub async fn live_ended(&self) {
        // An error would mean that the sender is gone, but it is held here.
        let _ = self.live.subscribe().wait_for(|live| !live).await;
    }

    fn send(&self, command: Command) -> Result<(), Unavailable> {
        self.queue.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => Unavailable::Busy,
            TrySendError::Disconnected(_) => Unavailable::Stopped,
        })
    }
}

/// A sync that waits for its answer.
struct Waiting {
    device: DeviceId,
    body: Vec<u8>,
    answer: oneshot::Sender<Result<Vec<u8>, HubError>>,
}

struct Owner {
    /// Absent only if the store could not be read again after a panic.
    hub: Option<ServedHub>,
    announce: broadcast::Sender<Arc<News>>,
}

impl Owner {
    fn serve(&mut self, commands: &Receiver<Command>) {
        let mut put_off = None;
        while let Some(command) = put_off.take().or_else(|| commands.recv().ok()) {
            let before = self.hub.as_ref().map_or(0, Hub::head);
            match command {
                Command::Run(work) => _ = self.guarded(work),
                Command::Sync { device, body, answer } => {
                    let mut group = vec![Waiting { device, body, answer }];
                    while group.len() < GROUP_MAX {
                        match commands.try_recv() {
                            Ok(Command::Sync { device, body, answer }) => group.push(Waiting { device, body, answer }),
                            Ok(other) => {
                                put_off = Some(other);
                                break;
                            }
                            Err(_) => break,
                        }
                    }
                    self.sync(group);
                }
            }
            self.tell_news(before);
            if self.hub.is_none() {
                return;
            }
        }
    }

    fn sync(&mut self, group: Vec<Waiting>) {
        let answers = self.guarded(|hub| {
            let calls: Vec<SyncCall<'_>> =
                group.iter().map(|waiting| SyncCall { device: waiting.device, body: &waiting.body }).collect();
            pollster::block_on(hub.sync(&calls, now_ms()))
        });
        match answers {
            Some(answers) => {
                for (waiting, answer) in group.into_iter().zip(answers) {
                    let _ = waiting.answer.send(answer);
                }
            }
            // One of them makes the hub panic: each alone, so that the others go on.
            None if group.len() > 1 && self.hub.is_some() => {
                for waiting in group {
                    self.sync(vec![waiting]);
                }
            }
            None => {}
        }
    }

    /// Runs work; after a panic what is in memory is read again from the store, which holds whole commits only.
    fn guarded<T>(&mut self, work: impl FnOnce(&mut ServedHub) -> T) -> Option<T> {
        let hub = self.hub.as_mut()?;
        if let Ok(done) = catch_unwind(AssertUnwindSafe(|| work(hub))) {
            return Some(done);
        }
        tracing::error!("the hub panicked; reading its store again");
        let (store, list) = self.hub.take()?.into_parts();
        let opened = Hub::open(store).and_then(|mut hub| {
            list.map_or(Ok(()), |list| hub.keep_erasures_in(list))?;
            Ok(hub)
        });
        match opened {
            Ok(hub) => self.hub = Some(hub),
            Err(error) => tracing::error!(%error, "the store cannot be read again; the hub stops"),
        }
        None
    }

    fn tell_news(&self, before: u64) {
        let Some(hub) = self.hub.as_ref().filter(|hub| hub.head() > before) else { return };
        if self.announce.receiver_count() == 0 {
            return;
        }
        match hub.appended_after(before) {
            Ok((pairs, statements)) => _ = self.announce.send(Arc::new(News { head: hub.head(), pairs, statements })),
            Err(error) => tracing::error!(%error, "what was appended cannot be read"),
        }
    }
}
