//! The one thread that everything runs on.
//!
//! The core's futures belong to one thread, and a store has one writer. Exported futures send a job here and wait for
//! its answer; a caller that gives up while waiting (a cancelled coroutine) leaves the job to end by itself, so that
//! it is done whole or not at all.

use std::{any::Any, future::Future, panic::AssertUnwindSafe, pin::Pin, sync::Arc};

use futures_util::FutureExt as _;
use tokio::{
    runtime::Builder,
    sync::{mpsc, oneshot},
    task::LocalSet,
};

use crate::DongboError;

/// Jobs that may wait; one more is told that the phone is busy.
const JOBS_MAX: usize = 1_024;

type Job = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()>>> + Send>;

/// A thread with its own runtime. It ends by itself once nobody can send it jobs.
pub(crate) struct Worker {
    jobs: mpsc::Sender<Job>,
}

impl Worker {
    /// Starts the thread.
    pub(crate) fn start() -> Result<Arc<Self>, DongboError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| failed(&error))?;
        let (jobs, mut queue) = mpsc::channel::<Job>(JOBS_MAX);
        let started = std::thread::Builder::new().name("dongbo".into()).spawn(move || {
            let tasks = LocalSet::new();
            tasks.block_on(&runtime, async {
                while let Some(job) = queue.recv().await {
                    tokio::task::spawn_local(job());
                }
            });
            // What still runs comes to its end: a save that was begun is not torn.
            runtime.block_on(tasks);
        });
        started.map_err(|error| failed(&error))?;
        Ok(Arc::new(Self { jobs }))
    }

    /// Runs a job to its end and gives its answer. A panic in it becomes an error of its caller alone.
    pub(crate) async fn run<T, F>(&self, job: impl FnOnce() -> F + Send + 'static) -> Result<T, DongboError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, DongboError>> + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move || {
            Box::pin(async move {
                let outcome = AssertUnwindSafe(async { job().await }).catch_unwind().await;
                // Nobody waits any more: the job was done all the same.
                let _ = answer.send(outcome.unwrap_or_else(|panic| Err(panicked(&*panic))));
            })
        });
        self.jobs.try_send(job).map_err(|_| DongboError::of_code("busy"))?;
        answered.await.map_err(|_| DongboError::of_code("closed"))?
    }

    /// Starts a job that nobody waits for.
    pub(crate) fn start_job<F: Future<Output = ()> + 'static>(&self, job: impl FnOnce() -> F + Send + 'static) {
        let _ = self
            .jobs
            .try_send(Box::new(move || Box::pin(AssertUnwindSafe(async { job().await }).catch_unwind().map(drop))));
    }
}

/// What is done beside the worker: one type for all of it, so that the library has the machinery for it once.
type Work = Box<dyn FnOnce() -> Box<dyn Any + Send> + Send>;

/// Runs what blocks or calls the app (key managers, argon2, files) on a thread beside the worker.
pub(crate) async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DongboError> + Send + 'static,
) -> Result<T, DongboError> {
    let work: Work = Box::new(move || Box::new(work()));
    match tokio::task::spawn_blocking(work).await.map(|done| done.downcast::<Result<T, DongboError>>()) {
        Ok(Ok(outcome)) => *outcome,
        Ok(Err(_)) => Err(DongboError::of_code("closed")),
        Err(error) => Err(match error.try_into_panic() {
            Ok(panic) => panicked(&*panic),
            Err(_) => DongboError::of_code("closed"),
        }),
    }
}

fn panicked(panic: &(dyn Any + Send)) -> DongboError {
    let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    DongboError::of_code_with("panic", said)
}

fn failed(error: &std::io::Error) -> DongboError {
    DongboError::of_code_with("store_failed", error.to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn wait<T>(future: impl Future<Output = T>) -> T {
        Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn a_panic_ends_its_own_job_alone() {
        let worker = Worker::start().unwrap();
        let here = wait(worker.run(|| async { panic!("a defect") as Result<(), DongboError> }));
        let before_it_waits =
            wait(worker.run(|| -> std::future::Ready<Result<(), DongboError>> { panic!("a defect") }));
        let beside_it = wait(worker.run(|| beside(|| -> Result<(), DongboError> { panic!("a defect") })));
        for outcome in [here, before_it_waits, beside_it] {
            let problem = outcome.unwrap_err().problem().clone();
            assert_eq!((problem.code.as_str(), problem.detail.as_str()), ("panic", "a defect"));
        }
        worker.start_job(|| async { panic!("a defect that nobody waits for") });
        assert_eq!(wait(worker.run(|| beside(|| Ok(8)))), Ok(8));
    }
}
