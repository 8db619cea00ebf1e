//! A store whose commits come late or fail, by plan: what a slow disk, a full disk or a dying browser tab does.

use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use super::{Batch, CommitFuture, Key, Pairs, Read, Store, StoreError, Value};

/// Wraps a store; each commit takes the next [`Fault`] of the [`FaultPlan`] it shares with the test.
#[derive(Debug, Clone)]
pub struct FaultyStore<S> {
    inner: S,
    plan: FaultPlan,
}

impl<S: Store> FaultyStore<S> {
    /// `inner`, with commits that go by `plan`. Keep a clone of the plan to add faults later.
    pub fn new(inner: S, plan: FaultPlan) -> Self {
        Self { inner, plan }
    }

    /// The store within.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// The store within, as it is found after a restart.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

/// What happens to the coming commits: a queue that test and store share. When it is empty, commits succeed at once.
#[derive(Debug, Clone, Default)]
pub struct FaultPlan {
    faults: Arc<Mutex<VecDeque<Fault>>>,
}

impl FaultPlan {
    /// No faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault for the first commit that has none yet.
    pub fn push(&self, fault: Fault) {
        self.queue().push_back(fault);
    }

    /// Number of faults that wait for their commit.
    pub fn len(&self) -> usize {
        self.queue().len()
    }

    /// Whether the next commit succeeds at once.
    pub fn is_empty(&self) -> bool {
        self.queue().is_empty()
    }

    fn next(&self) -> Fault {
        self.queue().pop_front().unwrap_or_default()
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<Fault>> {
        // A queue is whole after any panic of its holder.
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FromIterator<Fault> for FaultPlan {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        Self { faults: Arc::new(Mutex::new(faults.into_iter().collect())) }
    }
}

/// What happens to one commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fault {
    late_polls: u32,
    failure: Option<Failure>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Failure {
    BeforeApplying(StoreError),
    AfterApplying(StoreError),
}

impl Fault {
    /// The commit succeeds at once.
    pub fn none() -> Self {
        Self::default()
    }

    /// The future is pending `polls` times before anything is applied; dropped until then, it applies nothing.
    pub fn late(polls: u32) -> Self {
        Self { late_polls: polls, failure: None }
    }

    /// The commit fails and nothing is applied.
    pub fn before_applying(error: StoreError) -> Self {
        Self { late_polls: 0, failure: Some(Failure::BeforeApplying(error)) }
    }

    /// The batch is applied, and yet the caller is told `error`.
    pub fn after_applying(error: StoreError) -> Self {
        Self { late_polls: 0, failure: Some(Failure::AfterApplying(error)) }
    }

    /// The same, but pending `polls` times first.
    pub fn and_late(self, polls: u32) -> Self {
        Self { late_polls: polls, ..self }
    }
}

impl<S: Read> Read for FaultyStore<S> {
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StoreError> {
        self.inner.get(key)
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Pairs, StoreError> {
        self.inner.scan(prefix, after, limit)
    }

    fn last(&self, prefix: &[u8]) -> Result<Option<(Key, Value)>, StoreError> {
        self.inner.last(prefix)
    }

    fn keys(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Key>, StoreError> {
        self.inner.keys(prefix, after, limit)
    }
}

impl<S: Store> Store for FaultyStore<S> {
    fn commit(&mut self, batch: Batch) -> CommitFuture<'_> {
        let fault = self.plan.next();
        Box::pin(async move {
            pending(fault.late_polls).await;
            match fault.failure {
                None => self.inner.commit(batch).await,
                Some(Failure::BeforeApplying(error)) => Err(error),
                Some(Failure::AfterApplying(error)) => self.inner.commit(batch).await.and(Err(error)),
            }
        })
    }
}

async fn pending(polls: u32) {
    let mut left = polls;
    poll_fn(|context| match left.checked_sub(1) {
        None => Poll::Ready(()),
        Some(fewer) => {
            left = fewer;
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;
    use crate::store::{MemoryStore, conformance};

    #[test]
    fn conforms_without_faults_and_when_every_commit_is_late() {
        conformance::check_store(|| FaultyStore::new(MemoryStore::new(), FaultPlan::new()));
        conformance::check_store(|| {
            FaultyStore::new(MemoryStore::new(), std::iter::repeat_n(Fault::late(3), 10_000).collect())
        });
    }

    /// How often the commit was pending, what the caller learns, and whether the value is there.
    fn check(fault: Fault, polls: u32, result: Result<(), StoreError>, applied: bool) {
        let mut store = FaultyStore::new(MemoryStore::new(), [fault].into_iter().collect());
        let mut batch = Batch::new();
        batch.put(*b"key", *b"value");
        let mut pending = 0;
        let mut commit = store.commit(batch);
        let found = loop {
            match commit.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(found) => break found,
                Poll::Pending => pending += 1,
            }
        };
        drop(commit);
        assert_eq!((pending, found, !store.inner().is_empty()), (polls, result, applied));
    }

    #[test]
    fn faults_do_what_they_say() {
        let full = || StoreError::DiskFull;
        check(Fault::none(), 0, Ok(()), true);
        check(Fault::late(2), 2, Ok(()), true);
        check(Fault::before_applying(full()), 0, Err(full()), false);
        check(Fault::after_applying(full()), 0, Err(full()), true);
        check(Fault::before_applying(full()).and_late(1), 1, Err(full()), false);
        check(Fault::after_applying(full()).and_late(1), 1, Err(full()), true);
    }

    #[test]
    fn a_commit_dropped_while_late_applies_nothing() {
        let plan = FaultPlan::new();
        plan.push(Fault::late(5));
        let mut store = FaultyStore::new(MemoryStore::new(), plan.clone());
        let mut batch = Batch::new();
        batch.put(*b"key", *b"value");
        let mut commit = store.commit(batch);
        assert!(commit.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(commit);
        assert!(store.into_inner().is_empty());
        assert!(plan.is_empty());
    }
}
