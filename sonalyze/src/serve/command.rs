//! The command: starts the server, says where it is, and waits for Ctrl-C or SIGTERM.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use chassis::config::{Config, ConfigFaults};
use chassis::program::conduct;
use chassis::shutdown::Shutdown;
use chassis::telemetry::{self, Stream};
use tokio::runtime::{Builder, Runtime};

use super::{ServeError, Server, data_dir, lan_addresses, ready, settings, url};
use crate::cli::ServeArguments;
use crate::exit::{Exit, Failure, tell_warning};

/// Runs the command until it is told to stop.
///
/// # Errors
/// What kept the server from starting.
pub(crate) fn run(arguments: &ServeArguments) -> Result<Exit, Failure> {
    let folder = data_dir(arguments.data_dir.as_deref()).map_err(ServeError::from)?;
    let config = settings(&arguments.flags, &folder)?;
    telemetry::init(&config, Stream::Stderr).map_err(|error| Failure::failed(error.to_string()))?;
    let shutdown = Shutdown::default();
    let ready_file = arguments.ready_file.as_deref();
    conduct(
        runtime()?,
        &shutdown,
        work(&config, &folder, ready_file, &shutdown),
    )?;
    Ok(Exit::Done)
}

async fn work(
    config: &Config,
    folder: &Path,
    ready_file: Option<&Path>,
    shutdown: &Shutdown,
) -> Result<(), Failure> {
    shutdown
        .on_signals()
        .map_err(|error| Failure::failed(format!("signals cannot be caught: {error}")))?;
    let server = Server::start(config, folder, shutdown.clone()).await?;
    let ended = until_told(&server, ready_file, shutdown).await;
    server.stop().await;
    ended
}

/// Says that the server is ready, and waits.
async fn until_told(
    server: &Server,
    ready_file: Option<&Path>,
    shutdown: &Shutdown,
) -> Result<(), Failure> {
    for warning in server.warnings() {
        tell_warning(warning);
    }
    if let Some(place) = ready_file {
        ready::announce(server, place)?;
    }
    say(&greeting(server));
    shutdown.begun().await;
    ready_file.map_or(Ok(()), |place| ready::withdraw(server, place))
}

/// A runtime with as many workers as cores.
///
/// # Errors
/// When the system gives no threads.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    let made = Builder::new_multi_thread().enable_all().build();
    made.map_err(|error| Failure::failed(format!("the system gives no threads: {error}")))
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        match error {
            ServeError::Settings(faults) => faults.into(),
            ServeError::Place(_)
            | ServeError::Listen(_)
            | ServeError::Service(_)
            | ServeError::System { .. } => Self::failed(error.to_string()),
        }
    }
}

impl From<ConfigFaults> for Failure {
    fn from(faults: ConfigFaults) -> Self {
        Self::usage(faults.to_string())
    }
}

/// Where the server is, for people.
fn greeting(server: &Server) -> String {
    let address = server.gateway();
    let port = address.port();
    let mut text = format!("Sonalyze {} is ready\n\n", env!("CARGO_PKG_VERSION"));
    if address.ip().is_unspecified() || address.ip().is_loopback() {
        line(
            &mut text,
            "on this machine",
            &format!("http://localhost:{port}"),
        );
    }
    for (place, interface) in in_the_network(address) {
        line(
            &mut text,
            "in the network",
            &format!("{place}  {interface}"),
        );
    }
    line(
        &mut text,
        "data in",
        &server.data_dir().display().to_string(),
    );
    let reach = if address.ip().is_loopback() {
        "No other device reaches this address; leave --host out for phones."
    } else {
        "Phones in the same network use an address of the network."
    };
    format!("{text}\n{reach} Ctrl-C stops.\n")
}

fn line(text: &mut String, name: &str, value: &str) {
    text.extend(["  ", &format!("{name:<16}"), value, "\n"]);
}

/// URLs for other machines: every interface if the gateway listens on all, else the one it listens on.
fn in_the_network(address: SocketAddr) -> Vec<(String, String)> {
    let ip = address.ip();
    if ip.is_loopback() {
        return Vec::new();
    }
    if !ip.is_unspecified() {
        return vec![(url(ip, address.port()), String::new())];
    }
    let reachable = lan_addresses().unwrap_or_else(|cause| {
        tell_warning(&format!(
            "the system does not tell its network addresses: {cause}"
        ));
        Vec::new()
    });
    let same_family = reachable
        .into_iter()
        .filter(|lan| ip.is_ipv6() || lan.ip.is_ipv4());
    same_family
        .map(|lan| (lan.url(address.port()), lan.interface))
        .collect()
}

fn say(text: &str) {
    // Nobody reads a closed standard output; the server runs all the same.
    drop(write!(anstream::stdout(), "{text}"));
}
