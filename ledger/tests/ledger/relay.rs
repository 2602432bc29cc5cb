//! The relay: what was left is delivered; one destination that is away stops no other.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ledger::ids;
use ledger::outbox::{Relay, Row, undelivered};
use ledger::testing::Database;
use tokio::sync::{Notify, oneshot};
use tokio::time::sleep;

use crate::outbox::{row, write};
use crate::ready;

/// A relay at work, and how to end it.
struct Running {
    wake: Arc<Notify>,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

fn start<F>(database: &Database, deliver: F) -> Running
where
    F: Fn(Row) -> Result<(), String> + Send + Sync + 'static,
{
    let (stop, stopped) = oneshot::channel::<()>();
    let relay = Relay::new(database.pool.clone());
    let wake = relay.wake();
    let until = async move { drop(stopped.await) };
    let task = tokio::spawn(relay.run(move |row| std::future::ready(deliver(row)), until));
    Running { wake, stop, task }
}

async fn end(running: Running) {
    running.stop.send(()).unwrap();
    running.task.await.unwrap();
}

/// At most ten seconds.
async fn until(mut reached: impl AsyncFnMut() -> bool) {
    for _ in 0..1_000 {
        if reached().await {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("not reached within ten seconds");
}

#[tokio::test]
async fn what_lies_there_is_delivered_and_later_rows_when_woken() {
    for database in ready().await {
        let (pool, seen) = (&database.pool, Arc::new(Mutex::new(Vec::new())));
        let scopes = [ids::next(), ids::next()];
        for scope in scopes {
            write(
                pool,
                &[
                    row(scope, 1, "gateway"),
                    row(scope, 2, "gateway"),
                    row(scope, 1, "measurement"),
                ],
            )
            .await;
        }
        let noted = Arc::clone(&seen);
        let running = start(&database, move |row| {
            noted
                .lock()
                .unwrap()
                .push((row.scope, row.destination, row.seq.unwrap()));
            Ok(())
        });
        until(async || undelivered(pool).await.unwrap().is_empty()).await;
        assert_eq!(seen.lock().unwrap().len(), 6);
        write(pool, &[row(scopes[0], 3, "gateway")]).await;
        running.wake.notify_one();
        until(async || undelivered(pool).await.unwrap().is_empty()).await;
        end(running).await;
        let seen = seen.lock().unwrap();
        for scope in scopes {
            let pushes: Vec<i64> = seen
                .iter()
                .filter(|(s, d, _)| *s == scope && d == "gateway")
                .map(|(_, _, n)| *n)
                .collect();
            assert!(pushes.is_sorted(), "{pushes:?}");
        }
        assert_eq!(seen.len(), 7, "{database:?}");
    }
}

#[tokio::test]
async fn a_destination_that_is_away_or_panics_stops_no_other_and_gets_its_rows_later() {
    for database in ready().await {
        let (pool, scope) = (&database.pool, ids::next());
        write(
            pool,
            &[
                row(scope, 1, "away"),
                row(scope, 1, "panics"),
                row(scope, 1, "gateway"),
            ],
        )
        .await;
        let back = Arc::new(AtomicBool::new(false));
        let is_back = Arc::clone(&back);
        let running = start(&database, move |row| match row.destination.as_str() {
            _ if is_back.load(Ordering::SeqCst) => Ok(()),
            "away" => Err("nobody listens".to_owned()),
            "panics" => panic!("a fault in the carrier"),
            _ => Ok(()),
        });
        until(async || undelivered(pool).await.unwrap().len() == 2).await;
        let left: Vec<String> = undelivered(pool)
            .await
            .unwrap()
            .into_iter()
            .map(|(_, name)| name)
            .collect();
        assert_eq!(left, ["away", "panics"], "{database:?}");
        back.store(true, Ordering::SeqCst);
        until(async || undelivered(pool).await.unwrap().is_empty()).await;
        end(running).await;
    }
}

#[tokio::test]
async fn one_scope_that_never_arrives_stops_no_other_scope() {
    for database in ready().await {
        let (pool, poisoned) = (&database.pool, ids::next());
        write(
            pool,
            &[row(poisoned, 1, "gateway"), row(ids::next(), 1, "gateway")],
        )
        .await;
        let running = start(&database, move |row| {
            (row.scope != poisoned)
                .then_some(())
                .ok_or("never".to_owned())
        });
        until(async || undelivered(pool).await.unwrap().len() == 1).await;
        assert_eq!(
            undelivered(pool).await.unwrap(),
            [(poisoned, "gateway".to_owned())],
            "{database:?}"
        );
        end(running).await;
    }
}
