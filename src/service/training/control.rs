//! What a training run and those who follow it tell each other: the stage it is in, and that it is to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use crate::service::ServiceError;

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Progress {
    /// Share done in [0, 1].
    pub share: f64,
    /// What it does now, for people; empty before the first stage.
    pub stage: &'static str,
    /// Labelled examples; 0 before they were counted.
    pub example_count: u64,
}

/// Held by the work and by those who follow it.
#[derive(Debug, Clone)]
pub(super) struct RunControl {
    progress: watch::Sender<Progress>,
    is_cancelled: Arc<AtomicBool>,
}

impl RunControl {
    /// A control of a run that has not begun.
    pub fn new() -> Self {
        let progress = watch::Sender::new(Progress { share: 0.0, stage: "", example_count: 0 });
        RunControl { progress, is_cancelled: Arc::default() }
    }

    /// Follows the stages.
    pub fn follow(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Begins a stage, unless the run was cancelled: work stops at the next call.
    ///
    /// # Errors
    /// When the run was cancelled.
    pub fn begin(&self, share: f64, stage: &'static str) -> Result<(), ServiceError> {
        if self.is_cancelled.load(Ordering::Acquire) {
            let message = format!("the run was cancelled before it began {stage}");
            return Err(ServiceError::Precondition { reason: "RUN_CANCELLED", message });
        }
        self.progress.send_modify(|progress| (progress.share, progress.stage) = (share, stage));
        Ok(())
    }

    /// Tells how many labelled examples there are.
    pub fn count_examples(&self, example_count: u64) {
        self.progress.send_modify(|progress| progress.example_count = example_count);
    }

    /// How far the work has come.
    pub fn reached(&self) -> Progress {
        *self.progress.borrow()
    }

    /// Asks the work to stop at its next stage.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Release);
    }
}
