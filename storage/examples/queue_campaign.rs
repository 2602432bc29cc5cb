//! Producers and consumers as processes of the operating system, killed at random: nothing that was acknowledged may be
//! lost, and an item may come twice only after its lease. `queue_campaign ITEMS PROCESSES` starts a `PostgreSQL` and as
//! many producers and consumers, prints what it found as one JSON object, and fails where anything was wrong.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ledger::testing::Cluster;
use ledger::{Instant, Pool};
use serde_json::{Map, json};
use storage::MIGRATIONS;
use storage::queue::{Entry, ItemId, Payload, QueueName, QueueSettings, Queues};
use tokio::time::sleep;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const LEASE: Duration = Duration::from_secs(2);
const BATCH: usize = 10;

/// How long a consumer works on what it was handed.
const WORK: Duration = Duration::from_millis(3);

/// From one death to the next.
const KILL_EVERY: Duration = Duration::from_millis(40);

/// A look at what is left.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const LOOKS_MAX: u32 = 1_200;

fn queue() -> Result<QueueName, Failure> {
    Ok("campaign".parse()?)
}

async fn queues(url: &str) -> Result<Queues, Failure> {
    let pool = Pool::start(&url.parse()?, 2, &MIGRATIONS, false).await?;
    let settings = QueueSettings {
        batch: BATCH,
        attempts_max: 1000,
        lease: None,
        dead_kept: LEASE,
    };
    Ok(Queues::new(pool, settings))
}

/// Pushes until it is killed or told enough; each line of its file is an item that was acknowledged.
async fn produce(url: &str, file: &Path) -> Result<(), Failure> {
    let queues = queues(url).await?;
    let mut file = OpenOptions::new().append(true).create(true).open(file)?;
    loop {
        let entries = (0..BATCH).map(|_| {
            let id = ItemId::of(&ItemId::new().to_string())?;
            let payload = Payload::of(&Map::new())?;
            Ok(Entry {
                id,
                priority: 0,
                payload,
                due: None,
            })
        });
        let entries = entries.collect::<Result<Vec<_>, Failure>>()?;
        queues.push(&queue()?, &entries).await?;
        let lines: Vec<String> = entries
            .iter()
            .map(|entry| format!("{}\n", entry.id))
            .collect();
        file.write_all(lines.concat().as_bytes())?;
    }
}

/// Takes and finishes; each line of its file is an item that it was handed: when it asked, and when it had it.
async fn consume(url: &str, file: &Path) -> Result<(), Failure> {
    let queues = queues(url).await?;
    let mut file = OpenOptions::new().append(true).create(true).open(file)?;
    loop {
        let asked = Instant::now().microseconds();
        let items = queues.pop(&queue()?, BATCH, Some(LEASE)).await?;
        let had = Instant::now().microseconds();
        if items.is_empty() {
            queues.sweep().await?;
            sleep(Duration::from_millis(20)).await;
            continue;
        }
        let lines: Vec<String> = items
            .iter()
            .map(|item| format!("{} {asked} {had}\n", item.id))
            .collect();
        file.write_all(lines.concat().as_bytes())?;
        sleep(WORK).await;
        let receipts: Vec<_> = items.iter().filter_map(|item| item.receipt).collect();
        queues.ack(&queue()?, &receipts).await?;
    }
}

/// A worker that is started again whenever it dies.
struct Worker {
    role: &'static str,
    url: String,
    file: String,
    child: Child,
    deaths: usize,
}

impl Worker {
    fn start(role: &'static str, url: &str, file: String) -> Result<Self, Failure> {
        let child = spawn(role, url, &file)?;
        Ok(Self {
            role,
            url: url.to_owned(),
            file,
            child,
            deaths: 0,
        })
    }

    /// SIGKILL, as the kernel or an operator sends it.
    fn kill(&mut self) -> Result<(), Failure> {
        self.child.kill()?;
        self.child.wait()?;
        self.deaths += 1;
        Ok(())
    }

    fn revive(&mut self) -> Result<(), Failure> {
        self.child = spawn(self.role, &self.url, &self.file)?;
        Ok(())
    }
}

fn spawn(role: &str, url: &str, file: &str) -> Result<Child, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    Ok(command
        .args([role, url, file])
        .stdin(Stdio::null())
        .spawn()?)
}

fn lines(files: &[String]) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    for file in files {
        let Ok(file) = File::open(file) else { continue };
        for line in BufReader::new(file).lines() {
            lines.push(line?);
        }
    }
    Ok(lines)
}

/// What was wrong, in numbers.
#[derive(Debug, Default, PartialEq, Eq)]
struct Verdict {
    pushed: usize,
    lost: usize,
    again: usize,
    too_early: usize,
}

fn judged(pushed: &[String], handed: &[String]) -> Result<Verdict, Failure> {
    let mut times: HashMap<&str, Vec<(i64, i64)>> = HashMap::new();
    for line in handed {
        let mut words = line.split(' ');
        let (Some(id), Some(asked), Some(had)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        times
            .entry(id)
            .or_default()
            .push((asked.parse()?, had.parse()?));
    }
    let lease = i64::try_from(LEASE.as_micros())?;
    let mut verdict = Verdict {
        pushed: pushed.len(),
        ..Verdict::default()
    };
    verdict.lost = pushed
        .iter()
        .filter(|id| !times.contains_key(id.as_str()))
        .count();
    #[expect(clippy::iter_over_hash_type, reason = "only counts are made")]
    for all in times.values_mut() {
        all.sort_by_key(|(_, had)| *had);
        for pair in all.windows(2) {
            verdict.again += 1;
            verdict.too_early += usize::from(pair[1].1 - pair[0].0 < lease);
        }
    }
    Ok(verdict)
}

/// A sequence that looks random and is the same each time (Lehmer).
fn next(state: &mut u64, below: usize) -> Result<usize, Failure> {
    *state = *state * 48_271 % 2_147_483_647;
    Ok(usize::try_from(*state)? % below)
}

async fn campaign(items: usize, processes: usize) -> Result<(), Failure> {
    let cluster = Cluster::start(Cluster::DURABLE)?;
    let url = cluster.database("campaign").await?;
    let pool = Pool::start(&url, 2, &MIGRATIONS, true).await?;
    pool.close().await;
    let address = cluster.server().replace("/postgres?", "/campaign?");
    let folder = tempfile::tempdir()?;
    let file = |role: &str, number: usize| {
        folder
            .path()
            .join(format!("{role}-{number}"))
            .display()
            .to_string()
    };
    let pushed_files: Vec<String> = (0..processes).map(|n| file("produce", n)).collect();
    let handed_files: Vec<String> = (0..processes).map(|n| file("consume", n)).collect();
    let mut workers = Vec::new();
    for (made, handed) in pushed_files.iter().zip(&handed_files) {
        workers.push(Worker::start("produce", &address, made.clone())?);
        workers.push(Worker::start("consume", &address, handed.clone())?);
    }
    let mut state = 1;
    while lines(&pushed_files)?.len() < items {
        for _ in 0..10 {
            let at = next(&mut state, workers.len())?;
            workers[at].kill()?;
            workers[at].revive()?;
            sleep(KILL_EVERY).await;
        }
    }
    for worker in workers.iter_mut().filter(|worker| worker.role == "produce") {
        worker.kill()?;
    }
    let queues = queues(&address).await?;
    let mut looks = 0;
    while !queues.sizes().await?.is_empty() {
        looks += 1;
        if looks > LOOKS_MAX {
            return Err("the queue does not become empty".into());
        }
        queues.sweep().await?;
        sleep(LOOK_EVERY).await;
    }
    for worker in workers.iter_mut().filter(|worker| worker.role == "consume") {
        worker.kill()?;
    }
    let verdict = judged(&lines(&pushed_files)?, &lines(&handed_files)?)?;
    let deaths: usize = workers.iter().map(|worker| worker.deaths).sum();
    let told = json!({"items": verdict.pushed, "processes": 2 * processes, "deaths": deaths,
        "lost": verdict.lost, "handed_again": verdict.again, "too_early": verdict.too_early});
    writeln!(std::io::stdout(), "{told}")?;
    if verdict.lost + verdict.too_early > 0 {
        return Err(format!("{verdict:?}").into());
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["produce", url, file] => produce(url, Path::new(file)).await,
        ["consume", url, file] => consume(url, Path::new(file)).await,
        [items, processes] => campaign(items.parse()?, processes.parse()?).await,
        _ => Err("usage: queue_campaign ITEMS PROCESSES".into()),
    }
}
