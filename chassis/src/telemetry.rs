//! Logs, as text for people or JSON for machines, to standard error or, for what collects logs there, standard output.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

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

/// Where a process logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Beside what it prints.
    Stderr,
    /// A process that prints nothing else.
    Stdout,
}

impl Stream {
    fn writer(self) -> BoxMakeWriter {
        match self {
            Self::Stderr => BoxMakeWriter::new(std::io::stderr),
            Self::Stdout => BoxMakeWriter::new(std::io::stdout),
        }
    }

    fn is_terminal(self) -> bool {
        match self {
            Self::Stderr => std::io::stderr().is_terminal(),
            Self::Stdout => std::io::stdout().is_terminal(),
        }
    }
}

/// Starts logging for the whole process. `RUST_LOG` wins over `LOG_LEVEL`.
///
/// # Errors
///
/// [`TelemetryError`].
pub fn init(settings: &Settings, stream: Stream) -> Result<(), TelemetryError> {
    let builder = tracing_subscriber::fmt()
        .with_writer(stream.writer())
        .with_env_filter(filter(settings)?);
    let started = match settings.log_format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => builder.with_ansi(stream.is_terminal()).try_init(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Layer};

    fn filter_of(pairs: &[(&str, &str)]) -> String {
        let owned = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let config = Config::from_layers(&[Layer::environment(owned)]).unwrap();
        filter(&config).unwrap().to_string()
    }

    #[test]
    fn the_finer_filter_wins() {
        assert_eq!(filter_of(&[]), "info");
        assert_eq!(filter_of(&[("LOG_LEVEL", "WARNING")]), "warn");
        assert_eq!(
            filter_of(&[("LOG_LEVEL", "WARNING"), ("RUST_LOG", "lobby=trace")]),
            "lobby=trace"
        );
    }
}
