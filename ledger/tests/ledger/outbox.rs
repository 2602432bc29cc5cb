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
        for (row, given) in seen.lock().unwrap().iter().zip(&given) {
            assert_eq!(
                (row.event_id, row.scope, row.seq),
                (given.event_id, scope, given.seq)
            );
            assert_eq!((&row.body, row.created_at), (&given.body, given.created_at));
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
        let mut tx = database.pool.begin().await.unwrap();
        let refused = append(&mut tx, &[twice.clone(), twice]).await.unwrap_err();
        assert!(refused.is_unique("outbox.event_id"), "{refused:?}");
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
            if seq < 4 {
                write(&other, &[row(scope, seq + 1, "gateway")]).await;
            }
            seen.lock().unwrap().push(seq);
            Ok::<(), Infallible>(())
        };
        drain(pool, scope, "gateway", deliver).await.unwrap();
        assert_eq!(numbers(&seen), [1, 2, 3, 4], "{database:?}");
    }
}

/// Drains of one pool, and of a second one that is another process (on a server).
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn drains_at_once_never_repeat_or_overtake() {
    for database in ready().await {
        let (scope, other) = (ids::next(), database.again().await);
        let seen: Arc<Mutex<Vec<i64>>> = Arc::default();
        let inside = Arc::new(AtomicUsize::new(0));
        let mut tasks = Vec::new();
        for writer in 0..8_usize {
            let pool = if writer % 2 == 0 {
                database.pool.clone()
            } else {
                other.clone()
            };
            let (seen, inside) = (Arc::clone(&seen), Arc::clone(&inside));
            tasks.push(tokio::spawn(async move {
                for _ in 0..10 {
                    numbered(&pool, scope, 2).await;
                    let deliver = |row: Row| {
                        let (seen, inside) = (Arc::clone(&seen), Arc::clone(&inside));
                        async move {
                            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two at a time");
                            tokio::task::yield_now().await;
                            seen.lock().unwrap().push(row.id);
                            inside.fetch_sub(1, Ordering::SeqCst);
                            Ok::<(), Infallible>(())
                        }
                    };
                    drain(&pool, scope, "gateway", deliver).await.unwrap();
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        // Each writer drained after its own commit, so nothing is left. Appending held no lock of the scope here, so
        // the order that counts is checked by the drains never overlapping and by every row arriving once.
        let mut ids = numbers(&seen);
        assert_eq!(ids.len(), 160, "{database:?}");
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 160, "{database:?}");
        assert_eq!(undelivered(&database.pool).await.unwrap(), []);
    }
}

/// The way of the services: the row of the scope is locked before appending, so ids rise with the commits.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_locked_scope_has_one_order_through_many_drains() {
    for database in ready().await {
        let (scope, other) = (ids::next(), database.again().await);
        let mut tx = database.pool.begin().await.unwrap();
        let insert = "INSERT INTO rooms (id, code, plan, seats) VALUES ($1, 'a', '{}', 1)";
        on!(tx, db => sqlx::query(insert).bind(scope).execute(db).await.map(|_| ())).unwrap();
        tx.commit().await.unwrap();
        let seen: Arc<Mutex<Vec<i64>>> = Arc::default();
        let mut tasks = Vec::new();
        for writer in 0..6_usize {
            let pool = if writer % 2 == 0 {
                database.pool.clone()
            } else {
                other.clone()
            };
            let seen = Arc::clone(&seen);
            tasks.push(tokio::spawn(async move {
                for _ in 0..10 {
                    push_next(&pool, scope).await.unwrap();
                    noting(&pool, scope, &seen, 0).await;
                }
            }));
        }
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

/// A process that dies between delivering and marking, and a caller that gives up waiting, are one case.
#[tokio::test]
async fn a_drain_cut_off_repeats_but_loses_nothing() {
    for database in ready().await {
        let (pool, scope, seen) = (&database.pool, ids::next(), Mutex::new(Vec::new()));
        numbered(pool, scope, 4).await;
        let reached = Notify::new();
        let cut = async {
            let deliver = async |row: Row| {
                seen.lock().unwrap().push(row.seq.unwrap());
                if row.seq == Some(3) {
                    reached.notify_one();
                    pending::<()>().await;
                }
                Ok::<(), Infallible>(())
            };
            drain(pool, scope, "gateway", deliver).await.unwrap();
        };
        tokio::select! {
            () = cut => panic!("the third row never arrives"),
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

/// A receiver that hangs may hold some connections, never all.
#[tokio::test]
async fn slow_receivers_leave_connections_for_the_service() {
    for database in ready().await {
        let mut drains = Vec::new();
        for _ in 0..12 {
            let (pool, scope) = (database.pool.clone(), ids::next());
            numbered(&pool, scope, 1).await;
            drains.push(tokio::spawn(async move {
                drain(&pool, scope, "gateway", async |_| {
                    pending::<Result<(), Infallible>>().await
                })
                .await
            }));
        }
        for _ in 0..20 {
            let tx = timeout(Duration::from_secs(4), database.pool.begin())
                .await
                .expect("a free connection");
            tx.unwrap().commit().await.unwrap();
            tokio::task::yield_now().await;
        }
        for one in drains {
            one.abort();
        }
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
