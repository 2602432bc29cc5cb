//! The steps of a session as devices ask for them, read from `data`, before anything was looked up.

use chassis::fields::{Fields, Read, Whole};
use chassis::problem::Problem;
use serde_json::{Map, Value};

use chassis::nul;

/// Characters of a name or a code.
const SHORT: usize = 128;
/// Characters of the name of an upload.
const UPLOAD_NAME: usize = 255;
/// Characters of a sentence for people.
const SENTENCE: usize = 1000;

/// A step by the event that asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    StartSpeaker,
    Ready,
    SpeakerAudioReady,
    RecordingStarted,
    PlaybackComplete,
    RecordingUploaded,
    Error,
    Cancel,
    BroadcastResults,
}

/// A step with its fields.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wanted {
    StartSpeaker,
    Ready,
    SpeakerAudioReady {
        audio_hash: Option<String>,
    },
    RecordingStarted,
    PlaybackComplete,
    RecordingUploaded {
        upload_name: String,
    },
    Error {
        message: String,
        code: Option<String>,
    },
    Cancel {
        reason: String,
    },
    BroadcastResults {
        job_id: String,
        results: Value,
    },
}

impl Step {
    /// Reads the fields of this step, all faults at once.
    pub(super) fn read(self, data: &Map<String, Value>) -> Result<Wanted, Problem> {
        let mut fields = Fields::event_object(data);
        let wanted = match self {
            Self::StartSpeaker => Read::of(Wanted::StartSpeaker),
            Self::Ready => Read::of(Wanted::Ready),
            Self::RecordingStarted => Read::of(Wanted::RecordingStarted),
            Self::PlaybackComplete => Read::of(Wanted::PlaybackComplete),
            Self::SpeakerAudioReady => {
                let hash = fields.optional_text("audio_hash", 0..=SHORT);
                hash.map(|hash| Wanted::SpeakerAudioReady {
                    audio_hash: hash.filter(|hash| !hash.is_empty()),
                })
            }
            Self::RecordingUploaded => fields
                .text("upload_name", 1..=UPLOAD_NAME)
                .map(|upload_name| Wanted::RecordingUploaded { upload_name }),
            Self::Error => {
                let message = fields.optional_text("error_message", 0..=SENTENCE);
                let message = message.or("Unknown error".to_owned());
                let code = fields.optional_text("error_code", 0..=SHORT);
                (message, code)
                    .whole()
                    .map(|(message, code)| Wanted::Error { message, code })
            }
            Self::Cancel => fields
                .optional_text("reason", 0..=SENTENCE)
                .or("cancelled_by_client".to_owned())
                .map(|reason| Wanted::Cancel { reason }),
            Self::BroadcastResults => {
                let job_id = fields.text("job_id", 1..=SHORT);
                let results = fields.any("results");
                let results = nul::without(&mut fields, "results", results);
                (job_id, results)
                    .whole()
                    .map(|(job_id, results)| Wanted::BroadcastResults { job_id, results })
            }
        };
        fields.finish(wanted)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(step: Step, data: Value) -> Result<Wanted, String> {
        let Value::Object(data) = data else {
            panic!("no object")
        };
        step.read(&data).map_err(|problem| problem.sentence())
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        let error = Wanted::Error {
            message: "Unknown error".to_owned(),
            code: None,
        };
        assert_eq!(read(Step::Error, json!({})), Ok(error));
        let cancel = Wanted::Cancel {
            reason: "cancelled_by_client".to_owned(),
        };
        assert_eq!(read(Step::Cancel, json!({"reason": null})), Ok(cancel));
        for silent in [
            json!({}),
            json!({"audio_hash": null}),
            json!({"audio_hash": ""}),
        ] {
            assert_eq!(
                read(Step::SpeakerAudioReady, silent),
                Ok(Wanted::SpeakerAudioReady { audio_hash: None })
            );
        }
    }

    #[test]
    fn every_fault_is_told_with_its_field() {
        let missing = read(Step::BroadcastResults, json!({})).unwrap_err();
        assert!(
            missing.contains("'job_id'") && missing.contains("'results'"),
            "{missing}"
        );
        let nameless = read(Step::RecordingUploaded, json!({})).unwrap_err();
        assert_eq!(nameless, "Missing 'upload_name' in data");
        let wrong = read(Step::Error, json!({"error_message": 5, "error_code": []})).unwrap_err();
        assert!(
            wrong.contains("'error_message'") && wrong.contains("'error_code'"),
            "{wrong}"
        );
    }
}
