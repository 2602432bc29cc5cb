//! The server of the database fails under load and is started again.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::process::Process;
use super::rest::{database, outcome};
use crate::TaskError;
use crate::figures::Section;
use crate::figures::server::now;
use crate::markdown::Table;

/// Clients that create devices.
const CLIENTS: usize = 8;

/// How long the load runs before, while the server is away, and after.
const BEFORE: Duration = Duration::from_secs(2);
const AWAY: Duration = Duration::from_secs(4);
const AFTER: Duration = Duration::from_secs(6);

/// What one client saw.
#[derive(Debug, Default)]
struct Seen {
    /// Ids that were acknowledged, and when.
    made: Vec<(String, Instant)>,
    /// Statuses that were not 200, and when.
    refused: Vec<(u16, Instant)>,
}

/// Takes the figure.
///
/// # Errors
/// When a program does not start.
pub(super) async fn section(root: &Path) -> Result<Section, TaskError> {
    let mut cluster = super::cluster()?;
    let (_, url) = database(&cluster, "outage").await?;
    let storage = Process::storage(root, &url)?;
    let ends = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        clients.spawn(create(storage.address, client, Arc::clone(&ends)));
    }
    tokio::time::sleep(BEFORE).await;
    let mut cluster =
        tokio::task::spawn_blocking(move || cluster.crash().map(|()| cluster)).await??;
    tokio::time::sleep(AWAY).await;
    let cluster =
        tokio::task::spawn_blocking(move || cluster.start_again().map(|()| cluster)).await??;
    let back = now();
    tokio::time::sleep(AFTER).await;
    ends.store(true, Ordering::SeqCst);
    let mut all = Vec::new();
    for seen in clients.join_all().await {
        all.push(seen?);
    }
    let table = judged(&storage, back, &all).await?;
    drop(cluster);
    Ok(Section {
        title: "The database fails".to_owned(),
        method: format!(
            "{CLIENTS} clients create devices; PostgreSQL (fsync on) is stopped at once (`pg_ctl stop -m immediate`), \
             away for {} s and started again. Recovery: from its readiness to the first of an unbroken row of \
             acknowledged creations, of the slowest client.",
            AWAY.as_secs()
        ),
        table,
    })
}

async fn create(address: SocketAddr, client: usize, ends: Arc<AtomicBool>) -> Result<Seen, String> {
    let told = |error: reqwest::Error| error.to_string();
    let http = reqwest::Client::new();
    let mut seen = Seen::default();
    let mut number = 0;
    while !ends.load(Ordering::SeqCst) {
        number += 1;
        let device = json!({"external_id": format!("{client}-{number}")});
        let sent = http
            .post(format!("http://{address}/v1/devices"))
            .json(&device);
        let answer = sent.send().await.map_err(told)?;
        let status = answer.status().as_u16();
        if status == 200 {
            let made: Value = answer.json().await.map_err(told)?;
            let id = made["id"].as_str().unwrap_or_default().to_owned();
            seen.made.push((id, now()));
        } else {
            seen.refused.push((status, now()));
        }
    }
    Ok(seen)
}

async fn judged(storage: &Process, back: Instant, all: &[Seen]) -> Result<Table, TaskError> {
    let http = reqwest::Client::new();
    let (mut made, mut lost) = (0_usize, 0_usize);
    for (id, _) in all.iter().flat_map(|seen| &seen.made) {
        let found = http
            .get(format!("http://{}/v1/devices/{id}", storage.address))
            .send()
            .await?;
        made += 1;
        lost += usize::from(!found.status().is_success());
    }
    let statuses: Vec<u16> = all
        .iter()
        .flat_map(|seen| &seen.refused)
        .map(|(status, _)| *status)
        .collect();
    let others = statuses.iter().filter(|status| **status != 503).count();
    let recovery_s = all
        .iter()
        .map(|seen| recovered(seen, back))
        .fold(0.0, f64::max);
    let mut table = Table::new(&["figure", "goal", "found", "outcome"]);
    for (what, goal, found, held) in [
        (
            "creations acknowledged",
            "-".to_owned(),
            made.to_string(),
            made > 0,
        ),
        ("of them lost", "0".to_owned(), lost.to_string(), lost == 0),
        (
            "answers of 503",
            "> 0".to_owned(),
            statuses.len().to_string(),
            !statuses.is_empty(),
        ),
        (
            "other refusals",
            "0".to_owned(),
            others.to_string(),
            others == 0,
        ),
        (
            "recovery, s",
            "<= 2".to_owned(),
            format!("{recovery_s:.2}"),
            recovery_s <= 2.0,
        ),
    ] {
        table.row(&[what.to_owned(), goal, found, outcome(held)])?;
    }
    Ok(table)
}

/// Seconds from the server's readiness to the first creation after which none was refused.
fn recovered(seen: &Seen, back: Instant) -> f64 {
    let last_refusal = seen.refused.last().map_or(back, |(_, at)| *at).max(back);
    let first = seen
        .made
        .iter()
        .map(|(_, at)| *at)
        .find(|at| *at > last_refusal);
    first.map_or(f64::INFINITY, |at| {
        at.saturating_duration_since(back).as_secs_f64()
    })
}
