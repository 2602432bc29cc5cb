//! Up, down, up with rows in the tables; many processes at once; strangers are refused.

use ledger::testing::{Database, databases};
use ledger::{DatabaseUrl, MigrationError, MigrationState, Migrations, Pool, ids, on};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

use crate::{ready, schema};

/// Migrations made in the test, the same text for both databases: version, up, down.
fn made(list: &[(i64, &str, Option<&str>)]) -> Migrations {
    let one = |version, kind, text: &str| {
        let sql = AssertSqlSafe(text.to_owned()).into_sql_str();
        Migration::new(version, "made".into(), kind, sql, false)
    };
    let migrator = || {
        let mut all = Vec::new();
        for (version, up, down) in list {
            all.push(one(*version, MigrationType::ReversibleUp, up));
            all.extend(down.map(|down| one(*version, MigrationType::ReversibleDown, down)));
        }
        Box::leak(Box::new(Migrator::with_migrations(all)))
    };
    Migrations::new(migrator(), migrator())
}

async fn fill(pool: &Pool) {
    let mut tx = pool.begin().await.unwrap();
    let id = ids::next();
    let room = "INSERT INTO rooms (id, code, plan) VALUES ($1, 'a', '{}')";
    let visit = "INSERT INTO visits (room_id, device) VALUES ($1, 'phone')";
    on!(tx, db => {
        sqlx::query(room).bind(id).execute(&mut *db).await.unwrap();
        sqlx::query(visit).bind(id).execute(db).await.map(drop)
    })
    .unwrap();
    tx.commit().await.unwrap();
}

async fn count(pool: &Pool, text: &'static str) -> i64 {
    on!(pool, db => sqlx::query_scalar(text).fetch_one(db).await).unwrap()
}

async fn versions(database: &Database, of: MigrationState) -> Vec<i64> {
    let all = schema().status(&database.pool).await.unwrap();
    all.into_iter()
        .filter(|one| one.state == of)
        .map(|one| one.version)
        .collect()
}

#[tokio::test]
async fn up_down_and_up_again_keep_the_rows() {
    for database in ready().await {
        let pool = &database.pool;
        fill(pool).await;
        assert_eq!(schema().down(pool, 1).await.unwrap(), 2);
        assert_eq!(versions(&database, MigrationState::Pending).await, [2, 3]);
        assert_eq!(
            count(pool, "SELECT count(*) FROM rooms").await,
            1,
            "{database:?}"
        );
        assert_eq!(schema().up(pool).await.unwrap(), 2);
        let grey = "SELECT count(*) FROM rooms JOIN visits ON room_id = id WHERE colour = 'grey'";
        assert_eq!(count(pool, grey).await, 1, "{database:?}");
        assert_eq!(schema().up(pool).await.unwrap(), 0);
        schema().verify(pool).await.unwrap();
        assert_eq!(schema().down(pool, 0).await.unwrap(), 3);
        assert_eq!(versions(&database, MigrationState::Applied).await, [0; 0]);
        assert_eq!(schema().up(pool).await.unwrap(), 3);
    }
}

#[tokio::test]
async fn foreign_keys_hold_after_a_table_was_rebuilt() {
    for database in ready().await {
        fill(&database.pool).await;
        let mut tx = database.pool.begin().await.unwrap();
        let text = "DELETE FROM rooms";
        let refused = on!(tx, db => sqlx::query(text).execute(db).await.map(|_| ())).unwrap_err();
        assert!(
            matches!(refused.into(), ledger::DbError::ForeignKey { .. }),
            "{database:?}"
        );
    }
}

/// What a process does at its start.
async fn begin(url: DatabaseUrl) -> usize {
    let pool = Pool::open(&url, 2).await.unwrap();
    schema().up(&pool).await.unwrap()
}

#[tokio::test]
async fn processes_that_start_at_once_migrate_once() {
    for database in databases().await {
        let starting: Vec<_> = (0..4)
            .map(|_| tokio::spawn(begin(database.url.clone())))
            .collect();
        let mut applied = Vec::new();
        for one in starting {
            applied.push(one.await.unwrap());
        }
        applied.sort_unstable();
        assert_eq!(applied, [0, 0, 0, 3], "{database:?}");
    }
}

#[tokio::test]
async fn what_is_missing_is_told() {
    for database in databases().await {
        let missing = schema().verify(&database.pool).await.unwrap_err();
        assert!(
            matches!(&missing, MigrationError::Pending { versions } if *versions == [1, 2, 3]),
            "{missing:?}"
        );
        let wrong = schema().down(&database.pool, 7).await.unwrap_err();
        assert!(wrong.to_string().contains("no migration 7"), "{wrong}");
    }
}

#[tokio::test]
async fn a_newer_database_is_refused_and_left_alone() {
    let newer = made(&[
        (1, "CREATE TABLE a (b bigint)", Some("DROP TABLE a")),
        (2, "CREATE TABLE c (d bigint)", None),
    ]);
    let older = made(&[(1, "CREATE TABLE a (b bigint)", Some("DROP TABLE a"))]);
    for database in databases().await {
        newer.up(&database.pool).await.unwrap();
        for refused in [
            older.up(&database.pool).await.unwrap_err(),
            older.verify(&database.pool).await.unwrap_err(),
            older.down(&database.pool, 0).await.unwrap_err(),
        ] {
            assert!(
                matches!(
                    refused,
                    MigrationError::Newer {
                        found: 2,
                        newest: 1
                    }
                ),
                "{refused:?}"
            );
        }
        let no_way = newer.down(&database.pool, 0).await.unwrap_err();
        assert!(
            matches!(no_way, MigrationError::NoWayDown { version: 2 }),
            "{no_way:?}"
        );
        assert_eq!(
            count(&database.pool, "SELECT count(*) FROM c").await,
            0,
            "nothing was taken back"
        );
    }
}

#[tokio::test]
async fn an_edited_migration_is_refused() {
    let before = made(&[(1, "CREATE TABLE a (b bigint)", None)]);
    let after = made(&[
        (1, "CREATE TABLE a (b bigint, c bigint)", None),
        (2, "CREATE TABLE d (e bigint)", None),
    ]);
    for database in databases().await {
        before.up(&database.pool).await.unwrap();
        let refused = after.up(&database.pool).await.unwrap_err();
        assert!(
            matches!(refused, MigrationError::Changed { version: 1, .. }),
            "{refused:?}"
        );
        let states: Vec<_> = after
            .status(&database.pool)
            .await
            .unwrap()
            .into_iter()
            .map(|one| one.state)
            .collect();
        assert_eq!(states, [MigrationState::Changed, MigrationState::Pending]);
    }
}

#[tokio::test]
async fn a_failing_migration_is_taken_back_and_the_lock_is_free() {
    let broken = made(&[(
        1,
        "CREATE TABLE a (b bigint); INSERT INTO nowhere VALUES (1)",
        None,
    )]);
    let sound = made(&[(1, "CREATE TABLE a (b bigint)", None)]);
    for database in databases().await {
        let failed = broken.up(&database.pool).await.unwrap_err();
        assert!(
            matches!(failed, MigrationError::Failed { version: 1, .. }),
            "{failed:?}"
        );
        assert!(!failed.to_string().contains("nowhere"), "{failed}");
        assert_eq!(sound.up(&database.pool).await.unwrap(), 1, "{database:?}");
    }
}

#[tokio::test]
async fn rows_left_dangling_stop_the_migration_of_a_file() {
    let database = ledger::testing::sqlite().await;
    let torn = made(&[(
        1,
        "CREATE TABLE a (id bigint PRIMARY KEY); CREATE TABLE b (a_id bigint REFERENCES a (id)); \
         INSERT INTO b VALUES (7)",
        None,
    )]);
    let refused = torn.up(&database.pool).await.unwrap_err();
    assert!(
        matches!(&refused, MigrationError::Dangling { table } if table == "b"),
        "{refused:?}"
    );
    let missing = torn.verify(&database.pool).await.unwrap_err();
    assert!(
        matches!(missing, MigrationError::Pending { .. }),
        "{missing:?}"
    );
}
