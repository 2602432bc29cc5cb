//! How much the queues carry, through the library, on a `PostgreSQL` of its own that keeps what it was told: items a
//! second as one JSON object. `cargo xtask figures 4` calls it; without arguments by hand.

mod floor;
mod naive;

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use floor::Floor;
use ledger::Pool;
use ledger::testing::Cluster;
use naive::NaiveQueue;
use serde_json::{Map, Value, json};
use storage::MIGRATIONS;
use storage::queue::{Entry, ItemId, Payload, QueueName, QueueSettings, Queues};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// As the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const DATABASE: &str = "queues";
const CONNECTIONS: u32 = 16;
const LEASE: Duration = Duration::from_mins(5);

/// Rounds of which the best counts.
const ROUNDS: usize = 3;

/// Items of a round of single operations, and of batches.
const SINGLES: usize = 6_000;
const MANY: usize = 60_000;
const BATCH: usize = 100;

/// The backlog, taken in small batches by few workers.
const BACKLOG: usize = 50_000;
const BACKLOG_PUSHED: usize = 500;
const BACKLOG_BATCH: usize = 10;
const BACKLOG_WORKERS: usize = 4;

/// How long the snapshot is held.
const HELD: Duration = Duration::from_mins(1);

/// Pushes whose arrival is timed.
const WAKES: usize = 1_000;

/// A queue that is loaded: ours, or the naive one.
trait Load: Clone + Send + Sync + 'static {
    /// Puts in so many items.
    fn push(&self, items: usize) -> impl Future<Output = Result<(), Failure>> + Send;
    /// Takes out at most so many and finishes them; answers how many.
    fn pop_and_ack(&self, items: usize) -> impl Future<Output = Result<usize, Failure>> + Send;
}

#[derive(Clone)]
struct Ours {
    queues: Queues,
    name: QueueName,
}

impl Load for Ours {
    async fn push(&self, items: usize) -> Result<(), Failure> {
        let entries = (0..items).map(entry).collect::<Result<Vec<_>, _>>()?;
        Ok(self.queues.push(&self.name, &entries).await?)
    }

    async fn pop_and_ack(&self, items: usize) -> Result<usize, Failure> {
        let taken = self.queues.pop(&self.name, items, Some(LEASE)).await?;
        let receipts: Vec<_> = taken.iter().filter_map(|item| item.receipt).collect();
        if receipts.is_empty() {
            return Ok(0);
        }
        let good = self.queues.ack(&self.name, &receipts).await?;
        Ok(good.into_iter().filter(|good| *good).count())
    }
}

impl Load for NaiveQueue {
    async fn push(&self, items: usize) -> Result<(), Failure> {
        Ok(self.put(&vec![payload(); items]).await?)
    }

    async fn pop_and_ack(&self, items: usize) -> Result<usize, Failure> {
        let taken = self.take(i64::try_from(items)?).await?;
        self.finish(&taken).await?;
        Ok(taken.len())
    }
}

fn payload() -> Value {
    json!({"url": "https://example.org/a/page/of/usual/length", "depth": 3})
}

fn entry(number: usize) -> Result<Entry, Failure> {
    let mut object = payload().as_object().cloned().unwrap_or_else(Map::new);
    object.insert("number".to_owned(), number.into());
    Ok(Entry {
        id: ItemId::new(),
        priority: 0,
        payload: Payload::of(&object)?,
        due: None,
    })
}

/// Pushes `total` items in batches from so many workers; items a second.
async fn pushed(
    queue: &impl Load,
    total: usize,
    batch: usize,
    workers: usize,
) -> Result<f64, Failure> {
    if !total.is_multiple_of(workers * batch) {
        // Who takes `total` out would wait for ever for the rest.
        return Err(format!(
            "{total} items are not whole batches of {batch} for {workers} workers"
        )
        .into());
    }
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        let queue = queue.clone();
        tasks.spawn(async move {
            for _ in 0..total / workers / batch {
                queue.push(batch).await?;
            }
            Ok::<(), Failure>(())
        });
    }
    for done in tasks.join_all().await {
        done?;
    }
    Ok(rate(total, begun))
}

/// Takes and finishes items until so many are; items a second.
async fn taken(
    queue: &impl Load,
    total: usize,
    batch: usize,
    workers: usize,
) -> Result<f64, Failure> {
    let begun = Instant::now();
    let left = Arc::new(AtomicUsize::new(total));
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        let (queue, left) = (queue.clone(), Arc::clone(&left));
        tasks.spawn(async move {
            while left.load(Ordering::Relaxed) > 0 {
                let count = queue.pop_and_ack(batch).await?;
                left.fetch_sub(count.min(left.load(Ordering::Relaxed)), Ordering::Relaxed);
            }
            Ok::<(), Failure>(())
        });
    }
    for done in tasks.join_all().await {
        done?;
    }
    Ok(rate(total, begun))
}

fn rate(items: usize, begun: Instant) -> f64 {
    items as f64 / begun.elapsed().as_secs_f64()
}

/// Single operations of eight workers, and batches of four.
async fn throughput(queue: &impl Load) -> Result<Value, Failure> {
    let mut best = [0.0_f64; 4];
    for _ in 0..ROUNDS {
        let found = [
            pushed(queue, SINGLES, 1, 8).await?,
            taken(queue, SINGLES, 1, 8).await?,
            pushed(queue, MANY, BATCH, 4).await?,
            taken(queue, MANY, BATCH, 4).await?,
        ];
        for (most, rate) in best.iter_mut().zip(found) {
            *most = most.max(rate);
        }
    }
    let [push, pop, push_many, pop_many] = best;
    Ok(json!({"push": push, "pop": pop, "push_100": push_many, "pop_100": pop_many}))
}

/// Rounds of the backlog by turns, ours and the floor.
struct Backlog<'a> {
    ours: &'a Ours,
    floor: Floor,
}

impl Backlog<'_> {
    async fn rounds(&mut self, found: &mut [Vec<f64>; 2]) -> Result<(), Failure> {
        let [ours, floor] = found;
        pushed(self.ours, BACKLOG, BACKLOG_PUSHED, BACKLOG_WORKERS).await?;
        ours.push(taken(self.ours, BACKLOG, BACKLOG_BATCH, BACKLOG_WORKERS).await?);
        let after = self.floor.last().await?;
        pushed(self.ours, BACKLOG, BACKLOG_PUSHED, BACKLOG_WORKERS).await?;
        let begun = Instant::now();
        let count = self.floor.take(after, BACKLOG_BATCH).await?;
        floor.push(rate(count, begun));
        Ok(())
    }
}

/// Some rounds, as many as there is time for while a snapshot is held for a minute, and some again: the machine may
/// have become slower or faster.
async fn backlogs(ours: &Ours, pool: &Pool, server: &str) -> Result<Value, Failure> {
    let floor = Floor::connect(server, DATABASE, BACKLOG_WORKERS).await?;
    let mut backlog = Backlog { ours, floor };
    let (mut free, mut held) = ([const { Vec::new() }; 2], [const { Vec::new() }; 2]);
    for _ in 0..ROUNDS {
        backlog.rounds(&mut free).await?;
    }
    let snapshot = naive::hold_snapshot(pool).await?;
    let begun = Instant::now();
    while begun.elapsed() < HELD {
        backlog.rounds(&mut held).await?;
    }
    snapshot.rollback().await?;
    for _ in 0..ROUNDS {
        backlog.rounds(&mut free).await?;
    }
    let [free_ours, free_floor] = free;
    let [held_ours, held_floor] = held;
    Ok(json!({
        "free": free_ours, "held": held_ours, "free_floor": free_floor, "held_floor": held_floor,
    }))
}

/// Milliseconds from the end of a push to the item in the hands of who waited, sorted.
async fn wakes(queues: &Queues) -> Result<Vec<f64>, Failure> {
    let name: QueueName = "wake".parse()?;
    let mut times_ms = Vec::with_capacity(WAKES);
    for number in 0..WAKES {
        let (waiting, queue) = (queues.clone(), name.clone());
        let waiter = tokio::spawn(async move {
            let items = waiting
                .pop_until(&queue, 1, None, std::future::pending())
                .await;
            (items.map(|items| items.len()), Instant::now())
        });
        // The waiter has looked and found nothing.
        tokio::time::sleep(Duration::from_millis(3)).await;
        queues.push(&name, &[entry(number)?]).await?;
        let pushed = Instant::now();
        let (count, arrived) = waiter.await?;
        if count? != 1 {
            return Err("a waiter got nothing".into());
        }
        times_ms.push(1e3 * arrived.saturating_duration_since(pushed).as_secs_f64());
    }
    times_ms.sort_by(f64::total_cmp);
    Ok(times_ms)
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let cluster = Cluster::start(Cluster::DURABLE)?;
    let url = cluster.database(DATABASE).await?;
    let pool = Pool::start(&url, CONNECTIONS, &MIGRATIONS, true).await?;
    let settings = QueueSettings {
        batch: 1000,
        attempts_max: 5,
        lease: None,
        dead_kept: LEASE,
    };
    let ours = Ours {
        queues: Queues::new(pool.clone(), settings),
        name: "load".parse()?,
    };
    let found = json!({
        "ours": throughput(&ours).await?,
        "naive": throughput(&NaiveQueue::new(&pool).await?).await?,
        "backlog": backlogs(&ours, &pool, &cluster.server()).await?,
        "wake_ms": wakes(&ours.queues).await?,
    });
    writeln!(std::io::stdout(), "{found}")?;
    Ok(())
}
