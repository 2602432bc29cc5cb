//! Storage as a whole: its database, and the tasks in which transactions run.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chassis::service::Identity;
use chassis::shutdown::Shutdown;
use ledger::{Migrations, Pool, StartError, Texts, migrations};

use crate::document;
use crate::entity;
use crate::failure::Failure;
use crate::metrics::{Metrics, Operation, Outcome};
use crate::queue::{self, Queues};
use crate::records;
use crate::resource;
use crate::settings::Settings;
use crate::upkeep::{self, Kept};

/// The history of the schema.
pub const MIGRATIONS: Migrations = migrations!("migrations/postgres", "migrations/sqlite");

/// Every statement of this crate, so that a test prepares them all on both databases.
pub fn statements() -> Vec<Texts> {
    let of_entities = entity::ALL
        .iter()
        .flat_map(|entity| entity.statements().all());
    let own = [
        resource::STATEMENTS,
        records::STATEMENTS,
        document::STATEMENTS,
        queue::STATEMENTS,
    ]
    .concat();
    of_entities.chain(own).collect()
}

/// The service. Clones share everything.
#[derive(Debug, Clone)]
pub struct Storage(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    pool: Pool,
    queues: Queues,
    deleted_kept: Duration,
    documents_kept: Option<Duration>,
    cache: document::Cache,
    metrics: Arc<Metrics>,
    identity: Identity,
    shutdown: Shutdown,
}

impl Storage {
    /// Opens the database and brings its schema up to date, or refuses one that is not.
    ///
    /// # Errors
    ///
    /// [`StartError`]: the database does not open, or its schema is another.
    pub async fn open(settings: Settings) -> Result<Self, StartError> {
        let (url, max) = (&settings.database, settings.max_connections);
        let pool = Pool::start(url, max, &MIGRATIONS, settings.run_migrations).await?;
        let metrics = Arc::new(Metrics::new());
        Ok(Self(Arc::new(Parts {
            queues: Queues::counted_by(pool.clone(), settings.queues, Arc::clone(&metrics)),
            pool,
            deleted_kept: settings.deleted_kept,
            documents_kept: settings.documents_kept,
            cache: document::Cache::new(settings.documents_cached),
            metrics,
            identity: settings.identity,
            shutdown: settings.shutdown,
        })))
    }

    /// Its routes, dressed with the layers of every service.
    pub fn router(&self) -> Router {
        crate::http::router(self)
    }

    /// What it counts, at `/metrics`: for a listener of its own.
    pub fn metrics_router(&self) -> Router {
        self.0.metrics.router(&self.0.pool)
    }

    /// What it counts.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Starts the upkeep: what is old goes by itself, and what was counted is added up. It ends with the process.
    pub fn upkeep(&self) {
        let kept = Kept {
            deleted: self.0.deleted_kept,
            documents: self.0.documents_kept,
        };
        self.0.metrics.upkeep(&self.0.shutdown);
        drop(self.0.shutdown.spawn(upkeep::go_on(self.clone(), kept)));
        drop(self.0.shutdown.spawn(queue::keep_going(self.clone())));
    }

    pub(crate) fn shutdown(&self) -> &Shutdown {
        &self.0.shutdown
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.0.pool
    }

    /// Its queues, for those who share its process.
    pub fn queues(&self) -> &Queues {
        &self.0.queues
    }

    pub(crate) fn cache(&self) -> &document::Cache {
        &self.0.cache
    }

    /// Uses the database. Every use of it is counted here: see [`Metrics::counted`].
    pub(crate) async fn counted<T, E: Outcome>(
        &self,
        operation: Operation,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.0.metrics.counted(operation, work).await
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.0.identity
    }

    /// Does `work` in a task of the service: a caller that leaves tears nothing apart.
    pub(crate) async fn in_task<T, F, W>(&self, work: W) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
        W: FnOnce(Self) -> F,
    {
        self.0.shutdown.carry_out(work(self.clone())).await?
    }
}
