//! What a process that times one case is told on its standard input, and what it answers on its output.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::TaskError;

use super::cases::Case;

/// A case, and how long it is repeated.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Task {
    /// Repeated for so many seconds.
    pub(super) seconds: f64,
    /// Repeated at least so often.
    pub(super) least: usize,
    pub(super) case: Case,
}

/// The best repetition, and what was made.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Outcome {
    /// Processor time of all threads.
    pub(super) cpu_ms: f64,
    pub(super) wall_ms: f64,
    /// Images of all pairs.
    pub(super) images: u64,
    /// Samples of the longest response.
    pub(super) samples: usize,
    /// By how much the largest resident memory grew.
    pub(super) growth_mib: f64,
}

impl Outcome {
    /// The better of two.
    pub(super) const fn best(self, other: Self) -> Self {
        Self {
            cpu_ms: self.cpu_ms.min(other.cpu_ms),
            wall_ms: self.wall_ms.min(other.wall_ms),
            growth_mib: self.growth_mib.min(other.growth_mib),
            ..self
        }
    }
}

/// Runs a program with a text on its standard input and reads the JSON that it prints.
///
/// # Errors
/// When it fails; then with what it said.
pub(super) fn answer<T: DeserializeOwned>(
    command: &mut Command,
    input: &str,
) -> Result<T, TaskError> {
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped.spawn()?;
    let told = child
        .stdin
        .take()
        .map(|mut stdin| stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let end: Vec<&str> = said.trim().lines().rev().take(5).collect();
        let end: Vec<&str> = end.into_iter().rev().collect();
        return Err(format!(
            "{command:?} ended with {}: {}",
            output.status,
            end.join(" | ")
        )
        .into());
    }
    told.transpose()?;
    Ok(serde_json::from_slice(&output.stdout)?)
}
