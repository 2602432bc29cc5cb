//! Reports: each analysis as its document, as a page, or as a table.

pub(crate) mod store;

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chassis::body::{Path, QueryObject, path_id};
use chassis::problem::Problem;
use contract::analysis::AnalysisDocument;
use contract::job::Reports;
use serde::Deserialize;
use uuid::Uuid;

use crate::jobs::store::must_exist;
use crate::page::Page;
use crate::service::{Service, Shared};

/// A page of ours draws itself from what it holds; nothing is fetched and nothing runs.
const PAGE_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:";

/// Forms of a report.
const FORMATS: [&str; 3] = ["json", "html", "csv"];

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Json,
    Html,
    Csv,
}

/// Public routes of reports.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/v1/jobs/{job}/reports", get(list))
        .route("/v1/jobs/{job}/reports/{report}", get(one))
}

async fn list(
    State(service): State<Shared>,
    Path(job): Path<String>,
    query: QueryObject,
) -> Result<Json<Reports>, Problem> {
    let page = Page::of(&query)?;
    let job_id = path_id(&job, "Job")?;
    must_exist(&service.pool, job_id).await?;
    let (reports, total) = store::list(&service.pool, job_id, page).await?;
    Ok(Json(Reports {
        job_id,
        reports,
        total,
        limit: page.limit,
        offset: page.offset,
    }))
}

async fn one(
    State(service): State<Shared>,
    Path((job, report)): Path<(String, String)>,
    query: QueryObject,
) -> Result<Response, Problem> {
    let mut fields = query.fields();
    let format = fields
        .optional_one_of("format", &FORMATS)
        .or(Format::default());
    let format: Format = fields.finish(format)?;
    let job = path_id(&job, "Job")?;
    must_exist(&service.pool, job).await?;
    let id = path_id(&report, "Report")?;
    let text = store::document(&service.pool, job, id)
        .await?
        .ok_or_else(|| Problem::not_found("Report not found"))?;
    let rendered = match format {
        Format::Json => text,
        Format::Html => drawn(&service, text, report::html).await?,
        Format::Csv => drawn(&service, text, report::csv).await?,
    };
    answer(rendered, format, id)
}

/// Drawing a page takes milliseconds, which an async thread has not.
async fn drawn(
    service: &Service,
    text: String,
    draw: fn(&AnalysisDocument) -> String,
) -> Result<String, Problem> {
    let draw = move || {
        let document = serde_json::from_str(&text).map_err(Problem::internal)?;
        Ok(draw(&document))
    };
    service.short_arithmetic.run(draw).await?
}

fn answer(rendered: String, format: Format, id: Uuid) -> Result<Response, Problem> {
    let mut response = rendered.into_response();
    let headers = response.headers_mut();
    let media_type = match format {
        Format::Json => "application/json",
        Format::Html => "text/html; charset=utf-8",
        Format::Csv => "text/csv; charset=utf-8",
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    match format {
        Format::Json => {}
        Format::Html => {
            let policy = HeaderName::from_static("content-security-policy");
            headers.insert(policy, HeaderValue::from_static(PAGE_POLICY));
        }
        Format::Csv => {
            let name = format!("attachment; filename=\"report_{id}.csv\"");
            let name = HeaderValue::try_from(name).map_err(Problem::internal)?;
            headers.insert(header::CONTENT_DISPOSITION, name);
        }
    }
    Ok(response)
}
