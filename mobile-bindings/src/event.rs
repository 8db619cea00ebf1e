//! What happened, told to listeners.
//!
//! Events wait in a bounded queue and are delivered by a thread of their own, without any lock: a listener may call
//! anything, take its time or throw. One that is slow misses events and is told so ([`Event::Missed`]); it should
//! read again what it shows.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak},
};

use crate::{HostError, Notice, SyncReport};

/// Events that may wait for the listeners.
const EVENTS_MAX: usize = 256;

/// What happened on a replica.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum Event {
    /// Records changed, by a save here.
    Saved {
        /// Their ids.
        records: Vec<String>,
    },
    /// Records changed, by what arrived: read again what is shown.
    Arrived,
    /// Drafts changed.
    Drafts,
    /// The campaign's forms, units or members changed.
    Campaign,
    /// A sync began.
    SyncStarted,
    /// A sync ended; `problem` says why, if it ended early.
    SyncEnded {
        /// What was done.
        report: SyncReport,
        /// The code of what stopped it.
        problem: Option<String>,
    },
    /// Something the person must see.
    Noticed {
        /// What.
        notice: Notice,
    },
    /// The files were released, or taken again.
    Paused {
        /// Whether they are released now.
        paused: bool,
    },
    /// The store was closed.
    Locked,
    /// The store is gone, by a revocation that was verified or by the person's own word.
    Wiped,
    /// This listener was too slow: events are missing before this one.
    Missed,
}

/// A listener of the app's.
#[uniffi::export(with_foreign)]
pub trait EventListener: Send + Sync {
    /// Something happened. An error is logged nowhere and changes nothing: the next event comes all the same.
    fn on_event(&self, event: Event) -> Result<(), HostError>;
}

/// Keeps a listener subscribed. Ends with [`cancel`](Self::cancel), or when the app lets go of it.
#[derive(uniffi::Object)]
pub struct Subscription {
    number: u64,
    events: Weak<Events>,
}

#[uniffi::export]
impl Subscription {
    /// Ends it. After this returns no further event is begun; one that is being delivered may still end.
    pub fn cancel(&self) {
        if let Some(events) = self.events.upgrade() {
            events.state().listeners.remove(&self.number);
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// The listeners of one replica and what waits for them.
pub(crate) struct Events {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    listeners: BTreeMap<u64, Arc<dyn EventListener>>,
    next: u64,
    waiting: VecDeque<Event>,
    missed: bool,
    delivering: bool,
    /// That the store was closed, or is gone: whoever comes later is told too, and waits for nothing.
    over: Option<Event>,
    ended: bool,
}

impl Events {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), arrived: Condvar::new() })
    }

    /// Subscribes. The thread that delivers is started with the first listener.
    pub(crate) fn subscribe(self: &Arc<Self>, listener: Arc<dyn EventListener>) -> Arc<Subscription> {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.listeners.insert(number, listener);
        if !std::mem::replace(&mut state.delivering, true) {
            let events = Arc::clone(self);
            let thread = std::thread::Builder::new().name("dongbo-events".into());
            state.delivering = thread.spawn(move || events.deliver()).is_ok();
        }
        let over = state.over.clone();
        drop(state);
        if let Some(over) = over {
            self.tell(over);
        }
        Arc::new(Subscription { number, events: Arc::downgrade(self) })
    }

    /// Tells what happened. Never waits.
    pub(crate) fn tell(&self, event: Event) {
        let mut state = self.state();
        if matches!(event, Event::Locked | Event::Wiped) {
            state.over = Some(event.clone());
        }
        if state.listeners.is_empty() {
            return;
        }
        if state.waiting.contains(&event) && matches!(event, Event::Arrived | Event::Drafts | Event::Campaign) {
            return;
        }
        if state.waiting.len() >= EVENTS_MAX {
            state.waiting.pop_front();
            state.missed = true;
        }
        state.waiting.push_back(event);
        drop(state);
        self.arrived.notify_one();
    }

    /// Delivers what waits, and that it is over, then nothing more.
    pub(crate) fn end(&self) {
        if self.state().over.is_none() {
            self.tell(Event::Locked);
        }
        self.state().ended = true;
        self.arrived.notify_one();
    }

    fn deliver(&self) {
        loop {
            let mut state = self.state();
            let event = loop {
                if std::mem::take(&mut state.missed) {
                    break Event::Missed;
                }
                match state.waiting.pop_front() {
                    Some(event) => break event,
                    None if state.ended => {
                        state.listeners.clear();
                        state.delivering = false;
                        return;
                    }
                    None => state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner),
                }
            };
            let numbers: Vec<u64> = state.listeners.keys().copied().collect();
            drop(state);
            for number in numbers {
                // Looked for again: another listener's call may have cancelled it.
                let listener = self.state().listeners.get(&number).cloned();
                if let Some(listener) = listener {
                    // Its own affair: an app's mistake must not stop the work of others.
                    let _ = listener.on_event(event.clone());
                }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::mpsc;

    use super::*;

    struct Forwarding(mpsc::Sender<Event>, bool);

    impl EventListener for Forwarding {
        fn on_event(&self, event: Event) -> Result<(), HostError> {
            let _ = self.0.send(event);
            if self.1 { Err(HostError::Unavailable { reason: "thrown".into() }) } else { Ok(()) }
        }
    }

    #[test]
    fn a_listener_that_throws_stops_nobody_and_a_cancelled_one_hears_nothing() {
        let events = Events::new();
        let (throwing, thrown) = mpsc::channel();
        let (sender, heard) = mpsc::channel();
        let first = events.subscribe(Arc::new(Forwarding(throwing, true)));
        let _second = events.subscribe(Arc::new(Forwarding(sender, false)));
        events.tell(Event::Arrived);
        assert_eq!((thrown.recv().unwrap(), heard.recv().unwrap()), (Event::Arrived, Event::Arrived));
        first.cancel();
        events.tell(Event::Drafts);
        assert_eq!(heard.recv().unwrap(), Event::Drafts);
        assert!(thrown.try_recv().is_err());
        events.end();
    }

    #[test]
    fn a_listener_that_was_cancelled_by_another_is_not_called() {
        struct Cancelling(Mutex<Option<Arc<Subscription>>>);
        impl EventListener for Cancelling {
            fn on_event(&self, _: Event) -> Result<(), HostError> {
                if let Some(other) = self.0.lock().unwrap().take() {
                    other.cancel();
                }
                Ok(())
            }
        }
        let events = Events::new();
        let (first, (sender, heard)) = (Arc::new(Cancelling(Mutex::default())), mpsc::channel());
        let (last, done) = mpsc::channel();
        let _first = events.subscribe(first.clone());
        *first.0.lock().unwrap() = Some(events.subscribe(Arc::new(Forwarding(sender, false))));
        let _last = events.subscribe(Arc::new(Forwarding(last, false)));
        events.tell(Event::Arrived);
        assert_eq!(done.recv().unwrap(), Event::Arrived);
        assert!(heard.try_recv().is_err());
        events.end();
    }

    #[test]
    fn whoever_listens_hears_of_the_end_and_whoever_comes_after_it_too() {
        let events = Events::new();
        let hear = || {
            let (sender, heard) = mpsc::channel();
            (events.subscribe(Arc::new(Forwarding(sender, false))), heard)
        };
        let (_early, heard_early) = hear();
        events.tell(Event::Wiped);
        let (_late, heard_late) = hear();
        assert_eq!((heard_early.recv().unwrap(), heard_late.recv().unwrap()), (Event::Wiped, Event::Wiped));
        events.end();
        let let_go = Events::new();
        let (sender, heard) = mpsc::channel();
        let _subscription = let_go.subscribe(Arc::new(Forwarding(sender, false)));
        let_go.end();
        assert_eq!(heard.iter().collect::<Vec<_>>(), [Event::Locked]);
    }

    #[test]
    fn a_slow_listener_is_told_that_it_missed_something() {
        let events = Events::new();
        let (sender, heard) = mpsc::sync_channel::<Event>(0);
        struct Slow(mpsc::SyncSender<Event>);
        impl EventListener for Slow {
            fn on_event(&self, event: Event) -> Result<(), HostError> {
                let _ = self.0.send(event);
                Ok(())
            }
        }
        let _subscription = events.subscribe(Arc::new(Slow(sender)));
        for number in 0..=(EVENTS_MAX * 2) {
            events.tell(Event::Saved { records: vec![number.to_string()] });
        }
        events.end();
        let all: Vec<Event> = heard.iter().take(EVENTS_MAX).collect();
        assert!(all.contains(&Event::Missed));
    }
}
