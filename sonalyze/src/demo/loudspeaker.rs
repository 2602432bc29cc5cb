//! A virtual loudspeaker: a phone that fetches the signal and plays it when it is told to.
//!
//! It reacts to pushes and to the end of its own playing, to nothing else.

use std::sync::Arc;

use audio_file::Limits;
use contract::session::{AnalysisResults, RequestAudio, StartMeasurement, StartPlayback};
use reqwest::Response;
use room_dsp::Signal;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::stage::{News, Stage, end_of_session, join, report};
use super::trouble::Trouble;
use super::wire::{Dialect, Push, Wire};

/// Seconds of the scene from the command to the first sound, as phones have them.
const LATENCY_S: f64 = 0.5;

/// Seconds of the scene from the last sample to `playback_complete`: the room may fall silent.
const REVERBERATION_S: f64 = 1.0;

/// A phone that plays.
#[derive(Debug)]
pub struct Loudspeaker {
    stage: Stage,
    wire: Wire,
    session_id: Option<Uuid>,
    signal: Option<Arc<Signal>>,
    silent_at_s: Option<f64>,
}

/// What a loudspeaker has in the end.
#[derive(Debug, Clone, PartialEq)]
pub struct Performed {
    /// The results that it was told.
    pub results: Value,
    /// What it played; none if its turn never came.
    pub signal: Option<Arc<Signal>>,
}

/// What a loudspeaker wakes up for.
enum Event {
    Push(Push),
    Played,
}

impl Loudspeaker {
    /// Connects and joins the lobby with this code.
    ///
    /// # Errors
    /// When the gateway does not answer, or there is no such lobby.
    pub async fn join(stage: Stage, device: &str, code: &str) -> Result<Self, Trouble> {
        let mut wire = stage.connect(device, Dialect::Plain).await?;
        join(&mut wire, code).await?;
        Ok(Self {
            stage,
            wire,
            session_id: None,
            signal: None,
            silent_at_s: None,
        })
    }

    /// Takes part in the measurement until its results are there.
    ///
    /// # Errors
    /// What went wrong first; the session has been told.
    pub async fn run(mut self) -> Result<Performed, Trouble> {
        let outcome = self.until_results().await;
        if let (Err(trouble), Some(session_id)) = (&outcome, self.session_id) {
            report(&mut self.wire, session_id, trouble).await;
        }
        Ok(Performed {
            results: outcome?,
            signal: self.signal,
        })
    }

    async fn until_results(&mut self) -> Result<Value, Trouble> {
        loop {
            let event = self.event().await?;
            if let Some(results) = self.react(event).await? {
                return Ok(results);
            }
        }
    }

    async fn event(&mut self) -> Result<Event, Trouble> {
        let (clock, silent_at_s) = (self.stage.clock, self.silent_at_s);
        let played = async {
            match silent_at_s {
                Some(at_s) => clock.reach(at_s).await,
                None => std::future::pending().await,
            }
        };
        let what = self.awaited();
        tokio::select! {
            push = self.wire.push(what, self.stage.patience()) => push.map(Event::Push),
            () = played => Ok(Event::Played),
        }
    }

    const fn awaited(&self) -> &'static str {
        match (self.session_id, &self.signal) {
            (None, _) => "measurement.start_measurement",
            (Some(_), None) => "measurement.request_audio or the end of the session",
            (Some(_), Some(_)) => "measurement.start_playback or the end of the session",
        }
    }

    async fn react(&mut self, event: Event) -> Result<Option<Value>, Trouble> {
        let push = match event {
            Event::Played => return self.played().await.map(|()| None),
            Event::Push(push) => push,
        };
        end_of_session(&self.wire, &push)?;
        match push.event.as_str() {
            "measurement.start_measurement" => self.ready(&push).await?,
            "measurement.request_audio" => self.fetch(&push).await?,
            "measurement.start_playback" => self.play(&push)?,
            "measurement.analysis_results" => {
                let told: AnalysisResults = self.wire.read(&push.event, &push.data)?;
                return Ok(Some(told.results));
            }
            // Phases, other members' doings and what newer servers tell are for apps with a screen.
            _ => (),
        }
        Ok(None)
    }

    /// Says that it is ready when the turn is its own.
    async fn ready(&mut self, push: &Push) -> Result<(), Trouble> {
        let told: StartMeasurement = self.wire.read(&push.event, &push.data)?;
        self.session_id = Some(told.session_id);
        if told.speaker_device_id != self.wire.device() {
            return Ok(());
        }
        let data = json!({ "session_id": told.session_id });
        let answer = self.wire.request::<Value>("measurement.ready", &data).await;
        answer.map(drop)
    }

    async fn fetch(&mut self, push: &Push) -> Result<(), Trouble> {
        let told: RequestAudio = self.wire.read(&push.event, &push.data)?;
        let (signal, audio_hash) =
            download(&self.stage, self.wire.device(), &told.audio_url).await?;
        self.signal = Some(Arc::new(signal));
        let data = json!({ "session_id": told.session_id, "audio_hash": audio_hash });
        let event = "measurement.speaker_audio_ready";
        self.wire.request::<Value>(event, &data).await.map(drop)
    }

    fn play(&mut self, push: &Push) -> Result<(), Trouble> {
        let told: StartPlayback = self.wire.read(&push.event, &push.data)?;
        self.session_id = Some(told.session_id);
        let Some(signal) = self.signal.clone() else {
            return Err(Trouble::Air(
                "there is nothing to play: no signal was fetched".to_owned(),
            ));
        };
        let from_s = self.stage.clock.now_s() + LATENCY_S;
        let duration_s = signal.duration_s();
        self.stage.air.play(self.wire.device(), signal, from_s)?;
        self.silent_at_s = Some(from_s + duration_s + REVERBERATION_S);
        let device = self.wire.device().to_owned();
        self.stage.tell(News::Playing { device, duration_s });
        Ok(())
    }

    async fn played(&mut self) -> Result<(), Trouble> {
        self.silent_at_s = None;
        let data = json!({ "session_id": self.session_id });
        let event = "measurement.playback_complete";
        self.wire.request::<Value>(event, &data).await.map(drop)
    }
}

/// Fetches a signal, compares its hash with the one announced, and decodes it.
///
/// # Errors
/// No answer, a refusal, another hash, or bytes that are no audio.
pub async fn download(stage: &Stage, who: &str, url: &str) -> Result<(Signal, String), Trouble> {
    let response = stage
        .http
        .get(url)
        .send()
        .await
        .and_then(Response::error_for_status);
    let response = response.map_err(|error| unreachable(who, url, &error))?;
    let announced = response
        .headers()
        .get("x-audio-hash")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let bytes = response
        .bytes()
        .await
        .map_err(|error| unreachable(who, url, &error))?;
    let unreadable = |cause: String| Trouble::Unreadable {
        who: who.to_owned(),
        what: "the signal to play".to_owned(),
        cause,
    };
    let found = hex(&Sha256::digest(&bytes));
    if announced.as_ref() != Some(&found) {
        let announced = announced.unwrap_or_else(|| "nothing".to_owned());
        return Err(unreadable(format!(
            "X-Audio-Hash says {announced}, the bytes have {found}"
        )));
    }
    let audio = audio_file::read(&bytes, &Limits::default());
    let audio = audio.map_err(|error| unreadable(error.to_string()))?;
    Ok((audio.signal, found))
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn unreachable(who: &str, address: &str, error: &reqwest::Error) -> Trouble {
    Trouble::Unreachable {
        who: who.to_owned(),
        address: address.to_owned(),
        cause: error.to_string(),
    }
}
