//! The signal to play: made, named by its hash, and remembered, so that a recording of it can be analysed.

mod file_name;
mod info;
pub(crate) mod parameters;
pub(crate) mod references;
mod served;

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, ETAG};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing::get};
use chassis::blobs::Sha256;
use chassis::body::{Path, QueryObject};
use chassis::problem::Problem;
use contract::job::AudioInfo;
use room_dsp::Excitation;
use serde_json::{Value, json};

pub(crate) use info::info;
pub(crate) use served::Signals;

use crate::service::Shared;
use parameters::Format;
use served::Served;

/// Headers of the signal that browsers must be let see.
pub const EXPOSED: [HeaderName; 5] = [
    HeaderName::from_static("x-audio-hash"),
    HeaderName::from_static("x-duration-seconds"),
    HeaderName::from_static("x-sample-rate"),
    CONTENT_DISPOSITION,
    ETAG,
];

/// Public routes of the signal.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/v1/measurement/audio", get(audio))
        .route("/v1/measurement/audio/info", get(audio_info))
}

/// The route by which the lobby asks for a hash.
pub(crate) fn internal_routes() -> Router<Shared> {
    Router::new().route("/internal/references/{hash}", get(reference))
}

async fn audio(
    State(service): State<Shared>,
    QueryObject(query): QueryObject,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let excitation = parameters::read(chassis::fields::Fields::query(&query))?;
    let text = |name| query.get(name).and_then(Value::as_str);
    let format = Format::asked(text("format"));
    let served = service
        .signals
        .get(excitation, format, &service.short_arithmetic, &service.pool)
        .await?;
    let name = file_name::file_name(text("session_id"), format.extension());
    answer(&served, &excitation, format, &name, &headers)
}

async fn audio_info(query: QueryObject) -> Result<Json<AudioInfo>, Problem> {
    Ok(Json(info(&parameters::read(query.fields())?)))
}

async fn reference(
    State(service): State<Shared>,
    Path(hash): Path<String>,
) -> Result<Json<Value>, Problem> {
    let unknown = || Problem::not_found("No signal with this hash was ever handed out");
    let hash: Sha256 = hash.parse().map_err(|_| unknown())?;
    let hash = hash.to_string();
    let found = references::find(&service.pool, &hash)
        .await?
        .ok_or_else(unknown)?;
    let p = found.parameters();
    Ok(Json(json!({
        "audio_hash": hash,
        "sample_rate": p.sample_rate.hz(),
        "sweep_f_start": p.sweep_start_hz,
        "sweep_f_end": p.sweep_end_hz,
    })))
}

/// The file with its headers, or 304 for a client that has it.
fn answer(
    served: &Served,
    excitation: &Excitation,
    format: Format,
    name: &str,
    asked: &HeaderMap,
) -> Result<Response, Problem> {
    let etag = format!("\"{}\"", served.audio_hash);
    let unchanged = asked
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| matches_any(tags, &etag));
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        served.bytes.clone().into_response()
    };
    let disposition = format!("attachment; filename=\"{name}\"");
    let duration = format!("{:?}", excitation.duration_s());
    let told = [
        ("content-type", format.media_type().to_owned()),
        ("content-disposition", disposition),
        ("x-duration-seconds", duration),
        ("x-sample-rate", excitation.rate().hz().to_string()),
        ("x-audio-hash", served.audio_hash.clone()),
        ("etag", etag),
        ("cache-control", "no-cache".to_owned()),
    ];
    let headers = response.headers_mut();
    for (header, text) in told {
        let value = HeaderValue::try_from(text).map_err(Problem::internal)?;
        headers.insert(header, value);
    }
    Ok(response)
}

/// Whether a list of entity tags names this one.
fn matches_any(tags: &str, etag: &str) -> bool {
    tags.split(',')
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == "*" || tag == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entity_tags_are_compared_weakly() {
        for tags in ["\"a\"", "\"b\", \"a\"", "W/\"a\"", "*"] {
            assert!(matches_any(tags, "\"a\""), "{tags}");
        }
        for tags in ["", "a", "\"b\"", "\"aa\""] {
            assert!(!matches_any(tags, "\"a\""), "{tags}");
        }
    }
}
