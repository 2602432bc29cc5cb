//! The gateway as a process of its own: settings, listener, signals.

use std::process::ExitCode;

use chassis::client::{Manner, ServiceClient};
use chassis::config::{BaseUrl, Config, DeviceLogin, Flags};
use chassis::program::{self, Failure, Program};
use chassis::service::Identity;
use chassis::shutdown::{Shutdown, serve};
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

fn main() -> ExitCode {
    program::run("gateway", &Arguments::parse().flags, &[], run)
}

async fn run(program: Program) -> Result<(), Failure> {
    let routes = router(gateway(&program.config, program.shutdown.clone())?);
    let mut servers = tokio::task::JoinSet::new();
    for port in program.config.port.all() {
        let listener = program.listen_on(port).await?;
        servers.spawn(serve(listener, routes.clone(), program.shutdown.clone()));
    }
    while let Some(ended) = servers.join_next().await {
        ended??;
    }
    program.shutdown.finish().await;
    Ok(())
}

fn gateway(config: &Config, shutdown: Shutdown) -> Result<Gateway, Failure> {
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
