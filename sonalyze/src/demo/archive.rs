//! The stored reports of a job, fetched from the server over HTTP as any app would.

use contract::analysis::AnalysisDocument;
use contract::job::Reports;
use reqwest::{Client, Response};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::trouble::Trouble;

/// Who asks, in messages.
const WHO: &str = "the admin";

/// Most reports that a server lists at once.
const REPORTS_MAX: usize = 500;

/// The stored documents of a job.
#[derive(Debug, Clone)]
pub struct Archive {
    http: Client,
    reports_url: String,
}

impl Archive {
    /// The reports of a job behind the gateway at `base_url`.
    pub fn new(http: Client, base_url: &str, job_id: Uuid) -> Self {
        Self {
            http,
            reports_url: format!("{base_url}/v1/jobs/{job_id}/reports"),
        }
    }

    /// The document of the last analysis of each upload, in the order of the names.
    ///
    /// # Errors
    /// No answer, a refusal, or an upload without a report.
    pub async fn documents(&self, uploads: &[String]) -> Result<Vec<AnalysisDocument>, Trouble> {
        let all = format!("{}?limit={REPORTS_MAX}", self.reports_url);
        let listed: Reports = self.get(&all).await?;
        let mut documents = Vec::with_capacity(uploads.len());
        for upload in uploads {
            // The youngest stands first.
            let found = listed
                .reports
                .iter()
                .find(|report| report.upload == *upload);
            let report = found.ok_or_else(|| Trouble::Unreadable {
                who: WHO.to_owned(),
                what: "the list of reports".to_owned(),
                cause: format!("{upload} has none"),
            })?;
            let url = format!("{}/{}?format=json", self.reports_url, report.id);
            documents.push(self.get(&url).await?);
        }
        Ok(documents)
    }

    async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, Trouble> {
        let unreachable = |error: reqwest::Error| Trouble::Unreachable {
            who: WHO.to_owned(),
            address: url.to_owned(),
            cause: error.to_string(),
        };
        let sent = self.http.get(url).send().await;
        let response = sent
            .and_then(Response::error_for_status)
            .map_err(unreachable)?;
        response.json().await.map_err(|error| Trouble::Unreadable {
            who: WHO.to_owned(),
            what: url.to_owned(),
            cause: error.to_string(),
        })
    }
}
