//! Names of uploads, and contents whose naming fails.

use super::*;

#[test]
fn names_are_plain_words() {
    for good in ["a", "recording_mic-1.wav", "0", &"x".repeat(128)] {
        assert!(is_name(good), "{good}");
    }
    for bad in [
        "",
        ".hidden",
        "-x",
        "_x",
        "a b",
        "a/b",
        "..",
        "a\0b",
        "ä.wav",
        "a\n",
        &"x".repeat(129),
    ] {
        assert!(!is_name(bad), "{bad:?}");
    }
}

/// A service with a job, on each kind of database; what its folder holds.
async fn opened(
    database: &ledger::testing::Database,
    folder: &std::path::Path,
) -> (crate::Measurement, Uuid) {
    let identity = chassis::service::Identity::new("test", "127.0.0.1", None);
    let settings = crate::Settings {
        database: Some(database.url.clone()),
        ..crate::Settings::new(identity, folder)
    };
    let measurement = crate::Measurement::open(settings).await.unwrap();
    let empty = || "{}".to_owned();
    let pool = &measurement.service().pool;
    let job = store::create(pool, empty(), empty()).await.unwrap();
    (measurement, job)
}

async fn written(service: &Service) -> Writer {
    let mut writer = service.shelf.begin(100).await.unwrap();
    let content = bytes::Bytes::from_static(b"private");
    writer.write(content).await.unwrap();
    writer
}

async fn execute(pool: &ledger::Pool, text: &'static str) {
    let mut tx = pool.begin().await.unwrap();
    ledger::on!(tx, db => sqlx::query(text).execute(db).await.map(|_| ())).unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_content_that_cannot_be_named_is_gone_when_the_database_is_back() {
    for database in ledger::testing::databases().await {
        let folder = tempfile::TempDir::new().unwrap();
        let (measurement, job) = opened(&database, folder.path()).await;
        let service = measurement.service();
        let (pool, shelf) = (&service.pool, &service.shelf);
        let writer = written(service).await;
        execute(pool, "ALTER TABLE uploads RENAME TO away").await;
        let placed = place(Shared::clone(service), job, "a".to_owned(), writer, None).await;
        assert_eq!(placed.unwrap_err().status(), 500, "why it has no name");
        let content = written(service).await.seal().await.unwrap().blob().sha256;
        assert!(shelf.exists(&content).await.unwrap());
        execute(pool, "ALTER TABLE away RENAME TO uploads").await;
        removal::clear(pool, shelf).await.unwrap();
        assert!(!shelf.exists(&content).await.unwrap());
        // A content that has its name is not noted any more.
        let again = written(service).await;
        let named = place(Shared::clone(service), job, "a".to_owned(), again, None).await;
        named.unwrap();
        execute(pool, "DELETE FROM uploads").await;
        removal::clear(pool, shelf).await.unwrap();
        assert!(shelf.exists(&content).await.unwrap());
    }
}

#[tokio::test]
async fn without_a_database_nothing_is_put_in_its_place() {
    for database in ledger::testing::databases().await {
        let folder = tempfile::TempDir::new().unwrap();
        let (measurement, job) = opened(&database, folder.path()).await;
        let service = measurement.service();
        let writer = written(service).await;
        let content = written(service).await.seal().await.unwrap().blob().sha256;
        measurement.close().await;
        let placed = place(Shared::clone(service), job, "a".to_owned(), writer, None).await;
        assert_eq!(placed.unwrap_err().status(), 503);
        assert!(!service.shelf.exists(&content).await.unwrap());
    }
}
