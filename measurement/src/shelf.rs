//! Contents of uploads on disk, and when they may go.
//!
//! A content may have several names: uploads of several jobs, and recordings of sessions, which keep the content of
//! their moment although the name is used again. It goes when nothing names it any more. Whoever removes one keeps
//! everybody from naming it meanwhile; that lock is of this process, which is the only one that writes these files.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chassis::blobs::{Blob, BlobError, Blobs, Sha256, Writer};
use chassis::problem::Problem;
use ledger::{Instant, Pool, on};
use tokio::sync::{RwLock, RwLockReadGuard};
use uuid::Uuid;

use crate::fault;

/// A content that lost its name is kept so long: a fact about it may still be on its way.
const RETIRED_FOR: Duration = Duration::from_hours(1);

/// Contents removed by one cleaning; the rest waits for the next.
const CLEANED_MAX: i64 = 100;

/// Notes that a content lost a name.
pub(crate) const RETIRE: &str = "INSERT INTO retired_contents (job_id, sha256, retired_at) VALUES ($1, $2, $3) \
    ON CONFLICT (job_id, sha256) DO UPDATE SET retired_at = excluded.retired_at";

/// Contents that lost a name long ago.
pub(crate) const LONG_RETIRED: &str = "SELECT job_id, sha256 FROM retired_contents WHERE retired_at < $1 ORDER BY retired_at LIMIT $2";

/// Takes a note back.
pub(crate) const FORGET_RETIRED: &str =
    "DELETE FROM retired_contents WHERE job_id = $1 AND sha256 = $2";

/// Whether anything names a content.
pub(crate) const NAMED: &str = "SELECT (SELECT COUNT(*) FROM uploads WHERE sha256 = $1) \
    + (SELECT COUNT(*) FROM session_recordings WHERE sha256 = $1) \
    + (SELECT COUNT(*) FROM retired_contents WHERE sha256 = $1)";

/// The contents. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Shelf {
    blobs: Blobs,
    naming: Arc<RwLock<()>>,
}

impl Shelf {
    /// Over a store of blobs.
    pub(crate) fn new(blobs: Blobs) -> Self {
        Self {
            blobs,
            naming: Arc::default(),
        }
    }

    /// Begins a content of at most `limit` bytes.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub(crate) async fn begin(&self, limit: u64) -> Result<Writer, BlobError> {
        self.blobs.begin(limit).await
    }

    /// Puts a content in its place. It is safe from cleaning while the guard lives, in which it is given a name.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub(crate) async fn finish(
        &self,
        writer: Writer,
    ) -> Result<(Blob, RwLockReadGuard<'_, ()>), BlobError> {
        let guard = self.naming.read().await;
        Ok((writer.finish().await?, guard))
    }

    /// Keeps contents from being cleaned away while something is named that exists already.
    pub(crate) async fn hold(&self) -> RwLockReadGuard<'_, ()> {
        self.naming.read().await
    }

    /// A whole content.
    ///
    /// # Errors
    /// [`BlobError::NotFound`], [`BlobError::Store`].
    pub(crate) async fn read(&self, sha256: &Sha256) -> Result<Bytes, BlobError> {
        self.blobs.read(sha256).await
    }

    /// Whether a content is there.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub(crate) async fn exists(&self, sha256: &Sha256) -> Result<bool, BlobError> {
        self.blobs.exists(sha256).await
    }

    /// Removes those of these contents that nothing names.
    ///
    /// # Errors
    /// 503 when the database or the store is away; what is left is removed by nobody then, and logged.
    pub(crate) async fn clean(&self, pool: &Pool, contents: &[String]) -> Result<(), Problem> {
        let _alone = self.naming.write().await;
        for content in contents {
            let named: i64 = on!(pool, db => {
                sqlx::query_scalar(NAMED).bind(content).fetch_one(db).await
            })
            .map_err(fault::statement)?;
            let sha256: Sha256 = content.parse().map_err(Problem::internal)?;
            if named == 0 && self.blobs.delete(&sha256).await? {
                tracing::debug!(%sha256, "a content that nothing names was removed");
            }
        }
        Ok(())
    }

    /// Removes contents that lost their name long ago.
    ///
    /// # Errors
    /// 503 when the database or the store is away.
    pub(crate) async fn clean_retired(&self, pool: &Pool, now: Instant) -> Result<(), Problem> {
        let before = now.before(RETIRED_FOR);
        let retired: Vec<(Uuid, String)> = on!(pool, db => {
            sqlx::query_as(LONG_RETIRED).bind(before).bind(CLEANED_MAX).fetch_all(db).await
        })
        .map_err(fault::statement)?;
        if retired.is_empty() {
            return Ok(());
        }
        let mut tx = pool.begin().await.map_err(fault::database)?;
        for (job_id, sha256) in &retired {
            on!(tx, db => {
                sqlx::query(FORGET_RETIRED).bind(job_id).bind(sha256).execute(db).await.map(|_| ())
            })
            .map_err(fault::statement)?;
        }
        tx.commit().await.map_err(fault::database)?;
        let contents: Vec<String> = retired.into_iter().map(|(_, sha256)| sha256).collect();
        self.clean(pool, &contents).await
    }
}

#[cfg(test)]
mod tests {
    use ledger::testing::databases;

    use super::*;
    use crate::jobs::store;
    use crate::service::MIGRATIONS;

    const NEVER_NAMED: &str = "content of a job that is not there";

    async fn put(shelf: &Shelf, content: &'static str) -> Sha256 {
        let mut writer = shelf.begin(1000).await.unwrap();
        writer
            .write(Bytes::from_static(content.as_bytes()))
            .await
            .unwrap();
        shelf.finish(writer).await.unwrap().0.sha256
    }

    async fn run(pool: &Pool, text: &'static str, job: Uuid, sha256: &Sha256, at: Instant) {
        let mut tx = pool.begin().await.unwrap();
        on!(tx, db => {
            sqlx::query(text).bind(job).bind(sha256.to_string()).bind(at).execute(db).await.map(|_| ())
        })
        .unwrap();
        tx.commit().await.unwrap();
    }

    #[tokio::test]
    async fn a_content_goes_an_hour_after_its_last_name() {
        for database in databases().await {
            let pool = &database.pool;
            MIGRATIONS.up(pool).await.unwrap();
            let folder = tempfile::TempDir::new().unwrap();
            let shelf = Shelf::new(Blobs::open(folder.path()).await.unwrap());
            let empty = || "{}".to_owned();
            let job = store::create(pool, empty(), empty()).await.unwrap();
            let content = put(&shelf, NEVER_NAMED).await;
            let retired = Instant::now();
            run(pool, RETIRE, job, &content, retired).await;
            shelf.clean_retired(pool, retired).await.unwrap();
            assert!(shelf.exists(&content).await.unwrap(), "too early");
            // While something names it, cleaning leaves it.
            shelf.clean(pool, &[content.to_string()]).await.unwrap();
            assert!(shelf.exists(&content).await.unwrap(), "still noted");
            let later = retired.after(RETIRED_FOR + Duration::from_secs(1));
            shelf.clean_retired(pool, later).await.unwrap();
            assert!(!shelf.exists(&content).await.unwrap());
        }
    }
}
