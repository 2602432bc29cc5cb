//! A program that is measured: started on a free port, asked for its processor time, ended with the value.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::TaskError;
use crate::figures::server::{folder, now};

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Clock ticks in a second, as the kernel counts processor time for programs.
const TICKS_PER_S: f64 = 100.0;

/// Connections of each program to its database.
const CONNECTIONS: &str = "16";

/// A running program; it ends with this value.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    /// Where it listens.
    pub(super) address: SocketAddr,
}

impl Process {
    /// The program `storage` on a database.
    ///
    /// # Errors
    /// When it does not listen in time.
    pub(super) fn storage(root: &Path, url: &str) -> Result<Self, TaskError> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new(folder(root).join("storage"))
            .env("DATABASE_URL", url)
            .env("HOST", "127.0.0.1")
            .env("PORT", address.port().to_string())
            .env("METRICS_HOST", "127.0.0.1")
            .env("METRICS_PORT", "0")
            .env("MAX_POOL_SIZE", CONNECTIONS)
            .env("LOG_LEVEL", "ERROR")
            .stdout(Stdio::null())
            .spawn()?;
        let mut process = Self { child, address };
        let begun = now();
        while TcpStream::connect(address).is_err() {
            if process.child.try_wait()?.is_some() || begun.elapsed() > PATIENCE {
                return Err("storage did not start".into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(process)
    }

    /// The floor of axum and `tokio-postgres` on the same database.
    ///
    /// # Errors
    /// When it does not tell its address.
    pub(super) fn floor(root: &Path, url: &str) -> Result<Self, TaskError> {
        let mut child = Command::new(folder(root).join("examples/floor"))
            .arg(url)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let output = child.stdout.take().ok_or("no output of the floor")?;
        BufReader::new(output).read_line(&mut line)?;
        Ok(Self {
            child,
            address: line.trim().parse()?,
        })
    }

    /// Processor time so far in seconds, user and system.
    ///
    /// # Errors
    /// When the process is gone.
    pub(super) fn cpu_s(&self) -> Result<f64, TaskError> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields = text.rsplit_once(") ").ok_or("no process statistics")?.1;
        let ticks = fields.split(' ').skip(11).take(2);
        Ok(ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / TICKS_PER_S)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
