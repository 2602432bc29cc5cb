//! `sonalyze serve`: storage, measurement, simulation, lobby and gateway in one process, bottom-up, calling each other
//! in memory.
//!
//! The gateway listens for everybody; the others also listen for this machine alone, so that tools and tests
//! reach them as they would in separate processes.

mod addresses;
pub(crate) mod command;
mod place;
mod ready;
mod services;

use std::fs::File;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use chassis::config::{Config, ConfigFaults};
use chassis::metrics;
use chassis::shutdown::{ListenError, Shutdown, listen};
use tokio::net::TcpListener;

pub use addresses::{LanAddress, lan_addresses, url};
pub use place::{PlaceError, data_dir, own, settings, take};
pub(crate) use place::{has_lock, is_taken};
pub use services::ServiceError;
use services::Services;

use crate::backup;

/// Where the services behind the gateway listen.
const LOOPBACK: &str = "127.0.0.1";

/// A server that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The data folder cannot be used.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The settings are wrong.
    #[error(transparent)]
    Settings(#[from] ConfigFaults),
    /// The gateway cannot listen.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// A service cannot open.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The system refuses something else.
    #[error("the system refuses {what}: {cause}")]
    System {
        /// What it was asked for.
        what: &'static str,
        /// What it said.
        cause: io::Error,
    },
}

/// A running server. It ends with its [`Shutdown`].
#[derive(Debug)]
pub struct Server {
    gateway: SocketAddr,
    lobby: Option<SocketAddr>,
    measurement: Option<SocketAddr>,
    simulation: Option<SocketAddr>,
    storage: Option<SocketAddr>,
    metrics: Option<SocketAddr>,
    warnings: Vec<String>,
    data_dir: PathBuf,
    shutdown: Shutdown,
    lock: File,
}

impl Server {
    /// Starts everything; the server is ready when this returns.
    ///
    /// # Errors
    /// A folder that is taken or cannot be written, a port that is taken, a database that does not open.
    pub async fn start(
        config: &Config,
        data_dir: &Path,
        shutdown: Shutdown,
    ) -> Result<Self, ServeError> {
        let lock = take(data_dir)?;
        let front = listen(&config.host, config.port.first()).await?;
        let gateway = address(&front)?;
        let services = Services::open(config, gateway, &shutdown).await?;
        let ports = ports(config);
        let mut warnings = Vec::new();
        let inner = [
            ("lobby", ports.lobby),
            ("measurement", ports.measurement),
            ("simulation", ports.simulation),
            ("storage", ports.storage),
        ];
        let mut doors = [const { None }; 4];
        for (door, (name, port)) in doors.iter_mut().zip(inner) {
            *door = quietly(name, port, &mut warnings).await;
        }
        let [lobby, measurement, simulation, storage] = doors;
        let figures = metrics::listen(&config.metrics_host, ports.metrics).await;
        let figures =
            figures.map_err(|error| warnings.push(format!("there are no metrics: {error}")));
        let figures = figures.ok();
        let server = Self {
            gateway,
            lobby: lobby.as_ref().map(address).transpose()?,
            measurement: measurement.as_ref().map(address).transpose()?,
            simulation: simulation.as_ref().map(address).transpose()?,
            storage: storage.as_ref().map(address).transpose()?,
            metrics: figures.as_ref().map(address).transpose()?,
            warnings,
            data_dir: data_dir.to_owned(),
            shutdown: shutdown.clone(),
            lock,
        };
        let behind = [lobby, measurement, simulation, storage, figures];
        services.serve(front, behind, &shutdown);
        backup::beside_serve(config, data_dir, &shutdown);
        Ok(server)
    }

    /// Where the gateway listens.
    pub const fn gateway(&self) -> SocketAddr {
        self.gateway
    }

    /// Where the lobby listens; none if its port was taken.
    pub const fn lobby(&self) -> Option<SocketAddr> {
        self.lobby
    }

    /// Where measurement listens; none if its port was taken.
    pub const fn measurement(&self) -> Option<SocketAddr> {
        self.measurement
    }

    /// Where simulation listens; none if its port was taken.
    pub const fn simulation(&self) -> Option<SocketAddr> {
        self.simulation
    }

    /// Where storage listens; none if its port was taken.
    pub const fn storage(&self) -> Option<SocketAddr> {
        self.storage
    }

    /// Where metrics are fetched; none if the port was taken.
    pub const fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// What did not work out but is not needed.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Where everything lies.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The gateway's URL on this machine.
    pub fn base_url(&self) -> String {
        let ip = self.gateway.ip();
        let local = match ip {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            IpAddr::V4(_) | IpAddr::V6(_) => ip,
        };
        url(local, self.gateway.port())
    }

    /// Stops taking work and waits for what runs, at most for the grace period. False if something was left running.
    pub async fn stop(self) -> bool {
        let ended = self.shutdown.finish().await;
        drop(self.lock);
        ended
    }
}

/// Loopback ports of the services behind the gateway, 0 for any free one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// The lobby's.
    pub lobby: u16,
    /// Measurement's.
    pub measurement: u16,
    /// Simulation's.
    pub simulation: u16,
    /// Storage's.
    pub storage: u16,
    /// That of metrics.
    pub metrics: u16,
}

/// The loopback ports: as set, else the four after the gateway's and the usual one of metrics, and any free ones where
/// the gateway's is free too.
pub fn ports(config: &Config) -> Ports {
    let front = config.port.first();
    let after = |step: u16| match front {
        0 => 0,
        port => port.checked_add(step).unwrap_or(0),
    };
    let set = |port: u64| u16::try_from(port).unwrap_or(0);
    let lobby = config.serve_lobby_port.map(|port| set(port.get()));
    let measurement = config.serve_measurement_port.map(|port| set(port.get()));
    let simulation = config.serve_simulation_port.map(|port| set(port.get()));
    let storage = config.serve_storage_port.map(|port| set(port.get()));
    let is_free = front == 0 && !config.is_set("METRICS_PORT");
    Ports {
        lobby: lobby.unwrap_or_else(|| after(1)),
        measurement: measurement.unwrap_or_else(|| after(2)),
        simulation: simulation.unwrap_or_else(|| after(3)),
        storage: storage.unwrap_or_else(|| after(4)),
        metrics: if is_free {
            0
        } else {
            config.metrics_port.port()
        },
    }
}

/// Listens on the loopback address, or warns.
async fn quietly(name: &str, port: u16, warnings: &mut Vec<String>) -> Option<TcpListener> {
    match listen(LOOPBACK, port).await {
        Ok(listener) => Some(listener),
        Err(error) => {
            warnings.push(format!(
                "the {name} has no address of its own, which only tools need: {error}"
            ));
            None
        }
    }
}

fn address(listener: &TcpListener) -> Result<SocketAddr, ServeError> {
    listener.local_addr().map_err(|cause| ServeError::System {
        what: "to tell the port",
        cause,
    })
}
