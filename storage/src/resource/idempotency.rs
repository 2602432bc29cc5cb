//! `Idempotency-Key`: what was created once is answered again, not created again.

use axum::response::Response;
use chassis::problem::Problem;
use http::header::ETAG;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use ledger::{DbError, Instant, Texts, Tx, locked, on};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::answer;
use crate::failure::Failure;

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// Most characters of a key.
const LENGTH_MAX: usize = 255;

/// On a server; a file has one writer, who is alone with the key already. Given back with the transaction.
const TRY: &str = "SELECT pg_try_advisory_xact_lock($1)";
const CLAIM: &str = "INSERT INTO idempotency (key, fingerprint, status, answer, created_at) \
    VALUES ($1, $2, 0, '', $3) ON CONFLICT (key) DO NOTHING";
const SEEN: Texts = locked!("SELECT fingerprint, etag, answer FROM idempotency WHERE key = $1");
const KEEP: &str = "UPDATE idempotency SET status = 200, etag = $2, answer = $3 WHERE key = $1";
const FORGET: &str = "DELETE FROM idempotency WHERE created_at < $1";

/// Every statement of this file.
pub(crate) const STATEMENTS: &[Texts] = &[
    Texts::same(CLAIM),
    SEEN,
    Texts::same(KEEP),
    Texts::same(FORGET),
];

/// A key, and what it was first used for.
#[derive(Debug)]
pub(super) struct Key {
    /// Hash of route and key.
    key: Vec<u8>,
    /// Hash of the body.
    fingerprint: Vec<u8>,
}

impl Key {
    /// The key of a request, if it has one.
    pub(super) fn of(
        route: &str,
        headers: &HeaderMap,
        body: &Map<String, Value>,
    ) -> Result<Option<Self>, Problem> {
        let Some(value) = headers.get(HEADER) else {
            return Ok(None);
        };
        let text = value.to_str().unwrap_or_default().trim();
        if text.is_empty() || text.len() > LENGTH_MAX {
            return Err(bad_key(text.len()));
        }
        let body = serde_json::to_vec(body).map_err(Problem::internal)?;
        let route = Sha256::new()
            .chain_update(route)
            .chain_update([0])
            .chain_update(text);
        Ok(Some(Self {
            key: route.finalize().to_vec(),
            fingerprint: Sha256::digest(body).to_vec(),
        }))
    }

    /// Takes the key, and finds nothing; or finds the answer of the request that used it. While another transaction has
    /// it, the caller is refused; on a file it has waited for that one already. Unless the key was taken, the caller
    /// rolls back at once: a lock ends with its transaction.
    pub(super) async fn used(
        &self,
        tx: &mut Tx,
        now: Instant,
    ) -> Result<Option<Response>, Failure> {
        if let Tx::Pg(db) = tx {
            let is_alone: bool = sqlx::query_scalar(TRY)
                .bind(self.lock())
                .fetch_one(&mut **db)
                .await?;
            if !is_alone {
                return Err(in_use().into());
            }
        }
        let claimed = on!(tx, db => {
            let query = sqlx::query(CLAIM).bind(&self.key).bind(&self.fingerprint).bind(now);
            query.execute(db).await.map(|done| done.rows_affected())
        })?;
        if claimed > 0 {
            return Ok(None);
        }
        let text = SEEN.of(tx.dialect());
        let (fingerprint, etag, text): (Vec<u8>, Option<String>, String) =
            on!(tx, db => sqlx::query_as(text).bind(&self.key).fetch_one(db).await)?;
        if fingerprint != self.fingerprint {
            return Err(reused().into());
        }
        let mut response = answer::json(text);
        if let Some(value) = etag.and_then(|etag| HeaderValue::from_str(&etag).ok()) {
            response.headers_mut().insert(ETAG, value);
        }
        Ok(Some(response))
    }
}

impl Key {
    /// A number by which a server locks the key.
    fn lock(&self) -> i64 {
        let first = self.key.first_chunk::<8>();
        first.map_or(0, |bytes| i64::from_be_bytes(*bytes))
    }
}

/// Keeps the answer with the key.
pub(super) async fn keep(
    tx: &mut Tx,
    key: &Key,
    etag: Option<&str>,
    answer: &str,
) -> Result<(), DbError> {
    on!(tx, db => sqlx::query(KEEP).bind(&key.key).bind(etag).bind(answer).execute(db).await.map(drop))?;
    Ok(())
}

/// Forgets keys that were used before a moment, and tells how many.
pub(crate) async fn forget(pool: &ledger::Pool, before: Instant) -> Result<u64, DbError> {
    let mut tx = pool.begin().await?;
    tx.unhurried().await?;
    let gone = on!(tx, db => {
        sqlx::query(FORGET).bind(before).execute(db).await.map(|done| done.rows_affected())
    })?;
    tx.commit().await?;
    Ok(gone)
}

/// The refusal of a key that is none.
fn bad_key(seen: usize) -> Problem {
    Problem::bad_request(format!(
        "The header Idempotency-Key has {seen} characters; 1 to {LENGTH_MAX} visible ASCII characters are allowed"
    ))
}

fn in_use() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "IDEMPOTENCY_KEY_IN_USE",
        "Another request with this Idempotency-Key is still being carried out",
    )
    .remedy("Try again: its answer will be given.")
    .retry_after(1)
}

fn reused() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "IDEMPOTENCY_KEY_REUSED",
        "This Idempotency-Key was used for another body within the last 24 hours",
    )
    .remedy("Use a new key for another request.")
}
