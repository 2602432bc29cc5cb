//! What every virtual phone is given: where the server is, the air around it, the time, and somebody to tell.
//!
//! Nothing here belongs to the server but its address.

use std::sync::Arc;
use std::time::Duration;

use contract::lobby::LobbyOut;
use contract::session::{DeviceError, PhaseUpdate, SessionCancelled};
use serde_json::json;
use tokio::sync::mpsc;

use super::air::Air;
use super::clock::SceneClock;
use super::transcript::Transcript;
use super::trouble::Trouble;
use super::wire::{Dialect, Push, Wire};

/// Longest time on the wall between two pushes, apart from that of the sound.
const PATIENCE: Duration = Duration::from_secs(90);

/// Longest time of the scene between two pushes: the signal is played.
const PATIENCE_OF_SCENE_S: f64 = 60.0;

/// What phones tell while they work, for whoever watches.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// The session came to another phase.
    Phase(PhaseUpdate),
    /// A loudspeaker plays for so many seconds of the scene.
    Playing {
        /// Its device.
        device: String,
        /// How long.
        duration_s: f64,
    },
    /// A microphone uploaded a recording.
    Uploaded {
        /// Name of the upload.
        upload: String,
        /// Its size.
        bytes: usize,
    },
    /// A recording was analysed.
    Analyzed {
        /// Name of the upload.
        upload: String,
    },
}

/// A phone's surroundings.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Where the gateway is: `http://host:port`.
    pub base_url: String,
    /// The air.
    pub air: Arc<Air>,
    /// The time.
    pub clock: SceneClock,
    /// Where messages are noted.
    pub transcript: Transcript,
    /// Who is told; nobody has to listen.
    pub news: mpsc::UnboundedSender<News>,
    /// Whose connections are shared by all requests over HTTP.
    pub http: reqwest::Client,
}

impl Stage {
    /// Connects a device.
    ///
    /// # Errors
    /// When the gateway does not answer or refuses.
    pub async fn connect(&self, device: &str, dialect: Dialect) -> Result<Wire, Trouble> {
        Wire::connect(&self.base_url, device, dialect, self.transcript.clone()).await
    }

    /// Tells whoever watches.
    pub fn tell(&self, news: News) {
        // Nobody watches a quiet demonstration.
        drop(self.news.send(news));
    }

    /// How long a phone waits for a push.
    pub fn patience(&self) -> Duration {
        PATIENCE.saturating_add(self.clock.on_the_wall(PATIENCE_OF_SCENE_S))
    }
}

/// Joins the lobby with this code.
///
/// # Errors
/// As [`Wire::request`].
pub async fn join(wire: &mut Wire, code: &str) -> Result<LobbyOut, Trouble> {
    wire.request("lobby.join", &json!({ "code": code })).await
}

/// Ends a phone's work when the push says that the session failed or was cancelled.
///
/// # Errors
/// [`Trouble::Ended`] in these cases.
pub fn end_of_session(wire: &Wire, push: &Push) -> Result<(), Trouble> {
    let why = match push.event.as_str() {
        "measurement.error" => {
            let said: DeviceError = wire.read(&push.event, &push.data)?;
            format!("{} reported: {}", said.error_device_id, said.error_message)
        }
        "measurement.session_cancelled" => {
            let said: SessionCancelled = wire.read(&push.event, &push.data)?;
            format!("it was cancelled: {}", said.reason)
        }
        _ => return Ok(()),
    };
    Err(Trouble::Ended {
        who: wire.device().to_owned(),
        why,
    })
}

/// Tells the session that this device cannot go on, unless the session itself ended or the line is dead.
pub async fn report(wire: &mut Wire, session_id: uuid::Uuid, trouble: &Trouble) {
    if matches!(trouble, Trouble::Ended { .. } | Trouble::Lost { .. }) {
        return;
    }
    let data = json!({ "session_id": session_id, "error_message": trouble.to_string() });
    // Whether or not the server hears it, the phone ends with the trouble itself.
    drop(
        wire.request::<serde_json::Value>("measurement.error", &data)
            .await,
    );
}
