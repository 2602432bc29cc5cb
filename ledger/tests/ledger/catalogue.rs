//! A database that lacks something of what the migrations make, or is somebody else's, is refused; what an operator
//! added stays.

use ledger::testing::{Database, assert_catalogue, databases, postgres};
use ledger::{Fault, Foreign, MigrationError, Owner, Pool, StartError, on};

use crate::{ready, schema};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ledger/migrations");

/// What a service that migrates, and one that does not, say at their starts.
async fn refusals(database: &Database) -> Vec<MigrationError> {
    let mut refusals = Vec::new();
    for run_migrations in [true, false] {
        let started = Pool::start(&database.url, 2, &schema(), run_migrations).await;
        match started {
            Err(StartError::Schema { cause, .. }) => refusals.push(cause),
            Err(error @ StartError::Database(_)) => panic!("{error}"),
            Ok(_) => {}
        }
    }
    refusals
}

/// Both starts tell exactly these faults.
async fn lacks(database: &Database, expected: &[&str]) {
    let refusals = refusals(database).await;
    assert_eq!(refusals.len(), 2, "{database:?}: {expected:?}");
    for refusal in refusals {
        let MigrationError::Lacking(faults) = &refusal else {
            panic!("{refusal}");
        };
        let told: Vec<String> = faults.0.iter().map(Fault::to_string).collect();
        assert_eq!(told, expected, "{database:?}");
        let whole = refusal.to_string();
        assert!(
            whole.contains(expected[0]) && whole.contains("restore a backup"),
            "{whole}"
        );
    }
}

async fn is_foreign(database: &Database, owner: Owner, tables: &[&str]) {
    let refusals = refusals(database).await;
    assert_eq!(refusals.len(), 2, "{database:?}: {tables:?}");
    for refusal in refusals {
        let MigrationError::Foreign(Foreign {
            owner: told,
            tables: named,
        }) = &refusal
        else {
            panic!("{refusal}");
        };
        assert_eq!(
            (*told, named.as_slice()),
            (
                owner,
                &tables.iter().map(ToString::to_string).collect::<Vec<_>>()[..]
            )
        );
        assert!(
            refusal.to_string().contains("name an empty database"),
            "{refusal}"
        );
    }
    assert!(
        !has_record(&database.pool).await,
        "{database:?} was written into"
    );
}

async fn has_record(pool: &Pool) -> bool {
    let text = "SELECT count(*) FROM _sqlx_migrations";
    on!(pool, db => sqlx::query_scalar::<_, i64>(text).fetch_one(db).await).is_ok()
}

#[tokio::test]
async fn the_committed_catalogue_is_what_the_migrations_make() {
    assert_catalogue(&schema(), FOLDER).await;
}

#[tokio::test]
async fn a_database_as_the_migrations_make_it_starts() {
    for database in databases().await {
        assert!(
            Pool::start(&database.url, 2, &schema(), false)
                .await
                .is_err()
        );
        Pool::start(&database.url, 2, &schema(), true)
            .await
            .unwrap();
        Pool::start(&database.url, 2, &schema(), false)
            .await
            .unwrap();
        let inspection = schema().inspect(&database.pool).await.unwrap();
        assert_eq!((inspection.faults, inspection.extra), (vec![], vec![]));
    }
}

#[tokio::test]
async fn an_index_that_was_dropped_is_named() {
    for database in ready().await {
        database.alter("DROP INDEX outbox_delivered").await;
        lacks(&database, &["outbox: index outbox_delivered is missing"]).await;
    }
}

#[tokio::test]
async fn an_index_of_another_definition_is_told_with_both() {
    for database in ready().await {
        database
            .alter(
                "DROP INDEX visits_lower_label; CREATE INDEX visits_lower_label ON visits (label)",
            )
            .await;
        let told = "visits: index visits_lower_label is (label), expected unique (lower(label))";
        lacks(&database, &[told]).await;
    }
}

#[tokio::test]
async fn an_index_made_again_in_another_layout_is_the_same() {
    let again = "DROP INDEX outbox_undelivered; CREATE INDEX outbox_undelivered\n  ON outbox(scope,destination,id)\n\
        where delivered_at IS NULL";
    for database in ready().await {
        database.alter(again).await;
        Pool::start(&database.url, 2, &schema(), false)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_column_that_is_missing_is_named() {
    for database in ready().await {
        database.alter("ALTER TABLE outbox DROP COLUMN seq").await;
        lacks(&database, &["outbox: column seq is missing"]).await;
    }
}

#[tokio::test]
async fn a_column_of_another_type_is_told_with_both() {
    let change = "ALTER TABLE rooms DROP COLUMN seen_at; ALTER TABLE rooms ADD COLUMN seen_at text";
    for database in ready().await {
        database.alter(change).await;
        let expected = match database.dialect() {
            ledger::Dialect::Postgres => {
                "rooms: column seen_at is text, expected timestamp with time zone"
            }
            ledger::Dialect::Sqlite => "rooms: column seen_at is text, expected integer",
        };
        lacks(&database, &[expected]).await;
    }
}

#[tokio::test]
async fn several_faults_are_told_at_once_and_a_table_stands_for_its_columns() {
    for database in ready().await {
        database
            .alter("DROP TABLE visits; ALTER TABLE rooms DROP COLUMN colour")
            .await;
        let faults = [
            "rooms: column colour is missing",
            "rooms: default of colour is missing",
            "visits: the table is missing",
        ];
        lacks(&database, &faults).await;
    }
}

#[tokio::test]
async fn constraints_that_were_dropped_are_named() {
    let Some(database) = postgres().await else {
        return;
    };
    schema().up(&database.pool).await.unwrap();
    let change = "ALTER TABLE visits DROP CONSTRAINT visits_room_id_device_key, DROP CONSTRAINT visits_room_id_fkey; \
        ALTER TABLE rooms DROP CONSTRAINT rooms_seats_positive; ALTER TABLE outbox ALTER COLUMN id DROP DEFAULT; \
        ALTER TABLE rooms ALTER COLUMN code DROP NOT NULL; ALTER TABLE outbox SET UNLOGGED";
    database.alter(change).await;
    let faults = [
        "outbox: default of id is missing",
        "outbox: table is unlogged, expected plain",
        "rooms: check rooms_seats_positive is missing",
        "rooms: column code is text, expected text not null",
        "visits: foreign key (room_id) to rooms (id) is missing",
        "visits: unique (room_id, device) is missing",
    ];
    lacks(&database, &faults).await;
}

#[tokio::test]
async fn an_index_whose_making_failed_does_not_count() {
    let Some(database) = postgres().await else {
        return;
    };
    schema().up(&database.pool).await.unwrap();
    let change =
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'outbox_delivered'::regclass";
    database.alter(change).await;
    let expected = "outbox: index outbox_delivered is (delivered_at) where (delivered_at IS NOT NULL) not valid, \
        expected (delivered_at) where (delivered_at IS NOT NULL)";
    lacks(&database, &[expected]).await;
}

#[tokio::test]
async fn what_an_operator_added_is_allowed_and_listed() {
    let added = "ALTER TABLE rooms ADD COLUMN note text; CREATE INDEX rooms_note ON rooms (note); \
        CREATE TABLE audit (id integer PRIMARY KEY, what text)";
    for database in ready().await {
        database.alter(added).await;
        Pool::start(&database.url, 2, &schema(), true)
            .await
            .unwrap();
        Pool::start(&database.url, 2, &schema(), false)
            .await
            .unwrap();
        let extra = schema().inspect(&database.pool).await.unwrap().extra;
        let extra: Vec<String> = extra.iter().map(ToString::to_string).collect();
        assert_eq!(
            extra,
            [
                "audit table",
                "rooms column note: text",
                "rooms index rooms_note: (note)"
            ]
        );
    }
}

#[tokio::test]
async fn an_added_column_that_must_be_filled_is_refused() {
    let Some(database) = postgres().await else {
        return;
    };
    schema().up(&database.pool).await.unwrap();
    database
        .alter("ALTER TABLE rooms ADD COLUMN note text NOT NULL")
        .await;
    lacks(
        &database,
        &["rooms: column note must have a value and has no default, so that no row can be added"],
    )
    .await;
    database
        .alter("ALTER TABLE rooms ALTER COLUMN note SET DEFAULT ''")
        .await;
    Pool::start(&database.url, 2, &schema(), false)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_database_that_alembic_migrated_is_left_alone() {
    for database in databases().await {
        database.alter("CREATE TABLE alembic_version (version_num varchar(32)); CREATE TABLE zoo (id integer)",
        )
        .await;
        is_foreign(
            &database,
            Owner::AnotherProgram,
            &["alembic_version", "zoo"],
        )
        .await;
    }
}

#[tokio::test]
async fn the_earlier_service_is_named() {
    let tables = "CREATE TABLE lobbies (id integer, code varchar(16)); \
        CREATE UNIQUE INDEX ix_lobbies_code ON lobbies (code)";
    for database in databases().await {
        database.alter(tables).await;
        is_foreign(&database, Owner::EarlierService, &["lobbies"]).await;
    }
}

#[tokio::test]
async fn tables_of_our_names_without_a_record_are_left_alone() {
    for database in ready().await {
        database
            .alter("DROP TABLE _sqlx_migrations; CREATE TABLE zoo (id integer)")
            .await;
        is_foreign(
            &database,
            Owner::AnotherProgram,
            &["outbox", "rooms", "visits"],
        )
        .await;
    }
}

#[tokio::test]
async fn a_database_with_other_tables_alone_is_taken() {
    for database in databases().await {
        database.alter("CREATE TABLE zoo (id integer)").await;
        Pool::start(&database.url, 2, &schema(), true)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn who_only_looks_writes_nothing() {
    for database in databases().await {
        let pool = &database.pool;
        assert_eq!(
            schema().status(pool).await.unwrap(),
            schema().unapplied(database.dialect())
        );
        assert!(schema().verify(pool).await.is_err());
        assert_eq!(schema().down(pool, 0).await.unwrap(), 0);
        assert!(!has_record(pool).await, "{database:?}");
    }
}
