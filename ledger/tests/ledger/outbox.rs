//! The outbox: order, no two at a time, nothing lost by a crash or a cancelled drain.

use std::convert::Infallible;
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ledger::outbox::{Drained, NewRow, Row, append, clean, drain, undelivered};
use ledger::{DbError, Instant, Pool, ids, on};
use serde_json::json;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;
use uuid::Uuid;

use crate::ready;

pub(crate) fn row(scope: Uuid, seq: i64, destination: &str) -> NewRow {
    NewRow {
        event_id: ids::next(),
        scope,
        seq: Some(seq),
        destination: destination.to_owned(),
        body: json!({"event": "lobby.updated", "seq": seq}),
        created_at: Instant::now(),
    }
}

pub(crate) async fn write(pool: &Pool, rows: &[NewRow]) {
    let mut tx = pool.begin().await.unwrap();
    append(&mut tx, rows).await.unwrap();
    tx.commit().await.unwrap();
}

async fn numbered(pool: &Pool, scope: Uuid, count: i64) {
    let rows: Vec<NewRow> = (1..=count).map(|seq| row(scope, seq, "gateway")).collect();
    write(pool, &rows).await;
}

/// Drains, notes the numbers, and fails on `fails`.
async fn noting(pool: &Pool, scope: Uuid, seen: &Mutex<Vec<i64>>, fails: i64) -> Drained<String> {
    let deliver = async |row: Row| {
        let seq = row.seq.unwrap();
        if seq == fails {
            return Err(format!("{seq} does not arrive"));
        }
        seen.lock().unwrap().push(seq);
        Ok(())
    };
    drain(pool, scope, "gateway", deliver).await.unwrap()
}

fn numbers(seen: &Mutex<Vec<i64>>) -> Vec<i64> {
    seen.lock().unwrap().clone()
}

#[tokio::test]
async fn rows_arrive_whole_in_order_and_once() {
    for database in ready().await {
        let (pool, scope) = (&database.pool, ids::next());
        let given: Vec<NewRow> = (1..=130).map(|seq| row(scope, seq, "gateway")).collect();
        write(pool, &given).await;
        write(
            pool,
            &[row(scope, 1, "measurement"), row(ids::next(), 1, "gateway")],
        )
        .await;
        let seen = Mutex::new(Vec::new());
        let deliver = async |row: Row| {
            seen.lock().unwrap().push(row);
            Ok::<(), Infallible>(())
        };
        let drained = drain(pool, scope, "gateway", deliver).await.unwrap();
        assert_eq!(
            drained,
            Drained {
                delivered: 130,
                stopped: None
            },
            "{database:?}"
        );
        for (row, new) in seen.lock().unwrap().iter().zip(&given) {
            assert_eq!(
                (row.event_id, row.scope, row.seq),
                (new.event_id, scope, new.seq)
            );
            assert_eq!((&row.body, row.created_at), (&new.body, new.created_at));
        }
        let again = noting(pool, scope, &Mutex::default(), 0).await;
        assert_eq!(again.delivered, 0);
        assert_eq!(
            undelivered(pool).await.unwrap().len(),
            2,
            "other scopes and destinations stay"
        );
    }
}

#[tokio::test]
async fn a_row_of_a_transaction_that_is_taken_back_does_not_exist() {
    for database in ready().await {
        let mut tx = database.pool.begin().await.unwrap();
        append(&mut tx, &[row(ids::next(), 1, "gateway")])
            .await
            .unwrap();
        tx.rollback().await.unwrap();
        assert_eq!(undelivered(&database.pool).await.unwrap(), []);
        let twice = row(ids::next(), 1, "gateway");
        let mut second = database.pool.begin().await.unwrap();
        let refused = append(&mut second, &[twice.clone(), twice])
            .await
            .unwrap_err();
        assert!(
            matches!(&refused, DbError::Unique { constraint } if constraint == "outbox.event_id"),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_failure_stops_and_keeps_the_order() {
    for database in ready().await {
        let (pool, scope, seen) = (&database.pool, ids::next(), Mutex::default());
        numbered(pool, scope, 5).await;
        let first = noting(pool, scope, &seen, 3).await;
        assert_eq!(
            first,
            Drained {
                delivered: 2,
                stopped: Some("3 does not arrive".to_owned())
            }
        );
        let second = noting(pool, scope, &seen, 0).await;
        assert_eq!(
            second,
            Drained {
                delivered: 3,
                stopped: None
            }
        );
        assert_eq!(numbers(&seen), [1, 2, 3, 4, 5], "{database:?}");
    }
}

#[tokio::test]
async fn rows_written_during_a_drain_are_taken_too() {
    for database in ready().await {
        let (pool, scope, seen) = (&database.pool, ids::next(), Mutex::new(Vec::new()));
        let other = database.again().await;
        numbered(pool, scope, 1).await;
        let deliver = async |given: Row| {
            let seq = given.seq.unwrap();
            let following = (seq < 4).then(|| row(scope, seq + 1, "gateway"));
            write(&other, following.as_slice()).await;
            seen.lock().unwrap().push(seq);
            Ok::<(), Infallible>(())
        };
        drain(pool, scope, "gateway", deliver).await.unwrap();
        assert_eq!(numbers(&seen), [1, 2, 3, 4], "{database:?}");
    }
}

/// Delivers and notes the ids; fails the test when another delivery is under way.
#[derive(Debug, Default)]
struct Receiver {
    inside: AtomicUsize,
    seen: Mutex<Vec<i64>>,
}

impl Receiver {
    async fn take(self: Arc<Self>, row: Row) -> Result<(), Infallible> {
        assert_eq!(
            self.inside.fetch_add(1, Ordering::SeqCst),
            0,
            "two at a time"
        );
        tokio::task::yield_now().await;
        self.seen.lock().unwrap().push(row.id);
        self.inside.fetch_sub(1, Ordering::SeqCst);
        Ok(())
    }
}

async fn write_and_drain(pool: Pool, scope: Uuid, receiver: Arc<Receiver>) {
    for _ in 0..10 {
        numbered(&pool, scope, 2).await;
        let deliver = |row| Arc::clone(&receiver).take(row);
        drain(&pool, scope, "gateway", deliver).await.unwrap();
    }
}

/// Drains of one process, and of a second one. Appending holds no lock of the scope here, so what counts is that no two
/// deliver at a time, and that every row arrives once; each writer drains after its commit, so nothing is left.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn drains_at_once_never_repeat() {
    for database in ready().await {
        let (scope, receiver) = (ids::next(), Arc::new(Receiver::default()));
        let pools = [database.pool.clone(), database.another_process().await];
        let writers = pools.iter().cycle().take(8);
        let tasks: Vec<_> = writers
            .map(|pool| tokio::spawn(write_and_drain(pool.clone(), scope, Arc::clone(&receiver))))
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let mut ids = numbers(&receiver.seen);
        assert_eq!(ids.len(), 160, "{database:?}");
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 160, "{database:?}");
        assert_eq!(undelivered(&database.pool).await.unwrap(), []);
    }
}

async fn push_and_drain(pool: Pool, scope: Uuid, seen: Arc<Mutex<Vec<i64>>>) {
    for _ in 0..10 {
        push_next(&pool, scope).await.unwrap();
        noting(&pool, scope, &seen, 0).await;
    }
}

/// The way of the services: the row of the scope is locked before appending, so ids rise with the commits.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_locked_scope_has_one_order_through_many_drains() {
    for database in ready().await {
        let scope = ids::next();
        let mut tx = database.pool.begin().await.unwrap();
        let insert = "INSERT INTO rooms (id, code, plan, seats) VALUES ($1, 'a', '{}', 1)";
        on!(tx, db => sqlx::query(insert).bind(scope).execute(db).await.map(|_| ())).unwrap();
        tx.commit().await.unwrap();
        let seen: Arc<Mutex<Vec<i64>>> = Arc::default();
        let pools = [database.pool.clone(), database.another_process().await];
        let writers = pools.iter().cycle().take(6);
        let tasks: Vec<_> = writers
            .map(|pool| tokio::spawn(push_and_drain(pool.clone(), scope, Arc::clone(&seen))))
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(numbers(&seen), (2..=61).collect::<Vec<_>>(), "{database:?}");
    }
}

async fn push_next(pool: &Pool, scope: Uuid) -> Result<(), DbError> {
    let text = "UPDATE rooms SET seats = seats + 1 WHERE id = $1 RETURNING seats";
    let mut tx = pool.begin().await?;
    let seq: i64 = on!(tx, db => sqlx::query_scalar(text).bind(scope).fetch_one(db).await)?;
    append(&mut tx, &[row(scope, seq, "gateway")]).await?;
    tx.commit().await
}

/// Says that it is reached, and never returns.
async fn stuck(here: bool, reached: &Notify) {
    if here {
        reached.notify_one();
        pending::<()>().await;
    }
}

/// A process that dies between delivering and marking, and a caller that gives up waiting, are one case.
#[tokio::test]
async fn a_drain_cut_off_repeats_but_loses_nothing() {
    for database in ready().await {
        let (pool, scope, seen) = (&database.pool, ids::next(), Mutex::new(Vec::new()));
        numbered(pool, scope, 4).await;
        let reached = Notify::new();
        let deliver = async |row: Row| {
            seen.lock().unwrap().push(row.seq.unwrap());
            stuck(row.seq == Some(3), &reached).await;
            Ok::<(), Infallible>(())
        };
        tokio::select! {
            _ = drain(pool, scope, "gateway", deliver) => panic!("the third row never arrives"),
            () = reached.notified() => {}
        }
        assert_eq!(numbers(&seen), [1, 2, 3]);
        let again = Mutex::default();
        let drained = timeout(Duration::from_secs(20), noting(pool, scope, &again, 0))
            .await
            .unwrap();
        assert_eq!(drained.stopped, None);
        let again = numbers(&again);
        let first = again[0];
        assert!(
            first <= 3,
            "what had not surely arrived comes again: {again:?}"
        );
        assert_eq!(again, (first..=4).collect::<Vec<_>>(), "{database:?}");
    }
}

async fn hang(pool: Pool, scope: Uuid) {
    let deliver = async |_| pending::<Result<(), Infallible>>().await;
    drain(&pool, scope, "gateway", deliver).await.unwrap();
}

/// A receiver that hangs may hold some connections, never all.
#[tokio::test]
async fn slow_receivers_leave_connections_for_the_service() {
    for database in ready().await {
        let mut drains = JoinSet::new();
        for _ in 0..12 {
            let scope = ids::next();
            numbered(&database.pool, scope, 1).await;
            drains.spawn(hang(database.pool.clone(), scope));
        }
        for _ in 0..20 {
            let tx = timeout(Duration::from_secs(4), database.pool.begin())
                .await
                .expect("a free connection");
            tx.unwrap().commit().await.unwrap();
            tokio::task::yield_now().await;
        }
        drains.shutdown().await;
    }
}

#[tokio::test]
async fn only_what_arrived_long_ago_is_deleted() {
    for database in ready().await {
        let (pool, scope) = (&database.pool, ids::next());
        numbered(pool, scope, 3).await;
        noting(pool, scope, &Mutex::default(), 3).await;
        assert_eq!(
            clean(pool, Instant::now().before(Duration::from_hours(1)))
                .await
                .unwrap(),
            0
        );
        let later = Instant::now().after(Duration::from_hours(1));
        assert_eq!(clean(pool, later).await.unwrap(), 2, "{database:?}");
        assert_eq!(
            undelivered(pool).await.unwrap(),
            [(scope, "gateway".to_owned())]
        );
    }
}

#[tokio::test]
async fn more_than_a_batch_is_deleted() {
    for database in ready().await {
        let (pool, scope) = (&database.pool, ids::next());
        numbered(pool, scope, 1_001).await;
        assert_eq!(
            noting(pool, scope, &Mutex::default(), 0).await.delivered,
            1_001
        );
        assert_eq!(
            clean(pool, Instant::now().after(Duration::from_secs(9)))
                .await
                .unwrap(),
            1_001
        );
    }
}
