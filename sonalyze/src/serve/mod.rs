//! `sonalyze serve`: measurement, lobby and gateway in one process, bottom-up, calling each other in memory.
//!
//! The gateway listens for everybody; lobby and measurement also listen for this machine alone, so that tools and tests
//! reach them as they would in separate processes.

mod addresses;
pub(crate) mod command;
mod place;
mod services;

use std::fs::File;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use chassis::config::{Config, ConfigFaults};
use chassis::shutdown::{ListenError, Shutdown, listen};
use tokio::net::TcpListener;

pub use addresses::{LanAddress, lan_addresses, url};
pub(crate) use place::is_taken;
pub use place::{PlaceError, data_dir, own, settings, take};
pub use services::ServiceError;
use services::Services;

/// Where lobby and measurement listen.
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
        let (lobby_port, measurement_port) = ports(config);
        let mut warnings = Vec::new();
        let mut inner = [("lobby", lobby_port), ("measurement", measurement_port)].into_iter();
        let mut doors = [None, None];
        for (door, (name, port)) in doors.iter_mut().zip(inner.by_ref()) {
            *door = quietly(name, port, &mut warnings).await;
        }
        let [lobby, measurement] = doors;
        let server = Self {
            gateway,
            lobby: lobby.as_ref().map(address).transpose()?,
            measurement: measurement.as_ref().map(address).transpose()?,
            warnings,
            data_dir: data_dir.to_owned(),
            shutdown: shutdown.clone(),
            lock,
        };
        services.serve(front, lobby, measurement, &shutdown);
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

/// The loopback ports of lobby and measurement: as set, else the two after the gateway's, and any free ones where the
/// gateway's is free too.
pub fn ports(config: &Config) -> (u16, u16) {
    let front = config.port.first();
    let after = |step: u16| match front {
        0 => 0,
        port => port.checked_add(step).unwrap_or(0),
    };
    let set = |port: u64| u16::try_from(port).unwrap_or(0);
    let lobby = config.serve_lobby_port.map(|port| set(port.get()));
    let measurement = config.serve_measurement_port.map(|port| set(port.get()));
    (
        lobby.unwrap_or_else(|| after(1)),
        measurement.unwrap_or_else(|| after(2)),
    )
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
