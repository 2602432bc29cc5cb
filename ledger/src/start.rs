//! A service's database at its start: open, with the schema that the service needs.

use crate::migrations::{MigrationError, Migrations};
use crate::open::OpenError;
use crate::pool::Pool;
use crate::url::DatabaseUrl;

/// Why a service has no database.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It did not open.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// Its schema is not what the service needs.
    #[error("the schema of {database}: {cause}")]
    Schema {
        /// The database, without its password.
        database: DatabaseUrl,
        /// What is wrong with it.
        #[source]
        cause: MigrationError,
    },
}

impl Pool {
    /// Opens a database as [`Pool::open`] does, and applies the migrations that are missing, or, without
    /// `run_migrations`, refuses a schema that is not up to date. Either way a database in which something of what they
    /// make is missing or another is refused, and so is one of another program.
    ///
    /// # Errors
    ///
    /// [`StartError`].
    pub async fn start(
        url: &DatabaseUrl,
        max: u32,
        migrations: &Migrations,
        run_migrations: bool,
    ) -> Result<Self, StartError> {
        let pool = Self::open(url, max).await?;
        let schema = if run_migrations {
            let applied = migrations.ensure(&pool).await;
            applied.map(|applied| tracing::info!(applied, "the schema is up to date"))
        } else {
            migrations.verify(&pool).await
        };
        schema.map_err(|cause| StartError::Schema {
            database: url.clone(),
            cause,
        })?;
        Ok(pool)
    }
}
