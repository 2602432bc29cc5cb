//! Refusals over HTTP: `application/problem+json` (RFC 9457) in the form that old clients can read.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProblemBody {
    /// `about:blank`: the status and the code say what kind it is.
    #[serde(rename = "type", default = "about_blank")]
    pub kind: String,
    /// The status in words.
    #[serde(default)]
    pub title: String,
    /// The HTTP status.
    #[serde(default)]
    pub status: u16,
    /// What happened: a sentence, or on 422 the list of faults.
    pub detail: Detail,
    /// A word for programs, such as `NOT_FOUND` or `NO_SIGNAL`; an open list.
    #[serde(default)]
    pub code: String,
    /// Every fault of the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Numbers and names inside the refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// By which an operator finds what happened inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

/// A sentence or a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Detail {
    /// What happened.
    Text(String),
    /// What is wrong with the fields of a request.
    Faults(Vec<Fault>),
}

/// One thing wrong with a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Its kind in a word, such as `missing` or `string_too_long`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The way to the field: `["body", "speakers", 0, "device_id"]`.
    pub loc: Vec<Value>,
    /// What is allowed, in a sentence.
    pub msg: String,
    /// The value seen; null where it is missing.
    #[serde(default)]
    pub input: Value,
}

fn about_blank() -> String {
    "about:blank".to_owned()
}
