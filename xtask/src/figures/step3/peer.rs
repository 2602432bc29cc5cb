//! pyroomacoustics in a scratch environment of its own: installed from `PyPI`, driven by `peer.py`, never a dependency.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::TaskError;

use super::task::{Outcome, Task, answer};

/// The release that figures are taken against.
pub(super) const VERSION: &str = "0.10.1";

/// Variables that hold the numbers of threads of what it is built on.
const THREADS: [&str; 4] = [
    "PRA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
];

/// The interpreter with pyroomacoustics, and our script.
#[derive(Debug)]
pub(super) struct Peer {
    python: PathBuf,
    script: PathBuf,
}

impl Peer {
    /// Finds the scratch environment under `target`, or makes it.
    ///
    /// # Errors
    /// When there is no Python, or `PyPI` cannot be reached.
    pub(super) fn installed(root: &Path) -> Result<Self, TaskError> {
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let place = target.join("figures/peer");
        let peer = Self {
            python: place.join("bin/python"),
            script: root.join("xtask/src/figures/step3/peer.py"),
        };
        if !peer.is_there() {
            made(Command::new("python3").args(["-m", "venv"]).arg(&place))?;
            let wanted = format!("pyroomacoustics=={VERSION}");
            let mut pip = Command::new(&peer.python);
            made(pip.args(["-m", "pip", "install", "--quiet", &wanted, "numpy", "scipy"]))
                .map_err(|why| {
                    format!("{wanted} could not be installed from PyPI (is it reachable?): {why}")
                })?;
        }
        Ok(peer)
    }

    fn is_there(&self) -> bool {
        let version = "import pyroomacoustics as p, sys; sys.stdout.write(p.__version__)";
        let output = Command::new(&self.python).args(["-c", version]).output();
        output.is_ok_and(|o| o.status.success() && o.stdout == VERSION.as_bytes())
    }

    /// The hundred pairs of S6: source and receiver.
    ///
    /// # Errors
    /// When the script fails.
    pub(super) fn pairs(&self) -> Result<Vec<[[f64; 3]; 2]>, TaskError> {
        answer(self.command(1).arg("pairs"), "")
    }

    /// Times a case on so many threads.
    ///
    /// # Errors
    /// When the script fails.
    pub(super) fn timed(&self, task: &Task, threads: usize) -> Result<Outcome, TaskError> {
        let mut command = self.command(threads);
        answer(
            command.arg(threads.to_string()),
            &serde_json::to_string(task)?,
        )
    }

    fn command(&self, threads: usize) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(&self.script);
        command.envs(THREADS.map(|name| (name, threads.to_string())));
        command
    }
}

fn made(command: &mut Command) -> Result<(), TaskError> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.trim().lines().last().unwrap_or("failed").into())
}
