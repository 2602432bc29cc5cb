//! What storage is opened with.

use std::time::Duration;

use chassis::service::Identity;
use chassis::shutdown::Shutdown;
use ledger::DatabaseUrl;

use crate::queue::QueueSettings;

/// Where its rows are, and who may open its internal doors.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database of everything.
    pub database: DatabaseUrl,
    /// Connections to it: at most as many.
    pub max_connections: u32,
    /// Whether missing migrations are applied; if not, a schema that is not up to date is refused.
    pub run_migrations: bool,
    /// How long rows of the word `deleted` are kept.
    pub deleted_kept: Duration,
    /// How long documents are kept that nobody stores again; none: for good.
    pub documents_kept: Option<Duration>,
    /// Bounds of the queues.
    pub queues: QueueSettings,
    /// How many documents are kept in memory to answer reads of them; 0 for none.
    pub documents_cached: usize,
    /// Who the service is towards the others.
    pub identity: Identity,
    /// The end of the process.
    pub shutdown: Shutdown,
}
