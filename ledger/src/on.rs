//! One expression for both databases: `sqlx` types an executor by its database, so the text is written once and
//! expanded twice.

use std::fmt;

/// The connection behind a [`Tx`](crate::Tx), or one of a [`Pool`](crate::Pool); [`on!`](crate::on) matches on it.
pub enum Arms<P, L> {
    /// `PostgreSQL`.
    Pg(P),
    /// `SQLite`.
    Lite(L),
}

impl<P, L> fmt::Debug for Arms<P, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pg(_) => "Pg",
            Self::Lite(_) => "Lite",
        })
    }
}

/// Expands one expression for both databases.
///
/// `on!(tx, db => EXPR)`: inside `EXPR` the name `db` is a `&mut` connection, so a block that runs more than one
/// statement writes `&mut *db`. With a [`Pool`](crate::Pool) it is one of those for reading, lent until the end of the
/// expression; on `SQLite` they refuse to write (`attempt to write a readonly database`), so every write goes through
/// [`Pool::begin`](crate::Pool::begin) or [`Pool::alone`](crate::Pool::alone).
///
/// The expression is a `Result` with `sqlx::Error`, of one type for both: a count of rows leaves it as
/// `.execute(db).await.map(|done| done.rows_affected())`.
#[macro_export]
macro_rules! on {
    ($target:expr, $db:ident => $body:expr) => {
        match $target.lend().await {
            Err(error) => Err(error),
            Ok(mut lent) => {
                let outcome = match lent.arms() {
                    $crate::Arms::Pg($db) => $body,
                    $crate::Arms::Lite($db) => $body,
                };
                lent.end(outcome)
            }
        }
    };
}

/// As [`on!`](crate::on) for a [`Pool`](crate::Pool) and an expression that only reads: it is evaluated anew where the
/// server had ended the connection, which a restart does to all of them.
#[macro_export]
macro_rules! read {
    ($pool:expr, $db:ident => $body:expr) => {{
        let mut connections_left = $pool.width();
        loop {
            let outcome = $crate::on!($pool, $db => async { $body }.await);
            match outcome {
                Err(error) if connections_left > 0 && $crate::hidden::is_broken_connection(&error) => {
                    connections_left -= 1;
                }
                other => break other,
            }
        }
    }};
}
