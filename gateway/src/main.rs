//! The gateway as a process of its own: settings, listener, signals.

use std::path::Path;
use std::process::ExitCode;

use chassis::client::{Manner, ServiceClient};
use chassis::config::{BaseUrl, Config, DeviceLogin, Flags, environment};
use chassis::service::Identity;
use chassis::shutdown::{Shutdown, listen, serve};
use chassis::telemetry;
use clap::Parser;
use gateway::limits::{ANSWER_BYTES, PING_EVERY};
use gateway::{Gateway, Limits, Origins, router};

/// The front door of Sonalyze: sockets, the proxy, broadcasts.
#[derive(Debug, Parser)]
#[command(name = "gateway", version)]
struct Arguments {
    #[command(flatten)]
    flags: Flags,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            use std::io::Write;
            // Nothing is left to be told if standard error is gone.
            drop(writeln!(std::io::stderr(), "gateway: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::load(&arguments.flags, environment(), Path::new("."), &[])?;
    telemetry::init(&config)?;
    let shutdown = Shutdown::default();
    shutdown.on_signals()?;
    let routes = router(gateway(&config, shutdown.clone())?);
    let mut servers = tokio::task::JoinSet::new();
    for port in config.port.all() {
        let listener = listen(&config.host, port).await?;
        tracing::info!(address = %listener.local_addr()?, "the gateway listens");
        servers.spawn(serve(listener, routes.clone(), shutdown.clone()));
    }
    while let Some(ended) = servers.join_next().await {
        ended??;
    }
    shutdown.finish().await;
    Ok(())
}

fn gateway(config: &Config, shutdown: Shutdown) -> Result<Gateway, Box<dyn std::error::Error>> {
    let token = config.internal_auth_token.clone();
    if token.is_none() {
        tracing::warn!("INTERNAL_AUTH_TOKEN is not set: pushes of other processes are refused");
    }
    let DeviceLogin::Open = config.device_login;
    let manner = Manner {
        token: token.clone(),
        timeout: config.http_timeout_seconds.duration(),
        answer_limit: ANSWER_BYTES,
    };
    let service = |name, url: &BaseUrl| ServiceClient::http(name, url.as_str(), &manner).map(Some);
    Ok(Gateway {
        identity: Identity::new("gateway", &config.host, token),
        lobby: service("lobby", &config.lobby_url)?,
        measurement: service("measurement", &config.measurement_url)?,
        simulation: service("simulation", &config.simulation_url)?,
        pushes: None,
        limits: limits(config),
        origins: Origins::of(config.cors_origins.as_slice())?,
        public_url: config
            .public_url
            .as_ref()
            .map(|url| url.as_str().to_owned()),
        shutdown,
    })
}

fn limits(config: &Config) -> Limits {
    Limits {
        message_bytes: config.max_message_bytes.get_usize(),
        messages_per_s: config.rate_limit_rps.per_second(),
        burst: config.rate_limit_burst.get(),
        upload_bytes: config
            .measurement_max_upload_mb
            .get()
            .saturating_mul(1024 * 1024),
        ping_every: PING_EVERY,
    }
}
