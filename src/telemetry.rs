//! Logs: structured lines on stderr, never with the text, names or amounts of customers.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::TryInitError;

use crate::config::{LogConfig, LogFormat};

/// Why logging could not start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter cannot be read.
    #[error("log filter `{filter}` cannot be read, expected a level or directives such as `recourse=debug,info`")]
    Filter {
        /// The filter as configured.
        filter: String,
        /// What is wrong with it.
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    /// Logging was started before.
    #[error("logging was started before")]
    Started(#[source] TryInitError),
}

/// Starts logging for the process.
///
/// # Errors
/// When the filter cannot be read or logging was started before.
pub fn start(config: &LogConfig) -> Result<(), TelemetryError> {
    use tracing_subscriber::util::SubscriberInitExt as _;

    let filter = EnvFilter::try_new(&config.filter)
        .map_err(|source| TelemetryError::Filter { filter: config.filter.clone(), source })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let as_json = match config.format {
        LogFormat::Auto => !std::io::stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let started =
        if as_json { builder.json().finish().try_init() } else { builder.with_target(false).finish().try_init() };
    started.map_err(TelemetryError::Started)
}
