//! The tables: every statement is understood by both databases, and migrations go down and up with rows in them.

use ledger::on;
use ledger::testing::assert_catalogue;
use serde_json::json;

use crate::bench::Bench;
use crate::cast::Cast;

#[tokio::test]
async fn every_statement_is_understood() {
    for bench in Bench::both().await {
        ledger::prepare_all(&bench.database.pool, &lobby::statements())
            .await
            .unwrap();
        ledger::prepare_all(&bench.database.pool, &ledger::outbox::STATEMENTS)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn the_committed_catalogue_is_what_the_migrations_make() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    assert_catalogue(&lobby::MIGRATIONS, folder).await;
}

#[tokio::test]
async fn migrations_go_down_and_up_with_rows_in_the_tables() {
    for bench in Bench::both().await {
        let cast = Cast::of(&bench, 1, 1).await;
        cast.session(&bench).await;
        let pool = &bench.database.pool;
        assert_eq!(lobby::MIGRATIONS.down(pool, 0).await.unwrap(), 1);
        assert_eq!(lobby::MIGRATIONS.up(pool).await.unwrap(), 1);
        lobby::MIGRATIONS.verify(pool).await.unwrap();
        let left: i64 =
            on!(pool, db => sqlx::query_scalar("SELECT count(*) FROM lobbies").fetch_one(db).await)
                .unwrap();
        assert_eq!(left, 0);
        bench.ok("adm", "lobby.create", json!({})).await;
    }
}

#[tokio::test]
async fn rows_of_a_lobby_go_with_it() {
    for bench in Bench::both().await {
        let cast = Cast::of(&bench, 1, 1).await;
        cast.session(&bench).await;
        let mut tx = bench.database.pool.begin().await.unwrap();
        on!(tx, db => sqlx::query("DELETE FROM lobbies").execute(db).await.map(|_| ())).unwrap();
        tx.commit().await.unwrap();
        for text in [
            "SELECT count(*) FROM participants",
            "SELECT count(*) FROM lobby_events",
            "SELECT count(*) FROM sessions",
        ] {
            let pool = &bench.database.pool;
            let left: i64 = on!(pool, db => sqlx::query_scalar(text).fetch_one(db).await).unwrap();
            assert_eq!(left, 0, "{text}");
        }
    }
}
