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

use axum_router::Router;
use chassis::config::{Config, ConfigFaults};
use chassis::shutdown::{ListenError, Shutdown, listen, serve};
use tokio::net::TcpListener;

pub use addresses::{LanAddress, lan_addresses, url};
pub use place::{PlaceError, data_dir, own, settings, take};
pub use services::ServiceError;
