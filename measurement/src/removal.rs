//! Contents that lost a name for good or have none yet: noted, and forgotten only when they are gone from the disk.
//!
//! A note is written in the transaction that takes the names away, or before a new content is put in its place; what
//! gives that its name takes the note back. So neither a caller that leaves nor a crash leaves
//! a private recording behind that nobody knows of: what is noted is looked at after each removal, at the start, and
//! regularly.

use std::time::Duration;

use chassis::problem::Problem;
use chassis::trace::Trace;
use ledger::{Instant, Pool, Tx, on};
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use crate::fault;
use crate::service::Shared;
use crate::shelf::Shelf;

/// A content that lost its name is kept so long: a fact about it may still be on its way.
const RETIRED_FOR: Duration = Duration::from_hours(1);

/// Time from one look at the notes to the next.
const SWEEP_EVERY: Duration = Duration::from_mins(10);

/// Notes that are read at once.
const PAGE: i64 = 100;

/// Notes one content.
pub(crate) const NOTE: &str = "INSERT INTO removed_contents (removal_id, sha256) VALUES ($1, $2)";

/// Notes every content that belongs to a job.
pub(crate) const NOTE_JOB: &str = "INSERT INTO removed_contents (removal_id, sha256) \
    SELECT $1, sha256 FROM (SELECT sha256 FROM uploads WHERE job_id = $2 \
    UNION SELECT sha256 FROM session_recordings WHERE job_id = $2 \
    UNION SELECT sha256 FROM retired_contents WHERE job_id = $2) AS gone";

/// Notes contents that lost their name in a job long ago.
pub(crate) const NOTE_RETIRED: &str = "INSERT INTO removed_contents (removal_id, sha256) \
    SELECT $1, sha256 FROM (SELECT DISTINCT sha256 FROM retired_contents WHERE retired_at < $2) AS gone";

/// Takes away what kept those contents.
pub(crate) const FORGET_RETIRED: &str = "DELETE FROM retired_contents WHERE retired_at < $1";

/// Notes in their order, from one on.
pub(crate) const NOTES: &str = "SELECT removal_id, sha256 FROM removed_contents \
    WHERE (removal_id, sha256) > ($1, $2) ORDER BY removal_id, sha256 LIMIT $3";

/// Takes a note back.
pub(crate) const FORGET: &str =
    "DELETE FROM removed_contents WHERE removal_id = $1 AND sha256 = $2";

/// One removal's note of one content.
pub(crate) type Note = (Uuid, String);

/// Looks at the notes at once and then regularly, until the service ends.
pub(crate) async fn regularly(service: Shared) {
    let mut tick = tokio::time::interval(SWEEP_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let sweeps = async {
        loop {
            tick.tick().await;
            let sweep = sweep(&service.pool, &service.shelf, Instant::now());
            if let Err(problem) = Trace::fresh().scope(sweep).await {
                tracing::warn!(%problem, "removed contents are still there; they are looked at again");
            }
        }
    };
    tokio::select! {
        () = sweeps => {}
        () = service.shutdown.begun() => {}
    }
}

/// Notes a content that is to be put in its place. Meanwhile its caller keeps contents from being cleaned away.
///
/// # Errors
/// 503 when the database is away.
pub(crate) async fn note(pool: &Pool, sha256: &str) -> Result<Note, Problem> {
    let note = (ledger::ids::next(), sha256.to_owned());
    let mut tx = pool.begin().await.map_err(fault::database)?;
    on!(tx, db => {
        sqlx::query(NOTE).bind(note.0).bind(&note.1).execute(db).await.map(|_| ())
    })
    .map_err(fault::statement)?;
    tx.commit().await.map_err(fault::database)?;
    Ok(note)
}

/// Takes a note back, in the transaction that names its content.
pub(crate) async fn take_back(tx: &mut Tx, (removal, sha256): &Note) -> Result<(), Problem> {
    on!(tx, db => {
        sqlx::query(FORGET).bind(removal).bind(sha256).execute(db).await.map(|_| ())
    })
    .map_err(fault::statement)
}

/// Notes every content of a job, in the transaction that removes it.
pub(crate) async fn note_job(tx: &mut Tx, job: Uuid) -> Result<(), Problem> {
    on!(tx, db => {
        sqlx::query(NOTE_JOB).bind(ledger::ids::next()).bind(job).execute(db).await.map(|_| ())
    })
    .map_err(fault::statement)
}

/// Removes contents that lost their name long ago, and those that are noted.
///
/// # Errors
/// 503 when the database or the store is away; what is left stays noted.
pub(crate) async fn sweep(pool: &Pool, shelf: &Shelf, now: Instant) -> Result<(), Problem> {
    note_retired(pool, now.before(RETIRED_FOR)).await?;
    clear(pool, shelf).await
}

/// Removes those of the noted contents that nothing names, and takes the notes back. One that fails does not stop the
/// others.
///
/// # Errors
/// 503 when the database or the store is away; what is left stays noted.
pub(crate) async fn clear(pool: &Pool, shelf: &Shelf) -> Result<(), Problem> {
    let mut outcome = Ok(());
    let mut last: Note = (Uuid::nil(), String::new());
    loop {
        let notes = notes(pool, &last).await?;
        let Some(end) = notes.last().cloned() else {
            return outcome;
        };
        for note in &notes {
            if let Err(problem) = settle(pool, shelf, note).await {
                outcome = Err(problem);
            }
        }
        last = end;
    }
}

async fn note_retired(pool: &Pool, before: Instant) -> Result<(), Problem> {
    let mut tx = pool.begin().await.map_err(fault::database)?;
    on!(tx, db => {
        sqlx::query(NOTE_RETIRED)
            .bind(ledger::ids::next())
            .bind(before)
            .execute(db)
            .await
            .map(|_| ())
    })
    .map_err(fault::statement)?;
    on!(tx, db => {
        sqlx::query(FORGET_RETIRED).bind(before).execute(db).await.map(|_| ())
    })
    .map_err(fault::statement)?;
    tx.commit().await.map_err(fault::database)
}

async fn notes(pool: &Pool, last: &Note) -> Result<Vec<Note>, Problem> {
    on!(pool, db => {
        sqlx::query_as(NOTES).bind(last.0).bind(&last.1).bind(PAGE).fetch_all(db).await
    })
    .map_err(fault::statement)
}

/// Removes a noted content that nothing names, and takes the note back: the content first, the note after it.
///
/// # Errors
/// 503 when the database or the store is away; it stays noted.
pub(crate) async fn settle(pool: &Pool, shelf: &Shelf, note: &Note) -> Result<(), Problem> {
    shelf.remove_unnamed(pool, &note.1).await?;
    let mut tx = pool.begin().await.map_err(fault::database)?;
    take_back(&mut tx, note).await?;
    tx.commit().await.map_err(fault::database)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use chassis::blobs::{Blobs, Sha256};
    use ledger::testing::databases;

    use super::*;
    use crate::jobs::store;
    use crate::service::MIGRATIONS;
    use crate::shelf::RETIRE;

    async fn put(shelf: &Shelf, content: &'static str) -> Sha256 {
        let mut writer = shelf.begin(1000).await.unwrap();
        let piece = Bytes::from_static(content.as_bytes());
        writer.write(piece).await.unwrap();
        writer.seal().await.unwrap().place().await.unwrap().sha256
    }

    async fn retire(pool: &Pool, job: Uuid, sha256: &Sha256, at: Instant) {
        let mut tx = pool.begin().await.unwrap();
        on!(tx, db => {
            sqlx::query(RETIRE).bind(job).bind(sha256.to_string()).bind(at).execute(db).await.map(|_| ())
        })
        .unwrap();
        tx.commit().await.unwrap();
    }

    async fn noted(pool: &Pool) -> usize {
        let nothing = (Uuid::nil(), String::new());
        notes(pool, &nothing).await.unwrap().len()
    }

    #[tokio::test]
    async fn a_content_goes_an_hour_after_its_last_name_and_its_note_after_it() {
        for database in databases().await {
            let pool = &database.pool;
            MIGRATIONS.up(pool).await.unwrap();
            let folder = tempfile::TempDir::new().unwrap();
            let shelf = Shelf::new(Blobs::open(folder.path()).await.unwrap());
            let empty = || "{}".to_owned();
            let job = store::create(pool, empty(), empty()).await.unwrap();
            let content = put(&shelf, "content that lost its name").await;
            let retired = Instant::now();
            retire(pool, job, &content, retired).await;
            sweep(pool, &shelf, retired).await.unwrap();
            assert!(shelf.exists(&content).await.unwrap(), "too early");
            let text = content.to_string();
            shelf.remove_unnamed(pool, &text).await.unwrap();
            assert!(shelf.exists(&content).await.unwrap(), "still retired");
            let later = retired.after(RETIRED_FOR + Duration::from_secs(1));
            note_retired(pool, later.before(RETIRED_FOR)).await.unwrap();
            assert!(shelf.exists(&content).await.unwrap());
            assert_eq!(noted(pool).await, 1, "a crash here forgets nothing");
            sweep(pool, &shelf, later).await.unwrap();
            assert!(!shelf.exists(&content).await.unwrap());
            assert_eq!(noted(pool).await, 0);
        }
    }

    #[tokio::test]
    async fn what_cannot_be_removed_stays_noted_and_stops_no_other() {
        for database in databases().await {
            let pool = &database.pool;
            MIGRATIONS.up(pool).await.unwrap();
            let folder = tempfile::TempDir::new().unwrap();
            let shelf = Shelf::new(Blobs::open(folder.path()).await.unwrap());
            let empty = || "{}".to_owned();
            let job = store::create(pool, empty(), empty()).await.unwrap();
            let good = put(&shelf, "content that can be removed").await;
            // A folder cannot be removed as a file is.
            let bad = Sha256([0; 32]);
            let stuck = folder.path().join(format!("sha256/00/00/{bad}"));
            std::fs::create_dir_all(stuck.join("held")).unwrap();
            let long_ago = Instant::now().before(RETIRED_FOR * 2);
            retire(pool, job, &good, long_ago).await;
            retire(pool, job, &bad, long_ago).await;
            sweep(pool, &shelf, Instant::now()).await.unwrap_err();
            assert!(!shelf.exists(&good).await.unwrap());
            assert_eq!(noted(pool).await, 1);
            std::fs::remove_dir_all(&stuck).unwrap();
            sweep(pool, &shelf, Instant::now()).await.unwrap();
            assert_eq!(noted(pool).await, 0);
        }
    }
}
