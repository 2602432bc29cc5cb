//! A blob that is coming in.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};
use sha2::Digest;

use super::{Blob, BlobError, Sha256, store_error};

/// Bytes that are collected before they are hashed and written.
const PART: usize = 1024 * 1024;

/// Takes a blob piece by piece. Dropped before it is sealed and placed, it leaves nothing.
pub struct Writer {
    store: Arc<dyn ObjectStore>,
    upload: Box<dyn MultipartUpload>,
    stage: Path,
    limit: u64,
    bytes: u64,
    part: Vec<Bytes>,
    in_part: usize,
    /// Away while a part is hashed; a write that was dropped there cannot be gone on with.
    hasher: Option<sha2::Sha256>,
}

impl Writer {
    pub(super) fn new(
        store: Arc<dyn ObjectStore>,
        upload: Box<dyn MultipartUpload>,
        stage: Path,
        limit: u64,
    ) -> Self {
        let hasher = Some(sha2::Sha256::new());
        Self {
            store,
            upload,
            stage,
            limit,
            bytes: 0,
            part: Vec::new(),
            in_part: 0,
            hasher,
        }
    }

    /// Takes a piece. After an error the writer can only be dropped.
    ///
    /// # Errors
    ///
    /// [`BlobError::TooLarge`], [`BlobError::Store`].
    pub async fn write(&mut self, piece: Bytes) -> Result<(), BlobError> {
        let seen = self.bytes + piece.len() as u64;
        if seen > self.limit {
            self.hasher = None;
            return Err(BlobError::TooLarge {
                limit: self.limit,
                seen,
            });
        }
        self.bytes = seen;
        self.in_part += piece.len();
        self.part.push(piece);
        if self.in_part >= PART {
            self.flush().await
        } else {
            Ok(())
        }
    }

    /// Takes no more, so that the hash is known before the blob is in its place.
    ///
    /// # Errors
    ///
    /// [`BlobError::Store`].
    pub async fn seal(mut self) -> Result<Sealed, BlobError> {
        self.flush().await?;
        let hasher = self.hasher.take().ok_or_else(broken)?;
        let blob = Blob {
            sha256: Sha256(hasher.finalize().into()),
            bytes: self.bytes,
        };
        Ok(Sealed { writer: self, blob })
    }

    async fn move_to(mut self, blob: Blob) -> Result<Blob, BlobError> {
        self.upload.complete().await.map_err(store_error)?;
        match self
            .store
            .rename_if_not_exists(&self.stage, &blob.sha256.path())
            .await
        {
            Ok(()) => Ok(blob),
            Err(cause) => {
                let there = matches!(cause, object_store::Error::AlreadyExists { .. });
                let removed = self.store.delete(&self.stage).await;
                if !there {
                    return Err(store_error(cause));
                }
                removed.map(|()| blob).map_err(store_error)
            }
        }
    }

    /// Hashes and writes what was collected, at the same time and away from the async threads.
    async fn flush(&mut self) -> Result<(), BlobError> {
        let part = std::mem::take(&mut self.part);
        self.in_part = 0;
        let mut hasher = self.hasher.take().ok_or_else(broken)?;
        let written = self
            .upload
            .put_part(part.iter().cloned().collect::<PutPayload>());
        let hashed = tokio::task::spawn_blocking(move || {
            for piece in &part {
                hasher.update(piece);
            }
            hasher
        });
        let (written, hashed) = tokio::join!(written, hashed);
        written.map_err(store_error)?;
        self.hasher = Some(hashed.map_err(|cause| BlobError::Store(cause.to_string()))?);
        Ok(())
    }
}

/// A blob that is whole and not in its place yet. Dropped, it leaves nothing.
#[derive(Debug)]
pub struct Sealed {
    writer: Writer,
    blob: Blob,
}

impl Sealed {
    /// Under which it will be found.
    pub fn blob(&self) -> Blob {
        self.blob
    }

    /// Puts the blob in its place, unless it is there already. It goes on even if the caller leaves.
    ///
    /// # Errors
    ///
    /// [`BlobError::Store`].
    pub async fn place(self) -> Result<Blob, BlobError> {
        let done = tokio::spawn(self.writer.move_to(self.blob)).await;
        done.unwrap_or_else(|cause| Err(BlobError::Store(cause.to_string())))
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("stage", &self.stage)
            .field("bytes", &self.bytes)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

fn broken() -> BlobError {
    BlobError::Store("a write was broken off before".to_owned())
}
