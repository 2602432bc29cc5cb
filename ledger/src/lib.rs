//! What a database needs: pools, one SQL text for `PostgreSQL` and `SQLite`, migrations, instants, the outbox.
//!
//! A service writes each statement once, as a `const` text with `$1..$n`, and runs it on whatever it was given:
//!
//! ```no_run
//! use ledger::{DbError, Instant, Pool, on};
//! use sqlx::{FromRow, types::Json};
//! use uuid::Uuid;
//!
//! const UPSERT: &str = "INSERT INTO rooms (id, plan, seen_at) VALUES ($1, $2, $3) \
//!     ON CONFLICT (id) DO UPDATE SET plan = excluded.plan, seen_at = excluded.seen_at \
//!     RETURNING id, plan, seen_at";
//!
//! #[derive(FromRow)]
//! struct Room {
//!     id: Uuid,
//!     plan: Json<serde_json::Value>,
//!     seen_at: Instant,
//! }
//!
//! async fn keep(pool: &Pool, id: Uuid, plan: serde_json::Value) -> Result<Room, DbError> {
//!     let mut tx = pool.begin().await?;
//!     let room = on!(tx, db => {
//!         sqlx::query_as::<_, Room>(UPSERT).bind(id).bind(Json(plan)).bind(Instant::now()).fetch_one(db).await
//!     })?;
//!     tx.commit().await?;
//!     Ok(room)
//! }
//! ```

pub mod backup;
mod catalogue;
mod connections;
mod dialect;
mod error;
pub mod ids;
mod instant;
pub mod maintenance;
mod migrations;
mod on;
mod open;
pub mod outbox;
mod pool;
mod prepare;
mod programs;
mod start;
#[cfg(feature = "testing")]
pub mod testing;
mod url;

pub use catalogue::{Fact, Fault, Faults, Foreign, Owner};
pub use connections::{Connections, Engine, Held, Lent, Opener};
pub use dialect::{Dialect, Texts};
pub use error::{Cause, DbError};
pub use instant::{Instant, OutOfRange};
pub use migrations::{Inspection, MigrationError, MigrationState, MigrationStatus, Migrations};
pub use on::Arms;
pub use open::OpenError;
pub use pool::{Alone, Pool, Single, Tx, Within};
pub use prepare::{PrepareError, prepare_all};
pub use start::StartError;
pub use url::{DatabaseUrl, UrlError};

#[doc(hidden)]
pub mod hidden {
    //! What the macros of this crate expand to.
    pub use sqlx::migrate::Migrator;

    pub use crate::error::is_broken_connection;
}
