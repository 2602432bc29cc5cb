//! The queues as a library: against a model, from many tasks at once, and across processes that know nothing of each
//! other.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ledger::testing::{Database, databases};
use ledger::{Instant, Pool, on};
use serde_json::Map;
use storage::MIGRATIONS;
use storage::queue::{
    Entry, Item, ItemId, Payload, QueueName, QueueSettings, Queues, Receipt, Standing,
};

const LEASE: Duration = Duration::from_mins(1);

const END_LEASES: &str = "UPDATE queue_items SET visible_at = $1 WHERE status = 'processing'";
const BE_DUE: &str = "UPDATE queue_items SET scheduled_at = $1 WHERE id = $2";

fn queues(pool: &Pool) -> Queues {
    let settings = QueueSettings {
        batch: 1000,
        attempts_max: 3,
        lease: None,
        dead_kept: Duration::from_hours(1),
    };
    Queues::new(pool.clone(), settings)
}

async fn migrated() -> Vec<Database> {
    let databases = databases().await;
    for database in &databases {
        MIGRATIONS.up(&database.pool).await.unwrap();
    }
    databases
}

fn name() -> QueueName {
    "jobs".parse().unwrap()
}

fn entry(id: &str, priority: i32) -> Entry {
    Entry {
        id: ItemId::of(id).unwrap(),
        priority,
        payload: Payload::of(&Map::new()).unwrap(),
        due: None,
    }
}

fn entries(ids: std::ops::Range<usize>) -> Vec<Entry> {
    ids.map(|id| entry(&id.to_string(), 0)).collect()
}

fn ids(items: &[Item]) -> Vec<String> {
    items.iter().map(|item| item.id.to_string()).collect()
}

fn receipts(items: &[Item]) -> Vec<Receipt> {
    items.iter().map(|item| item.receipt.unwrap()).collect()
}

async fn end_leases(pool: &Pool) {
    let past = Instant::now().before(LEASE);
    on!(pool.alone(), db => sqlx::query(END_LEASES).bind(past).execute(db).await.map(drop))
        .unwrap();
}

#[tokio::test]
async fn a_lease_that_ends_hands_out_again_until_the_item_is_dead_and_goes() {
    for database in migrated().await {
        let queues = queues(&database.pool);
        queues.push(&name(), &[entry("a", 0)]).await.unwrap();
        for attempt in 1..=3 {
            let items = queues.pop(&name(), 1, Some(LEASE)).await.unwrap();
            assert_eq!(items[0].attempts, attempt);
            assert_eq!(queues.sweep().await.unwrap(), 0, "the lease goes on");
            end_leases(&database.pool).await;
            assert_eq!(queues.sweep().await.unwrap(), 1);
            let stale = queues.ack(&name(), &receipts(&items)).await.unwrap();
            assert_eq!(stale, [false], "its receipt is not good any more");
        }
        assert!(
            queues
                .pop(&name(), 1, Some(LEASE))
                .await
                .unwrap()
                .is_empty()
        );
        let dead = queues.peek(&name(), 9, Standing::Dead).await.unwrap();
        assert_eq!(ids(&dead), ["a"]);
        let sizes = queues.sizes().await.unwrap();
        let shown: Vec<_> = sizes
            .iter()
            .map(|one| (one.queue.as_str(), one.status.word(), one.items))
            .collect();
        assert_eq!(shown, [("jobs", "dead", 1)]);
        assert_eq!(queues.purge(Instant::now().before(LEASE)).await.unwrap(), 0);
        assert_eq!(queues.purge(Instant::now().after(LEASE)).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn an_item_that_was_finished_in_time_is_not_handed_out_again() {
    for database in migrated().await {
        let queues = queues(&database.pool);
        queues.push(&name(), &entries(0..3)).await.unwrap();
        let items = queues.pop(&name(), 3, Some(LEASE)).await.unwrap();
        // The lease is over, but nobody else has them: they are still this holder's to finish.
        end_leases(&database.pool).await;
        assert_eq!(
            queues.ack(&name(), &receipts(&items)).await.unwrap(),
            [true; 3]
        );
        assert_eq!(queues.sweep().await.unwrap(), 0);
        assert!(queues.sizes().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn scheduled_items_come_due_in_the_order_of_their_times() {
    for database in migrated().await {
        let queues = queues(&database.pool);
        let now = Instant::now();
        let names = ["a", "b", "c"];
        let later = names.map(|id| Entry {
            due: Some(now.after(LEASE)),
            ..entry(id, 0)
        });
        queues.push(&name(), &later).await.unwrap();
        queues.push(&name(), &[entry("waits", 0)]).await.unwrap();
        assert_eq!(queues.sweep().await.unwrap(), 0);
        for (id, ago) in [("a", 10), ("b", 30), ("c", 20)] {
            let at = now.before(Duration::from_secs(ago));
            let id: uuid::Uuid = uuid::Uuid::new_v5(
                &uuid::Uuid::NAMESPACE_URL,
                format!("sonoma:item:{id}").as_bytes(),
            );
            on!(database.pool.alone(), db => sqlx::query(BE_DUE).bind(at).bind(id).execute(db).await.map(drop)).unwrap();
        }
        assert_eq!(queues.sweep().await.unwrap(), 3);
        let items = queues.pop(&name(), 9, None).await.unwrap();
        assert_eq!(ids(&items), ["waits", "b", "c", "a"]);
    }
}

async fn produce(queues: Queues, first: usize) -> Vec<String> {
    for from in (first..first + 500).step_by(50) {
        let pushed = queues.push(&name(), &entries(from..from + 50)).await;
        pushed.unwrap();
    }
    Vec::new()
}

async fn consume(queues: Queues, left: Arc<AtomicUsize>) -> Vec<String> {
    let mut taken = Vec::new();
    while left.load(Ordering::SeqCst) > 0 {
        let items = queues.pop(&name(), 17, Some(LEASE)).await.unwrap();
        let good = queues.ack(&name(), &receipts(&items)).await.unwrap();
        assert!(good.iter().all(|good| *good));
        left.fetch_sub(items.len(), Ordering::SeqCst);
        taken.extend(ids(&items));
    }
    taken
}

#[tokio::test]
async fn many_at_once_get_every_item_once() {
    for database in migrated().await {
        let queues = queues(&database.pool);
        let mut tasks = tokio::task::JoinSet::new();
        for producer in 0..4 {
            tasks.spawn(produce(queues.clone(), producer * 500));
        }
        let left = Arc::new(AtomicUsize::new(2000));
        for _ in 0..6 {
            tasks.spawn(consume(queues.clone(), Arc::clone(&left)));
        }
        let taken: Vec<String> = tasks.join_all().await.concat();
        assert_eq!(taken.len(), 2000);
        assert_eq!(taken.iter().collect::<HashSet<_>>().len(), 2000);
    }
}

#[tokio::test]
async fn a_higher_priority_of_another_process_is_seen_before_the_rest_is_taken() {
    for database in migrated().await {
        let (ours, theirs) = (queues(&database.pool), queues(&database.pool));
        ours.push(&name(), &entries(0..1000)).await.unwrap();
        ours.pop(&name(), 10, None).await.unwrap();
        theirs.push(&name(), &[entry("urgent", 9)]).await.unwrap();
        let mut left = 990;
        while ids(&ours.pop(&name(), 1, None).await.unwrap()) != ["urgent"] {
            left -= 1;
            assert!(left > 0, "it was not seen");
        }
        ours.push(&name(), &[entry("own", 9)]).await.unwrap();
        let items = ours.pop(&name(), 1, None).await.unwrap();
        assert_eq!(ids(&items), ["own"], "that of this process is seen at once");
    }
}

#[tokio::test]
async fn an_empty_queue_is_looked_through_before_it_is_called_empty() {
    for database in migrated().await {
        let (ours, theirs) = (queues(&database.pool), queues(&database.pool));
        ours.push(&name(), &entries(0..3)).await.unwrap();
        assert_eq!(ours.pop(&name(), 9, None).await.unwrap().len(), 3);
        theirs.push(&name(), &[entry("urgent", 9)]).await.unwrap();
        let end = tokio::time::sleep(LEASE);
        let items = ours.pop_until(&name(), 1, None, end).await.unwrap();
        assert_eq!(ids(&items), ["urgent"]);
    }
}

#[tokio::test]
async fn who_waits_is_woken_by_a_push_and_by_an_item_that_comes_back() {
    for database in migrated().await {
        let queues = queues(&database.pool);
        queues.push(&name(), &[entry("a", 0)]).await.unwrap();
        let held = queues.pop(&name(), 1, Some(LEASE)).await.unwrap();
        let forever = std::future::pending();
        let (queue, receipts) = (name(), receipts(&held));
        let (items, given) = tokio::join!(
            queues.pop_until(&queue, 1, Some(LEASE), forever),
            queues.nack(&queue, &receipts, Duration::ZERO)
        );
        assert_eq!(
            (ids(&items.unwrap()), given.unwrap()),
            (vec!["a".to_owned()], vec![true])
        );
        let at_once = std::future::ready(());
        assert!(
            queues
                .pop_until(&queue, 1, None, at_once)
                .await
                .unwrap()
                .is_empty()
        );
    }
}

/// The queue as it ought to be: a list that is sorted before each pop.
#[derive(Default)]
struct Model {
    /// Priority, number of its push, id.
    waiting: Vec<(i32, u64, String)>,
    pushes: u64,
}

impl Model {
    fn push(&mut self, id: &str, priority: i32) {
        self.pushes += 1;
        self.waiting.retain(|(_, _, waiting)| waiting != id);
        self.waiting.push((priority, self.pushes, id.to_owned()));
    }

    fn pop(&mut self, limit: usize) -> Vec<(i32, u64, String)> {
        self.waiting
            .sort_by_key(|(priority, number, _)| (-i64::from(*priority), *number));
        self.waiting
            .drain(..limit.min(self.waiting.len()))
            .collect()
    }
}

/// A sequence that looks random and is the same each time (Lehmer).
fn next(state: &mut u64, below: u64) -> u64 {
    *state = *state * 48_271 % 2_147_483_647;
    *state % below
}

#[tokio::test]
async fn pushes_pops_and_returns_in_any_order_are_those_of_a_sorted_list() {
    for database in migrated().await {
        for seed in 1..=6 {
            let queue: QueueName = format!("model-{seed}").parse().unwrap();
            follow(&queues(&database.pool), &queue, seed).await;
        }
    }
}

/// Of a number of its own, or now and then of one that is known.
fn some_entry(state: &mut u64, number: u64) -> Entry {
    let priority = i32::try_from(next(state, 5)).unwrap() - 2;
    let is_known = next(state, 4) == 0;
    let id = if is_known { next(state, 40) } else { number };
    entry(&id.to_string(), priority)
}

async fn follow(queues: &Queues, queue: &QueueName, seed: u64) {
    let (mut state, mut model) = (seed, Model::default());
    // Items that were handed out, each with its place in the model.
    let mut held: Vec<(Receipt, (i32, u64, String))> = Vec::new();
    for step in 0..150 {
        match next(&mut state, 5) {
            0 | 1 => {
                let count = 1 + next(&mut state, 8);
                let first = 1000 + step * 10;
                let mut pushed: Vec<Entry> = (first..first + count)
                    .map(|number| some_entry(&mut state, number))
                    .collect();
                let is_held = |id: &str| held.iter().any(|(_, (_, _, held))| held == id);
                pushed.retain(|entry| !is_held(&entry.id.to_string()));
                if pushed.is_empty() {
                    continue;
                }
                queues.push(queue, &pushed).await.unwrap();
                for one in &pushed {
                    model.push(&one.id.to_string(), one.priority);
                }
            }
            2 | 3 => {
                let limit = 1 + usize::try_from(next(&mut state, 9)).unwrap();
                let items = queues.pop(queue, limit, Some(LEASE)).await.unwrap();
                let expected = model.pop(limit);
                let expected_ids: Vec<&String> = expected.iter().map(|(_, _, id)| id).collect();
                assert_eq!(
                    ids(&items).iter().collect::<Vec<_>>(),
                    expected_ids,
                    "seed {seed}, step {step}"
                );
                held.extend(receipts(&items).into_iter().zip(expected));
            }
            _ if held.is_empty() => {}
            _ => {
                let place = usize::try_from(next(&mut state, held.len() as u64)).unwrap();
                let (receipt, item) = held.swap_remove(place);
                let is_last = queues
                    .nack(queue, &[receipt], Duration::ZERO)
                    .await
                    .unwrap();
                assert_eq!(is_last, [true]);
                let dead = queues.peek(queue, 1000, Standing::Dead).await.unwrap();
                if !ids(&dead).contains(&item.2) {
                    model.waiting.push(item);
                }
            }
        }
    }
}
