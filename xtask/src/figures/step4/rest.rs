//! What a request costs: a row by its id, a list of fifty, an insert, documents by the thousand.

use std::path::Path;

use ledger::DatabaseUrl;
use serde_json::{Value, json};

use super::load::{Cost, Request, cost, get, post};
use super::process::Process;
use crate::TaskError;
use crate::figures::Section;
use crate::markdown::Table;

/// Rows that are there before the measurement.
const DEVICES: usize = 20_000;

/// Rounds of which the best counts.
const ROUNDS: usize = 3;

/// Documents of a request, and requests of a round.
const DOCUMENTS: usize = 1_000;
const BATCHES: usize = 60;

/// One of the routes that are measured.
struct Route {
    what: &'static str,
    request: Request,
    count: usize,
    goal_us: f64,
    goal_ratio: f64,
}

/// Takes them all.
///
/// # Errors
/// When a program does not start or answers badly.
pub(super) async fn section(root: &Path) -> Result<Section, TaskError> {
    let mut table = Table::new(&["figure", "goal", "found", "a second", "outcome"]);
    let cluster = super::cluster()?;
    let (url, plain) = database(&cluster, "rest").await?;
    let storage = Process::storage(root, &plain)?;
    let id = filled(&storage).await?;
    let floor = Process::floor(root, &plain)?;
    for route in routes(&id) {
        let (ours, least) = both(&storage, &floor, &route).await?;
        let ratio = ours.cpu_us / least.cpu_us;
        let held = ours.cpu_us <= route.goal_us && ratio <= route.goal_ratio;
        table.row(&[
            format!("{}, PostgreSQL, us CPU", route.what),
            format!(
                "<= {} and <= {} x the floor",
                route.goal_us, route.goal_ratio
            ),
            format!(
                "{:.1}, floor {:.1}: x {ratio:.2}",
                ours.cpu_us, least.cpu_us
            ),
            format!("{:.0}, floor {:.0}", ours.per_s, least.per_s),
            outcome(held),
        ])?;
    }
    documents(&storage, &mut table).await?;
    drop((storage, floor, url));
    on_file(root, &mut table).await?;
    Ok(Section {
        title: "Requests".to_owned(),
        method: format!(
            "The program `storage` with 16 connections and {DEVICES} devices; 32 connections ask one request after \
             another; processor time of the program alone, the best of {ROUNDS} rounds. The floor: the same routes in \
             axum and tokio-postgres (storage/examples/floor.rs), in turn with ours on the same database. The Python \
             service took 1200 to 1500 us."
        ),
        table,
    })
}

/// A new database, for the program and for the client without its driver's words.
pub(super) async fn database(
    cluster: &ledger::testing::Cluster,
    name: &str,
) -> Result<(DatabaseUrl, String), TaskError> {
    let url = cluster.database(name).await?;
    let plain = cluster.server().replace("/postgres?", &format!("/{name}?"));
    Ok((url, plain))
}

fn routes(id: &str) -> [Route; 3] {
    let body = |number: usize| {
        json!({"kind": "sweep", "sample_rate_hz": 48_000, "channels": 1, "metadata": {"n": number}})
            .to_string()
    };
    [
        Route {
            what: "GET by id",
            request: get(&format!("/v1/devices/{id}")),
            count: 40_000,
            goal_us: 40.0,
            goal_ratio: 1.7,
        },
        Route {
            what: "list of 50",
            request: get("/v1/devices?limit=50"),
            count: 12_000,
            goal_us: 130.0,
            goal_ratio: 1.7,
        },
        Route {
            what: "insert",
            request: post("/v1/measurements", body),
            count: 16_000,
            goal_us: 80.0,
            goal_ratio: 1.9,
        },
    ]
}

async fn both(
    storage: &Process,
    floor: &Process,
    route: &Route,
) -> Result<(Cost, Cost), TaskError> {
    let mut best: Option<(Cost, Cost)> = None;
    for _ in 0..ROUNDS {
        let least = cost(floor, &route.request, route.count).await?;
        let ours = cost(storage, &route.request, route.count).await?;
        best = Some(match best {
            None => (ours, least),
            Some((o, l)) => (cheaper(o, ours), cheaper(l, least)),
        });
    }
    best.ok_or_else(|| "no round".into())
}

fn cheaper(one: Cost, other: Cost) -> Cost {
    Cost {
        cpu_us: one.cpu_us.min(other.cpu_us),
        per_s: one.per_s.max(other.per_s),
    }
}

/// Makes the devices, by the thousand, and answers the id of one.
async fn filled(storage: &Process) -> Result<String, TaskError> {
    let client = reqwest::Client::new();
    let address = storage.address;
    let mut id = String::new();
    for first in (0..DEVICES).step_by(1000) {
        let items: Vec<Value> = (first..first + 1000)
            .map(|n| json!({"external_id": format!("device-{n}"), "label": format!("Phone {n}"), "platform": "android",
                "metadata": {"model": "x", "number": n}}))
            .collect();
        let sent = client
            .post(format!("http://{address}/v1/devices:batch"))
            .json(&json!({ "items": items }));
        let made: Value = sent.send().await?.error_for_status()?.json().await?;
        let found = made["items"][0]["id"]
            .as_str()
            .or_else(|| made["items"][0]["body"]["id"].as_str());
        found.ok_or("a device without an id")?.clone_into(&mut id);
    }
    Ok(id)
}

async fn documents(storage: &Process, table: &mut Table) -> Result<(), TaskError> {
    let mut best: f64 = 0.0;
    for round in 0..ROUNDS {
        let request = post("/api/documents", move |number| batch(round, number));
        let found = cost(storage, &request, BATCHES).await?;
        best = best.max(found.per_s * DOCUMENTS as f64);
    }
    Ok(table.row(&[
        "documents, batches of 1,000, PostgreSQL, documents/s".to_owned(),
        ">= 20000".to_owned(),
        format!("{best:.0}"),
        format!("{best:.0}"),
        outcome(best >= 20_000.0),
    ])?)
}

fn batch(round: usize, number: usize) -> String {
    let documents: Vec<Value> = (0..DOCUMENTS)
        .map(|n| json!({"url": format!("https://example.org/{round}/{number}/{n}"), "status": "crawled",
            "metadata": {"crawledAt": "2026-01-31T09:00:00Z", "contentType": "text/html", "size": 12_345, "depth": 3}}))
        .collect();
    json!({ "documents": documents }).to_string()
}

async fn on_file(root: &Path, table: &mut Table) -> Result<(), TaskError> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite:{}", folder.path().join("storage.db").display());
    let storage = Process::storage(root, &url)?;
    let id = filled(&storage).await?;
    let request = get(&format!("/v1/devices/{id}"));
    let mut best: Option<Cost> = None;
    for _ in 0..ROUNDS {
        let found = cost(&storage, &request, 40_000).await?;
        best = Some(best.map_or(found, |best| cheaper(best, found)));
    }
    let found = best.ok_or("no round")?;
    Ok(table.row(&[
        "GET by id, SQLite, us CPU".to_owned(),
        "<= 75 and >= 15000/s".to_owned(),
        format!("{:.1}", found.cpu_us),
        format!("{:.0}", found.per_s),
        outcome(found.cpu_us <= 75.0 && found.per_s >= 15_000.0),
    ])?)
}

/// Whether a goal is held, in a word.
pub(super) fn outcome(held: bool) -> String {
    if held { "held" } else { "missed" }.to_owned()
}
