//! What a lobby is opened with.

use chassis::carrier::Carrier;
use chassis::client::ServiceClient;
use chassis::service::Identity;
use chassis::shutdown::Shutdown;
use ledger::DatabaseUrl;

/// Where things are, and what the lobby is called.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database of lobbies, log, sessions and outbox.
    pub database: DatabaseUrl,
    /// Connections to it: at most as many.
    pub max_connections: u32,
    /// Whether missing migrations are applied; if not, a schema that is not up to date is refused.
    pub run_migrations: bool,
    /// The way of pushes to devices.
    pub gateway: Carrier,
    /// The service that holds jobs, uploads and references.
    pub measurement: ServiceClient,
    /// Scheme and host by which every device reaches the gateway, if the operator says so.
    pub public_url: Option<String>,
    /// The same for devices whose own address is not known.
    pub fallback_base_url: String,
    /// The name in health answers.
    pub service_name: String,
    /// Who the service is towards the others.
    pub identity: Identity,
    /// The end of the process.
    pub shutdown: Shutdown,
}
