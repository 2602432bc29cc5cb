//! Migrations and statements on both databases: up, down with rows in the tables, up again.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use ledger::testing::{Database, assert_catalogue, databases};
use ledger::{Instant, MigrationState, Pool, on, prepare_all};
use sqlx::types::{Json, Uuid};
use storage::{MIGRATIONS, statements};

const DEVICE: &str = "INSERT INTO devices (id, external_id, metadata, created_at, updated_at, version) \
    VALUES ($1, $2, $3, $4, $4, 1)";
const LOBBY: &str = "INSERT INTO lobbies (id, code, state, creator_device_id, created_at, updated_at, version) \
    VALUES ($1, 'ROOM1', 'open', $2, $3, $3, 1)";
const DOCUMENT: &str = "INSERT INTO documents (id, url, status, metadata, created_at, updated_at) \
    VALUES ($1, 'http://a', 'pending', $2, $3, $3)";
/// What the earlier service left, of its first tables.
const EARLIER: [&str; 5] = [
    "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)",
    "CREATE TABLE devices (id char(32) PRIMARY KEY, external_id varchar(128) NOT NULL, meta json NOT NULL)",
    "CREATE UNIQUE INDEX ix_devices_external_id ON devices (external_id)",
    "CREATE TABLE lobbies (id char(32) PRIMARY KEY, code varchar(16) NOT NULL, state varchar(32) NOT NULL)",
    "CREATE UNIQUE INDEX ix_lobbies_code ON lobbies (code)",
];
const DEVICES: &str = "SELECT count(*) FROM devices";

/// A row in each of three tables that point to each other or to nothing.
async fn fill(database: &Database) {
    let (device, now) = (Uuid::now_v7(), Instant::now());
    let empty = Json(serde_json::json!({}));
    on!(database.pool.alone(), db => {
        let query = sqlx::query(DEVICE).bind(device).bind("phone").bind(&empty).bind(now);
        query.execute(db).await.map(drop)
    })
    .unwrap();
    on!(database.pool.alone(), db => {
        sqlx::query(LOBBY).bind(Uuid::now_v7()).bind(device).bind(now).execute(db).await.map(drop)
    })
    .unwrap();
    on!(database.pool.alone(), db => {
        sqlx::query(DOCUMENT).bind(Uuid::now_v7()).bind(&empty).bind(now).execute(db).await.map(drop)
    })
    .unwrap();
}

#[tokio::test]
async fn every_statement_prepares_on_both_databases() {
    for database in databases().await {
        MIGRATIONS.up(&database.pool).await.unwrap();
        prepare_all(&database.pool, &statements()).await.unwrap();
    }
}

#[tokio::test]
async fn the_committed_catalogue_is_what_the_migrations_make() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    assert_catalogue(&MIGRATIONS, folder).await;
}

#[tokio::test]
async fn a_database_of_the_earlier_service_is_named_and_left_alone() {
    for database in databases().await {
        for text in EARLIER {
            on!(database.pool.alone(), db => sqlx::query(text).execute(db).await.map(drop))
                .unwrap();
        }
        for run_migrations in [true, false] {
            let refused = Pool::start(&database.url, 2, &MIGRATIONS, run_migrations).await;
            let told = refused.unwrap_err().to_string();
            let tables = "the tables of the earlier service (alembic_version, devices, lobbies)";
            assert!(told.contains(tables), "{told}");
        }
        let again = Pool::open(&database.url, 2).await.unwrap();
        let record = "SELECT count(*) FROM _sqlx_migrations";
        let found = on!(&again, db => sqlx::query_scalar::<_, i64>(record).fetch_one(db).await);
        assert!(found.is_err(), "nothing was written into it");
    }
}

#[tokio::test]
async fn the_schema_goes_up_down_and_up_again_with_rows_in_it() {
    for database in databases().await {
        let all = MIGRATIONS.up(&database.pool).await.unwrap();
        assert!(all > 1);
        fill(&database).await;
        assert_eq!(MIGRATIONS.down(&database.pool, 0).await.unwrap(), all);
        assert_eq!(MIGRATIONS.up(&database.pool).await.unwrap(), all);
        MIGRATIONS.verify(&database.pool).await.unwrap();
        let left: i64 =
            on!(&database.pool, db => sqlx::query_scalar(DEVICES).fetch_one(db).await).unwrap();
        assert_eq!(left, 0, "what went down is gone");
    }
}

#[tokio::test]
async fn a_step_down_keeps_what_it_is_not_about() {
    for database in databases().await {
        MIGRATIONS.up(&database.pool).await.unwrap();
        fill(&database).await;
        assert_eq!(MIGRATIONS.down(&database.pool, 1).await.unwrap(), 2);
        let states: Vec<MigrationState> = MIGRATIONS
            .status(&database.pool)
            .await
            .unwrap()
            .iter()
            .map(|one| one.state)
            .collect();
        assert_eq!(
            states,
            [
                MigrationState::Applied,
                MigrationState::Pending,
                MigrationState::Pending
            ]
        );
        let left: i64 =
            on!(&database.pool, db => sqlx::query_scalar(DEVICES).fetch_one(db).await).unwrap();
        assert_eq!(left, 1);
        assert!(
            MIGRATIONS.verify(&database.pool).await.is_err(),
            "a schema that is not up to date is refused"
        );
    }
}
