//! The file of `--ready-file`: written when the server is ready, gone when it stops.
//!
//! Programs wait for it, so it never waits for them: a pipe that nobody reads is an error, not a server that hangs.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;

use serde::Serialize;

use super::{Server, url};
use crate::exit::{Failure, tell_warning};
use crate::output::Destination;

/// What stands in it, one JSON object: addresses as URLs.
#[derive(Debug, Serialize)]
struct Ready<'a> {
    gateway: String,
    lobby: Option<String>,
    measurement: Option<String>,
    simulation: Option<String>,
    storage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<String>,
    data_dir: &'a Path,
    pid: u32,
}

/// Says that the server is ready.
///
/// # Errors
/// Where the place cannot be written, or would be waited for.
pub(super) fn announce(server: &Server, place: &Path) -> Result<(), Failure> {
    let line = line(server)?;
    if !is_pipe(place) {
        return Destination::single(place).write(&line);
    }
    write_pipe(place, &line).map_err(|cause| {
        Failure::failed(format!(
            "cannot write {}, a pipe: {cause}; begin to read it before the server starts, or name a file or `-`",
            place.display()
        ))
    })
}

/// Removes the file, so that nobody takes a server that has stopped for one that runs. What has another content is
/// another server's by now; the standard output, devices and pipes are no files.
pub(super) fn withdraw(server: &Server, place: &Path) -> Result<(), Failure> {
    let own = line(server)?;
    let is_own = place.is_file() && std::fs::read(place).is_ok_and(|found| found == own);
    if let Some(cause) = is_own.then(|| std::fs::remove_file(place).err()).flatten() {
        tell_warning(&format!(
            "{} cannot be removed and still names this server: {cause}",
            place.display()
        ));
    }
    Ok(())
}

fn line(server: &Server) -> Result<Vec<u8>, Failure> {
    let at = |address: SocketAddr| url(address.ip(), address.port());
    let ready = Ready {
        gateway: server.base_url(),
        lobby: server.lobby().map(at),
        measurement: server.measurement().map(at),
        simulation: server.simulation().map(at),
        storage: server.storage().map(at),
        metrics: server.metrics().map(at),
        data_dir: server.data_dir(),
        pid: std::process::id(),
    };
    let mut line = serde_json::to_vec(&ready)
        .map_err(|error| Failure::failed(format!("the addresses cannot be written: {error}")))?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(unix)]
fn is_pipe(place: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    place
        .metadata()
        .is_ok_and(|found| found.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_pipe(_place: &Path) -> bool {
    false
}

/// Writes into a pipe that somebody reads and that has room.
#[cfg(unix)]
fn write_pipe(place: &Path, line: &[u8]) -> io::Result<()> {
    use rustix::fs::{Mode, OFlags, open};
    use rustix::io::Errno;
    let opened = open(place, OFlags::WRONLY | OFlags::NONBLOCK, Mode::empty());
    let pipe = opened.map_err(|errno| match errno {
        Errno::NXIO => io::Error::other("nobody reads it"),
        other => other.into(),
    })?;
    std::fs::File::from(pipe).write_all(line)
}

#[cfg(not(unix))]
fn write_pipe(place: &Path, line: &[u8]) -> io::Result<()> {
    std::fs::File::create(place)?.write_all(line)
}
