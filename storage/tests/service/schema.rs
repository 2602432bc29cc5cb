//! Migrations and statements on both databases.

use ledger::prepare_all;
use ledger::testing::databases;
use storage::{MIGRATIONS, statements};

#[tokio::test]
async fn every_statement_prepares_on_both_databases() {
    for database in databases().await {
        MIGRATIONS.up(&database.pool).await.unwrap();
        prepare_all(&database.pool, &statements()).await.unwrap();
    }
}

#[tokio::test]
async fn the_schema_goes_up_down_and_up_again() {
    for database in databases().await {
        let all = MIGRATIONS.up(&database.pool).await.unwrap();
        assert!(all > 0);
        assert_eq!(MIGRATIONS.down(&database.pool, 0).await.unwrap(), all);
        assert_eq!(MIGRATIONS.up(&database.pool).await.unwrap(), all);
        MIGRATIONS.verify(&database.pool).await.unwrap();
    }
}
