//! What the databases refuse has one name on both.

use std::time::Duration;

use ledger::{DbError, Dialect, Pool, ids, on};
use uuid::Uuid;

use crate::ready;

async fn room(pool: &Pool, id: Uuid, code: Option<&str>, seats: i64) -> Result<(), DbError> {
    let text = "INSERT INTO rooms (id, code, plan, seats) VALUES ($1, $2, '{}', $3)";
    let mut tx = pool.begin().await?;
    on!(tx, db => sqlx::query(text).bind(id).bind(code).bind(seats).execute(db).await.map(|_| ()))?;
    tx.commit().await
}

async fn visit(pool: &Pool, room: Uuid, device: &str, label: Option<&str>) -> Result<(), DbError> {
    let text = "INSERT INTO visits (room_id, device, label) VALUES ($1, $2, $3)";
    let mut tx = pool.begin().await?;
    on!(tx, db => sqlx::query(text).bind(room).bind(device).bind(label).execute(db).await.map(|_| ()))?;
    tx.commit().await
}

fn is_check(error: &DbError, name: &str) -> bool {
    matches!(error, DbError::Check { constraint } if constraint.as_deref() == Some(name))
}

#[track_caller]
fn unique(result: Result<(), DbError>, constraint: &str) {
    let error = result.unwrap_err();
    assert!(
        matches!(&error, DbError::Unique { constraint: found } if found == constraint),
        "{error:?}"
    );
}

#[tokio::test]
async fn unique_constraints_are_named_alike() {
    for database in ready().await {
        let (pool, id) = (&database.pool, ids::next());
        room(pool, id, Some("a"), 1).await.unwrap();
        unique(room(pool, id, Some("b"), 1).await, "rooms.id");
        unique(room(pool, ids::next(), Some("a"), 1).await, "rooms.code");
        visit(pool, id, "phone", Some("Tim")).await.unwrap();
        unique(
            visit(pool, id, "phone", None).await,
            "visits.room_id,device",
        );
        unique(
            visit(pool, id, "laptop", Some("tIM")).await,
            "visits_lower_label",
        );
    }
}

#[tokio::test]
async fn the_other_refusals_have_a_kind() {
    for database in ready().await {
        let (pool, id) = (&database.pool, ids::next());
        let nowhere = visit(pool, id, "phone", None).await.unwrap_err();
        let DbError::ForeignKey { constraint } = &nowhere else {
            panic!("{nowhere:?}")
        };
        let named = (database.dialect() == Dialect::Postgres).then(|| "visits.room_id".to_owned());
        assert_eq!(*constraint, named);
        let zero = room(pool, id, Some("a"), 0).await.unwrap_err();
        assert!(is_check(&zero, "rooms_seats_positive"), "{zero:?}");
        let null = room(pool, id, None, 1).await.unwrap_err();
        assert!(is_check(&null, "rooms.code"), "{null:?}");
        let text = "SELECT code FROM rooms WHERE id = $1";
        let none =
            on!(pool, db => sqlx::query_scalar::<_, String>(text).bind(id).fetch_one(db).await);
        assert!(matches!(
            DbError::from(none.unwrap_err()),
            DbError::NotFound
        ));
    }
}

#[tokio::test]
async fn what_is_shown_holds_no_sql() {
    for database in ready().await {
        let broken = on!(database.pool, db => sqlx::query("SELECT secret FROM vault").execute(db).await.map(|_| ()));
        let error = DbError::from(broken.unwrap_err());
        assert!(matches!(error, DbError::Other(_)), "{error:?}");
        let shown = error.to_string();
        assert!(
            !shown.contains("secret") && !shown.contains("vault"),
            "{shown}"
        );
        assert!(
            format!("{error:?}").contains("vault"),
            "the log needs the cause: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_closed_database_is_away() {
    for database in ready().await {
        database.pool.ping().await.unwrap();
        database.pool.close().await;
        let error = database.pool.begin().await.unwrap_err();
        assert!(matches!(error, DbError::Away(_)), "{error:?}");
    }
}

#[tokio::test]
async fn connections_that_the_server_ended_are_replaced() {
    let Some(database) = ledger::testing::postgres().await else {
        return;
    };
    database.pool.ping().await.unwrap();
    let other = database.again().await;
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let mut tx = other.begin().await.unwrap();
    let ended: i64 = match &mut tx {
        ledger::Tx::Pg(tx) => sqlx::query_scalar(end).fetch_one(&mut **tx).await.unwrap(),
        ledger::Tx::Lite(_) => panic!("not a server"),
    };
    assert!(ended >= 1);
    tx.commit().await.unwrap();
    database.pool.begin().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn a_statement_that_was_given_up_leaves_nothing_to_the_next() {
    let Some(database) = ledger::testing::postgres().await else {
        return;
    };
    let pool = Pool::open(&database.url, 1).await.unwrap();
    let asked = |text: &'static str| {
        let pool = pool.clone();
        async move { on!(pool, db => sqlx::query_scalar::<_, i32>(text).fetch_one(db).await) }
    };
    for _ in 0..3 {
        let slow = asked("SELECT 1 FROM pg_sleep(0.3)");
        let given_up = tokio::time::timeout(Duration::from_millis(30), slow).await;
        assert!(given_up.is_err());
        assert_eq!(asked("SELECT 2").await.unwrap(), 2);
    }
}
