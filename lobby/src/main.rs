//! The binary `lobby`: the service as a process of its own, beside gateway and measurement.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use chassis::carrier::Carrier;
use chassis::client::{Manner, ServiceClient};
use chassis::config::{Config, Flags, environment};
use chassis::service::Identity;
use chassis::shutdown::{Shutdown, listen, serve};
use chassis::telemetry;
use clap::Parser;
use lobby::{Lobby, Settings};

/// The name of the service.
const NAME: &str = "lobby";
/// The database where nobody names one: a file in the working folder.
const DATABASE: &str = "sqlite:///./lobby.db";
/// How long a call to another service may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// Lobbies, roles and measurement sessions
#[derive(Debug, Parser)]
#[command(name = NAME, version)]
struct Arguments {
    #[command(flatten)]
    flags: Flags,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse().flags).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: &Flags) -> Result<(), Box<dyn Error>> {
    let config = Config::load(
        flags,
        environment(),
        Path::new("."),
        &[("DATABASE_URL", DATABASE.to_owned())],
    )?;
    telemetry::init(&config)?;
    let port = config.port.only()?;
    let shutdown = Shutdown::default();
    shutdown.on_signals()?;
    let listener = listen(&config.host, port).await?;
    let lobby = Lobby::open(settings(&config, &shutdown)?).await?;
    lobby.relay();
    lobby.check_gateway();
    tracing::info!(address = %listener.local_addr()?, "listening");
    serve(listener, lobby.router(), shutdown.clone()).await?;
    shutdown.finish().await;
    Ok(())
}

fn settings(config: &Config, shutdown: &Shutdown) -> Result<Settings, Box<dyn Error>> {
    let token = config.internal_auth_token.clone();
    let manner = Manner {
        token: token.clone(),
        timeout: CALL_TIMEOUT,
        ..Manner::default()
    };
    let gateway = ServiceClient::http("gateway", config.gateway_url.as_str(), &manner)?;
    let database = config
        .database_url
        .as_ref()
        .map_or(DATABASE, |url| url.expose());
    Ok(Settings {
        database: database.parse()?,
        max_connections: config.max_pool_size.get_u32(),
        run_migrations: config.run_migrations,
        gateway: Carrier::http(gateway),
        measurement: ServiceClient::http("measurement", config.measurement_url.as_str(), &manner)?,
        public_url: config
            .public_url
            .as_ref()
            .map(|url| url.as_str().to_owned()),
        fallback_base_url: config.gateway_url.as_str().to_owned(),
        service_name: config
            .service_name
            .clone()
            .unwrap_or_else(|| NAME.to_owned()),
        identity: Identity::new(NAME, &config.host, token),
        shutdown: shutdown.clone(),
    })
}

#[expect(clippy::print_stderr, reason = "the log may not have started yet")]
fn complain(error: &dyn Error) {
    eprintln!("{NAME}: {error}");
}
