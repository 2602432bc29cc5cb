//! A recording comes in: bounded, streamed, hashed, and named only when it is whole.
//!
//! Nothing of an upload that breaks off, is too large or arrives damaged can be seen afterwards; the name keeps what
//! it had.

use axum::Json;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chassis::blobs::{Blob, BlobError, Sha256, Writer};
use chassis::body::{Path, path_id};
use chassis::problem::Problem;
use contract::job::{UploadContent, Uploaded};
use contract::problem::Fault;
use serde_json::{Value, json};
use uuid::Uuid;

use super::preamble::Preamble;
use super::store::{self, Content};
use crate::removal;
use crate::service::{Service, Shared};

/// In which a client may say what it sent.
const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-content-sha256");

/// Most characters of a name.
const NAME_LENGTH_MAX: usize = 128;

/// The form around a file may have so many bytes more.
pub(super) const FORM_BYTES: usize = 1 << 20;

/// Takes an upload.
pub(super) async fn upload(
    State(service): State<Shared>,
    Path((job, name)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    if !is_name(&name) {
        return Err(Problem::bad_request("Invalid upload_name").remedy(
            "Use 1 to 128 letters, digits, '.', '_' and '-', the first a letter or a digit.",
        ));
    }
    let job = path_id(&job, "Job")?;
    store::must_exist(&service.pool, job).await?;
    let expected = expected(request.headers())?;
    let writer = receive(&service, request).await?;
    // A task of its own: once the last byte is here, the upload is kept although its client leaves.
    let own = name.clone();
    let blob = service
        .in_task(move |service| place(service, job, own, writer, expected))
        .await?;
    let answer = Uploaded {
        job_id: job,
        upload: name,
        bytes: blob.bytes,
    };
    let etag = HeaderValue::try_from(format!("\"{}\"", blob.sha256)).map_err(Problem::internal)?;
    Ok(([(header::ETAG, etag)], Json(answer)).into_response())
}

/// What lies under a name, for the lobby.
pub(super) async fn content(
    State(service): State<Shared>,
    Path((job, name)): Path<(String, String)>,
) -> Result<Json<UploadContent>, Problem> {
    let job = path_id(&job, "Job")?;
    store::must_exist(&service.pool, job).await?;
    let unknown = || Problem::not_found("Upload not found");
    if !is_name(&name) {
        return Err(unknown());
    }
    let content = store::content(&service.pool, job, &name)
        .await?
        .ok_or_else(unknown)?;
    Ok(Json(UploadContent {
        sha256: content.sha256,
        bytes: u64::try_from(content.bytes).map_err(Problem::internal)?,
    }))
}

/// Letters, digits, `.`, `_`, `-`; first a letter or a digit.
pub(crate) fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    name.len() <= NAME_LENGTH_MAX
        && name
            .bytes()
            .next()
            .is_some_and(|b| b.is_ascii_alphanumeric())
        && name.bytes().all(plain)
}

/// What the client says that it sends.
fn expected(headers: &HeaderMap) -> Result<Option<Sha256>, Problem> {
    let Some(value) = headers.get(CONTENT_SHA256) else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(value.as_bytes());
    text.trim().parse().map(Some).map_err(|_| {
        let msg = "Header should be a SHA-256 of 64 hexadecimal digits".to_owned();
        refused(
            "value_error",
            &["header", CONTENT_SHA256.as_str()],
            msg,
            json!(text),
        )
    })
}

/// Streams the field `file` to the disk.
async fn receive(service: &Service, request: Request) -> Result<Writer, Problem> {
    let missing = || {
        let msg = "Field required: multipart/form-data with the recording in 'file'".to_owned();
        refused("missing", &["body", "file"], msg, Value::Null)
    };
    let (parts, body) = request.into_parts();
    let (body, preamble) = Preamble::of(body);
    let mut form = Multipart::from_request(Request::from_parts(parts, body), &())
        .await
        .map_err(|_| missing())?;
    loop {
        let field = form.next_field().await.map_err(|error| {
            let too_much = preamble.refusal();
            too_much.unwrap_or_else(|| broken(service, &error))
        })?;
        let field = field.ok_or_else(missing)?;
        if field.name() == Some("file") {
            preamble.end();
            return take(service, field).await;
        }
    }
}

async fn take(service: &Service, mut field: Field<'_>) -> Result<Writer, Problem> {
    let mut writer = service.shelf.begin(service.upload_bytes_max).await?;
    loop {
        let chunk = field.chunk().await.map_err(|error| broken(service, &error));
        let Some(chunk) = chunk? else {
            return Ok(writer);
        };
        match writer.write(chunk).await {
            Ok(()) => {}
            Err(BlobError::TooLarge { seen, .. }) => {
                let rest = drain(&mut field).await;
                return Err(too_large(service, seen + rest));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Reads on to the end of the form's own limit, so that a client that is still sending gets to read the answer.
async fn drain(field: &mut Field<'_>) -> u64 {
    let mut bytes = 0;
    while let Ok(Some(chunk)) = field.chunk().await {
        bytes += chunk.len() as u64;
    }
    bytes
}

/// Gives the content its name, unless it is not what the client sent.
///
/// It is noted as one to be removed before it is put in its place, and the note is taken back by what names it. So a
/// database that goes away in between, or a crash, leaves nothing that nobody knows of.
async fn place(
    service: Shared,
    job: Uuid,
    name: String,
    writer: Writer,
    expected: Option<Sha256>,
) -> Result<Blob, Problem> {
    let sealed = writer.seal().await?;
    let blob = sealed.blob();
    if let Some(expected) = expected.filter(|expected| *expected != blob.sha256) {
        return Err(damaged(&expected, &blob.sha256));
    }
    let content = Content {
        sha256: blob.sha256.to_string(),
        bytes: i64::try_from(blob.bytes).map_err(Problem::internal)?,
    };
    let (pool, shelf) = (&service.pool, &service.shelf);
    let guard = shelf.hold().await;
    let note = removal::note(pool, &content.sha256).await?;
    let placed = match sealed.place().await {
        Ok(_) => store::name(pool, job, &name, &content, &note).await,
        Err(error) => Err(error.into()),
    };
    drop(guard);
    if placed.is_err()
        && let Err(problem) = removal::settle(pool, shelf, &note).await
    {
        tracing::warn!(%problem, "what was refused is still there; it is looked at again");
    }
    placed.map(|()| blob)
}

fn damaged(expected: &Sha256, found: &Sha256) -> Problem {
    let msg = format!(
        "The file should have the SHA-256 {expected} of the header; what arrived has {found}: send it again"
    );
    refused(
        "value_error",
        &["header", CONTENT_SHA256.as_str()],
        msg,
        json!(expected.to_string()),
    )
}

fn too_large(service: &Service, seen: u64) -> Problem {
    let limit = service.upload_bytes_max;
    let told = if limit.is_multiple_of(1 << 20) {
        format!("{} MB", limit >> 20)
    } else {
        format!("{limit} bytes")
    };
    Problem::payload_too_large(format!("Upload too large (>{told})"))
        .remedy(format!(
            "At most {limit} bytes are taken, {seen} or more were sent. Send a shorter recording, or one in FLAC."
        ))
        .data(json!({"limit_bytes": limit, "seen_bytes": seen}))
}

/// A form that is longer than file and frame together, or that ends before its end.
fn broken(service: &Service, error: &MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large(service, service.upload_bytes_max + 1);
    }
    Problem::bad_request("The upload broke off, or is no multipart/form-data; nothing was kept")
        .remedy("Send it again.")
}

fn refused(kind: &str, loc: &[&str], msg: String, input: Value) -> Problem {
    Problem::unprocessable(vec![Fault {
        kind: kind.to_owned(),
        loc: loc.iter().map(|part| json!(part)).collect(),
        msg,
        input,
    }])
}

#[cfg(test)]
mod tests;
