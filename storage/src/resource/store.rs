//! Rows of an entity in the database.

use ledger::{DbError, Instant, Pool, Tx, on, read};
use uuid::Uuid;

use crate::entity::{Cell, Entity, Listing, Row, bound, row};

/// A change of a row.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) id: Uuid,
    /// The version that the row must have.
    pub(super) version: Option<i64>,
    /// Hidden rows too.
    pub(super) deleted: bool,
}

/// A row by its id.
pub(super) async fn one(
    pool: &Pool,
    entity: &'static Entity,
    id: Uuid,
    deleted: bool,
) -> Result<Option<Row>, DbError> {
    let statements = entity.statements();
    let text = if deleted {
        statements.one_of_all
    } else {
        statements.one
    };
    let found = read!(pool, db => {
        let found = sqlx::query(text).bind(id).fetch_optional(db).await?;
        found.map(|found| row!(entity, found)).transpose()
    })?;
    Ok(found)
}

/// A row by the value of its unique column.
pub(super) async fn by(
    pool: &Pool,
    entity: &'static Entity,
    value: &Cell,
) -> Result<Option<Row>, DbError> {
    let Some(text) = entity.statements().lookup else {
        return Ok(None);
    };
    let found = read!(pool, db => {
        let found = bound!(sqlx::query(text), [value]).fetch_optional(db).await?;
        found.map(|found| row!(entity, found)).transpose()
    })?;
    Ok(found)
}

/// Some rows.
pub(super) async fn list(
    pool: &Pool,
    entity: &'static Entity,
    listing: Listing,
    values: &[Cell],
) -> Result<Vec<Row>, DbError> {
    let text = entity.statements().list(listing);
    let found: Result<Vec<Row>, sqlx::Error> = read!(pool, db => {
        let found = bound!(sqlx::query(text), values).fetch_all(db).await?;
        found.iter().map(|found| row!(entity, found)).collect()
    });
    Ok(found?)
}

/// How many rows there are.
pub(super) async fn count(
    pool: &Pool,
    entity: &'static Entity,
    listing: Listing,
    values: &[Cell],
) -> Result<i64, DbError> {
    let text = entity.statements().count(listing.filters, listing.deleted);
    let count = read!(pool, db => {
        let found = bound!(sqlx::query(text), values).fetch_one(db).await?;
        sqlx::Row::try_get::<i64, _>(&found, 0)
    })?;
    Ok(count)
}

/// A new row, in a transaction of its own.
pub(super) async fn insert(
    pool: &Pool,
    entity: &'static Entity,
    id: Uuid,
    cells: &[Cell],
    now: Instant,
) -> Result<Row, DbError> {
    let text = entity.statements().insert;
    let made = on!(pool.alone(), db => {
        let made = bound!(sqlx::query(text).bind(id), cells).bind(now).fetch_one(db).await?;
        row!(entity, made)
    })?;
    Ok(made)
}

/// A new row within a transaction.
pub(super) async fn insert_in(
    tx: &mut Tx,
    entity: &'static Entity,
    id: Uuid,
    cells: &[Cell],
    now: Instant,
) -> Result<Row, DbError> {
    let text = entity.statements().insert;
    let made = on!(tx, db => {
        let made = bound!(sqlx::query(text).bind(id), cells).bind(now).fetch_one(db).await?;
        row!(entity, made)
    })?;
    Ok(made)
}

/// Changes some columns; nothing where there is no such row of that version.
pub(super) async fn patch(
    pool: &Pool,
    entity: &'static Entity,
    change: &Change,
    cells: Vec<Option<Cell>>,
    now: Instant,
) -> Result<Option<Row>, DbError> {
    let statements = entity.statements();
    let text = if change.deleted {
        statements.patch_of_all
    } else {
        statements.patch
    };
    let columns = entity.changeable();
    let pairs: Vec<(bool, Cell)> = columns
        .zip(cells)
        .map(|(column, cell)| {
            (
                cell.is_some(),
                cell.unwrap_or_else(|| Cell::null(column.kind)),
            )
        })
        .collect();
    let changed = on!(pool.alone(), db => {
        let mut query = sqlx::query(text).bind(change.id).bind(change.version).bind(now);
        for (flag, cell) in &pairs {
            query = bound!(query.bind(*flag), [cell]);
        }
        let changed = query.fetch_optional(db).await?;
        changed.map(|changed| row!(entity, changed)).transpose()
    })?;
    Ok(changed)
}

/// Removes a row and tells whether there was one of that version. Rows that pointed to it and stay get a new version,
/// because their answers change.
pub(super) async fn delete(
    pool: &Pool,
    entity: &'static Entity,
    change: &Change,
    now: Instant,
) -> Result<bool, DbError> {
    let statements = entity.statements();
    let text = if change.deleted {
        statements.delete_of_all
    } else {
        statements.delete
    };
    if statements.orphan.is_empty() {
        let removed = on!(pool.alone(), db => {
            let query = sqlx::query(text).bind(change.id).bind(change.version);
            query.execute(db).await.map(|done| done.rows_affected())
        })?;
        return Ok(removed > 0);
    }
    let mut tx = pool.begin().await?;
    for orphan in &statements.orphan {
        on!(tx, db => sqlx::query(*orphan).bind(change.id).bind(now).execute(db).await.map(drop))?;
    }
    let removed = on!(tx, db => {
        let query = sqlx::query(text).bind(change.id).bind(change.version);
        query.execute(db).await.map(|done| done.rows_affected())
    })?;
    if removed > 0 {
        tx.commit().await?;
    } else {
        tx.rollback().await?;
    }
    Ok(removed > 0)
}
