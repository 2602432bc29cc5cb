//! A virtual microphone: a phone that records while it is told to, and uploads.
//!
//! It knows nothing but what sounded around it between its own `recording_started` and the push `stop_recording`.

use std::sync::Arc;

use audio_file::WavFormat;
use contract::job::Uploaded;
use contract::session::{AnalysisResults, StartMeasurement, StartRecording, StopRecording};
use reqwest::multipart::{Form, Part};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::admin::upload_name;
use super::stage::{News, Stage, end_of_session, join, report};
use super::trouble::Trouble;
use super::wire::{Dialect, Push, Wire};

/// A phone that records.
#[derive(Debug)]
pub struct Microphone {
    stage: Stage,
    wire: Wire,
    slot_id: String,
    session_id: Option<Uuid>,
    recording_since_s: Option<f64>,
    recordings: Vec<Recording>,
}

/// A recording that was uploaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// Place of the loudspeaker.
    pub speaker_slot: String,
    /// Place of the microphone.
    pub mic_slot: String,
    /// Its name on the server.
    pub upload: String,
    /// The file.
    pub bytes: bytes::Bytes,
}

/// What a microphone has in the end.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The results that it was told.
    pub results: Value,
    /// Its recordings in the order of the loudspeakers.
    pub recordings: Vec<Recording>,
}

impl Microphone {
    /// Connects and joins the lobby with this code; `slot_id` is the place that its recordings are named after.
    ///
    /// # Errors
    /// When the gateway does not answer, or there is no such lobby.
    pub async fn join(
        stage: Stage,
        device: &str,
        slot_id: &str,
        code: &str,
    ) -> Result<Self, Trouble> {
        let mut wire = stage.connect(device, Dialect::Plain).await?;
        join(&mut wire, code).await?;
        Ok(Self {
            stage,
            wire,
            slot_id: slot_id.to_owned(),
            session_id: None,
            recording_since_s: None,
            recordings: Vec::new(),
        })
    }

    /// Takes part in the measurement until its results are there.
    ///
    /// # Errors
    /// What went wrong first; the session has been told.
    pub async fn run(mut self) -> Result<Kept, Trouble> {
        let outcome = self.until_results().await;
        if let (Err(trouble), Some(session_id)) = (&outcome, self.session_id) {
            report(&mut self.wire, session_id, trouble).await;
        }
        Ok(Kept {
            results: outcome?,
            recordings: self.recordings,
        })
    }

    async fn until_results(&mut self) -> Result<Value, Trouble> {
        loop {
            let push = self
                .wire
                .push(self.awaited(), self.stage.patience())
                .await?;
            if let Some(results) = self.react(&push).await? {
                return Ok(results);
            }
        }
    }

    const fn awaited(&self) -> &'static str {
        match (self.session_id, self.recording_since_s) {
            (None, _) => "measurement.start_measurement",
            (Some(_), None) => "measurement.start_recording or the end of the session",
            (Some(_), Some(_)) => "measurement.stop_recording",
        }
    }

    async fn react(&mut self, push: &Push) -> Result<Option<Value>, Trouble> {
        end_of_session(&self.wire, push)?;
        match push.event.as_str() {
            "measurement.start_measurement" => {
                let told: StartMeasurement = self.wire.read(&push.event, &push.data)?;
                self.session_id = Some(told.session_id);
                self.say("measurement.ready", told.session_id).await?;
            }
            "measurement.start_recording" => {
                let told: StartRecording = self.wire.read(&push.event, &push.data)?;
                self.session_id = Some(told.session_id);
                self.recording_since_s = Some(self.stage.clock.now_s());
                self.say("measurement.recording_started", told.session_id)
                    .await?;
            }
            "measurement.stop_recording" => self.stop(push).await?,
            "measurement.analysis_results" => {
                let told: AnalysisResults = self.wire.read(&push.event, &push.data)?;
                return Ok(Some(told.results));
            }
            // Phases, other members' doings and what newer servers tell are for apps with a screen.
            _ => (),
        }
        Ok(None)
    }

    async fn say(&mut self, event: &str, session_id: Uuid) -> Result<(), Trouble> {
        let data = json!({ "session_id": session_id });
        self.wire.request::<Value>(event, &data).await.map(drop)
    }

    async fn stop(&mut self, push: &Push) -> Result<(), Trouble> {
        let to_s = self.stage.clock.now_s();
        let told: StopRecording = self.wire.read(&push.event, &push.data)?;
        let Some(from_s) = self.recording_since_s.take() else {
            return Err(Trouble::Air(
                "there is nothing to stop: no recording was begun".to_owned(),
            ));
        };
        let recording = Recording {
            upload: upload_name(&told.speaker_slot_id, &self.slot_id),
            speaker_slot: told.speaker_slot_id,
            mic_slot: self.slot_id.clone(),
            bytes: self.file((from_s, to_s)).await?,
        };
        self.upload(&told.upload_endpoint, &recording).await?;
        let data = json!({ "session_id": told.session_id, "upload_name": recording.upload });
        self.recordings.push(recording);
        let event = "measurement.recording_uploaded";
        self.wire.request::<Value>(event, &data).await.map(drop)
    }

    /// What was heard, as a file of 24 bits.
    async fn file(&self, (from_s, to_s): (f64, f64)) -> Result<bytes::Bytes, Trouble> {
        let (air, device) = (Arc::clone(&self.stage.air), self.wire.device().to_owned());
        let made = tokio::task::spawn_blocking(move || {
            let signal = air.heard(&device, from_s, to_s)?;
            audio_file::write_wav(&signal, WavFormat::Pcm24)
                .map_err(|error| Trouble::Air(format!("the recording cannot be written: {error}")))
        });
        let bytes = made
            .await
            .map_err(|error| Trouble::Air(error.to_string()))??;
        Ok(bytes.into())
    }

    async fn upload(&self, endpoint: &str, recording: &Recording) -> Result<(), Trouble> {
        let url = format!("{endpoint}{}", recording.upload);
        let part = Part::stream(recording.bytes.clone()).file_name(recording.upload.clone());
        let form = Form::new().part("file", part);
        let unreachable = |error: reqwest::Error| Trouble::Unreachable {
            who: self.wire.device().to_owned(),
            address: url.clone(),
            cause: error.to_string(),
        };
        let sent = self.stage.http.post(&url).multipart(form).send().await;
        let response = sent.map_err(unreachable)?;
        if response.status() != StatusCode::OK {
            return Err(self.refused(&url, response).await);
        }
        let taken: Uploaded = response.json().await.map_err(unreachable)?;
        let bytes = recording.bytes.len();
        if taken.bytes != bytes as u64 {
            return Err(Trouble::Unreadable {
                who: self.wire.device().to_owned(),
                what: format!("the answer to the upload of {}", recording.upload),
                cause: format!("{bytes} bytes were sent, {} arrived", taken.bytes),
            });
        }
        let upload = recording.upload.clone();
        self.stage.tell(News::Uploaded { upload, bytes });
        Ok(())
    }

    async fn refused(&self, url: &str, response: Response) -> Trouble {
        let code = response.status().to_string();
        let message = response.text().await.unwrap_or_default();
        Trouble::Refused {
            who: self.wire.device().to_owned(),
            what: format!("the upload to {url}"),
            code,
            message,
        }
    }
}
