//! `sonalyze verify`: whether every file of a backup is whole, and whether it can be restored.

use std::path::Path;

use anstyle::{AnsiColor, Style};
use ledger::DatabaseUrl;
use ledger::backup::{FileDigest, Saved, Scratch};
use serde::Serialize;

use super::manifest::{DatabasePart, Kind, MANIFEST, RecordingsPart};
use super::recordings::{self, away};
use super::shelf::{self, Kept};
use crate::cli::VerifyArguments;
use crate::exit::{Exit, Failure, whole};
use crate::output::Destination;
use crate::{json, terminal};

/// Value of `schema` in the JSON object.
const SCHEMA: &str = "sonalyze.verify/1";

/// What was found of one part.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    /// Its name.
    part: &'static str,
    /// Its file.
    file: String,
    /// What was looked at.
    looked: String,
    /// Why it is not good; none where it is.
    pub(super) reason: Option<String>,
}

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    ok: bool,
    backup: &'a Path,
    taken_at: jiff::Timestamp,
    restored: bool,
    parts: &'a [Finding],
}

/// Runs the command.
///
/// # Errors
/// A folder that is no backup, a server that is not named or named wrongly.
pub(super) async fn run(arguments: &VerifyArguments) -> Result<Exit, Failure> {
    let kept = shelf::found(&arguments.backup)?;
    let scratch = scratch(arguments, &kept)?;
    let mut findings = files(&kept).await?;
    if arguments.restore {
        for part in &kept.manifest.databases {
            findings.push(restored(&kept, part, scratch.as_ref()).await?);
        }
    }
    let is_good = findings.iter().all(|finding| finding.reason.is_none());
    if arguments.json {
        let report = Report {
            schema: SCHEMA,
            ok: is_good,
            backup: &kept.folder,
            taken_at: kept.manifest.taken_at,
            restored: arguments.restore,
            parts: &findings,
        };
        let place = Destination::Stdout;
        place.write(&json::encode(&report, &place)?)?;
    } else if !arguments.quiet {
        terminal::show(&text(&kept, &findings), false)?;
    }
    if is_good {
        return Ok(Exit::Done);
    }
    let bad = findings
        .iter()
        .filter_map(|finding| finding.reason.as_deref());
    let bad: Vec<&str> = bad.collect();
    Err(Failure::failed(format!(
        "{} is not whole: {}",
        kept.folder.display(),
        bad.join("; ")
    )))
}

fn scratch(arguments: &VerifyArguments, kept: &Kept) -> Result<Option<DatabaseUrl>, Failure> {
    let needs = kept
        .manifest
        .databases
        .iter()
        .any(|part| part.kind == Kind::Postgres);
    let Some(text) = &arguments.scratch else {
        if arguments.restore && needs {
            return Err(Failure::usage(
                "the backup holds a dump of PostgreSQL: name a server on which a database may be made for it, \
                 --scratch postgresql://user@host/postgres",
            ));
        }
        return Ok(None);
    };
    let url: DatabaseUrl = text
        .parse()
        .map_err(|error| Failure::usage(format!("--scratch: {error}")))?;
    if url.is_postgres() {
        return Ok(Some(url));
    }
    Err(Failure::usage(format!(
        "--scratch {url} is no server; name one as postgresql://user@host/postgres"
    )))
}

/// Every file against its SHA-256.
///
/// # Errors
/// Where the system gives no threads.
pub(super) async fn files(kept: &Kept) -> Result<Vec<Finding>, Failure> {
    let mut findings = Vec::new();
    for part in &kept.manifest.databases {
        findings.push(Finding {
            part: part.service.name(),
            file: part.file.clone(),
            looked: format!("{} bytes", part.saved.digest.bytes),
            reason: fault(&kept.folder, &part.file, &part.saved.digest).await,
        });
    }
    if let Some(part) = &kept.manifest.recordings {
        findings.push(Finding {
            part: "recordings",
            file: part.file.clone(),
            looked: format!("{} files", part.files),
            reason: recordings_fault(&kept.folder, part).await,
        });
    }
    Ok(findings)
}

async fn fault(folder: &Path, file: &str, expected: &FileDigest) -> Option<String> {
    let path = folder.join(file);
    match away(move || FileDigest::of(&path)).await {
        Err(cause) => Some(format!("{file}: {cause}")),
        Ok(found) if found == *expected => None,
        Ok(found) => Some(format!(
            "{file}: it has {} bytes and the SHA-256 {}, and {MANIFEST} says {} and {}",
            found.bytes, found.sha256, expected.bytes, expected.sha256
        )),
    }
}

async fn recordings_fault(folder: &Path, part: &RecordingsPart) -> Option<String> {
    if let Some(reason) = fault(folder, &part.file, &part.list).await {
        return Some(reason);
    }
    let (backup, list) = (folder.to_owned(), part.clone());
    let faults = away(move || {
        let named = recordings::named(&backup, &list)?;
        let faults = named
            .iter()
            .filter_map(|sha256| recordings::fault(&backup, sha256));
        Ok(faults.collect::<Vec<_>>())
    });
    match faults.await {
        Ok(faults) if faults.is_empty() => None,
        Ok(faults) => Some(format!("{} recordings, {}", faults.len(), faults[0])),
        Err(cause) => Some(cause.to_string()),
    }
}

/// Restores a database into nowhere and compares every row.
async fn restored(
    kept: &Kept,
    part: &DatabasePart,
    scratch: Option<&DatabaseUrl>,
) -> Result<Finding, Failure> {
    let file = kept.folder.join(&part.file);
    let reason = match scratch.filter(|_| part.kind == Kind::Postgres) {
        Some(server) => on_server(server, &file, &part.saved).await,
        None => in_folder(&file, &part.saved).await?,
    };
    let tables = part.saved.content.tables.len();
    Ok(Finding {
        part: part.service.name(),
        file: part.file.clone(),
        looked: format!(
            "restored: {tables} tables, {} rows",
            part.saved.content.rows()
        ),
        reason: reason.map(|reason| format!("{}: {reason}", part.file)),
    })
}

async fn in_folder(file: &Path, saved: &Saved) -> Result<Option<String>, Failure> {
    let folder = tempfile::tempdir();
    let folder =
        folder.map_err(|cause| Failure::failed(format!("no temporary folder: {cause}")))?;
    let url = DatabaseUrl::file(folder.path().join("restored.sqlite"));
    let done = ledger::backup::restore(&url, file, saved).await;
    Ok(done.err().map(|error| whole(&error)))
}

async fn on_server(server: &DatabaseUrl, file: &Path, saved: &Saved) -> Option<String> {
    let scratch = match Scratch::make(server).await {
        Ok(scratch) => scratch,
        Err(error) => return Some(whole(&error)),
    };
    let done = ledger::backup::restore(scratch.url(), file, saved).await;
    let discarded = scratch.discard().await;
    done.and(discarded).err().map(|error| whole(&error))
}

fn text(kept: &Kept, findings: &[Finding]) -> String {
    let (title, quiet) = (terminal::TITLE, terminal::QUIET);
    let (folder, at) = (kept.folder.display(), kept.manifest.taken_at);
    let mut text = format!("{title}{folder}{title:#}  {quiet}{at:.0}{quiet:#}\n");
    for finding in findings {
        let (word, colour) = match finding.reason {
            None => ("ok  ", AnsiColor::Green),
            Some(_) => ("FAIL", AnsiColor::Red),
        };
        let style = Style::new().fg_color(Some(colour.into()));
        let told = finding.reason.as_deref().unwrap_or(&finding.looked);
        text.extend([format!(
            "  {style}{word}{style:#}  {:<12} {told}\n",
            finding.part
        )]);
    }
    text
}
