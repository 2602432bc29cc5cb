//! What the lobby asks the measurement service: is the job there, what lies under an upload's name, is a hash known.

use std::fmt::{Display, Write as _};

use axum::body::Body;
use chassis::client::{CallError, ServiceClient};
use chassis::problem::Problem;
use contract::job::UploadContent;
use http::{Request, StatusCode};
use serde::de::{DeserializeOwned, IgnoredAny};
use uuid::Uuid;

use crate::session::Reference;

/// After as many seconds the measurement service may be there again.
const RETRY_AFTER_S: u32 = 2;

/// Whether there is such a job.
///
/// # Errors
///
/// 503 if nobody answers.
pub(crate) async fn job_exists(measurement: &ServiceClient, job_id: Uuid) -> Result<bool, Problem> {
    let request = Request::head(format!("/v1/jobs/{job_id}"))
        .body(Body::empty())
        .map_err(Problem::internal)?;
    match measurement
        .send(request)
        .await
        .map(|answer| answer.status())
    {
        Ok(StatusCode::OK) => Ok(true),
        Ok(StatusCode::NOT_FOUND) => Ok(false),
        Ok(status) => Err(away(&status)),
        Err(error) => Err(away(&error)),
    }
}

/// What lies under the name of an upload, or nothing.
///
/// # Errors
///
/// 503 if nobody answers.
pub(crate) async fn upload(
    measurement: &ServiceClient,
    job_id: Uuid,
    name: &str,
) -> Result<Option<UploadContent>, Problem> {
    look(
        measurement,
        &format!("/internal/jobs/{job_id}/uploads/{}", segment(name)),
    )
    .await
}

/// Whether a signal with this hash was made here. A service that does not answer stops no measurement.
pub(crate) async fn reference(measurement: &ServiceClient, hash: &str) -> Reference {
    match measurement
        .get_json::<IgnoredAny>(&format!("/internal/references/{}", segment(hash)))
        .await
    {
        Ok(IgnoredAny) => Reference::Known,
        Err(error) if is_absent(&error) => Reference::Unknown,
        Err(error) => {
            tracing::warn!(%error, "the hash of a loudspeaker is not checked");
            Reference::NotAsked
        }
    }
}

async fn look<T: DeserializeOwned>(
    measurement: &ServiceClient,
    path: &str,
) -> Result<Option<T>, Problem> {
    match measurement.get_json(path).await {
        Ok(found) => Ok(Some(found)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(away(&error)),
    }
}

fn away(reason: &dyn Display) -> Problem {
    tracing::warn!(%reason, "the measurement service cannot be asked");
    Problem::unavailable("The measurement service does not answer", RETRY_AFTER_S)
        .remedy("Try again; if it stays so, tell the operator.")
}

fn is_absent(error: &CallError) -> bool {
    error.answered_status() == Some(StatusCode::NOT_FOUND)
}

/// A text as one segment of a path.
fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        // A dot is written in full too, so that no name is taken for a way up.
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_its_segment() {
        assert_eq!(segment("rec_1.wav"), "rec_1%2Ewav");
        assert_eq!(segment("../a b/ü?#"), "%2E%2E%2Fa%20b%2F%C3%BC%3F%23");
    }
}
