//! Every statement of a service, prepared against its schema: a typing error in SQL is found by a test on both
//! databases, not by the first user.

use sqlx::{Executor, SqlSafeStr};

use crate::pool::Pool;
use crate::{Texts, on};

/// The statements that a database does not understand.
#[derive(Debug, thiserror::Error)]
#[error("{} of the statements do not prepare:\n{}", faults.len(), faults.join("\n"))]
pub struct PrepareError {
    /// Each statement with what the database said about it.
    pub faults: Vec<String>,
}

/// Prepares every text on the database of `pool`, in its own spelling, and tells all that fail.
///
/// For tests: run the migrations, then prepare the list of every `const` text of the service;
/// the list may hold plain texts or [`Texts`].
///
/// `PostgreSQL` takes the type of a parameter from its first use: write `(label = $3 OR $3 IS NULL)`, not the other way
/// round.
///
/// # Errors
///
/// [`PrepareError`] with every statement that failed.
pub async fn prepare_all<T>(pool: &Pool, texts: &[T]) -> Result<(), PrepareError>
where
    T: Copy + Into<Texts>,
{
    let mut faults = Vec::new();
    for text in texts {
        let text = (*text).into().of(pool.dialect());
        let prepared = on!(pool, db => db.prepare(text.into_sql_str()).await.map(|_| ()));
        if let Err(error) = prepared {
            faults.push(format!("{text}\n  {error}"));
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(PrepareError { faults })
    }
}
