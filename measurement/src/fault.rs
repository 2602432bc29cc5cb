//! What a client is told when the database says no; what the database said goes to the log alone.

use std::error::Error;

use chassis::problem::Problem;
use chassis::trace::Trace;
use ledger::DbError;

/// After as many seconds a database may answer again.
const RETRY_AFTER_S: u32 = 2;

/// The refusal for a failed statement.
pub(crate) fn database(error: DbError) -> Problem {
    match error {
        DbError::Busy(cause) => away("the database is busy", &cause),
        DbError::Away(cause) => away("the database is away", &cause),
        DbError::Other(cause) => Problem::internal(cause),
        error @ (DbError::NotFound
        | DbError::Unique { .. }
        | DbError::ForeignKey { .. }
        | DbError::Check { .. }) => Problem::internal(error),
    }
}

/// The refusal for a statement that the driver failed.
pub(crate) fn statement(error: sqlx::Error) -> Problem {
    database(error.into())
}

fn away(what: &'static str, cause: &dyn Error) -> Problem {
    tracing::error!(trace_id = Trace::current_id(), %cause, "{what}");
    Problem::unavailable(
        "Measurements cannot be stored or read at the moment",
        RETRY_AFTER_S,
    )
    .remedy("Try again; if it stays so, tell the operator.")
}
