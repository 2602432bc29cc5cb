//! Files of any size under the hash of their content: written once, never overwritten, there or not there.
//!
//! A file is staged under `staging/`, hashed while it comes in, and moved to `sha256/ab/cd/<hash>` when it is whole.
//! Its memory does not depend on its size. Whoever deletes a blob makes sure that nobody else writes the same content
//! meanwhile.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use uuid::Uuid;

use crate::problem::Problem;

mod digest;
mod writer;

pub use digest::{NoSha256, Sha256};
pub use writer::{Sealed, Writer};

const STAGING: &str = "staging";
/// What was staged so long ago belongs to no upload that still runs.
const LEFTOVER_AGE: Duration = Duration::from_hours(24);
/// After as many seconds a full disk may have room again.
const RETRY_AFTER_S: u32 = 30;

/// A place for blobs. Clones share it.
#[derive(Debug, Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
}

/// A stored file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blob {
    /// Under which it is found.
    pub sha256: Sha256,
    /// Its size.
    pub bytes: u64,
}

/// Why a blob could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// More bytes came than are taken; nothing is kept.
    #[error("more than {limit} bytes")]
    TooLarge {
        /// Bytes allowed.
        limit: u64,
        /// Bytes seen when it was noticed; there may have been more to come.
        seen: u64,
    },
    /// No blob has this hash.
    #[error("there is no blob {0}")]
    NotFound(Sha256),
    /// The disk is full, away or broken. The text is for the log alone.
    #[error("the blob store failed: {0}")]
    Store(String),
}

impl Blobs {
    /// Opens a folder, made if it is not there, and removes leftovers of uploads that a crash cut off.
    ///
    /// # Errors
    ///
    /// [`BlobError::Store`] if the folder cannot be made or written.
    pub async fn open(folder: impl Into<PathBuf>) -> Result<Self, BlobError> {
        let folder = folder.into();
        tokio::fs::create_dir_all(folder.join(STAGING))
            .await
            .map_err(|cause| at(&folder, &cause))?;
        remove_leftovers(&folder.join(STAGING)).await?;
        let store = LocalFileSystem::new_with_prefix(&folder)
            .map_err(store_error)?
            .with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
        })
    }

    /// Begins a blob of at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// [`BlobError::Store`].
    pub async fn begin(&self, limit: u64) -> Result<Writer, BlobError> {
        let stage = Path::from(format!("{STAGING}/{}", Uuid::new_v4().simple()));
        let upload = self
            .store
            .put_multipart(&stage)
            .await
            .map_err(store_error)?;
        Ok(Writer::new(Arc::clone(&self.store), upload, stage, limit))
    }

    /// The whole content.
    ///
    /// # Errors
    ///
    /// [`BlobError::NotFound`], [`BlobError::Store`].
    pub async fn read(&self, sha256: &Sha256) -> Result<Bytes, BlobError> {
        let found = self
            .store
            .get(&sha256.path())
            .await
            .map_err(|cause| missing_or(sha256, cause))?;
        found
            .bytes()
            .await
            .map_err(|cause| missing_or(sha256, cause))
    }

    /// The size of a blob, or `None` if it is not there.
    ///
    /// # Errors
    ///
    /// [`BlobError::Store`].
    pub async fn size(&self, sha256: &Sha256) -> Result<Option<u64>, BlobError> {
        match self.store.head(&sha256.path()).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(cause) => Err(store_error(cause)),
        }
    }

    /// Whether it is there.
    ///
    /// # Errors
    ///
    /// [`BlobError::Store`].
    pub async fn exists(&self, sha256: &Sha256) -> Result<bool, BlobError> {
        Ok(self.size(sha256).await?.is_some())
    }

    /// Removes a blob. False if it was not there.
    ///
    /// # Errors
    ///
    /// [`BlobError::Store`].
    pub async fn delete(&self, sha256: &Sha256) -> Result<bool, BlobError> {
        match self.store.delete(&sha256.path()).await {
            Ok(()) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(cause) => Err(store_error(cause)),
        }
    }
}

/// What a client is told. What the disk said is logged here and stays here.
impl From<BlobError> for Problem {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::TooLarge { limit, seen } => {
                Self::payload_too_large(format!("More than the {limit} bytes allowed"))
                    .data(serde_json::json!({"limit_bytes": limit, "seen_bytes": seen}))
            }
            BlobError::NotFound(_) => Self::not_found("The file is not there any more"),
            BlobError::Store(cause) => {
                tracing::error!(
                    trace_id = crate::trace::Trace::current_id(),
                    cause,
                    "the blob store failed"
                );
                Self::unavailable(
                    "Files cannot be stored or read at the moment",
                    RETRY_AFTER_S,
                )
                .remedy("Try again; if it stays so, tell the operator.")
            }
        }
    }
}

/// The store names a stage that was never finished `<name>#<n>` and hides it from its own listing, so the folder is
/// read here.
async fn remove_leftovers(staging: &FilePath) -> Result<(), BlobError> {
    let failed = |cause| at(staging, &cause);
    let mut entries = tokio::fs::read_dir(staging).await.map_err(failed)?;
    while let Some(entry) = entries.next_entry().await.map_err(failed)? {
        let modified = entry.metadata().await.and_then(|meta| meta.modified());
        let old = modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > LEFTOVER_AGE));
        if old {
            match tokio::fs::remove_file(entry.path()).await {
                Ok(()) => tracing::info!("a leftover of a broken upload was removed"),
                Err(cause) => tracing::warn!(%cause, "a leftover of a broken upload stays"),
            }
        }
    }
    Ok(())
}

fn missing_or(sha256: &Sha256, cause: object_store::Error) -> BlobError {
    if matches!(cause, object_store::Error::NotFound { .. }) {
        return BlobError::NotFound(*sha256);
    }
    store_error(cause)
}

#[expect(clippy::needless_pass_by_value, reason = "given to map_err")]
fn store_error(cause: object_store::Error) -> BlobError {
    BlobError::Store(cause.to_string())
}

fn at(folder: &FilePath, cause: &std::io::Error) -> BlobError {
    BlobError::Store(format!("{}: {cause}", folder.display()))
}
