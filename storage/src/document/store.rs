//! Documents in the database. A batch is one transaction: the rows that it touches are read and locked, decided in
//! memory, and written; on `PostgreSQL` by two statements over arrays.

use ledger::{DbError, Instant, Pool, Texts, Tx, locked, on, read};
use serde_json::{Map, Value};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::batch::{Batch, Document};
use super::cache::Cache;
use super::reading::{CONTENT_TYPE, CRAWLED_AT, LAST_MODIFIED, SIZE, Sent, moment_in};
use crate::metrics::Operation;
use crate::service::Storage;

/// How often a batch is tried again that met another one.
const TRIES: u32 = 5;

const TOUCHED: &str = "SELECT id, url, status, metadata, created_at, updated_at FROM documents \
    WHERE id = ANY($1) OR url = ANY($2) ORDER BY id FOR UPDATE";
const TOUCHED_BY_ONE: Texts = locked!(
    "SELECT id, url, status, metadata, created_at, updated_at FROM documents WHERE id = $1 OR url = $2"
);
const MOVE: &str = "UPDATE documents SET url = $2 WHERE id = $1";
const WRITE_ALL: &str = "INSERT INTO documents \
    (id, url, status, metadata, created_at, updated_at, crawled_at, last_modified, content_type, size) \
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::timestamptz[], $6::timestamptz[], \
    $7::timestamptz[], $8::timestamptz[], $9::text[], $10::bigint[]) \
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, metadata = excluded.metadata, \
    updated_at = excluded.updated_at, crawled_at = excluded.crawled_at, last_modified = excluded.last_modified, \
    content_type = excluded.content_type, size = excluded.size";
const WRITE: &str = "INSERT INTO documents \
    (id, url, status, metadata, created_at, updated_at, crawled_at, last_modified, content_type, size) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, metadata = excluded.metadata, \
    updated_at = excluded.updated_at, crawled_at = excluded.crawled_at, last_modified = excluded.last_modified, \
    content_type = excluded.content_type, size = excluded.size";
const ONE: &str =
    "SELECT id, url, status, metadata, created_at, updated_at FROM documents WHERE id = $1";
const LIST: &str = "SELECT id, url, status, metadata, created_at, updated_at FROM documents \
    ORDER BY created_at DESC, id DESC LIMIT $1 OFFSET $2";
const LIST_OF_STATUS: &str = "SELECT id, url, status, metadata, created_at, updated_at FROM documents \
    WHERE status = $3 ORDER BY created_at DESC, id DESC LIMIT $1 OFFSET $2";
const OF_URL: &str =
    "SELECT id, url, status, metadata, created_at, updated_at FROM documents WHERE url = $1";
const DELETE: &str = "DELETE FROM documents WHERE id = $1";
const OLD: &str = "DELETE FROM documents WHERE updated_at < $1";

/// Statements that both databases read.
pub(crate) const STATEMENTS: &[Texts] = &[
    TOUCHED_BY_ONE,
    Texts::same(MOVE),
    Texts::same(WRITE),
    Texts::same(ONE),
    Texts::same(LIST),
    Texts::same(LIST_OF_STATUS),
    Texts::same(OF_URL),
    Texts::same(DELETE),
    Texts::same(OLD),
    Texts {
        postgres: TOUCHED,
        sqlite: ONE,
    },
    Texts {
        postgres: WRITE_ALL,
        sqlite: WRITE,
    },
];

#[derive(FromRow)]
struct Found {
    id: Uuid,
    url: String,
    status: String,
    metadata: Json<Map<String, Value>>,
    created_at: Instant,
    updated_at: Instant,
}

impl From<Found> for Document {
    fn from(found: Found) -> Self {
        Self {
            id: found.id,
            url: found.url,
            status: found.status,
            metadata: found.metadata.0,
            created_at: found.created_at,
            updated_at: found.updated_at,
        }
    }
}

/// Stores documents in order and tells for each why it was not.
///
/// Another batch may make a row of the same address meanwhile, or hold rows in another order: then all is done anew.
pub(super) async fn store(
    service: &Storage,
    sent: &[&Sent],
    now: Instant,
) -> Result<Vec<Result<(), &'static str>>, DbError> {
    let mut tries_left = TRIES;
    loop {
        let attempt = attempt(service.pool(), service.cache(), sent, now);
        match service.counted(Operation::DocumentsStore, attempt).await {
            Err(error) if error.is_conflict() && tries_left > 0 => tries_left -= 1,
            outcome => return outcome,
        }
    }
}

async fn attempt(
    pool: &Pool,
    cache: &Cache,
    sent: &[&Sent],
    now: Instant,
) -> Result<Vec<Result<(), &'static str>>, DbError> {
    let mut tx = pool.begin().await?;
    let mut batch = Batch::new(touched(&mut tx, sent).await?);
    let outcomes = sent.iter().map(|one| batch.put(one, now)).collect();
    for (id, url) in &batch.moves {
        on!(tx, db => sqlx::query(MOVE).bind(id).bind(url).execute(db).await.map(drop))?;
    }
    let changed = batch.changed();
    write(&mut tx, &changed).await?;
    let committed = tx.commit().await;
    cache.forget(changed.iter().map(|row| row.id));
    committed?;
    Ok(outcomes)
}

/// The rows that have one of the addresses or ids, locked until the transaction ends.
async fn touched(tx: &mut Tx, sent: &[&Sent]) -> Result<Vec<Document>, DbError> {
    if let Tx::Pg(db) = tx {
        let ids: Vec<Uuid> = sent.iter().filter_map(|one| one.id).collect();
        let urls: Vec<&str> = sent.iter().map(|one| one.url.as_str()).collect();
        let query = sqlx::query_as::<_, Found>(TOUCHED).bind(ids).bind(urls);
        let found = query.fetch_all(&mut **db).await?;
        return Ok(found.into_iter().map(Document::from).collect());
    }
    let mut rows: Vec<Document> = Vec::new();
    let text = TOUCHED_BY_ONE.of(tx.dialect());
    for one in sent {
        let id = one.id.unwrap_or(Uuid::nil());
        let found = on!(tx, db => {
            sqlx::query_as::<_, Found>(text).bind(id).bind(one.url.as_str()).fetch_all(db).await
        })?;
        rows.extend(found.into_iter().map(Document::from));
    }
    rows.sort_by_key(|row| row.id);
    rows.dedup_by_key(|row| row.id);
    Ok(rows)
}

async fn write(tx: &mut Tx, rows: &[&Document]) -> Result<(), DbError> {
    if let Tx::Pg(db) = tx {
        let columns = Columns::of(rows);
        columns.written(db).await?;
        return Ok(());
    }
    for row in rows {
        let metadata = &row.metadata;
        on!(tx, db => {
            let query = sqlx::query(WRITE).bind(row.id).bind(&row.url).bind(&row.status).bind(Json(metadata));
            let query = query.bind(row.created_at).bind(row.updated_at).bind(moment_in(metadata, CRAWLED_AT));
            let query = query.bind(moment_in(metadata, LAST_MODIFIED)).bind(content_type(metadata));
            query.bind(size(metadata)).execute(db).await.map(drop)
        })?;
    }
    Ok(())
}

/// Rows turned on their side: a list for each column.
#[derive(Default)]
struct Columns<'a> {
    ids: Vec<Uuid>,
    urls: Vec<&'a str>,
    statuses: Vec<&'a str>,
    metadata: Vec<Json<&'a Map<String, Value>>>,
    created_at: Vec<Instant>,
    updated_at: Vec<Instant>,
    crawled_at: Vec<Option<Instant>>,
    last_modified: Vec<Option<Instant>>,
    content_types: Vec<Option<&'a str>>,
    sizes: Vec<Option<i64>>,
}

impl<'a> Columns<'a> {
    fn of(rows: &[&'a Document]) -> Self {
        let mut columns = Self::default();
        for row in rows {
            columns.ids.push(row.id);
            columns.urls.push(&row.url);
            columns.statuses.push(&row.status);
            columns.metadata.push(Json(&row.metadata));
            columns.created_at.push(row.created_at);
            columns.updated_at.push(row.updated_at);
            columns
                .crawled_at
                .push(moment_in(&row.metadata, CRAWLED_AT));
            columns
                .last_modified
                .push(moment_in(&row.metadata, LAST_MODIFIED));
            columns.content_types.push(content_type(&row.metadata));
            columns.sizes.push(size(&row.metadata));
        }
        columns
    }

    async fn written(&self, db: &mut sqlx::PgConnection) -> Result<(), sqlx::Error> {
        let query = sqlx::query(WRITE_ALL)
            .bind(&self.ids)
            .bind(&self.urls)
            .bind(&self.statuses);
        let query = query
            .bind(&self.metadata)
            .bind(&self.created_at)
            .bind(&self.updated_at);
        let query = query.bind(&self.crawled_at).bind(&self.last_modified);
        let query = query.bind(&self.content_types).bind(&self.sizes);
        query.execute(db).await.map(drop)
    }
}

fn content_type(metadata: &Map<String, Value>) -> Option<&str> {
    metadata.get(CONTENT_TYPE).and_then(Value::as_str)
}

fn size(metadata: &Map<String, Value>) -> Option<i64> {
    metadata.get(SIZE).and_then(Value::as_i64)
}

/// A document by its id.
pub(super) async fn one(pool: &Pool, id: Uuid) -> Result<Option<Document>, DbError> {
    let found =
        read!(pool, db => sqlx::query_as::<_, Found>(ONE).bind(id).fetch_optional(db).await)?;
    Ok(found.map(Document::from))
}

/// The document of an address.
pub(super) async fn of_url(pool: &Pool, url: &str) -> Result<Option<Document>, DbError> {
    let found =
        read!(pool, db => sqlx::query_as::<_, Found>(OF_URL).bind(url).fetch_optional(db).await)?;
    Ok(found.map(Document::from))
}

/// Documents, newest first, of one status or of all.
pub(super) async fn list(
    pool: &Pool,
    status: Option<&str>,
    limit: i64,
    offset: i64,
) -> Result<Vec<Document>, DbError> {
    let found = read!(pool, db => {
        let text = if status.is_some() { LIST_OF_STATUS } else { LIST };
        let query = sqlx::query_as::<_, Found>(text).bind(limit).bind(offset);
        match status {
            Some(status) => query.bind(status).fetch_all(db).await,
            None => query.fetch_all(db).await,
        }
    })?;
    Ok(found.into_iter().map(Document::from).collect())
}

/// Removes a document and tells whether there was one.
///
/// It is not to be dropped half-way: a row that goes after it was forgotten could be read again before.
pub(super) async fn delete(service: &Storage, id: Uuid) -> Result<bool, DbError> {
    let removed = async {
        let removed = on!(service.pool().alone(), db => {
            sqlx::query(DELETE).bind(id).execute(db).await.map(|done| done.rows_affected())
        })?;
        Ok::<_, DbError>(removed)
    };
    let removed = service.counted(Operation::DocumentsDelete, removed).await;
    service.cache().forget([id]);
    Ok(removed? > 0)
}

/// Removes documents that nobody has stored since a moment, and tells how many.
pub(crate) async fn forget(pool: &Pool, before: Instant) -> Result<u64, DbError> {
    let mut tx = pool.begin().await?;
    tx.unhurried().await?;
    let removed = on!(tx, db => {
        sqlx::query(OLD).bind(before).execute(db).await.map(|done| done.rows_affected())
    })?;
    tx.commit().await?;
    Ok(removed)
}
