//! Which upload is whose recording, in the database.

use chassis::problem::Problem;
use contract::session::{Announced, PairKey, RecordingUploaded};
use ledger::{Instant, Pool, Tx, on};
use sqlx::FromRow;
use uuid::Uuid;

use crate::jobs::store::lock;
use crate::{fault, reports, shelf};

/// What a pair's recording was before.
pub(crate) const FIND_PAIR: &str = "SELECT event_id, job_id, sha256 FROM session_recordings \
    WHERE session_id = $1 AND attempt = $2 AND speaker_slot = $3 AND mic_slot = $4";

/// Keeps a fact; an older one never replaces a younger one.
pub(crate) const KEEP: &str = "INSERT INTO session_recordings (session_id, attempt, speaker_slot, mic_slot, \
    event_id, job_id, upload, sha256, audio_hash, announced, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
    ON CONFLICT (session_id, attempt, speaker_slot, mic_slot) DO UPDATE SET event_id = excluded.event_id, \
    job_id = excluded.job_id, upload = excluded.upload, sha256 = excluded.sha256, \
    audio_hash = excluded.audio_hash, announced = excluded.announced, created_at = excluded.created_at \
    WHERE excluded.event_id > session_recordings.event_id";

/// The youngest fact about an upload.
pub(crate) const FIND_UPLOAD: &str = "SELECT session_id, attempt, speaker_slot, mic_slot, sha256, audio_hash, \
    announced FROM session_recordings WHERE job_id = $1 AND upload = $2 ORDER BY event_id DESC LIMIT 1";

/// An upload that is a session's recording.
#[derive(Debug, Clone)]
pub(crate) struct SessionRecording {
    /// Whose it is.
    pub(crate) pair: PairKey,
    /// Its content at the moment when the microphone had sent it.
    pub(crate) sha256: String,
    /// What the loudspeaker said that it played.
    pub(crate) audio_hash: Option<String>,
    /// What the loudspeaker was told to play.
    pub(crate) announced: Announced,
}

#[derive(Debug, FromRow)]
struct Row {
    session_id: Uuid,
    attempt: i64,
    speaker_slot: String,
    mic_slot: String,
    sha256: String,
    audio_hash: Option<String>,
    announced: String,
}

#[derive(Debug, FromRow)]
struct Before {
    event_id: Uuid,
    job_id: Uuid,
    sha256: String,
}

/// Keeps a fact, and gives reports that were made before it came their key. False for a fact that is known already
/// or overtaken by a younger one.
pub(super) async fn keep(pool: &Pool, fact: &RecordingUploaded) -> Result<bool, Problem> {
    let now = Instant::now();
    let mut tx = pool.begin().await.map_err(fault::database)?;
    lock(&mut tx, fact.job).await?;
    let before = find_pair(&mut tx, &fact.pair).await?;
    if before
        .as_ref()
        .is_some_and(|before| before.event_id >= fact.event_id)
    {
        tx.rollback().await.map_err(fault::database)?;
        return Ok(false);
    }
    upsert(&mut tx, fact, now).await?;
    if let Some(before) = before.filter(|before| before.sha256 != fact.sha256) {
        on!(tx, db => {
            sqlx::query(shelf::RETIRE)
                .bind(before.job_id)
                .bind(before.sha256)
                .bind(now)
                .execute(db)
                .await
                .map(|_| ())
        })
        .map_err(fault::statement)?;
    }
    reports::store::adopt(&mut tx, fact).await?;
    tx.commit().await.map_err(fault::database)?;
    Ok(true)
}

async fn find_pair(tx: &mut Tx, pair: &PairKey) -> Result<Option<Before>, Problem> {
    on!(tx, db => {
        sqlx::query_as(FIND_PAIR)
            .bind(pair.session_id)
            .bind(i64::from(pair.attempt))
            .bind(&pair.speaker_slot)
            .bind(&pair.mic_slot)
            .fetch_optional(db)
            .await
    })
    .map_err(fault::statement)
}

async fn upsert(tx: &mut Tx, fact: &RecordingUploaded, now: Instant) -> Result<(), Problem> {
    let announced = serde_json::to_string(&fact.announced).map_err(Problem::internal)?;
    on!(tx, db => {
        sqlx::query(KEEP)
            .bind(fact.pair.session_id)
            .bind(i64::from(fact.pair.attempt))
            .bind(&fact.pair.speaker_slot)
            .bind(&fact.pair.mic_slot)
            .bind(fact.event_id)
            .bind(fact.job)
            .bind(&fact.upload)
            .bind(&fact.sha256)
            .bind(fact.audio_hash.as_ref())
            .bind(announced)
            .bind(now)
            .execute(db)
            .await
            .map(|_| ())
    })
    .map_err(fault::statement)
}

/// Whose recording an upload is, if it is a session's.
pub(crate) async fn find(
    pool: &Pool,
    job: Uuid,
    upload: &str,
) -> Result<Option<SessionRecording>, Problem> {
    let row: Option<Row> = on!(pool, db => {
        sqlx::query_as(FIND_UPLOAD).bind(job).bind(upload).fetch_optional(db).await
    })
    .map_err(fault::statement)?;
    row.map(|row| {
        Ok(SessionRecording {
            pair: PairKey {
                session_id: row.session_id,
                attempt: u32::try_from(row.attempt).map_err(Problem::internal)?,
                speaker_slot: row.speaker_slot,
                mic_slot: row.mic_slot,
            },
            sha256: row.sha256,
            audio_hash: row.audio_hash,
            announced: serde_json::from_str(&row.announced).map_err(Problem::internal)?,
        })
    })
    .transpose()
}
