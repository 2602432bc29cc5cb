//! Contents of uploads on disk, and who may name and remove them.
//!
//! A content may have several names: uploads of several jobs, and recordings of sessions, which keep the content of
//! their moment although the name is used again. It goes when nothing names it any more. Whoever removes one keeps
//! everybody from naming it meanwhile; that lock is of this process, which is the only one that writes these files.

use std::sync::Arc;

use bytes::Bytes;
use chassis::blobs::{BlobError, Blobs, Sha256, Writer};
use chassis::problem::Problem;
use ledger::{Pool, on};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::fault;

/// Notes that a content lost a name.
pub(crate) const RETIRE: &str = "INSERT INTO retired_contents (job_id, sha256, retired_at) VALUES ($1, $2, $3) \
    ON CONFLICT (job_id, sha256) DO UPDATE SET retired_at = excluded.retired_at";

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

    /// Keeps contents from being cleaned away while one is put in its place or named.
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

    /// Removes a content if nothing names it.
    ///
    /// # Errors
    /// 503 when the database or the store is away.
    pub(crate) async fn remove_unnamed(&self, pool: &Pool, content: &str) -> Result<(), Problem> {
        let sha256: Sha256 = content.parse().map_err(Problem::internal)?;
        let _alone = self.alone().await;
        let named: i64 = on!(pool, db => {
            sqlx::query_scalar(NAMED).bind(content).fetch_one(db).await
        })
        .map_err(fault::statement)?;
        if named == 0 && self.blobs.delete(&sha256).await? {
            tracing::debug!(%sha256, "a content that nothing names was removed");
        }
        Ok(())
    }

    /// Keeps everybody from naming a content.
    pub(crate) async fn alone(&self) -> RwLockWriteGuard<'_, ()> {
        self.naming.write().await
    }
}
