//! What a service counts, and the listener of its own where Prometheus fetches it.
//!
//! A [`Recorder`] is a value and not the process's one: several services, or several of a test, each have their own.
//! Whoever counts asks it once for a handle and keeps that; counting is then an atomic addition. Words that come from
//! outside are bounded by whoever makes labels of them: what has been counted once is told for ever.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use ::metrics::{Key, Label, Level, Metadata, Recorder as _};
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::CONTENT_TYPE;
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use tokio::net::TcpListener;

use crate::service::{Identity, layers};
use crate::shutdown::{ListenError, Shutdown, listen as listen_on};

pub use ::metrics::{Counter, Gauge, Histogram};

/// Where it is fetched.
pub const PATH: &str = "/metrics";

/// The text format of Prometheus.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How often what histograms were given is added up; until then each value lies in memory.
const UPKEEP: Duration = Duration::from_secs(5);

const METADATA: Metadata<'static> = Metadata::new("sonalyze", Level::INFO, None);

/// A port for metrics that cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum MetricsPortError {
    /// Another process has it.
    #[error(
        "{host}:{port}, where metrics are fetched, is taken by another process. Stop that one, or choose another port \
         with METRICS_PORT (0 takes any free one)."
    )]
    Busy {
        /// The address.
        host: String,
        /// The port.
        port: u16,
    },
    /// The system refuses it for another reason.
    #[error(
        "cannot listen on {host}:{port}, where metrics are fetched: {cause}. Choose another address with METRICS_HOST, \
         or port with METRICS_PORT."
    )]
    Refused {
        /// The address.
        host: String,
        /// The port.
        port: u16,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
}

impl From<ListenError> for MetricsPortError {
    fn from(error: ListenError) -> Self {
        match error {
            ListenError::Busy { host, port } => Self::Busy { host, port },
            ListenError::Refused { host, port, cause } => Self::Refused { host, port, cause },
        }
    }
}

/// Listens where metrics are fetched; port 0 takes any free one.
///
/// # Errors
///
/// A text that names the address and the settings.
pub async fn listen(host: &str, port: u16) -> Result<TcpListener, MetricsPortError> {
    Ok(listen_on(host, port).await?)
}

/// Counters, gauges and histograms. Clones share them.
#[derive(Clone)]
pub struct Recorder {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
}

impl Recorder {
    /// An empty one; `histograms` are names with the upper ends of their buckets, at least one each.
    pub fn new(histograms: &[(&str, &[f64])]) -> Self {
        let builder = PrometheusBuilder::new();
        let builder = histograms.iter().fold(builder, |builder, (name, buckets)| {
            let name = Matcher::Full((*name).to_owned());
            // Refused without a bucket alone.
            builder
                .set_buckets_for_metric(name, buckets)
                .unwrap_or_default()
        });
        let recorder = builder.build_recorder();
        Self {
            handle: recorder.handle(),
            recorder: Arc::new(recorder),
        }
    }

    /// What only grows; `meaning` is told with it.
    pub fn counter(
        &self,
        name: &'static str,
        meaning: &'static str,
        labels: &[(&'static str, &str)],
    ) -> Counter {
        self.recorder
            .describe_counter(name.into(), None, meaning.into());
        self.recorder
            .register_counter(&key(name, labels), &METADATA)
    }

    /// What goes up and down.
    pub fn gauge(
        &self,
        name: &'static str,
        meaning: &'static str,
        labels: &[(&'static str, &str)],
    ) -> Gauge {
        self.recorder
            .describe_gauge(name.into(), None, meaning.into());
        self.recorder.register_gauge(&key(name, labels), &METADATA)
    }

    /// What is sorted into buckets; its name is one of those that [`Self::new`] was given.
    pub fn histogram(
        &self,
        name: &'static str,
        meaning: &'static str,
        labels: &[(&'static str, &str)],
    ) -> Histogram {
        self.recorder
            .describe_histogram(name.into(), None, meaning.into());
        self.recorder
            .register_histogram(&key(name, labels), &METADATA)
    }

    /// Everything, in the text format of Prometheus.
    pub fn text(&self) -> String {
        self.handle.render()
    }

    /// Answers [`PATH`], after `refresh` has set what is only known by looking; every other path is refused.
    pub fn router<F>(&self, refresh: F) -> Router
    where
        F: Fn() + Clone + Send + Sync + 'static,
    {
        let own = self.clone();
        let answer = move || async move {
            refresh();
            answer(own.text())
        };
        let identity = Identity::new("metrics", "", None);
        layers(Router::new().route(PATH, get(answer)), &identity)
    }

    /// Keeps histograms small until the process ends.
    pub fn upkeep(&self, shutdown: &Shutdown) {
        let (handle, end) = (self.handle.clone(), shutdown.clone());
        drop(shutdown.spawn(async move {
            while tokio::time::timeout(UPKEEP, end.begun()).await.is_err() {
                handle.run_upkeep();
            }
        }));
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}

fn answer(text: String) -> Response {
    ([(CONTENT_TYPE, TEXT)], text).into_response()
}

fn key(name: &'static str, labels: &[(&'static str, &str)]) -> Key {
    let labels = labels.iter();
    let labels: Vec<Label> = labels
        .map(|(label, value)| Label::new(*label, (*value).to_owned()))
        .collect();
    Key::from_parts(name, labels)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::{Request, StatusCode};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    const SECONDS: &str = "seconds";

    async fn asked(router: &Router, path: &str) -> (StatusCode, String, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let kind = response.headers()[CONTENT_TYPE]
            .to_str()
            .unwrap()
            .to_owned();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, kind, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn what_was_counted_is_fetched_after_a_look_and_nothing_else_is_there() {
        let recorder = Recorder::new(&[(SECONDS, &[0.5, 1.0])]);
        recorder
            .counter("asked_total", "Questions.", &[("of", "a\"b")])
            .increment(2);
        recorder.histogram(SECONDS, "Times.", &[]).record(0.7);
        let open = recorder.gauge("open", "Doors.", &[]);
        let router = recorder.router(move || open.set(3.0));
        let (status, kind, text) = asked(&router, PATH).await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, TEXT));
        for line in [
            "# HELP asked_total Questions.",
            "# TYPE asked_total counter",
            "asked_total{of=\"a\\\"b\"} 2",
            "# TYPE seconds histogram",
            "seconds_bucket{le=\"0.5\"} 0",
            "seconds_bucket{le=\"1\"} 1",
            "open 3",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
        assert_eq!(asked(&router, "/").await.0, StatusCode::NOT_FOUND);
        assert_eq!(asked(&router, "/metrics/x").await.0, StatusCode::NOT_FOUND);
    }

    #[test]
    fn two_of_a_process_know_nothing_of_each_other() {
        let (one, two) = (Recorder::new(&[]), Recorder::new(&[]));
        one.counter("only_total", "Only here.", &[]).increment(1);
        assert!(one.text().contains("only_total 1"));
        assert!(!two.text().contains("only_total"));
    }

    #[tokio::test]
    async fn a_port_that_is_taken_names_its_own_setting() {
        let held = listen("127.0.0.1", 0).await.unwrap();
        let port = held.local_addr().unwrap().port();
        let refused = listen("127.0.0.1", port).await.unwrap_err();
        assert!(matches!(refused, MetricsPortError::Busy { .. }));
        let told = refused.to_string();
        assert!(
            told.contains(&format!("127.0.0.1:{port}")) && told.contains("METRICS_PORT"),
            "{told}"
        );
    }
}
