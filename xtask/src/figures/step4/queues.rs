//! What the queues carry, beside the queue that people write first, and what they lose when workers are killed.

use std::path::Path;

use serde_json::{Value, json};

use super::load::{Request, cost, post};
use super::process::Process;
use super::rest::{database, outcome};
use crate::TaskError;
use crate::figures::Section;
use crate::markdown::Table;

/// Items and processes of each kind of the campaign.
const CAMPAIGN: [&str; 2] = ["100000", "16"];

/// The goals of `storage/examples/queue_load`, by its names.
const GOALS: [(&str, &str, f64); 4] = [
    ("push", "single push, 8 workers", 3e3),
    ("pop", "single pop + ack, 8 workers", 2e3),
    ("push_100", "push of 100, 4 workers", 40e3),
    ("pop_100", "pop + ack of 100, 4 workers", 25e3),
];

/// The library alone.
///
/// # Errors
/// When the program fails.
pub(super) fn section(root: &Path) -> Result<Section, TaskError> {
    let found = super::example(root, "queue_load", &[])?;
    let mut table = Table::new(&["figure", "goal", "found", "peer", "outcome"]);
    for (name, what, goal) in GOALS {
        let (ours, naive) = (
            number(&found["ours"][name])?,
            number(&found["naive"][name])?,
        );
        table.row(&[
            format!("{what}, items/s"),
            format!(">= {goal:.0}"),
            format!("{ours:.0}"),
            format!("naive queue: {naive:.0}, x {:.1}", ours / naive),
            outcome(ours >= goal),
        ])?;
    }
    backlog(&found["backlog"], &mut table)?;
    let times: Vec<f64> = found["wake_ms"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_f64)
        .collect();
    let p99 = times.get(times.len() * 99 / 100).ok_or("no wake-ups")?;
    table.row(&[
        "wake-up in process, p99, ms".to_owned(),
        "<= 20".to_owned(),
        format!("{p99:.2} ({} times)", times.len()),
        "-".to_owned(),
        outcome(*p99 <= 20.0),
    ])?;
    Ok(Section {
        title: "Queues through the library".to_owned(),
        method: "storage/examples/queue_load: pop under a lease and ack as two statements; the best of 3 rounds. \
                 Backlog: 50,000 items in batches of 10 by 4 workers, the mean, least and most of some rounds, of \
                 which the best counts; while a snapshot is held the same again and again, mean against mean of \
                 rounds before and after. The floor, by turns with ours: the same two statements by tokio-postgres, \
                 each worker with a place in the order of its own. The naive queue: a status column that stays, a \
                 plain index over queue, priority and status."
            .to_owned(),
        table,
    })
}

fn number(value: &Value) -> Result<f64, TaskError> {
    value
        .as_f64()
        .ok_or_else(|| format!("no number: {value}").into())
}

fn backlog(found: &Value, table: &mut Table) -> Result<(), TaskError> {
    let (free, held) = (rounds(&found["free"])?, rounds(&found["held"])?);
    let (free_floor, held_floor) = (rounds(&found["free_floor"])?, rounds(&found["held_floor"])?);
    table.row(&[
        "backlog of 50,000, items/s".to_owned(),
        ">= 20000".to_owned(),
        free.shown(),
        format!("floor: {}", free_floor.shown()),
        outcome(free.most >= 20e3),
    ])?;
    table.row(&[
        "the same while a snapshot is held for 60 s".to_owned(),
        ">= 90 % of it".to_owned(),
        format!("{}: {:.0} %", held.shown(), 100.0 * held.mean / free.mean),
        format!(
            "floor: {}: {:.0} %",
            held_floor.shown(),
            100.0 * held_floor.mean / free_floor.mean
        ),
        outcome(held.mean >= 0.9 * free.mean),
    ])?;
    Ok(())
}

struct Rounds {
    mean: f64,
    least: f64,
    most: f64,
    count: usize,
}

impl Rounds {
    fn shown(&self) -> String {
        let Self {
            mean,
            least,
            most,
            count,
        } = self;
        format!("{mean:.0} ({least:.0} to {most:.0} in {count} rounds)")
    }
}

fn rounds(found: &Value) -> Result<Rounds, TaskError> {
    let rates = found
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_f64);
    let rates: Vec<f64> = rates.collect();
    let count = rates.len();
    if count == 0 {
        return Err(format!("no round of the backlog: {found}").into());
    }
    Ok(Rounds {
        mean: rates.iter().sum::<f64>() / count as f64,
        least: rates.iter().copied().fold(f64::INFINITY, f64::min),
        most: rates.iter().copied().fold(0.0, f64::max),
        count,
    })
}

/// The same over HTTP, for which there is no goal.
///
/// # Errors
/// When the program does not start or answers badly.
pub(super) async fn over_http(root: &Path) -> Result<Section, TaskError> {
    let cluster = super::cluster()?;
    let (_, url) = database(&cluster, "queues").await?;
    let storage = Process::storage(root, &url)?;
    let payload = json!({"url": "https://example.org/a/page/of/usual/length", "depth": 3});
    let push = |items: usize| -> Request {
        let items = vec![json!({ "payload": payload }); items];
        let body = json!({"operation": "push", "queue": "load", "items": items}).to_string();
        post("/api/queue", move |_| body.clone())
    };
    let pop = |items: usize| -> Request {
        let body = json!({"operation": "pop", "queue": "load", "limit": items}).to_string();
        post("/api/queue", move |_| body.clone())
    };
    let mut table = Table::new(&["figure", "items/s", "us CPU a request"]);
    for (what, request, items, count) in [
        ("push of one", push(1), 1, 10_000),
        ("pop of one", pop(1), 1, 10_000),
        ("push of 100", push(100), 100, 1_000),
        ("pop of 100", pop(100), 100, 1_000),
    ] {
        let found = cost(&storage, &request, count).await?;
        table.row(&[
            what.to_owned(),
            format!("{:.0}", found.per_s * f64::from(items)),
            format!("{:.1}", found.cpu_us),
        ])?;
    }
    Ok(Section {
        title: "Queues over HTTP".to_owned(),
        method: "32 connections; a pop removes what it hands out.".to_owned(),
        table,
    })
}

/// Workers that are killed.
///
/// # Errors
/// When the program fails, which it does where an item is lost.
pub(super) fn campaign(root: &Path) -> Result<Section, TaskError> {
    let found = super::example(root, "queue_campaign", &CAMPAIGN)?;
    let mut table = Table::new(&["counted", "goal", "found"]);
    for (name, what, goal) in [
        ("items", "items that were acknowledged", ">= 100000"),
        ("processes", "producers and consumers", "32"),
        ("deaths", "of them killed by SIGKILL", "-"),
        ("lost", "items lost", "0"),
        (
            "handed_again",
            "items handed out again after their lease",
            "-",
        ),
        ("too_early", "items handed out again before its end", "0"),
    ] {
        table.row(&[what.to_owned(), goal.to_owned(), found[name].to_string()])?;
    }
    Ok(Section {
        title: "Queues whose workers are killed".to_owned(),
        method: "storage/examples/queue_campaign: producers and consumers are processes of the operating system, \
                 killed at random and started again; leases of 2 s; what an acknowledged push put in must be handed \
                 out."
            .to_owned(),
        table,
    })
}
