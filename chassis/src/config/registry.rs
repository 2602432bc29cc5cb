//! The one list of settings. A name that is not here is known to no process.

use std::path::PathBuf;

use super::Reader;
use super::kinds::{
    BaseUrl, Burst, DeviceLogin, LogFilter, LogFormat, LogLevel, Names, Ports, Rate, Seconds,
    Value, Whole,
};
use crate::token::{Secret, Token};

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name in the environment and in `.env`; in a file the same in small letters.
    pub name: &'static str,
    /// Its text where nobody sets it; `None` if it is then not set.
    pub default: Option<&'static str>,
    /// What it is for.
    pub meaning: &'static str,
    /// Which processes read it. `later` is known and checked, but nobody reads it yet.
    pub readers: &'static [&'static str],
    /// Whether its value is never shown.
    pub secret: bool,
}

/// Every process that listens.
const SERVERS: [&str; 6] = [
    "gateway",
    "lobby",
    "measurement",
    "simulation",
    "storage",
    "serve",
];

/// Every service as a process of its own.
const SERVICES: [&str; 5] = ["gateway", "lobby", "measurement", "simulation", "storage"];

/// Declares the settings once: as fields with types, and as a list.
macro_rules! settings {
    ($($(#[doc = $meaning:literal])+ $field:ident: $kind:ty, $name:literal, $default:expr, $readers:expr;)*) => {
        /// The values of all settings.
        #[derive(Debug, Clone)]
        pub struct Settings {
            $($(#[doc = $meaning])+ pub $field: $kind,)*
        }

        /// All settings.
        pub const REGISTRY: &[Variable] = &[$(Variable {
            name: $name,
            default: $default,
            meaning: concat!($($meaning),+).trim_ascii_start(),
            readers: &$readers,
            secret: <$kind as Value>::SECRET,
        },)*];

        impl Settings {
            /// Reads all of them, so that all faults are found; nothing if there are any.
            pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
                let mut variables = REGISTRY.iter();
                $(let $field: Option<$kind> = variables.next().and_then(|variable| reader.setting(variable));)*
                Some(Self { $($field: $field?,)* })
            }
        }
    };
}

settings! {
    /// Where the gateway finds the lobby.
    lobby_url: BaseUrl, "LOBBY_URL", Some("http://lobby:8000"), ["gateway"];
    /// Where measurement is found.
    measurement_url: BaseUrl, "MEASUREMENT_URL", Some("http://measurement:8000"), ["gateway", "lobby"];
    /// Where simulation is found.
    simulation_url: BaseUrl, "SIMULATION_URL", Some("http://simulation:8000"), ["gateway"];
    /// Where storage is found.
    storage_url: BaseUrl, "STORAGE_URL", Some("http://storage:8000"), ["later"];
    /// Where the lobby finds the gateway.
    gateway_url: BaseUrl, "GATEWAY_URL", Some("http://localhost:8000"), ["lobby"];
    /// How devices reach the gateway; without it the address of each device's own connection is used.
    public_url: Option<BaseUrl>, "PUBLIC_URL", None, ["gateway", "lobby"];
    /// What services show each other; without it their internal doors stay closed.
    internal_auth_token: Option<Token>, "INTERNAL_AUTH_TOKEN", None, SERVICES;
    /// Bytes of a socket message.
    max_message_bytes: Whole<1, 16_777_216>, "MAX_MESSAGE_BYTES", Some("65536"), ["gateway"];
    /// Messages a second that a socket may send for long.
    rate_limit_rps: Rate, "RATE_LIMIT_RPS", Some("10"), ["gateway"];
    /// Messages that a socket may send at once.
    rate_limit_burst: Burst, "RATE_LIMIT_BURST", Some("20"), ["gateway"];
    /// Seconds that the gateway waits for a service.
    http_timeout_seconds: Seconds, "HTTP_TIMEOUT_SECONDS", Some("10"), ["gateway"];
    /// The database of this process.
    database_url: Option<Secret>, "DATABASE_URL", None, ["lobby", "storage"];
    /// The name of this process in health answers.
    service_name: Option<String>, "SERVICE_NAME", None, ["lobby"];
    /// Whether migrations run at the start.
    run_migrations: bool, "RUN_MIGRATIONS", Some("true"), ["lobby", "measurement", "storage"];
    /// Connections to the database.
    max_pool_size: Whole<1, 1000>, "MAX_POOL_SIZE", Some("20"), ["lobby", "measurement", "storage"];
    /// How much is logged, in words of Python or of Rust.
    log_level: LogLevel, "LOG_LEVEL", Some("INFO"), SERVERS;
    /// A log filter such as `info,lobby=debug`; it wins over `LOG_LEVEL`.
    rust_log: Option<LogFilter>, "RUST_LOG", None, SERVERS;
    /// How logs are written: `text` or `json`.
    log_format: LogFormat, "LOG_FORMAT", Some("text"), SERVERS;
    /// The folder of uploads.
    measurement_data_dir: PathBuf, "MEASUREMENT_DATA_DIR", Some("/data"), ["measurement"];
    /// The database of measurement; without it a file in its folder.
    measurement_database_url: Option<Secret>, "MEASUREMENT_DATABASE_URL", None, ["measurement"];
    /// The folder for debug audio; without it none is written.
    measurement_debug_dir: Option<PathBuf>, "MEASUREMENT_DEBUG_DIR", None, ["measurement"];
    /// MiB of an upload.
    measurement_max_upload_mb: Whole<1, 4096>, "MEASUREMENT_MAX_UPLOAD_MB", Some("50"), ["gateway", "measurement"];
    /// The address to listen on.
    host: String, "HOST", Some("0.0.0.0"), SERVERS;
    /// The port to listen on, 0 for any free one; several with commas.
    port: Ports, "PORT", Some("8000"), SERVERS;
    /// The loopback port of the lobby in `serve`, 0 for any free one; without it the gateway's plus 1.
    serve_lobby_port: Option<Whole<0, 65_535>>, "SERVE_LOBBY_PORT", None, ["serve"];
    /// The loopback port of measurement in `serve`, 0 for any free one; without it the gateway's plus 2.
    serve_measurement_port: Option<Whole<0, 65_535>>, "SERVE_MEASUREMENT_PORT", None, ["serve"];
    /// The loopback port of simulation in `serve`, 0 for any free one; without it the gateway's plus 3.
    serve_simulation_port: Option<Whole<0, 65_535>>, "SERVE_SIMULATION_PORT", None, ["serve"];
    /// The loopback port of storage in `serve`, 0 for any free one; without it the gateway's plus 4.
    serve_storage_port: Option<Whole<0, 65_535>>, "SERVE_STORAGE_PORT", None, ["serve"];
    /// The database of storage in `serve`; without it a file in the data folder.
    storage_database_url: Option<Secret>, "STORAGE_DATABASE_URL", None, ["serve"];
    /// Days that rows with the state or status `deleted` are kept.
    deleted_retention_days: Whole<1, 36_500>, "DELETED_RETENTION_DAYS", Some("30"), ["storage", "serve"];
    /// Days that documents are kept that nobody stores again; 0 for good.
    document_retention_days: Whole<0, 36_500>, "DOCUMENT_RETENTION_DAYS", Some("0"), ["storage", "serve"];
    /// Documents that are kept in memory to answer reads of them; 0 for none.
    document_cache_size: Whole<0, 1_000_000>, "DOCUMENT_CACHE_SIZE", Some("0"), ["storage", "serve"];
    /// Which devices may come in: `open` takes a bare device id.
    device_login: DeviceLogin, "DEVICE_LOGIN", Some("open"), ["gateway"];
    /// Origins that browsers may call from, with commas; `*` for all.
    cors_origins: Names, "CORS_ORIGINS", Some("*"), ["gateway", "measurement", "simulation"];
    /// Items that one pop or peek of a queue takes at most, and where it does not say how many.
    queue_batch_size: Whole<1, 10_000>, "QUEUE_BATCH_SIZE", Some("100"), ["storage", "serve"];
    /// An item that was handed out so often and not finished is dead.
    queue_max_attempts: Whole<1, 1_000>, "QUEUE_MAX_ATTEMPTS", Some("5"), ["storage", "serve"];
    /// Seconds that a pop hands out for where it does not say so; 0: it removes at once.
    queue_visibility_timeout: Whole<0, 43_200>, "QUEUE_VISIBILITY_TIMEOUT", Some("0"), ["storage", "serve"];
    /// Days that dead items are kept.
    queue_retention_days: Whole<1, 36_500>, "QUEUE_RETENTION_DAYS", Some("7"), ["storage", "serve"];
    /// The folder in which each backup gets a folder of its own; without it `backups` in the data folder.
    backup_dir: Option<PathBuf>, "BACKUP_DIR", None, ["serve"];
    /// Hours from one backup to the next while the server runs; 0: none is made.
    backup_every_hours: Whole<0, 8_760>, "BACKUP_EVERY_HOURS", Some("0"), ["serve"];
    /// So many days the newest backup of the day is kept.
    backup_keep_daily: Whole<0, 10_000>, "BACKUP_KEEP_DAILY", Some("7"), ["serve"];
    /// So many weeks the newest backup of the week is kept.
    backup_keep_weekly: Whole<0, 10_000>, "BACKUP_KEEP_WEEKLY", Some("4"), ["serve"];
    /// So many months the newest backup of the month is kept.
    backup_keep_monthly: Whole<0, 10_000>, "BACKUP_KEEP_MONTHLY", Some("12"), ["serve"];
    /// User of the storage database.
    postgres_user: Option<String>, "POSTGRES_USER", None, ["compose"];
    /// Password of the storage database.
    postgres_password: Option<Secret>, "POSTGRES_PASSWORD", None, ["compose"];
    /// Name of the storage database.
    postgres_db: Option<String>, "POSTGRES_DB", None, ["compose"];
    /// User of the lobby database.
    postgres_lobby_user: Option<String>, "POSTGRES_LOBBY_USER", None, ["compose"];
    /// Password of the lobby database.
    postgres_lobby_password: Option<Secret>, "POSTGRES_LOBBY_PASSWORD", None, ["compose"];
    /// Name of the lobby database.
    postgres_lobby_db: Option<String>, "POSTGRES_LOBBY_DB", None, ["compose"];
    /// The address for metrics.
    metrics_host: String, "METRICS_HOST", Some("127.0.0.1"), ["storage", "serve"];
    /// The port for metrics, 0 for any free one.
    metrics_port: Whole<0, 65_535>, "METRICS_PORT", Some("9095"), ["storage", "serve"];
    /// The message bus between several gateways.
    nats_url: Option<Secret>, "NATS_URL", None, ["later"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_once_and_have_a_meaning_and_a_reader() {
        let mut names: Vec<_> = REGISTRY.iter().map(|variable| variable.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), REGISTRY.len());
        for variable in REGISTRY {
            assert!(
                variable.meaning.ends_with('.') && !variable.meaning.starts_with(' '),
                "{variable:?}"
            );
            assert!(!variable.readers.is_empty(), "{variable:?}");
        }
    }
}
