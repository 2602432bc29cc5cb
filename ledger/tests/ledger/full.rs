//! A full disk: the transaction that needs room is refused, and the next one finds a writer that works.

use std::time::Duration;

use ledger::testing::sqlite;
use ledger::{DbError, Pool, ids, on};
use tokio::time::timeout;

const ROOM: &str = "INSERT INTO rooms (id, code, plan, seats) VALUES ($1, $2, $3, 1)";

async fn room(pool: &Pool, plan: &str) -> Result<(), DbError> {
    let mut tx = pool.begin().await?;
    let id = ids::next();
    on!(tx, db => {
        sqlx::query(ROOM).bind(id).bind(id.to_string()).bind(plan).execute(db).await.map(|_| ())
    })?;
    tx.commit().await
}

/// The file may not grow any more, as long as this connection lives.
async fn no_room(pool: &Pool) {
    let text = "PRAGMA max_page_count = 1";
    let mut tx = pool.begin().await.unwrap();
    on!(tx, db => sqlx::query(text).execute(db).await.map(|_| ())).unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_disk_that_was_full_is_written_again_when_there_is_room() {
    let database = sqlite().await;
    crate::schema().up(&database.pool).await.unwrap();
    let pool = &database.pool;
    let large = format!("\"{}\"", "x".repeat(1_000_000));
    for _ in 0..3 {
        no_room(pool).await;
        let refused = room(pool, &large).await.unwrap_err();
        assert!(matches!(refused, DbError::Away(_)), "{refused:?}");
        pool.ping().await.unwrap();
        room(pool, "{}").await.unwrap();
    }
    let text = "SELECT count(*) FROM rooms";
    let count: i64 = on!(pool, db => sqlx::query_scalar(text).fetch_one(db).await).unwrap();
    assert_eq!(count, 3);
}

#[tokio::test]
async fn a_database_is_there_only_if_a_transaction_can_begin() {
    let database = sqlite().await;
    let held = database.pool.begin().await.unwrap();
    let waits = timeout(Duration::from_millis(50), database.pool.ping()).await;
    assert!(waits.is_err(), "readers alone are not enough");
    drop(held);
    database.pool.ping().await.unwrap();
}
