//! Every analysis that was made, with its whole document.

use chassis::problem::Problem;
use contract::analysis::Outcome;
use contract::job::{ReportKey, ReportSummary};
use contract::session::{PairKey, RecordingUploaded};
use ledger::{Instant, Pool, Tx, on};
use sqlx::FromRow;
use uuid::Uuid;

use crate::fault;
use crate::jobs::store::lock;
use crate::page::Page;

/// Reports that a key keeps; beyond it the oldest of this key go, and no other's.
const KEPT_MAX: i64 = 20;

/// Keeps a report.
pub(crate) const INSERT: &str = "INSERT INTO reports (id, job_id, upload, sha256, session_id, attempt, \
    speaker_slot, mic_slot, source, version, outcome, document, results, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

/// The highest version of a session's recording.
pub(crate) const VERSION_OF_PAIR: &str = "SELECT COALESCE(MAX(version), 0) FROM reports \
    WHERE session_id = $1 AND attempt = $2 AND speaker_slot = $3 AND mic_slot = $4";

/// The highest version of an upload that is nobody's recording.
pub(crate) const VERSION_OF_UPLOAD: &str = "SELECT COALESCE(MAX(version), 0) FROM reports \
    WHERE job_id = $1 AND upload = $2 AND session_id IS NULL";

/// The results of the last analysis.
pub(crate) const LAST_RESULTS: &str = "UPDATE jobs SET results = $2 WHERE id = $1";

/// Gives up the oldest reports of a session's recording; the highest version stays, so that versions count up.
pub(crate) const TRIM_PAIR: &str = "DELETE FROM reports \
    WHERE session_id = $1 AND attempt = $2 AND speaker_slot = $3 AND mic_slot = $4 AND version <= \
    (SELECT version FROM reports WHERE session_id = $1 AND attempt = $2 AND speaker_slot = $3 AND mic_slot = $4 \
    ORDER BY version DESC LIMIT 1 OFFSET $5)";

/// Gives up the oldest reports of an upload that is nobody's recording.
pub(crate) const TRIM_UPLOAD: &str = "DELETE FROM reports \
    WHERE job_id = $1 AND upload = $2 AND session_id IS NULL AND version <= \
    (SELECT version FROM reports WHERE job_id = $1 AND upload = $2 AND session_id IS NULL \
    ORDER BY version DESC LIMIT 1 OFFSET $3)";

/// Reports of a content that was analysed before anybody said whose recording it is.
pub(crate) const ORPHANS: &str = "SELECT id FROM reports WHERE job_id = $1 AND upload = $2 AND sha256 = $3 \
    AND session_id IS NULL ORDER BY version, id";

/// Gives a report its key.
pub(crate) const ADOPT: &str = "UPDATE reports SET session_id = $2, attempt = $3, speaker_slot = $4, \
    mic_slot = $5, version = $6 WHERE id = $1";

/// A job's reports, the youngest first.
pub(crate) const LIST: &str = "SELECT id, upload, session_id, attempt, speaker_slot, mic_slot, version, outcome, \
    created_at FROM reports WHERE job_id = $1 ORDER BY id DESC LIMIT $2 OFFSET $3";

/// How many reports a job has.
pub(crate) const COUNT: &str = "SELECT COUNT(*) FROM reports WHERE job_id = $1";

/// One document.
pub(crate) const DOCUMENT: &str = "SELECT document FROM reports WHERE job_id = $1 AND id = $2";

/// An analysis to keep.
#[derive(Debug)]
pub(crate) struct NewReport {
    /// Its name.
    pub(crate) id: Uuid,
    /// The job.
    pub(crate) job: Uuid,
    /// The upload that was analysed.
    pub(crate) upload: String,
    /// Its content.
    pub(crate) sha256: String,
    /// Whose recording it is.
    pub(crate) pair: Option<PairKey>,
    /// How it was analysed.
    pub(crate) source: &'static str,
    /// Whether there are results.
    pub(crate) outcome: Outcome,
    /// The document as JSON.
    pub(crate) document: String,
    /// The results as JSON, of an analysis that has not failed.
    pub(crate) results: Option<String>,
}

#[derive(Debug, FromRow)]
struct Row {
    id: Uuid,
    upload: String,
    session_id: Option<Uuid>,
    attempt: Option<i64>,
    speaker_slot: Option<String>,
    mic_slot: Option<String>,
    version: i64,
    outcome: String,
    created_at: Instant,
}

/// Keeps a report under the next version of its key; its results, if it has any, are the job's last ones.
///
/// # Errors
/// 404 when the job was deleted meanwhile, 503 when the database is away.
pub(crate) async fn keep(pool: &Pool, report: &NewReport) -> Result<(), Problem> {
    let mut tx = pool.begin().await.map_err(fault::database)?;
    lock(&mut tx, report.job).await?;
    let version = match &report.pair {
        Some(pair) => version_of_pair(&mut tx, pair).await?,
        None => version_of_upload(&mut tx, report.job, &report.upload).await?,
    };
    insert(&mut tx, report, version + 1).await?;
    if let Some(results) = &report.results {
        on!(tx, db => {
            sqlx::query(LAST_RESULTS).bind(report.job).bind(results).execute(db).await.map(|_| ())
        })
        .map_err(fault::statement)?;
    }
    match &report.pair {
        Some(pair) => trim_pair(&mut tx, pair).await?,
        None => trim_upload(&mut tx, report.job, &report.upload).await?,
    }
    tx.commit().await.map_err(fault::database)
}

async fn version_of_pair(tx: &mut Tx, pair: &PairKey) -> Result<i64, Problem> {
    on!(tx, db => {
        sqlx::query_scalar(VERSION_OF_PAIR)
            .bind(pair.session_id)
            .bind(i64::from(pair.attempt))
            .bind(&pair.speaker_slot)
            .bind(&pair.mic_slot)
            .fetch_one(db)
            .await
    })
    .map_err(fault::statement)
}

async fn version_of_upload(tx: &mut Tx, job: Uuid, upload: &str) -> Result<i64, Problem> {
    on!(tx, db => {
        sqlx::query_scalar(VERSION_OF_UPLOAD).bind(job).bind(upload).fetch_one(db).await
    })
    .map_err(fault::statement)
}

async fn trim_pair(tx: &mut Tx, pair: &PairKey) -> Result<(), Problem> {
    on!(tx, db => {
        sqlx::query(TRIM_PAIR)
            .bind(pair.session_id)
            .bind(i64::from(pair.attempt))
            .bind(&pair.speaker_slot)
            .bind(&pair.mic_slot)
            .bind(KEPT_MAX)
            .execute(db)
            .await
            .map(|_| ())
    })
    .map_err(fault::statement)
}

async fn trim_upload(tx: &mut Tx, job: Uuid, upload: &str) -> Result<(), Problem> {
    on!(tx, db => {
        sqlx::query(TRIM_UPLOAD).bind(job).bind(upload).bind(KEPT_MAX).execute(db).await.map(|_| ())
    })
    .map_err(fault::statement)
}

async fn insert(tx: &mut Tx, report: &NewReport, version: i64) -> Result<(), Problem> {
    let pair = report.pair.as_ref();
    on!(tx, db => {
        sqlx::query(INSERT)
            .bind(report.id)
            .bind(report.job)
            .bind(&report.upload)
            .bind(&report.sha256)
            .bind(pair.map(|pair| pair.session_id))
            .bind(pair.map(|pair| i64::from(pair.attempt)))
            .bind(pair.map(|pair| &pair.speaker_slot))
            .bind(pair.map(|pair| &pair.mic_slot))
            .bind(report.source)
            .bind(version)
            .bind(word(report.outcome))
            .bind(&report.document)
            .bind(report.results.as_ref())
            .bind(Instant::now())
            .execute(db)
            .await
            .map(|_| ())
    })
    .map_err(fault::statement)
}

/// Gives reports of the fact's content its key, after those that the key has.
pub(crate) async fn adopt(tx: &mut Tx, fact: &RecordingUploaded) -> Result<(), Problem> {
    let orphans: Vec<Uuid> = on!(tx, db => {
        sqlx::query_scalar(ORPHANS)
            .bind(fact.job)
            .bind(&fact.upload)
            .bind(&fact.sha256)
            .fetch_all(db)
            .await
    })
    .map_err(fault::statement)?;
    let last = version_of_pair(tx, &fact.pair).await?;
    for (id, version) in orphans.into_iter().zip(last + 1..) {
        on!(tx, db => {
            sqlx::query(ADOPT)
                .bind(id)
                .bind(fact.pair.session_id)
                .bind(i64::from(fact.pair.attempt))
                .bind(&fact.pair.speaker_slot)
                .bind(&fact.pair.mic_slot)
                .bind(version)
                .execute(db)
                .await
                .map(|_| ())
        })
        .map_err(fault::statement)?;
    }
    trim_pair(tx, &fact.pair).await
}

/// A page of a job's reports, the youngest first, and the number of all.
pub(super) async fn list(
    pool: &Pool,
    job: Uuid,
    page: Page,
) -> Result<(Vec<ReportSummary>, i64), Problem> {
    let rows: Vec<Row> = on!(pool, db => {
        sqlx::query_as(LIST).bind(job).bind(page.limit).bind(page.offset).fetch_all(db).await
    })
    .map_err(fault::statement)?;
    let total = on!(pool, db => sqlx::query_scalar(COUNT).bind(job).fetch_one(db).await)
        .map_err(fault::statement)?;
    let reports: Result<_, Problem> = rows.into_iter().map(summary).collect();
    Ok((reports?, total))
}

/// The document of a report as JSON, if the job has such a report.
pub(super) async fn document(
    pool: &Pool,
    job: Uuid,
    report: Uuid,
) -> Result<Option<String>, Problem> {
    on!(pool, db => {
        sqlx::query_scalar(DOCUMENT).bind(job).bind(report).fetch_optional(db).await
    })
    .map_err(fault::statement)
}

fn summary(row: Row) -> Result<ReportSummary, Problem> {
    let pair = (row.session_id, row.attempt, row.speaker_slot, row.mic_slot);
    let key = match pair {
        (Some(session_id), Some(attempt), Some(speaker_slot), Some(mic_slot)) => {
            ReportKey::Pair(PairKey {
                session_id,
                attempt: u32::try_from(attempt).map_err(Problem::internal)?,
                speaker_slot,
                mic_slot,
            })
        }
        (None, _, _, _) | (_, None, _, _) | (_, _, None, _) | (_, _, _, None) => {
            ReportKey::Upload {
                upload: row.upload.clone(),
            }
        }
    };
    Ok(ReportSummary {
        id: row.id,
        key,
        upload: row.upload,
        outcome: if row.outcome == word(Outcome::Ok) {
            Outcome::Ok
        } else {
            Outcome::Failed
        },
        created_at: row.created_at.to_string(),
        version: u32::try_from(row.version).map_err(Problem::internal)?,
    })
}

const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Failed => "failed",
    }
}

#[cfg(test)]
mod tests {
    use contract::session::Announced;
    use ledger::testing::databases;

    use super::*;
    use crate::jobs::store::create;
    use crate::service::MIGRATIONS;

    fn report(job: Uuid, upload: &str, pair: Option<PairKey>) -> NewReport {
        NewReport {
            id: ledger::ids::next(),
            job,
            upload: upload.to_owned(),
            sha256: "a".repeat(64),
            pair,
            source: "impulse_response",
            outcome: Outcome::Failed,
            document: "{}".to_owned(),
            results: None,
        }
    }

    fn pair(mic_slot: &str) -> PairKey {
        PairKey {
            session_id: Uuid::from_u128(7),
            attempt: 1,
            speaker_slot: "speaker_1".to_owned(),
            mic_slot: mic_slot.to_owned(),
        }
    }

    async fn versions(pool: &Pool, job: Uuid, key: &ReportKey) -> Vec<u32> {
        let all = Page {
            limit: 100,
            offset: 0,
        };
        let listed = list(pool, job, all).await.unwrap().0.into_iter();
        let own = listed.filter(|report| report.key == *key);
        let mut versions: Vec<u32> = own.map(|report| report.version).collect();
        versions.sort_unstable();
        versions
    }

    /// Keeps so many reports.
    async fn fill(pool: &Pool, job: Uuid, upload: &str, mic: Option<&str>, times: usize) {
        for _ in 0..times {
            let report = report(job, upload, mic.map(pair));
            keep(pool, &report).await.unwrap();
        }
    }

    async fn adopt_all(pool: &Pool, job: Uuid, upload: &str, mic: &str) {
        let fact = RecordingUploaded {
            event_id: Uuid::from_u128(1),
            pair: pair(mic),
            job,
            upload: upload.to_owned(),
            sha256: "a".repeat(64),
            audio_hash: None,
            announced: Announced {
                sample_rate: 48_000,
                sweep_f_start: 20.0,
                sweep_f_end: 20_000.0,
            },
        };
        let mut tx = pool.begin().await.unwrap();
        adopt(&mut tx, &fact).await.unwrap();
        tx.commit().await.unwrap();
    }

    #[tokio::test]
    async fn one_key_never_takes_the_place_of_another() {
        let until = |from: u32, to: u32| (from..=to).collect::<Vec<u32>>();
        for database in databases().await {
            let pool = &database.pool;
            MIGRATIONS.up(pool).await.unwrap();
            let empty = || "{}".to_owned();
            let job = create(pool, empty(), empty()).await.unwrap();
            fill(pool, job, "quiet", None, 1).await;
            fill(pool, job, "rec", Some("mic_1"), 1).await;
            fill(pool, job, "busy", None, 505).await;
            fill(pool, job, "rec", Some("mic_2"), 25).await;
            let [quiet, busy] = ["quiet", "busy"].map(|upload| ReportKey::Upload {
                upload: upload.to_owned(),
            });
            let [first, second] = ["mic_1", "mic_2"].map(|mic| ReportKey::Pair(pair(mic)));
            assert_eq!(versions(pool, job, &quiet).await, [1]);
            assert_eq!(versions(pool, job, &first).await, [1]);
            assert_eq!(versions(pool, job, &busy).await, until(486, 505));
            assert_eq!(versions(pool, job, &second).await, until(6, 25));
            adopt_all(pool, job, "busy", "mic_2").await;
            assert_eq!(versions(pool, job, &second).await, until(26, 45));
        }
    }
}
