//! Opening: what is missing is made, what is not there is named without a password.

use std::net::TcpListener;

use ledger::testing::sqlite;
use ledger::{DatabaseUrl, OpenError, Pool, on};

#[tokio::test]
async fn the_file_and_its_folder_are_made_with_their_settings() {
    let base = sqlite().await;
    let path = base
        .url
        .path()
        .unwrap()
        .with_file_name("deep")
        .join("er")
        .join("x y.db");
    for (asked, synchronous) in [("", "2"), ("?durability=normal", "1")] {
        let url: DatabaseUrl = format!("sqlite+aiosqlite:///{}{asked}", path.display())
            .parse()
            .unwrap();
        let pool = Pool::open(&url, 2).await.unwrap();
        assert!(path.is_file());
        its_settings(&pool, synchronous).await;
    }
}

async fn its_settings(pool: &Pool, synchronous: &str) {
    let mut tx = pool.begin().await.unwrap();
    for (pragma, expected) in [
        ("journal_mode", "wal"),
        ("synchronous", synchronous),
        ("foreign_keys", "1"),
    ] {
        let text: &'static str = match pragma {
            "journal_mode" => "SELECT journal_mode FROM pragma_journal_mode",
            "synchronous" => "SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous",
            _ => "SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys",
        };
        let found: String = match &mut tx {
            ledger::Tx::Lite(tx) => sqlx::query_scalar(text).fetch_one(&mut **tx).await.unwrap(),
            ledger::Tx::Pg(_) => panic!("not a file"),
        };
        assert_eq!(found, expected, "{pragma}");
    }
}

#[tokio::test]
async fn a_database_in_memory_is_shared_by_its_connections() {
    let url: DatabaseUrl = "sqlite::memory:".parse().unwrap();
    let pool = Pool::open(&url, 2).await.unwrap();
    assert_eq!(crate::schema().up(&pool).await.unwrap(), 3);
    let text = "SELECT count(*) FROM rooms";
    let count: i64 = on!(pool, db => sqlx::query_scalar(text).fetch_one(db).await).unwrap();
    assert_eq!(count, 0);
    let other = Pool::open(&"sqlite::memory:".parse().unwrap(), 2)
        .await
        .unwrap();
    let stranger = on!(other, db => sqlx::query_scalar::<_, i64>(text).fetch_one(db).await);
    assert!(stranger.is_err(), "two URLs are two databases");
}

#[tokio::test]
async fn a_file_where_the_folder_should_be_is_named() {
    let base = sqlite().await;
    let url = DatabaseUrl::file(base.url.path().unwrap().join("x.db"));
    let refused = Pool::open(&url, 2).await.unwrap_err();
    assert!(matches!(refused, OpenError::Folder { .. }), "{refused:?}");
    assert!(refused.to_string().contains("test.db"), "{refused}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let base = sqlite().await;
    let path = base.url.path().unwrap().with_file_name("letter.txt");
    std::fs::write(&path, "Dear reader, ".repeat(100)).unwrap();
    let refused = Pool::open(&DatabaseUrl::file(&path), 2).await.unwrap_err();
    assert!(refused.to_string().contains("letter.txt"), "{refused}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_at_once_without_its_password() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url: DatabaseUrl = format!("postgresql://lobby:geheim@127.0.0.1:{port}/lobby")
        .parse()
        .unwrap();
    let refused = Pool::open(&url, 2).await.unwrap_err();
    assert!(matches!(refused, OpenError::Refused { .. }), "{refused:?}");
    assert!(
        refused
            .to_string()
            .contains(&format!("127.0.0.1:{port}/lobby does not open")),
        "{refused}"
    );
    assert!(!format!("{refused} {refused:?}").contains("geheim"));
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let url: DatabaseUrl = format!("postgresql://lobby:geheim@127.0.0.1:{port}/lobby")
        .parse()
        .unwrap();
    let refused = Pool::open(&url, 2).await.unwrap_err();
    assert!(matches!(refused, OpenError::TimedOut { .. }), "{refused:?}");
    drop(listener);
}
