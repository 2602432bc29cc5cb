//! One text for both databases: parameters, uuids, JSON, options, instants, `RETURNING`, `ON CONFLICT`.

use std::time::Duration;

use ledger::outbox::STATEMENTS;
use ledger::{DbError, Instant, Pool, Texts, ids, listed, locked, on, prepare_all};
use serde_json::{Value, json};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::ready;

const UPSERT: &str = "INSERT INTO rooms (id, code, plan, seats, seen_at) VALUES ($1, $2, $3, $4, $5) \
    ON CONFLICT (id) DO UPDATE SET code = excluded.code, plan = excluded.plan, seats = excluded.seats, \
    seen_at = excluded.seen_at RETURNING id, code, plan, seats, seen_at";
const BY_CODE: &str = "SELECT id, code, plan, seats, seen_at FROM rooms WHERE (code = $1 OR $1 IS NULL) \
    ORDER BY seen_at, id";
const AFTER: &str = "SELECT id, code, plan, seats, seen_at FROM rooms WHERE (seen_at, id) > ($1, $2) \
    ORDER BY seen_at, id LIMIT $3";
const LOCKED: Texts = locked!("SELECT id, code, plan, seats, seen_at FROM rooms WHERE id = $1");
const LISTED: Texts = listed!(
    "SELECT code FROM rooms WHERE code",
    "$1",
    "text",
    "ORDER BY code"
);
const COUNT: &str = "SELECT count(*) FROM rooms";

#[derive(Debug, Clone, PartialEq, FromRow)]
struct Room {
    id: Uuid,
    code: String,
    plan: Json<Value>,
    seats: Option<i64>,
    seen_at: Option<Instant>,
}

fn room(code: &str, seen_at: Option<&str>) -> Room {
    Room {
        id: ids::next(),
        code: code.to_owned(),
        plan: Json(json!({"walls": [1.5, "Größe", null]})),
        seats: None,
        seen_at: seen_at.map(|text| text.parse().unwrap()),
    }
}

async fn keep(pool: &Pool, room: &Room) -> Room {
    let mut tx = pool.begin().await.unwrap();
    let kept = on!(tx, db => {
        sqlx::query_as::<_, Room>(UPSERT)
            .bind(room.id)
            .bind(&room.code)
            .bind(&room.plan)
            .bind(room.seats)
            .bind(room.seen_at)
            .fetch_one(db)
            .await
    });
    tx.commit().await.unwrap();
    kept.unwrap()
}

#[tokio::test]
async fn an_upsert_returns_what_was_written() {
    for database in ready().await {
        let mut given = room("a", Some("2026-01-31T09:00:00.000001Z"));
        assert_eq!(keep(&database.pool, &given).await, given, "{database:?}");
        given.seats = Some(i64::MAX);
        given.seen_at = None;
        given.plan = Json(json!([]));
        assert_eq!(keep(&database.pool, &given).await, given, "{database:?}");
        let all: Vec<Room> =
            on!(database.pool, db => sqlx::query_as(BY_CODE).bind(Some("a")).fetch_all(db).await)
                .unwrap();
        assert_eq!(all, [given]);
    }
}

#[tokio::test]
async fn instants_sort_and_come_back() {
    // Of different length as texts, around both epochs.
    let moments = [
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:00:00Z",
        "1999-12-31T23:59:59.9Z",
        "2000-01-01T00:00:00Z",
        "2026-01-31T09:00:00Z",
        "2026-01-31T09:00:00.000001Z",
        "2026-01-31T09:00:00.1Z",
        "9999-01-01T00:00:00Z",
    ];
    for database in ready().await {
        for moment in moments.iter().rev() {
            keep(&database.pool, &room(moment, Some(moment))).await;
        }
        let none: Option<String> = None;
        let all: Vec<Room> =
            on!(database.pool, db => sqlx::query_as(BY_CODE).bind(none).fetch_all(db).await)
                .unwrap();
        let codes: Vec<&str> = all.iter().map(|room| room.code.as_str()).collect();
        assert_eq!(codes, moments, "{database:?}");
        for found in &all {
            assert_eq!(
                found.seen_at,
                Some(found.code.parse().unwrap()),
                "{database:?}"
            );
        }
        let later: Vec<Room> = on!(database.pool, db => {
            sqlx::query_as(AFTER).bind(all[5].seen_at).bind(all[5].id).bind(2_i64).fetch_all(db).await
        })
        .unwrap();
        assert_eq!(later, all[6..8], "{database:?}");
    }
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    for database in ready().await {
        let given = room("a", None);
        let mut tx = database.pool.begin().await.unwrap();
        let insert = "INSERT INTO rooms (id, code, plan) VALUES ($1, $2, $3)";
        on!(tx, db => {
            sqlx::query(insert).bind(given.id).bind("a").bind(&given.plan).execute(db).await.map(|_| ())
        })
        .unwrap();
        drop(tx);
        let count: i64 =
            on!(database.pool, db => sqlx::query_scalar(COUNT).fetch_one(db).await).unwrap();
        assert_eq!(count, 0, "{database:?}");
        database
            .pool
            .begin()
            .await
            .unwrap()
            .rollback()
            .await
            .unwrap();
    }
}

async fn code_under_lock(pool: Pool, id: Uuid) -> Result<String, DbError> {
    let text = LOCKED.of(pool.dialect());
    let mut tx = pool.begin().await?;
    let seen: Room = on!(tx, db => sqlx::query_as(text).bind(id).fetch_one(db).await)?;
    tx.commit().await?;
    Ok(seen.code)
}

#[tokio::test]
async fn a_locked_row_makes_the_second_writer_wait() {
    for database in ready().await {
        let given = keep(&database.pool, &room("a", None)).await;
        let other = database.again().await;
        let text = LOCKED.of(database.dialect());
        let mut first = database.pool.begin().await.unwrap();
        let held: Room =
            on!(first, db => sqlx::query_as(text).bind(given.id).fetch_one(db).await).unwrap();
        assert_eq!(held.code, "a");
        let mut second = tokio::spawn(code_under_lock(other, given.id));
        let early = tokio::time::timeout(Duration::from_millis(50), &mut second).await;
        assert!(early.is_err(), "the second did not wait: {database:?}");
        let update = "UPDATE rooms SET code = $1 WHERE id = $2";
        on!(first, db => sqlx::query(update).bind("b").bind(given.id).execute(db).await.map(|_| ()))
            .unwrap();
        first.commit().await.unwrap();
        assert_eq!(second.await.unwrap().unwrap(), "b", "{database:?}");
    }
}

#[tokio::test]
async fn a_list_is_one_parameter() {
    for database in ready().await {
        for code in ["a", "b", "c"] {
            keep(&database.pool, &room(code, None)).await;
        }
        let text = LISTED.of(database.dialect());
        let found: Vec<String> = on!(database.pool, db => {
            sqlx::query_scalar(text).bind(Json(["c", "a", "x"])).fetch_all(db).await
        })
        .unwrap();
        assert_eq!(found, ["a", "c"], "{database:?}");
    }
}

#[tokio::test]
async fn readers_of_a_file_refuse_to_write() {
    let database = ledger::testing::sqlite().await;
    let write =
        on!(database.pool, db => sqlx::query("CREATE TABLE x (y)").execute(db).await.map(|_| ()));
    assert!(write.unwrap_err().to_string().contains("readonly"));
}

#[tokio::test]
async fn every_statement_prepares_on_both_databases() {
    for database in ready().await {
        prepare_all(&database.pool, &STATEMENTS).await.unwrap();
        prepare_all(&database.pool, &[UPSERT, BY_CODE, AFTER, COUNT])
            .await
            .unwrap();
        prepare_all(&database.pool, &[LOCKED, LISTED])
            .await
            .unwrap();
        let wrong = prepare_all(
            &database.pool,
            &["SELECT nothing FROM rooms", COUNT, "SELEC 1"],
        )
        .await
        .unwrap_err();
        assert_eq!(wrong.faults.len(), 2, "{wrong}");
        assert!(wrong.faults[0].contains("SELECT nothing"), "{wrong}");
    }
}
