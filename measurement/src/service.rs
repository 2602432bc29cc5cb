//! The service: what it needs to run, what it holds, and its routes.

use std::path::PathBuf;
use std::sync::Arc;

use audio_file::Limits;
use axum::routing::get;
use axum::{Json, Router, extract::State};
use chassis::arithmetic::Arithmetic;
use chassis::blobs::{BlobError, Blobs};
use chassis::health::{Readiness, State as PartState, Upstream};
use chassis::problem::Problem;
use chassis::service::{Identity, internal, layers};
use chassis::shutdown::Shutdown;
use contract::analysis::Engine;
use ledger::{DatabaseUrl, Migrations, Pool, StartError, UrlError};
use room_metrics::EvaluationOptions;
use serde_json::{Value, json};

use crate::analysis::Analyst;
use crate::analyze::bounds::FILE_SAMPLES_MAX;
use crate::excitation::Signals;
use crate::shelf::Shelf;
use crate::{analyze, events, excitation, jobs, recordings, removal, reports};

/// The schema and its history.
pub static MIGRATIONS: Migrations = ledger::migrations!("migrations/postgres", "migrations/sqlite");

/// Name of the service in logs and answers.
pub const NAME: &str = "measurement";

/// The file of the database under the data folder, where no other is named.
const DATABASE_FILE: &str = "measurement.db";

/// The folder of contents under the data folder.
pub const BLOBS_FOLDER: &str = "blobs";

/// Longest recording in seconds; phones record about twenty.
const RECORDING_S_MAX: f64 = 600.0;

/// Signals and pages are made one at a time: each takes a fraction of a second.
const SHORT_RUNNING: usize = 1;

/// So many wait for that; a signal that many ask for waits once.
const SHORT_WAITING: usize = 32;

/// What the service needs to run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who it is, and who may open its internal doors.
    pub identity: Identity,
    /// Where contents lie, and the database unless another is named.
    pub data_dir: PathBuf,
    /// The database; `SQLite` under the data folder if none.
    pub database: Option<DatabaseUrl>,
    /// Connections to the database.
    pub pool_size: u32,
    /// Whether migrations run at the start.
    pub run_migrations: bool,
    /// Most bytes of an upload.
    pub upload_bytes_max: u64,
    /// Where sounds for debugging are written; nowhere if none.
    pub debug_dir: Option<PathBuf>,
    /// Where analyses run.
    pub arithmetic: Arithmetic,
    /// The end of the process, which waits for what is begun.
    pub shutdown: Shutdown,
}

impl Settings {
    /// The settings of a process with its data in one folder and no internal callers from elsewhere.
    pub fn new(identity: Identity, data_dir: impl Into<PathBuf>) -> Self {
        Self {
            identity,
            data_dir: data_dir.into(),
            database: None,
            pool_size: 8,
            run_migrations: true,
            upload_bytes_max: 50 << 20,
            debug_dir: None,
            arithmetic: Arithmetic::sized_to_the_cores(),
            shutdown: Shutdown::default(),
        }
    }

    /// The settings in a process's configuration.
    ///
    /// # Errors
    /// [`UrlError`] for a database that cannot be understood.
    pub fn from_config(config: &chassis::config::Settings) -> Result<Self, UrlError> {
        let url = config.measurement_database_url.as_ref();
        let database = url.map(|url| url.expose().parse()).transpose()?;
        let token = config.internal_auth_token.clone();
        Ok(Self {
            database,
            pool_size: config.max_pool_size.get_u32(),
            run_migrations: config.run_migrations,
            upload_bytes_max: config.measurement_max_upload_mb.get() << 20,
            debug_dir: config.measurement_debug_dir.clone(),
            ..Self::new(
                Identity::new(NAME, &config.host, token),
                &config.measurement_data_dir,
            )
        })
    }
}

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database does not open, or its schema is another.
    #[error(transparent)]
    Database(#[from] StartError),
    /// The folder of contents cannot be used.
    #[error("the folder of uploads cannot be used: {0}; name another with MEASUREMENT_DATA_DIR")]
    Contents(#[from] BlobError),
}

/// The running service. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Measurement {
    service: Shared,
    identity: Identity,
}

/// What handlers share.
pub(crate) type Shared = Arc<Service>;

/// What a handler may use.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) pool: Pool,
    pub(crate) shelf: Shelf,
    /// For analyses.
    pub(crate) arithmetic: Arithmetic,
    /// For signals and pages, which do not wait for analyses.
    pub(crate) short_arithmetic: Arithmetic,
    pub(crate) analyst: Analyst,
    pub(crate) signals: Signals,
    pub(crate) audio_limits: Limits,
    pub(crate) upload_bytes_max: u64,
    pub(crate) debug_dir: Option<PathBuf>,
    pub(crate) shutdown: Shutdown,
}

impl Service {
    /// Does `work` in a task of the service: a caller that leaves tears nothing apart, and the end of the process
    /// waits.
    pub(crate) async fn in_task<T, F>(
        self: &Arc<Self>,
        work: impl FnOnce(Shared) -> F,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        self.shutdown.carry_out(work(Arc::clone(self))).await?
    }
}

impl Measurement {
    /// Opens database and contents, and begins to remove contents that nothing names.
    ///
    /// # Errors
    /// [`OpenError`], for the operator.
    pub async fn open(settings: Settings) -> Result<Self, OpenError> {
        let own = || DatabaseUrl::file(settings.data_dir.join(DATABASE_FILE));
        let url = settings.database.clone().unwrap_or_else(own);
        let (max, run_migrations) = (settings.pool_size, settings.run_migrations);
        let pool = Pool::start(&url, max, &MIGRATIONS, run_migrations).await?;
        let blobs = Blobs::open(settings.data_dir.join(BLOBS_FOLDER)).await?;
        let service = Service {
            pool,
            shelf: Shelf::new(blobs),
            arithmetic: settings.arithmetic,
            short_arithmetic: Arithmetic::new(SHORT_RUNNING, SHORT_WAITING),
            analyst: Analyst::new(EvaluationOptions::default(), engine()),
            signals: Signals::new(),
            audio_limits: limits(settings.upload_bytes_max),
            upload_bytes_max: settings.upload_bytes_max,
            debug_dir: settings.debug_dir,
            shutdown: settings.shutdown,
        };
        let service = Arc::new(service);
        let sweeps = removal::regularly(Shared::clone(&service));
        drop(service.shutdown.spawn(sweeps));
        Ok(Self {
            service,
            identity: settings.identity,
        })
    }

    /// All routes, for another service's client or, with [`chassis::cors`], for a port of its own.
    pub fn router(&self) -> Router {
        let doors = excitation::internal_routes()
            .merge(jobs::internal_routes())
            .merge(recordings::internal_routes())
            .merge(events::routes());
        let routes = excitation::routes()
            .merge(jobs::routes(&self.service))
            .merge(analyze::routes())
            .merge(reports::routes())
            .route("/v1/health", get(health))
            .route("/v1/ready", get(ready));
        let doors = internal(
            doors.with_state(Shared::clone(&self.service)),
            &self.identity,
        );
        let routes = routes.with_state(Shared::clone(&self.service)).merge(doors);
        layers(routes, &self.identity)
    }

    /// The database, for the process that ends it.
    pub fn pool(&self) -> &Pool {
        &self.service.pool
    }

    #[cfg(test)]
    pub(crate) fn service(&self) -> &Shared {
        &self.service
    }

    /// Ends the connections to the database.
    pub async fn close(&self) {
        self.service.pool.close().await;
    }
}

/// The program that documents name.
pub fn engine() -> Engine {
    Engine {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

fn limits(upload_bytes_max: u64) -> Limits {
    Limits {
        bytes_max: usize::try_from(upload_bytes_max).unwrap_or(usize::MAX),
        duration_max_s: RECORDING_S_MAX,
        samples_max: FILE_SAMPLES_MAX,
        ..Limits::default()
    }
}

async fn health() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

async fn ready(State(service): State<Shared>) -> Result<Readiness, Problem> {
    let state = if service.pool.is_well().await {
        PartState::Up
    } else {
        PartState::Down
    };
    let database = Upstream {
        name: "database",
        state,
    };
    Ok(Readiness::new(NAME, vec![database]))
}
