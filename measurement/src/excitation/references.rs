//! Which hash belongs to which signal: every file that was ever handed out.
//!
//! A signal is made again from three numbers, exactly, so that no audio is stored.

use ledger::{DbError, Instant, Pool, on};
use room_dsp::Excitation;
use sqlx::FromRow;

use super::parameters::{self, Format};
use chassis::blobs::Sha256;
use chassis::problem::Problem;

use crate::fault;

/// Hashes that are remembered; beyond it the longest unused are forgotten.
const REMEMBERED_MAX: i64 = 100_000;

/// Remembers a hash, or that it was handed out again.
pub(crate) const RECORD: &str = "INSERT INTO excitations \
    (audio_hash, format, sample_rate, sweep_f_start, sweep_f_end, created_at) VALUES ($1, $2, $3, $4, $5, $6) \
    ON CONFLICT (audio_hash) DO UPDATE SET created_at = excluded.created_at";

/// Forgets what is older than the youngest so many.
pub(crate) const FORGET: &str = "DELETE FROM excitations WHERE created_at < \
    (SELECT created_at FROM excitations ORDER BY created_at DESC LIMIT 1 OFFSET $1)";

/// The parameters behind a hash.
pub(crate) const FIND: &str =
    "SELECT sample_rate, sweep_f_start, sweep_f_end FROM excitations WHERE audio_hash = $1";

#[derive(Debug, FromRow)]
struct Parameters {
    sample_rate: i64,
    sweep_f_start: f64,
    sweep_f_end: f64,
}

/// Remembers the hash of a file.
///
/// # Errors
/// 503 when the database is away.
pub(super) async fn record(
    pool: &Pool,
    audio_hash: &str,
    format: Format,
    excitation: &Excitation,
) -> Result<(), Problem> {
    insert(pool, audio_hash, format, excitation)
        .await
        .map_err(fault::database)
}

async fn insert(
    pool: &Pool,
    audio_hash: &str,
    format: Format,
    excitation: &Excitation,
) -> Result<(), DbError> {
    let p = excitation.parameters();
    let mut tx = pool.begin().await?;
    on!(tx, db => {
        sqlx::query(RECORD)
            .bind(audio_hash)
            .bind(format.extension())
            .bind(i64::from(p.sample_rate.hz()))
            .bind(p.sweep_start_hz)
            .bind(p.sweep_end_hz)
            .bind(Instant::now())
            .execute(&mut *db)
            .await?;
        sqlx::query(FORGET).bind(REMEMBERED_MAX).execute(db).await.map(|_| ())
    })?;
    tx.commit().await
}

/// The signal behind a hash, in whatever case it is written; none where nobody was ever given it.
///
/// # Errors
/// 503 when the database is away.
pub(crate) async fn find(pool: &Pool, audio_hash: &str) -> Result<Option<Excitation>, Problem> {
    let Ok(hash) = audio_hash.parse::<Sha256>() else {
        return Ok(None);
    };
    let hash = hash.to_string();
    let found = on!(pool, db => {
        sqlx::query_as::<_, Parameters>(FIND).bind(hash).fetch_optional(db).await
    });
    let found = found.map_err(fault::statement)?;
    found.map(|p| excitation(&p)).transpose()
}

fn excitation(p: &Parameters) -> Result<Excitation, Problem> {
    let rate = u32::try_from(p.sample_rate).map_err(Problem::internal)?;
    parameters::excitation(rate, p.sweep_f_start, p.sweep_f_end).map_err(Problem::internal)
}
