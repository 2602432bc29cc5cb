//! The binary `lobby`: the service as a process of its own, beside gateway and measurement.

use std::process::ExitCode;
use std::time::Duration;

use chassis::carrier::Carrier;
use chassis::client::{Manner, ServiceClient};
use chassis::config::{Config, Flags};
use chassis::program::{self, Failure, Program};
use chassis::service::Identity;
use chassis::shutdown::Shutdown;
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

fn main() -> ExitCode {
    let own = [("DATABASE_URL", DATABASE.to_owned())];
    program::run(NAME, &Arguments::parse().flags, &own, run)
}

async fn run(program: Program) -> Result<(), Failure> {
    let listener = program.listen().await?;
    let lobby = Lobby::open(settings(&program.config, &program.shutdown)?).await?;
    lobby.relay();
    lobby.check_gateway();
    program.serve(listener, lobby.router()).await
}

fn settings(config: &Config, shutdown: &Shutdown) -> Result<Settings, Failure> {
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
