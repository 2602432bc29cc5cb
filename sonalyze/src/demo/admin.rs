//! The virtual admin: opens the lobby, gives roles, conducts the session, has every recording analysed, and tells
//! everybody the results.

use contract::job::JobCreated;
use contract::lobby::{LobbyCreated, Role};
use contract::session::{Listed, PhaseUpdate, SessionComplete, SpeakerComplete};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::stage::{News, Stage, end_of_session};
use super::trouble::Trouble;
use super::wire::{Dialect, Wire};

/// A phone that conducts.
#[derive(Debug)]
pub struct Admin {
    stage: Stage,
    wire: Wire,
    lobby: LobbyCreated,
}

/// A session that ran to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Conducted {
    /// The session.
    pub session_id: Uuid,
    /// Its job.
    pub job_id: Uuid,
    /// Every pair, loudspeaker by loudspeaker.
    pub pairs: Vec<Pair>,
}

/// A loudspeaker and a microphone, measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// Place of the loudspeaker.
    pub speaker_slot: String,
    /// Place of the microphone.
    pub mic_slot: String,
    /// Name of the recording on the server.
    pub upload: String,
    /// Hash of the signal that was played.
    pub audio_hash: String,
    /// The `results` that the analysis answered.
    pub results: Value,
}

/// What `measurement.create_session` answers.
#[derive(Debug, Deserialize)]
struct SessionCreated {
    session_id: Uuid,
}

/// What `analysis.run` answers.
#[derive(Debug, Deserialize)]
struct Analyzed {
    results: Value,
}

/// The part of `measurement.session_status` that an admin needs.
#[derive(Debug, Deserialize)]
struct Status {
    current_measurement: Option<CurrentMeasurement>,
}

#[derive(Debug, Deserialize)]
struct CurrentMeasurement {
    audio_hash: Option<String>,
}

impl Admin {
    /// Connects, in the newer dialect, and opens a lobby.
    ///
    /// # Errors
    /// When the gateway does not answer or refuses.
    pub async fn open(stage: Stage, device: &str) -> Result<Self, Trouble> {
        let mut wire = stage.connect(device, Dialect::Versioned).await?;
        let lobby = wire.request("lobby.create", &json!({})).await?;
        Ok(Self { stage, wire, lobby })
    }

    /// The code by which others join.
    pub fn code(&self) -> &str {
        &self.lobby.code
    }

    /// Gives the listed devices a role and their places.
    ///
    /// # Errors
    /// As [`Wire::request`].
    pub async fn assign(&mut self, devices: &[Listed], role: Role) -> Result<(), Trouble> {
        for device in devices {
            let data = json!({
                "lobby_id": self.lobby.lobby_id,
                "target_device_id": device.device_id,
                "role": role,
                "role_slot_id": device.slot_id,
                "role_slot_label": device.slot_label,
            });
            self.wire.request::<Value>("role.assign", &data).await?;
        }
        Ok(())
    }

    /// Conducts a whole session: every loudspeaker in turn, every analysis, the results to all.
    ///
    /// # Errors
    /// What went wrong first.
    pub async fn conduct(
        mut self,
        loudspeakers: &[Listed],
        microphones: &[Listed],
    ) -> Result<Conducted, Trouble> {
        let job: JobCreated = self
            .wire
            .request("measurement.create_job", &json!({ "map": {} }))
            .await?;
        let session_id = self.session(job.job_id, loudspeakers, microphones).await?;
        let mut pairs = Vec::new();
        for speaker in loudspeakers {
            self.start(session_id).await?;
            self.complete(&speaker.slot_id).await?;
            let audio_hash = self.played(session_id).await?;
            pairs.extend(microphones.iter().map(|microphone| Pair {
                speaker_slot: speaker.slot_id.clone(),
                mic_slot: microphone.slot_id.clone(),
                upload: upload_name(&speaker.slot_id, &microphone.slot_id),
                audio_hash: audio_hash.clone(),
                results: Value::Null,
            }));
        }
        self.analyze(job.job_id, &mut pairs).await?;
        self.broadcast(session_id, job.job_id, &pairs).await?;
        Ok(Conducted {
            session_id,
            job_id: job.job_id,
            pairs,
        })
    }

    async fn session(
        &mut self,
        job_id: Uuid,
        speakers: &[Listed],
        microphones: &[Listed],
    ) -> Result<Uuid, Trouble> {
        let data = json!({
            "job_id": job_id,
            "lobby_id": self.lobby.lobby_id,
            "speakers": speakers,
            "microphones": microphones,
        });
        let event = "measurement.create_session";
        let created: SessionCreated = self.wire.request(event, &data).await?;
        Ok(created.session_id)
    }

    async fn start(&mut self, session_id: Uuid) -> Result<(), Trouble> {
        let data = json!({ "session_id": session_id });
        self.wire
            .request::<Value>("measurement.start_speaker", &data)
            .await
            .map(drop)
    }

    /// Watches the phases until this loudspeaker is done.
    async fn complete(&mut self, speaker_slot: &str) -> Result<(), Trouble> {
        let what = format!("measurement.speaker_complete or session_complete of {speaker_slot}");
        loop {
            let push = self.wire.push(&what, self.stage.patience()).await?;
            end_of_session(&self.wire, &push)?;
            let done = match push.event.as_str() {
                "measurement.phase_update" => {
                    let told: PhaseUpdate = self.wire.read(&push.event, &push.data)?;
                    self.stage.tell(News::Phase(told));
                    continue;
                }
                "measurement.speaker_complete" => {
                    let told: SpeakerComplete = self.wire.read(&push.event, &push.data)?;
                    told.completed_speaker_slot_id
                }
                "measurement.session_complete" => {
                    let told: SessionComplete = self.wire.read(&push.event, &push.data)?;
                    told.completed_speakers.last().cloned().unwrap_or_default()
                }
                _ => continue,
            };
            if done == speaker_slot {
                return Ok(());
            }
            return Err(Trouble::Unreadable {
                who: self.wire.device().to_owned(),
                what: push.event,
                cause: format!("it tells that {done:?} is done, and {speaker_slot:?} was started"),
            });
        }
    }

    /// The hash of what the loudspeaker played.
    async fn played(&mut self, session_id: Uuid) -> Result<String, Trouble> {
        let event = "measurement.session_status";
        let data = json!({ "session_id": session_id });
        let status: Status = self.wire.request(event, &data).await?;
        let hash = status
            .current_measurement
            .and_then(|current| current.audio_hash);
        hash.ok_or_else(|| Trouble::Unreadable {
            who: self.wire.device().to_owned(),
            what: event.to_owned(),
            cause: "it does not tell the hash of the signal that was played".to_owned(),
        })
    }

    /// All analyses are asked for at once; the server runs as many as it can.
    async fn analyze(&mut self, job_id: Uuid, pairs: &mut [Pair]) -> Result<(), Trouble> {
        let questions: Vec<Value> = pairs
            .iter()
            .map(|pair| {
                json!({
                    "job_id": job_id,
                    "source": "sweep_deconvolution_generated",
                    "recording_upload": pair.upload,
                    "audio_hash": pair.audio_hash,
                })
            })
            .collect();
        let answers: Vec<Analyzed> = self.wire.request_all("analysis.run", &questions).await?;
        for (pair, answer) in pairs.iter_mut().zip(answers) {
            pair.results = answer.results;
            self.stage.tell(News::Analyzed {
                upload: pair.upload.clone(),
            });
        }
        Ok(())
    }

    async fn broadcast(
        &mut self,
        session_id: Uuid,
        job_id: Uuid,
        pairs: &[Pair],
    ) -> Result<(), Trouble> {
        let shown: Vec<Value> = pairs
            .iter()
            .map(|pair| {
                json!({
                    "speaker_slot_id": pair.speaker_slot,
                    "mic_slot_id": pair.mic_slot,
                    "display_metrics": pair.results["display_metrics"],
                })
            })
            .collect();
        let data =
            json!({ "session_id": session_id, "job_id": job_id, "results": { "pairs": shown } });
        let event = "measurement.broadcast_results";
        self.wire.request::<Value>(event, &data).await.map(drop)
    }
}

/// The name under which a microphone uploads what it heard of a loudspeaker.
pub fn upload_name(speaker_slot: &str, mic_slot: &str) -> String {
    format!("{speaker_slot}_{mic_slot}.wav")
}
