//! Figures of step 4: what a request of storage costs, what its queues carry, and what it survives.
//!
//! `PostgreSQL` is one of the run's own, with fsync; load, service and database share the machine, so the figure is the
//! processor time of our process, and requests a second stand beside it.

mod load;
mod outage;
mod process;
mod queues;
mod rest;

use std::path::Path;
use std::process::Command;

use ledger::testing::Cluster;
use serde_json::Value;

use super::{Section, conformance, server};
use crate::TaskError;
use crate::markdown::Table;

/// Takes all figures.
///
/// # Errors
/// When the programs cannot be built, started or asked.
pub(super) fn measure(root: &Path) -> Result<Vec<Section>, TaskError> {
    server::build(root)?;
    build_examples(root)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut sections = vec![
        runtime.block_on(rest::section(root))?,
        queues::section(root)?,
        runtime.block_on(queues::over_http(root))?,
        queues::campaign(root)?,
        runtime.block_on(outage::section(root))?,
    ];
    sections.extend(fuzzed(root)?);
    let what = "of storage, on SQLite, within `serve` and on PostgreSQL";
    sections.extend(conformance::section(root, what, |tid| {
        tid.starts_with("STO-")
    })?);
    Ok(sections)
}

fn cluster() -> Result<Cluster, TaskError> {
    Ok(Cluster::start(Cluster::DURABLE)?)
}

fn build_examples(root: &Path) -> Result<(), TaskError> {
    let status = Command::new(env!("CARGO"))
        .args([
            "build",
            "--release",
            "--locked",
            "-p",
            "storage",
            "--examples",
        ])
        .current_dir(root)
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err("the release build of the examples failed".into())
    }
}

/// Runs an example of storage and reads the JSON object that it prints.
fn example(root: &Path, name: &str, arguments: &[&str]) -> Result<Value, TaskError> {
    let program = server::folder(root).join("examples").join(name);
    let output = Command::new(program).args(arguments).output()?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("{name} failed: {told}").into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Fuzzing by the document of the service, where the script is there.
fn fuzzed(root: &Path) -> Result<Option<Section>, TaskError> {
    let script = root.join(".ci/schemathesis");
    if !script.is_file() {
        return Ok(None);
    }
    let told = tempfile::NamedTempFile::new()?;
    let status = Command::new(script)
        .arg(server::folder(root))
        .arg(told.path())
        .current_dir(root)
        .status()?;
    let found: Value = serde_json::from_slice(&std::fs::read(told.path())?)?;
    let mut table = Table::new(&["counted", "found"]);
    for (name, value) in found.as_object().into_iter().flatten() {
        table.row(&[name.replace('_', " "), value.to_string()])?;
    }
    let ending = if status.success() {
        "It passed."
    } else {
        "It failed."
    };
    Ok(Some(Section {
        title: "Fuzzed input".to_owned(),
        method: format!(
            "schemathesis on the OpenAPI document of the program `storage`, on SQLite and on PostgreSQL. Goal: no answer \
             of 5xx, every valid body answered 2xx. {ending}"
        ),
        table,
    }))
}
