//! Which analysis a client wants, over HTTP or by event.

use chassis::fields::{Fields, Read};
use chassis::problem::Problem;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::jobs::store::unknown;

/// Most characters of an upload's name; longer ones name nothing.
const NAME_LENGTH: std::ops::RangeInclusive<usize> = 1..=128;

/// Most characters of a hash; others than 64 digits name nothing.
const HASH_LENGTH: std::ops::RangeInclusive<usize> = 0..=200;

/// The ways to analyse an upload.
const SOURCES: [&str; 3] = [
    "impulse_response",
    "sweep_deconvolution",
    "sweep_deconvolution_generated",
];

/// An analysis that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The upload is an impulse response.
    ImpulseResponse {
        /// Its name.
        upload: String,
    },
    /// The upload is a recording of another upload.
    Sweep {
        /// Name of the recording.
        recording: String,
        /// Name of the signal that was played.
        reference: String,
    },
    /// The upload is a recording of the signal that this service made.
    Generated {
        /// Name of the recording.
        recording: String,
        /// Hash of the file that was played.
        audio_hash: Option<String>,
    },
}

impl Wanted {
    /// As it is stored and asked for.
    pub(crate) const fn source(&self) -> &'static str {
        match self {
            Self::ImpulseResponse { .. } => SOURCES[0],
            Self::Sweep { .. } => SOURCES[1],
            Self::Generated { .. } => SOURCES[2],
        }
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Source {
    ImpulseResponse,
    SweepDeconvolution,
    SweepDeconvolutionGenerated,
}

/// Reads the body of `POST /v1/jobs/{job}/analyze`.
///
/// # Errors
/// 422 with every fault.
pub(super) fn of_body(mut fields: Fields<'_>) -> Result<Wanted, Problem> {
    let source = fields.one_of("source", &SOURCES);
    wanted(fields, source)
}

/// Reads the `data` of `analysis.run`.
///
/// # Errors
/// 400 with the sentence that earlier services had; 404 for a job that nothing can name.
pub(crate) fn of_event(data: &Value) -> Result<(Uuid, Wanted), Problem> {
    let job = job_of_event(data)?;
    let text = |name: &str| data.get(name).and_then(Value::as_str);
    if text("source").is_none_or(str::is_empty) {
        return Err(Problem::bad_request("Missing 'source' in data"));
    }
    let mut fields = Fields::event(data);
    if !text("source").is_some_and(|source| SOURCES.contains(&source)) {
        let allowed = SOURCES.join("', '");
        return Err(
            Problem::bad_request("Invalid source").remedy(format!("Use one of '{allowed}'."))
        );
    }
    let source = fields.one_of("source", &SOURCES);
    Ok((job, wanted(fields, source)?))
}

/// The job that an event names.
///
/// # Errors
/// 400 when it names none; 404 for what is no UUID.
pub(crate) fn job_of_event(data: &Value) -> Result<Uuid, Problem> {
    match data.get("job_id") {
        None | Some(Value::Null) => Err(Problem::bad_request("Missing 'job_id' in data")),
        Some(Value::String(text)) if text.is_empty() => {
            Err(Problem::bad_request("Missing 'job_id' in data"))
        }
        Some(Value::String(text)) => Uuid::try_parse(text).map_err(|_| unknown()),
        Some(other) => Err(Problem::bad_request(format!(
            "'job_id' should be the text that create_job answered, not {other}"
        ))),
    }
}

/// The names with their defaults; they are looked up and never a path.
fn wanted(mut fields: Fields<'_>, source: Read<Source>) -> Result<Wanted, Problem> {
    let mut name = |field: &str, default: &str| {
        fields
            .optional_text(field, NAME_LENGTH)
            .or(default.to_owned())
    };
    let upload = name("impulse_response_upload", "impulse_response");
    let recording = name("recording_upload", "recording");
    let reference = name("sweep_reference_upload", "sweep_reference");
    let audio_hash = fields.optional_text("audio_hash", HASH_LENGTH);
    let (source, upload, recording, reference, audio_hash) =
        fields.finish((source, upload, recording, reference, audio_hash))?;
    Ok(match source {
        Source::ImpulseResponse => Wanted::ImpulseResponse { upload },
        Source::SweepDeconvolution => Wanted::Sweep {
            recording,
            reference,
        },
        Source::SweepDeconvolutionGenerated => Wanted::Generated {
            recording,
            audio_hash: audio_hash.filter(|hash| !hash.is_empty()),
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const JOB: &str = "0190a5c6-0000-7000-8000-000000000001";

    #[test]
    fn names_have_their_defaults() {
        let of = |source: &str| of_body(Fields::body(&json!({"source": source}))).unwrap();
        let recording = "recording".to_owned();
        assert_eq!(
            of("impulse_response"),
            Wanted::ImpulseResponse {
                upload: "impulse_response".to_owned()
            }
        );
        assert_eq!(
            of("sweep_deconvolution"),
            Wanted::Sweep {
                recording: recording.clone(),
                reference: "sweep_reference".to_owned()
            }
        );
        let generated = of("sweep_deconvolution_generated");
        assert_eq!(generated.source(), "sweep_deconvolution_generated");
        assert_eq!(
            generated,
            Wanted::Generated {
                recording,
                audio_hash: None
            }
        );
    }

    #[test]
    fn every_fault_of_a_body_is_told() {
        let body = json!({"source": "magic", "recording_upload": 5, "audio_hash": "x".repeat(201)});
        let refused = of_body(Fields::body(&body)).unwrap_err();
        assert_eq!(
            (refused.status().as_u16(), refused.body().errors.len()),
            (422, 3)
        );
    }

    #[test]
    fn events_keep_their_sentences() {
        let told = |data: Value| of_event(&data).unwrap_err();
        for (data, sentence) in [
            (json!({}), "Missing 'job_id' in data"),
            (json!({"job_id": ""}), "Missing 'job_id' in data"),
            (json!({"job_id": JOB}), "Missing 'source' in data"),
            (json!({"job_id": JOB, "source": "magic"}), "Invalid source"),
        ] {
            let refused = told(data);
            assert_eq!(
                (refused.status().as_u16(), refused.sentence().as_str()),
                (400, sentence)
            );
        }
        assert_eq!(told(json!({"job_id": "../x"})).status(), 404);
        assert_eq!(told(json!({"job_id": 5})).status(), 400);
    }
}
