//! Jobs, uploads and the excitation as the measurement service answers them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::analysis::Outcome;
use crate::session::PairKey;

/// A room with positions, stored with a job. It plays no part in an analysis.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Map {
    /// The floor and the height.
    #[serde(default)]
    pub room: Option<MapRoom>,
    /// Free objects.
    #[serde(default)]
    pub furniture: Vec<Value>,
    /// Loudspeakers.
    #[serde(default)]
    pub sources: Vec<MapEntity>,
    /// Microphones.
    #[serde(default)]
    pub receivers: Vec<MapEntity>,
    /// Anything else.
    #[serde(default)]
    pub meta: serde_json::Map<String, Value>,
}

/// Floor plan and height.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MapRoom {
    /// Corners in metres.
    #[serde(default)]
    pub vertices: Vec<[f64; 2]>,
    /// In metres.
    #[serde(default)]
    pub height_m: Option<f64>,
}

/// A loudspeaker or a microphone on the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapEntity {
    /// Its name.
    pub id: String,
    /// In metres.
    pub position: [f64; 3],
}

/// Answer to the making of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobCreated {
    /// Its name.
    pub job_id: Uuid,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its name.
    pub job_id: Uuid,
    /// The room.
    pub map: Value,
    /// Free data; a job made over a socket has `device_id` in it.
    pub meta: Value,
    /// Names of the uploads, sorted.
    pub uploads: Vec<String>,
    /// The last analysis; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results: Option<Value>,
}

/// Answer to an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uploaded {
    /// The job.
    pub job_id: Uuid,
    /// The name it has there.
    pub upload: String,
    /// Its size.
    pub bytes: u64,
}

/// Answer of `GET /internal/jobs/{job}/uploads/{name}`: what lies under that name now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadContent {
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// Answer to an analysis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analyzed {
    /// The job.
    pub job_id: Uuid,
    /// See [`crate::results`].
    pub results: Value,
}

/// What stands where in the excitation; seconds and hertz.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioInfo {
    /// Sampling frequency.
    pub sample_rate: u32,
    /// From the first sample to the last.
    pub total_duration: f64,
    /// In order.
    pub segments: Vec<AudioSegment>,
    /// Where the sweep begins.
    pub sweep_start: f64,
    /// Where it ends.
    pub sweep_end: f64,
    /// A recording should have begun by then.
    pub recommended_recording_start: f64,
    /// A recording should last until then.
    pub recommended_recording_end: f64,
}

/// A part of the excitation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioSegment {
    /// Such as `sync_chirp_start`.
    pub name: String,
    /// `chirp`, `silence` or `sweep`.
    #[serde(rename = "type")]
    pub kind: String,
    /// In seconds.
    pub start: f64,
    /// In seconds.
    pub end: f64,
    /// In hertz; absent in silence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub f_start: Option<f64>,
    /// In hertz; absent in silence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub f_end: Option<f64>,
}

/// Whose analysis a report is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ReportKey {
    /// A recording of a session.
    Pair(PairKey),
    /// Any other upload of the job.
    Upload {
        /// Its name.
        upload: String,
    },
}

/// An analysis in the list of a job's reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportSummary {
    /// Its name.
    pub id: Uuid,
    /// Whose analysis it is.
    pub key: ReportKey,
    /// The upload that was analysed.
    pub upload: String,
    /// Whether there are metrics.
    pub outcome: Outcome,
    /// RFC 3339, UTC, six decimals, `Z`.
    pub created_at: String,
    /// Counts the analyses of its key, from 1.
    pub version: u32,
}

/// Answer of `GET /v1/jobs/{job}/reports`, the youngest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reports {
    /// The job.
    pub job_id: Uuid,
    /// A page of its reports.
    pub reports: Vec<ReportSummary>,
    /// How many it has.
    pub total: i64,
    /// Most reports of a page.
    pub limit: i64,
    /// Reports before the first of this page.
    pub offset: i64,
}
