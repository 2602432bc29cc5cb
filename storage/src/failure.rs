//! Why a request was not carried out, and what its sender is told: a refusal in full, of a failing world only that it
//! fails.

use axum::response::{IntoResponse, Response};
use chassis::problem::Problem;
use ledger::DbError;

/// After as many seconds a database may have room again, or be there again.
const RETRY_S: u32 = 1;

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The request is refused.
    #[error(transparent)]
    Refused(#[from] Problem),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// What is told. The cause of a failing database is logged here, once.
impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let error = match failure {
            Failure::Refused(problem) => return problem,
            Failure::Database(error) => error,
        };
        match error {
            DbError::Busy(cause) => {
                tracing::warn!(%cause, "the database is busy");
                Self::unavailable("The database of storage is busy", RETRY_S).remedy("Try again.")
            }
            DbError::Away(cause) => {
                tracing::error!(%cause, "the database does not answer");
                Self::unavailable("The database of storage does not answer", RETRY_S)
                    .remedy("Try again; if it stays so, tell the operator.")
            }
            DbError::NotFound
            | DbError::Unique { .. }
            | DbError::ForeignKey { .. }
            | DbError::Check { .. }
            | DbError::Other(_) => Self::internal(format!("{error}: {error:?}")),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_database_tells_nothing_of_its_inside() {
        for (error, status) in [
            (sqlx::Error::PoolTimedOut, 503),
            (sqlx::Error::PoolClosed, 503),
            (sqlx::Error::ColumnNotFound("secret_column".to_owned()), 500),
        ] {
            let problem = Problem::from(Failure::from(error));
            assert_eq!(problem.status().as_u16(), status);
            let told = serde_json::to_string(problem.body()).unwrap();
            assert!(!told.contains("secret") && !told.contains("pool"), "{told}");
        }
    }
}
