//! The people of a test: an admin, loudspeakers and microphones in a lobby, and a session of them.

use serde_json::{Value, json};

use crate::bench::Bench;

/// A lobby with its devices; names are `adm`, `spk1`, `mic1` and so on.
pub(crate) struct Cast {
    pub(crate) lobby_id: String,
    pub(crate) code: String,
    pub(crate) job_id: String,
    pub(crate) speakers: Vec<String>,
    pub(crate) microphones: Vec<String>,
}

impl Cast {
    pub(crate) async fn of(bench: &Bench, speakers: usize, microphones: usize) -> Self {
        let made = bench.ok("adm", "lobby.create", json!({})).await;
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        let named = |kind: &str, count: usize| {
            (1..=count)
                .map(|n| format!("{kind}{n}"))
                .collect::<Vec<_>>()
        };
        let cast = Self {
            lobby_id: text("lobby_id"),
            code: text("code"),
            job_id: bench.measurement.add_job(),
            speakers: named("spk", speakers),
            microphones: named("mic", microphones),
        };
        for device in cast.speakers.iter().chain(&cast.microphones) {
            bench
                .ok(device, "lobby.join", json!({"code": cast.code}))
                .await;
        }
        cast
    }

    /// `create_session` as the admin would send it.
    pub(crate) fn request(&self) -> Value {
        let listed = |devices: &[String], kind: &str| {
            let row = |(n, device): (usize, &String)| {
                let slot_id = format!("{kind}_{}", n + 1);
                json!({"device_id": device, "slot_id": slot_id, "slot_label": format!("{kind} {n}")})
            };
            devices.iter().enumerate().map(row).collect::<Vec<_>>()
        };
        json!({"job_id": self.job_id, "lobby_id": self.lobby_id, "speakers": listed(&self.speakers, "speaker"),
            "microphones": listed(&self.microphones, "microphone")})
    }

    /// A session that was made; what was pushed before is forgotten.
    pub(crate) async fn session(&self, bench: &Bench) -> Value {
        let made = bench
            .ok("adm", "measurement.create_session", self.request())
            .await;
        bench.gateway.take();
        json!({"session_id": made["session_id"]})
    }

    /// The steps of one loudspeaker's cycle: who sends what.
    pub(crate) fn cycle(
        &self,
        speaker: usize,
        session: &Value,
    ) -> Vec<(String, &'static str, Value)> {
        let with = |extra: Value| {
            let mut data = session.clone();
            data.as_object_mut()
                .unwrap()
                .extend(extra.as_object().unwrap().clone());
            data
        };
        let current = self.speakers[speaker].clone();
        let each = |event: &'static str| {
            let data = session.clone();
            self.microphones
                .iter()
                .map(move |mic| (mic.clone(), event, data.clone()))
        };
        let mut steps = vec![(
            "adm".to_owned(),
            "measurement.start_speaker",
            session.clone(),
        )];
        steps.push((current.clone(), "measurement.ready", session.clone()));
        steps.extend(each("measurement.ready"));
        steps.push((
            current.clone(),
            "measurement.speaker_audio_ready",
            with(json!({"audio_hash": "known"})),
        ));
        steps.extend(each("measurement.recording_started"));
        steps.push((current, "measurement.playback_complete", session.clone()));
        for mic in &self.microphones {
            let name = self.upload_name(speaker, mic);
            steps.push((
                mic.clone(),
                "measurement.recording_uploaded",
                with(json!({"upload_name": name})),
            ));
        }
        steps
    }

    pub(crate) fn upload_name(&self, speaker: usize, microphone: &str) -> String {
        format!("rec {}/{microphone}.wav", self.speakers[speaker])
    }

    /// Uploads every recording of a cycle.
    pub(crate) fn upload(&self, bench: &Bench, speaker: usize) {
        for mic in &self.microphones {
            let name = self.upload_name(speaker, mic);
            bench
                .measurement
                .add_upload(&self.job_id, &name, &format!("sha of {name}"));
        }
    }

    /// Runs a whole cycle; the last answer.
    pub(crate) async fn run(&self, bench: &Bench, speaker: usize, session: &Value) -> Value {
        self.upload(bench, speaker);
        let mut last = Value::Null;
        for (device, event, data) in self.cycle(speaker, session) {
            last = bench.ok(&device, event, data).await;
        }
        last
    }
}
