//! The command: starts the server, says where it is, and waits for Ctrl-C or SIGTERM.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use chassis::shutdown::Shutdown;
use chassis::{config::ConfigFaults, telemetry};
use serde::Serialize;
use tokio::runtime::{Builder, Runtime};

use super::{ServeError, Server, data_dir, lan_addresses, settings, url};
use crate::cli::ServeArguments;
use crate::exit::{Exit, Failure, tell_warning};
use crate::output::Destination;

/// What stands in the file of `--ready-file`, one JSON object: addresses as URLs.
#[derive(Debug, Serialize)]
struct Ready<'a> {
    gateway: String,
    lobby: Option<String>,
    measurement: Option<String>,
    simulation: Option<String>,
    data_dir: &'a Path,
    pid: u32,
}

/// Runs the command until it is told to stop.
///
/// # Errors
/// What kept the server from starting.
pub(crate) fn run(arguments: &ServeArguments) -> Result<Exit, Failure> {
    let folder = data_dir(arguments.data_dir.as_deref()).map_err(ServeError::from)?;
    let config = settings(&arguments.flags, &folder)?;
    telemetry::init(&config).map_err(|error| Failure::failed(error.to_string()))?;
    runtime()?.block_on(async {
        let shutdown = Shutdown::default();
        shutdown
            .on_signals()
            .map_err(|error| Failure::failed(format!("signals cannot be caught: {error}")))?;
        let server = Server::start(&config, &folder, shutdown.clone()).await?;
        for warning in server.warnings() {
            tell_warning(warning);
        }
        if let Some(place) = &arguments.ready_file {
            Destination::single(place).write(&ready(&server)?)?;
        }
        say(&greeting(&server));
        shutdown.begun().await;
        if let Some(place) = &arguments.ready_file {
            no_longer_ready(place, &ready(&server)?);
        }
        server.stop().await;
        Ok(Exit::Done)
    })
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

fn ready(server: &Server) -> Result<Vec<u8>, Failure> {
    let at = |address: SocketAddr| url(address.ip(), address.port());
    let ready = Ready {
        gateway: server.base_url(),
        lobby: server.lobby().map(at),
        measurement: server.measurement().map(at),
        simulation: server.simulation().map(at),
        data_dir: server.data_dir(),
        pid: std::process::id(),
    };
    let mut line = serde_json::to_vec(&ready)
        .map_err(|error| Failure::failed(format!("the addresses cannot be written: {error}")))?;
    line.push(b'\n');
    Ok(line)
}

/// Removes the file of `--ready-file`, so that nobody takes a server that has stopped for one that runs. What has
/// another content is another server's by now, and the standard output is no file.
fn no_longer_ready(place: &Path, own: &[u8]) {
    let is_own = std::fs::read(place).is_ok_and(|found| found == own);
    if let Some(cause) = is_own.then(|| std::fs::remove_file(place).err()).flatten() {
        tell_warning(&format!(
            "{} cannot be removed and still names this server: {cause}",
            place.display()
        ));
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
