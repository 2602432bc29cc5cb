//! Lobbies, participants and their log.
//!
//! Times are text: RFC 3339, UTC, six decimals, `Z`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// State of a lobby.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LobbyState {
    /// Devices may join.
    Open,
    /// Started by its admin; nobody joins.
    MeasurementRunning,
    /// Over.
    Closed,
}

/// What a device does in a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Nothing yet.
    None,
    /// It plays.
    Speaker,
    /// It records.
    Microphone,
}

/// Whether a participant is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParticipantStatus {
    /// In the lobby.
    Joined,
    /// Was in the lobby.
    Left,
}

/// Answer to the making of a lobby.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LobbyCreated {
    /// Its name for programs.
    pub lobby_id: Uuid,
    /// Its name for people: six characters.
    pub code: String,
    /// The device that made it.
    pub admin_device_id: String,
    /// Open.
    pub state: LobbyState,
}

/// A lobby with everybody who is or was in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LobbyOut {
    /// Its name for programs.
    pub lobby_id: Uuid,
    /// Its name for people.
    pub code: String,
    /// The device that may manage it.
    pub admin_device_id: String,
    /// Whether devices may join.
    pub state: LobbyState,
    /// In the order of first joining, those who left included.
    pub participants: Vec<ParticipantOut>,
}

/// A device in a lobby.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParticipantOut {
    /// Its device.
    pub device_id: String,
    /// What it does.
    pub role: Role,
    /// Its place, such as `speaker_1`, up to 64 characters.
    pub role_slot_id: Option<String>,
    /// Its place in words, up to 128 characters.
    pub role_slot_label: Option<String>,
    /// Whether it is there.
    pub status: ParticipantStatus,
    /// When it first joined.
    pub joined_at: String,
    /// When it left; null while it is there.
    pub left_at: Option<String>,
}

/// One line of a lobby's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LobbyEvent {
    /// Ascending within the lobby.
    pub id: i64,
    /// Such as `participant_joined`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its data.
    pub payload: Value,
    /// When it happened.
    pub created_at: String,
}

/// A page of a lobby's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventsPage {
    /// The lobby.
    pub lobby_id: Uuid,
    /// Ascending by id.
    pub events: Vec<LobbyEvent>,
    /// Give this as `after_id` to read on; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_after_id: Option<i64>,
}
