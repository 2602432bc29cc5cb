//! The binary `storage`: the service as a process of its own.

use std::process::ExitCode;

use chassis::config::{Config, Flags};
use chassis::program::{self, Failure, Program, WrongSettings};
use chassis::service::Identity;
use chassis::shutdown::Shutdown;
use chassis::telemetry::Stream;
use clap::Parser;
use storage::queue::QueueSettings;
use storage::{Settings, Storage};

/// Rows come and go by the thousand in small pieces, which the allocator of the system is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The name of the service.
const NAME: &str = "storage";

/// Entities, documents and queues
#[derive(Debug, Parser)]
#[command(name = NAME, version)]
struct Arguments {
    #[command(flatten)]
    flags: Flags,
}

fn main() -> ExitCode {
    program::run_logging(Stream::Stdout, NAME, &Arguments::parse().flags, &own(), run)
}

/// What a container needs where nobody says otherwise: metrics for others than this machine, and logs for programs.
fn own() -> [(&'static str, String); 2] {
    [
        ("METRICS_HOST", "0.0.0.0".to_owned()),
        ("LOG_FORMAT", "json".to_owned()),
    ]
}

async fn run(program: Program) -> Result<(), Failure> {
    let storage = Storage::open(settings(&program.config, &program.shutdown)?).await?;
    storage.upkeep();
    let metrics = program.listen_for_metrics().await?;
    let listeners = program.listen_on_all().await?.into_iter();
    let mut doors: Vec<_> = listeners
        .map(|listener| (listener, storage.router()))
        .collect();
    doors.push((metrics, storage.metrics_router()));
    program.serve_each(doors).await
}

fn settings(config: &Config, shutdown: &Shutdown) -> Result<Settings, Failure> {
    let token = config.internal_auth_token.clone();
    let database = config.database_url.as_ref().ok_or_else(|| {
        let text = "DATABASE_URL is not set; name a database, for example \
                    DATABASE_URL=postgresql://user:password@localhost:5432/sonalyze or DATABASE_URL=sqlite:./storage.db";
        WrongSettings(text.to_owned())
    })?;
    Ok(Settings {
        database: database.expose().parse()?,
        max_connections: config.max_pool_size.get_u32(),
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
        identity: Identity::new(NAME, &config.host, token),
        shutdown: shutdown.clone(),
    })
}

#[cfg(test)]
mod tests {
    use chassis::config::Layer;

    use super::*;

    fn read(given: &[(&str, &str)]) -> Result<Settings, Failure> {
        let pairs = given
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let pairs: Vec<(String, String)> = pairs.collect();
        let config = Config::from_layers(&[Layer::environment(pairs)])?;
        settings(&config, &Shutdown::default())
    }

    #[test]
    fn without_a_database_an_example_is_shown() {
        let refused = read(&[]).unwrap_err();
        assert!(refused.is::<WrongSettings>());
        assert!(
            refused.to_string().contains("DATABASE_URL=postgresql://"),
            "{refused}"
        );
    }

    #[test]
    fn every_spelling_of_a_database_is_read() {
        for url in [
            "postgresql+asyncpg://u:p@h:5432/d",
            "postgresql://u:p@h/d",
            "postgres://u:p@h/d",
            "sqlite+aiosqlite:///x.db",
            "sqlite:x.db",
        ] {
            assert!(read(&[("DATABASE_URL", url)]).is_ok(), "{url}");
        }
        assert!(read(&[("DATABASE_URL", "mysql://h/d")]).is_err());
    }

    #[test]
    fn documents_are_kept_for_good_unless_days_are_said() {
        let url = ("DATABASE_URL", "sqlite:x.db");
        assert_eq!(read(&[url]).unwrap().documents_kept, None);
        let some = read(&[url, ("DOCUMENT_RETENTION_DAYS", "2")]).unwrap();
        assert_eq!(
            some.documents_kept.map(|kept| kept.as_secs()),
            Some(172_800)
        );
    }
}
