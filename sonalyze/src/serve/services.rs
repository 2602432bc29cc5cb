//! The services of the process, opened bottom-up, each calling the one below in memory.

use std::io;
use std::net::SocketAddr;

use chassis::carrier::Carrier;
use chassis::client::{Manner, ServiceClient};
use chassis::config::Config;
use chassis::cors::cors;
use chassis::service::Identity;
use chassis::shutdown::{Shutdown, serve};
use chassis::token::{Secret, Token};
use gateway::limits::{ANSWER_BYTES, PING_EVERY};
use gateway::{BadOrigin, Gateway, Limits, Origins};
use ledger::{DatabaseUrl, StartError, UrlError};
use lobby::Lobby;
use measurement::Measurement;
use simulation::Simulation;
use storage::Storage;
use storage::queue::QueueSettings;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::{LOOPBACK, url};

/// Pushes that may wait for the gateway.
const PUSHES: usize = 1024;

/// Connections to a database at most: one laptop serves a few phones, and each connection costs memory.
const CONNECTIONS: u32 = 4;

/// A service that cannot open.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A setting names no database.
    #[error("{name}: {cause}")]
    Url {
        /// The setting.
        name: &'static str,
        /// What is wrong with it.
        cause: UrlError,
    },
    /// A setting names no origin.
    #[error(transparent)]
    Origin(#[from] BadOrigin),
    /// The lobby.
    #[error("the lobby cannot start: {0}")]
    Lobby(StartError),
    /// Measurement.
    #[error("measurement cannot start: {0}")]
    Measurement(#[from] measurement::OpenError),
    /// Storage.
    #[error("storage cannot start: {0}")]
    Storage(StartError),
}

/// All services, open and not yet listening.
pub(super) struct Services {
    storage: Storage,
    measurement: Measurement,
    simulation: Simulation,
    lobby: Lobby,
    gateway: Gateway,
    origins: Origins,
}

impl Services {
    /// Opens them; `front` is where the gateway will listen.
    pub(super) async fn open(
        config: &Config,
        front: SocketAddr,
        shutdown: &Shutdown,
    ) -> Result<Self, ServiceError> {
        let token = config.internal_auth_token.clone().or_else(own_token);
        let manner = Manner {
            token: token.clone(),
            timeout: config.http_timeout_seconds.duration(),
            answer_limit: ANSWER_BYTES,
        };
        let storage = open_storage(config, token.as_ref(), shutdown).await?;
        let measurement = open_measurement(config, token.as_ref(), shutdown).await?;
        let below = ServiceClient::in_memory("measurement", measurement.router(), &manner);
        let simulation = Simulation::new(simulation::Settings::new(Identity::new(
            simulation::NAME,
            LOOPBACK,
            token.clone(),
        )));
        let rooms = ServiceClient::in_memory(simulation::NAME, simulation.router(), &manner);
        let (carrier, pushes) = Carrier::in_process(PUSHES);
        let lobby = Lobby::open(lobby::Settings {
            database: database("DATABASE_URL", config.database_url.as_ref())?,
            max_connections: connections(config),
            run_migrations: config.run_migrations,
            gateway: carrier,
            measurement: below.clone(),
            public_url: public_url(config),
            fallback_base_url: url(front.ip(), front.port()),
            service_name: config
                .service_name
                .clone()
                .unwrap_or_else(|| "lobby".to_owned()),
            identity: Identity::new("lobby", LOOPBACK, token.clone()),
            shutdown: shutdown.clone(),
        })
        .await
        .map_err(ServiceError::Lobby)?;
        let gateway = Gateway {
            identity: Identity::new("gateway", &config.host, token),
            lobby: Some(ServiceClient::in_memory("lobby", lobby.router(), &manner)),
            measurement: Some(below),
            simulation: Some(rooms),
            pushes: Some(pushes),
            limits: limits(config),
            origins: Origins::of(config.cors_origins.as_slice())?,
            public_url: public_url(config),
            shutdown: shutdown.clone(),
        };
        let origins = gateway.origins.clone();
        Ok(Self {
            storage,
            measurement,
            simulation,
            lobby,
            gateway,
            origins,
        })
    }

    /// Listens; the services behind the gateway where they have an address of their own.
    pub(super) fn serve(
        self,
        front: TcpListener,
        [lobby, measurement, simulation, storage, metrics]: [Option<TcpListener>; 5],
        shutdown: &Shutdown,
    ) {
        self.lobby.relay();
        self.storage.upkeep();
        let routers = [
            (Some(front), gateway::router(self.gateway)),
            (lobby, self.lobby.router()),
            (
                measurement,
                cors(
                    self.measurement.router(),
                    &self.origins,
                    measurement::EXPOSED,
                ),
            ),
            (
                simulation,
                cors(self.simulation.router(), &self.origins, []),
            ),
            (storage, self.storage.router()),
            (metrics, self.storage.metrics_router()),
        ];
        for (listener, router) in routers {
            let Some(listener) = listener else { continue };
            let end = shutdown.clone();
            let served = serve(listener, router, end.clone());
            drop(
                shutdown
                    .spawn(async move { served.await.unwrap_or_else(|cause| fail(&end, &cause)) }),
            );
        }
    }
}

/// A server without one of its doors ends.
fn fail(end: &Shutdown, cause: &io::Error) {
    tracing::error!(%cause, "a listener failed");
    end.begin();
}

async fn open_measurement(
    config: &Config,
    token: Option<&Token>,
    shutdown: &Shutdown,
) -> Result<Measurement, ServiceError> {
    let name = "MEASUREMENT_DATABASE_URL";
    let settings = measurement::Settings::from_config(config)
        .map_err(|cause| ServiceError::Url { name, cause })?;
    let settings = measurement::Settings {
        identity: Identity::new("measurement", LOOPBACK, token.cloned()),
        pool_size: connections(config),
        shutdown: shutdown.clone(),
        ..settings
    };
    Ok(Measurement::open(settings).await?)
}

async fn open_storage(
    config: &Config,
    token: Option<&Token>,
    shutdown: &Shutdown,
) -> Result<Storage, ServiceError> {
    let url = config.storage_database_url.as_ref();
    let database = database("STORAGE_DATABASE_URL", url)?;
    let settings = storage::Settings {
        database,
        max_connections: connections(config),
        run_migrations: config.run_migrations,
        deleted_kept: config.deleted_retention_days.days(),
        documents_kept: config.document_retention_days.some_days(),
        queues: QueueSettings {
            batch: config.queue_batch_size.get_usize(),
            attempts_max: config.queue_max_attempts.get_u32(),
            lease: config.queue_visibility_timeout.some_seconds(),
            dead_kept: config.queue_retention_days.days(),
        },
        documents_cached: config.document_cache_size.get_usize(),
        identity: Identity::new("storage", LOOPBACK, token.cloned()),
        shutdown: shutdown.clone(),
    };
    Storage::open(settings).await.map_err(ServiceError::Storage)
}

/// The services of one process share a token that nobody else knows.
fn own_token() -> Option<Token> {
    Token::new(&Uuid::new_v4().simple().to_string())
}

fn database(name: &'static str, url: Option<&Secret>) -> Result<DatabaseUrl, ServiceError> {
    let text = url.map_or("", |url| url.expose());
    text.parse()
        .map_err(|cause| ServiceError::Url { name, cause })
}

fn connections(config: &Config) -> u32 {
    config.max_pool_size.get_u32().min(CONNECTIONS)
}

fn public_url(config: &Config) -> Option<String> {
    config
        .public_url
        .as_ref()
        .map(|url| url.as_str().to_owned())
}

fn limits(config: &Config) -> Limits {
    Limits {
        message_bytes: config.max_message_bytes.get_usize(),
        messages_per_s: config.rate_limit_rps.per_second(),
        burst: config.rate_limit_burst.get(),
        upload_bytes: config
            .measurement_max_upload_mb
            .get()
            .saturating_mul(1 << 20),
        ping_every: PING_EVERY,
    }
}
