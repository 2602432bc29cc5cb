//! What storage does by itself: rows that were deleted long ago, and keys that were used long ago, go.

use std::time::Duration;

use ledger::{DbError, Instant, Pool, on};

use crate::document::forget_documents;
use crate::entity::ALL;
use crate::metrics::Operation;
use crate::resource::forget_keys;
use crate::service::Storage;

/// From one round to the next. Several processes may do the same round: what is gone is gone.
const EVERY: Duration = Duration::from_hours(1);

/// How long the answer to a key is kept.
const KEYS_KEPT: Duration = Duration::from_hours(24);

/// How long what is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept {
    /// Rows of the word `deleted`.
    pub(crate) deleted: Duration,
    /// Documents that nobody stores again; none: for good.
    pub(crate) documents: Option<Duration>,
}

/// Does a round now and then, until the process ends.
pub(crate) async fn go_on(service: Storage, kept: Kept) {
    loop {
        let round = round(service.pool(), kept, Instant::now());
        let outcome = service.counted(Operation::Upkeep, round).await;
        if kept.documents.is_some() {
            service.cache().forget_all();
        }
        match outcome {
            Ok(removed) => tracing::debug!(removed, "old rows were removed"),
            Err(error) => {
                tracing::warn!(?error, "old rows could not be removed; tried again later");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = service.shutdown().begun() => return,
        }
    }
}

/// One round; tells how many rows went.
pub(crate) async fn round(pool: &Pool, kept: Kept, now: Instant) -> Result<u64, DbError> {
    let mut removed = forget_keys(pool, now.before(KEYS_KEPT)).await?;
    if let Some(documents) = kept.documents {
        removed += forget_documents(pool, now.before(documents)).await?;
    }
    let before = now.before(kept.deleted);
    for entity in ALL {
        let statements = entity.statements();
        let Some(purge) = statements.purge else {
            continue;
        };
        let mut tx = pool.begin().await?;
        tx.unhurried().await?;
        for orphans in &statements.orphans_of_purged {
            on!(tx, db => sqlx::query(*orphans).bind(before).bind(now).execute(db).await.map(drop))?;
        }
        removed += on!(tx, db => {
            sqlx::query(purge).bind(before).execute(db).await.map(|done| done.rows_affected())
        })?;
        tx.commit().await?;
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use ledger::testing::databases;
    use sqlx::types::Uuid;

    use super::*;
    use crate::service::MIGRATIONS;

    const LOBBY: &str = "INSERT INTO lobbies (id, code, state, created_at, updated_at, version) \
        VALUES ($1, $2, $3, $4, $4, 1)";
    const MEASUREMENT: &str = "INSERT INTO measurements \
        (id, lobby_id, kind, metadata, created_at, updated_at, version) VALUES ($1, $2, 'raw', $3, $4, $4, 1)";
    const LEFT: &str = "SELECT count(*) FROM lobbies";
    const FREED: &str = "SELECT version FROM measurements WHERE lobby_id IS NULL";

    async fn lobby(pool: &Pool, code: &str, state: &str, at: Instant) -> Uuid {
        let id = Uuid::now_v7();
        on!(pool.alone(), db => {
            let query = sqlx::query(LOBBY).bind(id).bind(code).bind(state).bind(at);
            query.execute(db).await.map(drop)
        })
        .unwrap();
        id
    }

    async fn measurement(pool: &Pool, lobby: Uuid, at: Instant) {
        let metadata = sqlx::types::Json(serde_json::json!({}));
        on!(pool.alone(), db => {
            let query = sqlx::query(MEASUREMENT).bind(Uuid::now_v7()).bind(lobby);
            query.bind(&metadata).bind(at).execute(db).await.map(drop)
        })
        .unwrap();
    }

    async fn number(pool: &Pool, text: &'static str) -> i64 {
        on!(pool, db => sqlx::query_scalar(text).fetch_one(db).await).unwrap()
    }

    #[tokio::test]
    async fn only_what_was_deleted_long_ago_goes_and_what_pointed_to_it_stays() {
        for database in databases().await {
            let pool = &database.pool;
            MIGRATIONS.up(pool).await.unwrap();
            let kept = Kept {
                deleted: Duration::from_hours(24),
                documents: None,
            };
            let now = Instant::now();
            let old = now.before(Duration::from_hours(48));
            let deleted = lobby(pool, "A", "deleted", old).await;
            lobby(pool, "B", "deleted", now).await;
            lobby(pool, "C", "open", old).await;
            measurement(pool, deleted, old).await;
            assert_eq!(round(pool, kept, now).await.unwrap(), 1);
            assert_eq!(number(pool, LEFT).await, 2);
            assert_eq!(number(pool, FREED).await, 2, "its answer has changed");
        }
    }
}
