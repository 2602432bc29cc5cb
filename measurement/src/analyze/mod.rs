//! From an upload to its report: found, decoded, measured, evaluated, stored, answered.

pub(crate) mod bounds;
mod compute;
pub(crate) mod request;
mod subject;

use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use chassis::body::{JsonObject, Path, path_id};
use chassis::problem::Problem;
use contract::analysis::Failure;
use http::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::debug_audio;
use crate::jobs::raw;
use crate::reports::store::{self as reports, NewReport};
use crate::service::Shared;
use compute::{Computed, Task, compute};
use request::Wanted;
use subject::Subject;

/// The answer: the results as they are stored.
#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    job_id: Uuid,
    results: Box<RawValue>,
}

/// Public routes of analyses.
pub(crate) fn routes() -> Router<Shared> {
    Router::new().route("/v1/jobs/{job}/analyze", post(analyze))
}

async fn analyze(
    State(service): State<Shared>,
    Path(job): Path<String>,
    body: JsonObject,
) -> Result<Json<Answer>, Problem> {
    let wanted = request::of_body(body.fields())?;
    run(&service, path_id(&job, "Job")?, wanted).await.map(Json)
}

/// Analyses an upload and keeps the report.
///
/// # Errors
/// 400 with the code of what is wrong with the upload, whose report is kept as well; 404 for an unknown job; 503 when
/// the queue of computations is full.
pub(crate) async fn run(service: &Shared, job: Uuid, wanted: Wanted) -> Result<Answer, Problem> {
    let source = wanted.source();
    let Subject {
        upload,
        sha256,
        pair,
        reference,
        warnings,
    } = subject::find(service, job, wanted).await?;
    let remedies: Vec<String> = warnings.iter().map(|w| w.remedy.clone()).collect();
    // Contents are large, so that only those that run hold theirs.
    let turn = service.arithmetic.admit()?.turn().await?;
    let task = Task {
        upload: upload.clone(),
        bytes: subject::read(service, &sha256).await?,
        reference: reference.read(service).await?,
        warnings,
        with_sounds: service.debug_dir.is_some(),
    };
    let shared = Arc::clone(service);
    let computed = turn
        .run_with_token(move |token| {
            let gone = || token.is_cancelled();
            compute(&shared.analyst, &shared.audio_limits, task, &gone)
        })
        .await??;
    let Computed {
        outcome,
        failure,
        document,
        results,
        sounds,
    } = computed;
    let report = NewReport {
        id: ledger::ids::next(),
        job,
        upload,
        sha256,
        pair,
        source,
        outcome,
        document,
        results: results.clone(),
    };
    debug_audio::write(service.debug_dir.as_deref(), report.id, sounds).await;
    // In a task of its own: what is computed is kept although the client leaves.
    service
        .in_task(async move |own: Shared| reports::keep(&own.pool, &report).await)
        .await?;
    match (failure, results) {
        (None, Some(results)) => Ok(Answer {
            job_id: job,
            results: raw(results)?,
        }),
        (Some(failure), _) => Err(refusal(failure, remedies)),
        (None, None) => Err(Problem::internal("a document without failure and results")),
    }
}

/// What was not certain beforehand may be the reason, so its remedies are told as well.
fn refusal(failure: Failure, remedies: Vec<String>) -> Problem {
    let remedies = [vec![failure.remedy], remedies].concat();
    Problem::new(StatusCode::BAD_REQUEST, failure.code, failure.message)
        .remedy(remedies.join("; "))
        .data(failure.data)
}
