//! Who takes part in the tests, and how they say things.

use contract::lobby::{LobbyState, Role};
use jiff::{SignedDuration, Timestamp};
use lobby::session::{
    Action, Actor, Base, Command, Facts, Member, New, Outcome, Reference, Rejection, Request,
    Session, UploadedFile,
};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const ADMIN: &str = "adm";
pub(crate) const STRANGER: &str = "stranger";
pub(crate) const SESSION: Uuid = Uuid::from_u128(0x5e55);
pub(crate) const JOB: Uuid = Uuid::from_u128(0x10b);
pub(crate) const LOBBY: Uuid = Uuid::from_u128(0x1bb);
pub(crate) const DEFAULT_BASE: &str = "http://localhost:8000";

/// Device and place of each loudspeaker and microphone.
#[derive(Debug, Clone)]
pub(crate) struct Cast {
    pub(crate) speakers: Vec<(String, String)>,
    pub(crate) microphones: Vec<(String, String)>,
}

impl Cast {
    /// Each place has a device of its own.
    pub(crate) fn sized(speakers: usize, microphones: usize) -> Self {
        let places = |device: &str, slot: &str, count: usize| {
            (1..=count)
                .map(|n| (format!("{device}{n}"), format!("{slot}_{n}")))
                .collect()
        };
        Self {
            speakers: places("spk", "speaker", speakers),
            microphones: places("mic", "microphone", microphones),
        }
    }

    /// The first loudspeaker records too.
    pub(crate) fn with_loopback(mut self) -> Self {
        self.microphones[0].0.clone_from(&self.speakers[0].0);
        self
    }

    /// One phone is carried from place to place.
    pub(crate) fn with_one_loudspeaker(mut self) -> Self {
        for speaker in &mut self.speakers {
            "spk1".clone_into(&mut speaker.0);
        }
        self
    }

    /// Every device once.
    pub(crate) fn devices(&self) -> Vec<String> {
        let mut devices: Vec<String> = Vec::new();
        for (device, _) in self.speakers.iter().chain(&self.microphones) {
            if !devices.contains(device) {
                devices.push(device.clone());
            }
        }
        devices
    }

    pub(crate) fn request(&self) -> Value {
        let rows = |places: &[(String, String)]| -> Vec<Value> {
            places
                .iter()
                .map(|(device, slot)| json!({"device_id": device, "slot_id": slot}))
                .collect()
        };
        json!({
            "job_id": JOB, "lobby_id": LOBBY,
            "speakers": rows(&self.speakers), "microphones": rows(&self.microphones),
        })
    }

    pub(crate) fn facts(&self) -> Facts {
        let member = |device_id| Member {
            device_id,
            joined: true,
            role: Role::None,
        };
        Facts {
            job_exists: true,
            lobby_state: LobbyState::Open,
            members: self.devices().into_iter().map(member).collect(),
            profile: None,
            expected_duration_s: 15.0,
            base: Base::Default(DEFAULT_BASE.to_owned()),
        }
    }

    pub(crate) fn session(&self) -> Session {
        create(&self.request(), ADMIN, self.facts()).unwrap().next
    }
}

pub(crate) fn create(request: &Value, device: &str, facts: Facts) -> Result<Outcome, Rejection> {
    let request = Request::read(request.as_object().unwrap())?;
    Session::create(New {
        id: SESSION,
        actor: actor(device),
        request,
        facts,
    })
}

pub(crate) fn actor(device: &str) -> Actor {
    Actor {
        device_id: device.to_owned(),
        is_admin: device == ADMIN,
        is_member: device != STRANGER,
        base_url: None,
    }
}

pub(crate) fn by(device: &str, action: Action) -> Command {
    Command {
        actor: actor(device),
        action,
    }
}

pub(crate) fn audio_ready(hash: Option<&str>) -> Action {
    Action::SpeakerAudioReady {
        audio_hash: hash.map(str::to_owned),
        reference: Reference::Known,
    }
}

/// The first take under this name.
pub(crate) fn uploaded(name: &str) -> Action {
    take(name, Some("take 1"))
}

/// A recording whose bytes have this hash, if it is known.
pub(crate) fn take(name: &str, sha256: Option<&str>) -> Action {
    let file = UploadedFile::Present {
        sha256: sha256.map(str::to_owned),
    };
    Action::RecordingUploaded {
        upload_name: name.to_owned(),
        file,
    }
}

pub(crate) fn missing(name: &str) -> Action {
    Action::RecordingUploaded {
        upload_name: name.to_owned(),
        file: UploadedFile::Absent,
    }
}

pub(crate) fn error(message: &str) -> Action {
    Action::Error {
        message: message.to_owned(),
        code: Some("mic_denied".to_owned()),
    }
}

pub(crate) fn cancel(reason: &str) -> Action {
    Action::Cancel {
        reason: reason.to_owned(),
    }
}

pub(crate) fn results() -> Action {
    Action::BroadcastResults {
        job_id: JOB.to_string(),
        results: json!({"samplerate_hz": 48000}),
    }
}

/// The name under which the recording of this pair is uploaded.
pub(crate) fn name_of(speaker_slot: &str, mic_slot: &str) -> String {
    format!("rec_{speaker_slot}_{mic_slot}.wav")
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
}

/// Applies commands that must all be accepted.
pub(crate) fn after(session: &Session, commands: &[Command]) -> Session {
    commands.iter().fold(session.clone(), |session, command| {
        session
            .apply(command, at(1))
            .unwrap_or_else(|no| panic!("{command:?}: {no}"))
            .next
    })
}
