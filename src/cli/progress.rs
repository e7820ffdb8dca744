//! Progress of long work: a bar on a terminal, plain lines elsewhere, always on stderr.

use std::cell::Cell;
use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

/// Steps of a bar.
const STEPS: u64 = 1_000;

/// Share of the work after which another plain line is written.
const LINE_EVERY: f64 = 0.25;

/// Progress of one piece of work.
pub struct Progress {
    bar: Option<ProgressBar>,
    title: &'static str,
    told: Cell<f64>,
}

impl Progress {
    /// Begins to show progress.
    pub fn start(title: &'static str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{prefix} {wide_bar} {percent:>3} % {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(STEPS).with_style(style).with_prefix(title)
        });
        Progress { bar, title, told: Cell::new(-LINE_EVERY) }
    }

    /// Shows the share done in [0, 1] and what is being done.
    pub fn set(&self, share: f64, what: &str) {
        if let Some(bar) = &self.bar {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a thousand steps")]
            bar.set_position((share.clamp(0.0, 1.0) * 1_000.0) as u64);
            bar.set_message(what.to_owned());
        } else if share >= self.told.get() + LINE_EVERY {
            self.told.set(share);
            eprintln!("{}: {:.0} % {what}", self.title, share * 100.0);
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
