//! Logs, as text for people or JSON for machines, to standard error or, for what collects logs there, standard output.

use std::fmt::{self, Debug};
use std::io::IsTerminal;

use tracing::field::{Field, Visit};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;
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
        LogFormat::Json => builder.json().fmt_fields(Members).try_init(),
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

/// The fields of a span as a JSON object, written straight down: every request has a span, and few are ever shown.
#[derive(Debug, Clone, Copy)]
struct Members;

impl<'writer> FormatFields<'writer> for Members {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut object = Object {
            writer,
            before: '{',
            outcome: Ok(()),
        };
        fields.record(&mut object);
        object.end()
    }
}

/// An object that is being written.
struct Object<'writer> {
    writer: Writer<'writer>,
    before: char,
    outcome: fmt::Result,
}

impl Object<'_> {
    fn member(&mut self, field: &Field, value: &str) {
        let before = std::mem::replace(&mut self.before, ',');
        if self.outcome.is_ok() {
            self.outcome = write!(self.writer, "{before}\"{field}\":{value}");
        }
    }

    fn end(mut self) -> fmt::Result {
        self.outcome?;
        if self.before == '{' {
            self.writer.write_char('{')?;
        }
        self.writer.write_char('}')
    }
}

impl Visit for Object<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field, &serde_json::Value::from(value).to_string());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, &value.to_string());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, &value.to_string());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, &value.to_string());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

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

    /// Keeps what is logged.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_span_is_an_object_of_its_line() {
        let kept = Kept::default();
        let writer = kept.clone();
        let logger = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .json()
            .fmt_fields(Members)
            .finish();
        tracing::subscriber::with_default(logger, || {
            let path = "/v1/\"a\\b\"\n";
            let span = tracing::info_span!("request", path, status = 404_u64, left = -1_i64, cached = true, id = ?"x");
            span.in_scope(|| tracing::info!("done"));
            tracing::info_span!("bare").in_scope(|| tracing::info!("done"));
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let expected = serde_json::json!({
            "name": "request", "path": "/v1/\"a\\b\"\n", "status": 404, "left": -1, "cached": true, "id": "\"x\"",
        });
        assert_eq!(lines[0]["span"], expected);
        assert_eq!(lines[1]["span"], serde_json::json!({"name": "bare"}));
    }
}
