//! Logs to standard error, as text for people or JSON for machines.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Settings};

/// Logging could not be started.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `RUST_LOG` is no filter.
    #[error("'{filter}' is no log filter: {cause}")]
    Filter {
        /// The text seen.
        filter: String,
        /// What is wrong with it.
        cause: tracing_subscriber::filter::ParseError,
    },
    /// Another logger is in place already.
    #[error("logging was started twice")]
    Twice,
}

/// Starts logging for the whole process. `RUST_LOG` wins over `LOG_LEVEL`.
///
/// # Errors
///
/// [`TelemetryError`].
pub fn init(settings: &Settings) -> Result<(), TelemetryError> {
    let builder = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(filter(settings)?);
    let started = match settings.log_format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => builder
            .with_ansi(std::io::stderr().is_terminal())
            .try_init(),
    };
    started.map_err(|_| TelemetryError::Twice)
}

fn filter(settings: &Settings) -> Result<EnvFilter, TelemetryError> {
    let text = match &settings.rust_log {
        Some(filter) => filter.as_str(),
        None => settings.log_level.as_str(),
    };
    let filter = EnvFilter::builder().parse(text);
    filter.map_err(|cause| TelemetryError::Filter {
        filter: text.to_owned(),
        cause,
    })
}
