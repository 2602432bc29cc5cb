//! The six metrics of the Sonoma API: connections, queries, errors, latencies, sizes of queues and operations on them;
//! and the age of the oldest snapshot, which slows queues.
//!
//! Every use of the database goes through [`Metrics::counted`], every operation of a queue through
//! [`Metrics::queue_operation`]. Handles are asked for once, so that counting costs two looks at the clock and a few
//! atomic additions.

mod queues;
mod words;

use std::time::Duration;

use axum::Router;
use chassis::metrics::{Counter, Gauge, Histogram, Recorder};
use chassis::shutdown::Shutdown;
use ledger::{DbError, Pool};
use tokio::time::Instant;

use crate::failure::Failure;
use queues::Queues;

pub use words::{ErrorKind, Operation, QueueOperation, QueueResult};

const CONNECTIONS: &str = "database_connections_active";
const QUERIES: &str = "database_queries_total";
const ERRORS: &str = "database_errors_total";
const SNAPSHOT: &str = "database_oldest_snapshot_seconds";
const LATENCY: &str = "query_latency_seconds";

/// Upper ends of the buckets of latencies, in seconds.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
];

/// What storage counts.
#[derive(Debug)]
pub struct Metrics {
    recorder: Recorder,
    connections: Gauge,
    queries: [Query; Operation::ALL.len()],
    errors: [Counter; ErrorKind::ALL.len()],
    oldest_snapshot: Gauge,
    queues: Queues,
}

/// What is counted of an operation.
#[derive(Debug)]
struct Query {
    begun: Counter,
    latency: Histogram,
}

/// What a query can end with.
pub(crate) trait Outcome {
    /// The error of the database, if that is what it is.
    fn database_error(&self) -> Option<&DbError>;
}

impl Outcome for DbError {
    fn database_error(&self) -> Option<&DbError> {
        Some(self)
    }
}

impl Outcome for Failure {
    fn database_error(&self) -> Option<&DbError> {
        match self {
            Self::Database(error) => Some(error),
            Self::Refused(_) => None,
        }
    }
}

impl Metrics {
    /// Nothing counted yet; every line of queries and errors is there from the start.
    pub(crate) fn new() -> Self {
        let recorder = Recorder::new(&[(LATENCY, &BUCKETS)]);
        let query = |place: usize| {
            let labels = [("operation", Operation::ALL[place].word())];
            Query {
                begun: recorder.counter(QUERIES, "Uses of the database that began.", &labels),
                latency: recorder.histogram(
                    LATENCY,
                    "Seconds until the database was done.",
                    &labels,
                ),
            }
        };
        let error = |place: usize| {
            let labels = [("kind", ErrorKind::ALL[place].word())];
            recorder.counter(ERRORS, "Uses of the database without a result.", &labels)
        };
        Self {
            connections: recorder.gauge(CONNECTIONS, "Connections to the database in use.", &[]),
            queries: std::array::from_fn(query),
            errors: std::array::from_fn(error),
            oldest_snapshot: recorder.gauge(
                SNAPSHOT,
                "Age of the oldest open transaction on the server, at most a minute ago.",
                &[],
            ),
            queues: Queues::new(recorder.clone()),
            recorder,
        }
    }

    /// Uses the database: counted when it begins, with its latency and its error when it ends. What its caller drops
    /// has begun and never ends.
    pub(crate) async fn counted<T, E: Outcome>(
        &self,
        operation: Operation,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let query = &self.queries[operation.place()];
        query.begun.increment(1);
        let since = Instant::now();
        let outcome = work.await;
        query.latency.record(since.elapsed());
        if let Some(error) = outcome.as_ref().err().and_then(Outcome::database_error) {
            self.errors[ErrorKind::from(error).place()].increment(1);
        }
        outcome
    }

    /// Counts what a client did with a queue. The first thousand names have labels of their own, the rest `other`.
    pub fn queue_operation(&self, operation: QueueOperation, queue: &str, result: QueueResult) {
        self.queues.count(operation, queue, result);
    }

    /// Says how many items there are, by queue and status; what is not among them has none.
    pub fn queue_sizes(&self, sizes: &[(String, &'static str, u64)]) {
        self.queues.sizes(sizes);
    }

    /// Says how long the oldest transaction is open: dead rows of queues stay as long.
    pub(crate) fn oldest_snapshot(&self, age: Duration) {
        self.oldest_snapshot.set(age.as_secs_f64());
    }

    /// Answers `/metrics`, after a look at the connections of `pool`.
    pub(crate) fn router(&self, pool: &Pool) -> Router {
        let (pool, connections) = (pool.clone(), self.connections.clone());
        self.recorder
            .router(move || connections.set(f64::from(pool.in_use())))
    }

    pub(crate) fn upkeep(&self, shutdown: &Shutdown) {
        self.recorder.upkeep(shutdown);
    }
}

#[cfg(test)]
mod tests {
    use chassis::problem::Problem;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_query_is_counted_with_its_latency_and_its_error() {
        let metrics = Metrics::new();
        let slow = async {
            tokio::time::advance(Duration::from_millis(20)).await;
            Ok::<_, DbError>(7)
        };
        assert_eq!(
            metrics.counted(Operation::EntityGet, slow).await.unwrap(),
            7
        );
        let lost = async { Err::<(), _>(Failure::from(sqlx::Error::PoolTimedOut)) };
        assert!(metrics.counted(Operation::Upkeep, lost).await.is_err());
        let refused = async { Err::<(), _>(Failure::from(Problem::conflict("no"))) };
        assert!(metrics.counted(Operation::Upkeep, refused).await.is_err());
        let text = metrics.recorder.text();
        for line in [
            "database_queries_total{operation=\"entity_get\"} 1",
            "database_queries_total{operation=\"upkeep\"} 2",
            "database_errors_total{kind=\"busy\"} 1",
            "database_errors_total{kind=\"other\"} 0",
            "query_latency_seconds_bucket{operation=\"entity_get\",le=\"0.01\"} 0",
            "query_latency_seconds_bucket{operation=\"entity_get\",le=\"0.025\"} 1",
            "query_latency_seconds_bucket{operation=\"entity_get\",le=\"5\"} 1",
            "query_latency_seconds_sum{operation=\"entity_get\"} 0.02",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
    }

    #[tokio::test]
    async fn a_query_that_is_dropped_has_begun() {
        let metrics = Metrics::new();
        let never = std::future::pending::<Result<(), DbError>>();
        let query = metrics.counted(Operation::EntityList, never);
        assert!(futures_util::FutureExt::now_or_never(query).is_none());
        let text = metrics.recorder.text();
        assert!(text.contains("database_queries_total{operation=\"entity_list\"} 1"));
        assert!(text.contains("query_latency_seconds_count{operation=\"entity_list\"} 0"));
    }

    async fn connections_told(metrics: &Metrics, pool: &Pool) -> String {
        let request = http::Request::get(chassis::metrics::PATH);
        let request = request.body(axum::body::Body::empty()).unwrap();
        let answer = tower::ServiceExt::oneshot(metrics.router(pool), request).await;
        assert_eq!(answer.unwrap().status(), 200);
        let text = metrics.recorder.text();
        let mut lines = text
            .lines()
            .filter_map(|line| line.strip_prefix(CONNECTIONS));
        lines.next().unwrap().trim().to_owned()
    }

    #[tokio::test]
    async fn connections_in_use_are_looked_at_when_they_are_fetched() {
        for database in ledger::testing::databases().await {
            let (metrics, pool) = (Metrics::new(), &database.pool);
            assert_eq!(connections_told(&metrics, pool).await, "0");
            let held = pool.begin().await.unwrap();
            assert_eq!(connections_told(&metrics, pool).await, "1");
            held.rollback().await.unwrap();
        }
    }

    #[test]
    fn every_metric_of_the_contract_is_told_from_the_start() {
        let text = Metrics::new().recorder.text();
        for (name, kind) in [
            (CONNECTIONS, "gauge"),
            (QUERIES, "counter"),
            (ERRORS, "counter"),
            (LATENCY, "histogram"),
            ("queue_size", "gauge"),
            ("queue_operations_total", "counter"),
        ] {
            assert!(
                text.contains(&format!("# TYPE {name} {kind}\n")),
                "{name}: {text}"
            );
            assert!(text.contains(&format!("# HELP {name} ")), "{name}: {text}");
        }
    }
}
