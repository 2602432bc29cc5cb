//! `sonalyze serve` as a user starts it, looked at from outside: address, memory, processor time.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::TaskError;

/// How long a start may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Clock ticks in a second, as the kernel counts processor time for programs.
const TICKS_PER_S: f64 = 100.0;

/// Builds every program in release.
///
/// # Errors
/// When the build fails.
pub(super) fn build(root: &Path) -> Result<(), TaskError> {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--bins"])
        .args([
            "-p",
            "sonalyze",
            "-p",
            "gateway",
            "-p",
            "lobby",
            "-p",
            "measurement",
            "-p",
            "simulation",
            "-p",
            "storage",
        ])
        .current_dir(root)
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err("the release build failed".into())
    }
}

/// Where the programs lie.
pub(super) fn folder(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), PathBuf::from)
        .join("release")
}

/// A running `serve`; it ends with this value.
#[derive(Debug)]
pub(super) struct Server {
    process: Child,
    /// Address of the gateway.
    pub(super) address: String,
    /// From the start of the process to the answer of `/healthz`.
    pub(super) ready_ms: f64,
    _data: tempfile::TempDir,
}

impl Server {
    /// Starts on an empty directory and free ports, with limits wide enough to be measured.
    ///
    /// # Errors
    /// When it does not become ready.
    pub(super) async fn start(root: &Path) -> Result<Self, TaskError> {
        let data = tempfile::tempdir()?;
        let ready = data.path().join("ready.json");
        let begun = now();
        let process = Command::new(folder(root).join("sonalyze"))
            .args(["serve", "--host", "127.0.0.1", "--port", "0", "--data-dir"])
            .arg(data.path().join("data"))
            .arg("--ready-file")
            .arg(&ready)
            .env("RATE_LIMIT_RPS", "1000000")
            .env("RATE_LIMIT_BURST", "1000000")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut server = Self {
            process,
            address: String::new(),
            ready_ms: 0.0,
            _data: data,
        };
        server.address = server.wait_for(&ready, begun).await?;
        reqwest::get(format!("{}/healthz", server.address))
            .await?
            .error_for_status()?;
        server.ready_ms = 1e3 * begun.elapsed().as_secs_f64();
        Ok(server)
    }

    async fn wait_for(&mut self, ready: &Path, begun: Instant) -> Result<String, TaskError> {
        loop {
            if let Some(address) = std::fs::read(ready).ok().and_then(|text| gateway(&text)) {
                return Ok(address);
            }
            if let Some(status) = self.process.try_wait()? {
                return Err(format!("serve ended with {status} before it was ready").into());
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("serve was not ready after {PATIENCE:?}").into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Resident memory in KiB.
    ///
    /// # Errors
    /// When the process is gone.
    pub(super) fn resident_kib(&self) -> Result<f64, TaskError> {
        self.status("VmRSS:")
    }

    /// The most memory that was ever resident, in KiB.
    ///
    /// # Errors
    /// When the process is gone.
    pub(super) fn peak_kib(&self) -> Result<f64, TaskError> {
        self.status("VmHWM:")
    }

    fn status(&self, field: &str) -> Result<f64, TaskError> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(field)?.split_whitespace().next());
        Ok(value
            .ok_or_else(|| format!("no {field} in the process status"))?
            .parse()?)
    }

    /// Processor time so far in seconds, user and system.
    ///
    /// # Errors
    /// When the process is gone.
    pub(super) fn cpu_s(&self) -> Result<f64, TaskError> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let fields = text
            .rsplit_once(") ")
            .ok_or("no process statistics")?
            .1
            .split(' ');
        let ticks: f64 = fields
            .skip(11)
            .take(2)
            .filter_map(|t| t.parse::<f64>().ok())
            .sum();
        Ok(ticks / TICKS_PER_S)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process may have ended by itself; then there is nothing to end.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn gateway(text: &[u8]) -> Option<String> {
    let ready: Value = serde_json::from_slice(text).ok()?;
    Some(ready.get("gateway")?.as_str()?.to_owned())
}

/// Now.
#[expect(clippy::disallowed_methods, reason = "figures are times")]
pub(super) fn now() -> Instant {
    Instant::now()
}
