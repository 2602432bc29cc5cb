//! Facts from the lobby: this upload is the recording of that loudspeaker by that microphone.

pub(crate) mod store;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use chassis::blobs::Sha256;
use chassis::body::JsonObject;
use chassis::problem::Problem;
use contract::problem::Fault;
use contract::session::RecordingUploaded;
use serde_json::{Map, Value, json};

use crate::service::Shared;

/// The route by which facts come.
pub(crate) fn internal_routes() -> Router<Shared> {
    Router::new().route("/internal/recordings", post(recorded))
}

async fn recorded(State(service): State<Shared>, body: JsonObject) -> Result<Json<Value>, Problem> {
    let fact = fact(body.0)?;
    let sha256: Sha256 = fact.sha256.parse().map_err(Problem::internal)?;
    let _named_meanwhile = service.shelf.hold().await;
    if !service.shelf.exists(&sha256).await? {
        let upload = &fact.upload;
        return Err(Problem::not_found(format!(
            "No content with the hash {sha256} was uploaded as {upload}"
        )));
    }
    let new = store::keep(&service.pool, &fact).await?;
    tracing::info!(session_id = %fact.pair.session_id, job_id = %fact.job, new, "a session has a recording");
    Ok(Json(json!({"recorded": new})))
}

/// Reads a fact: written by the lobby, so one fault is enough to tell.
fn fact(body: Map<String, Value>) -> Result<RecordingUploaded, Problem> {
    let fact: RecordingUploaded = serde_json::from_value(Value::Object(body.clone()))
        .map_err(|error| refused(&["body"], error.to_string(), Value::Object(body)))?;
    if fact.sha256.parse::<Sha256>().is_err() {
        let msg = "sha256 should be 64 hexadecimal digits".to_owned();
        return Err(refused(&["body", "sha256"], msg, json!(fact.sha256)));
    }
    let texts = [&fact.pair.speaker_slot, &fact.pair.mic_slot, &fact.upload];
    let with_nul = texts
        .into_iter()
        .chain(&fact.audio_hash)
        .find(|text| text.contains('\0'));
    if let Some(text) = with_nul {
        let msg = "no text may hold a NUL".to_owned();
        return Err(refused(&["body"], msg, json!(text)));
    }
    Ok(RecordingUploaded {
        sha256: fact.sha256.to_ascii_lowercase(),
        ..fact
    })
}

fn refused(loc: &[&str], msg: String, input: Value) -> Problem {
    Problem::unprocessable(vec![Fault {
        kind: "value_error".to_owned(),
        loc: loc.iter().map(|part| json!(part)).collect(),
        msg,
        input,
    }])
}
