//! Figures of step 3: how near rooms come to known truths, and what they cost beside pyroomacoustics.

mod accuracy;
mod cases;
mod decays;
mod exact;
mod furniture;
mod golden;
mod images;
mod laws;
mod line;
mod ours;
mod particles;
mod peer;
mod request;
mod rooms;
mod spectrum;
mod speed;
mod task;

use std::path::Path;

use crate::TaskError;

use super::{Section, conformance, server};

/// Tests of the gateway that need the simulation.
const OF_THE_GATEWAY: [&str; 3] = ["GW-052", "GW-060", "GW-061"];

/// Takes all figures; those of time first, while nothing else has warmed the machine.
///
/// # Errors
/// When golden data cannot be read, pyroomacoustics cannot be installed, or a program cannot be built or asked.
pub(super) fn measure(root: &Path) -> Result<Vec<Section>, TaskError> {
    server::build(root)?;
    let speed = speed::sections(root)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let request = runtime.block_on(request::section(root))?;
    let mut sections = vec![accuracy::section(root)?];
    sections.extend(speed);
    sections.push(request);
    let what = "of the simulation, and of the gateway where it needs the simulation";
    let of = |tid: &str| tid.starts_with("SIM-") || OF_THE_GATEWAY.contains(&tid);
    sections.extend(conformance::section(root, what, of)?);
    sections.extend(furniture::sections()?);
    Ok(sections)
}

/// Times one case that is told as JSON on the standard input, on so many threads, and answers in JSON: the speed
/// figures call it in a process of its own.
///
/// # Errors
/// When the input is not a case, or its scene cannot be built.
pub fn case_on_stdin(threads: usize) -> Result<String, TaskError> {
    let task: task::Task = serde_json::from_reader(std::io::stdin().lock())?;
    Ok(serde_json::to_string(&ours::timed(&task, threads)?)?)
}
