//! How states, roles and statuses stand in the tables: by the words that the API uses.

use chassis::problem::Problem;
use contract::lobby::{LobbyState, ParticipantStatus, Role};
use contract::session::SessionStatus;
use serde::Deserialize;
use serde::de::value::{Error, StrDeserializer};

/// An enumeration whose values are kept as words.
pub(crate) trait Word: Copy + for<'de> Deserialize<'de> {
    /// Its word, equal to the one that the API shows.
    fn word(self) -> &'static str;

    /// Reads it back from a table.
    ///
    /// # Errors
    ///
    /// 500: the tables allow no other words.
    fn stored(text: &str) -> Result<Self, Problem> {
        Self::spoken(text)
            .ok_or_else(|| Problem::internal(format!("{text:?} in a table is no known word")))
    }

    /// Reads what a client says; nothing if it is no word of the enumeration.
    fn spoken(text: &str) -> Option<Self> {
        Self::deserialize(StrDeserializer::<Error>::new(text)).ok()
    }
}

impl Word for LobbyState {
    fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::MeasurementRunning => "measurement_running",
            Self::Closed => "closed",
        }
    }
}

impl Word for Role {
    fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Speaker => "speaker",
            Self::Microphone => "microphone",
        }
    }
}

impl Word for ParticipantStatus {
    fn word(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::Left => "left",
        }
    }
}

impl Word for SessionStatus {
    fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comes_back<T: Word + PartialEq + std::fmt::Debug + serde::Serialize>(value: T) {
        assert_eq!(T::spoken(value.word()), Some(value));
        assert_eq!(serde_json::to_value(value).unwrap(), value.word());
    }

    #[test]
    fn the_words_of_the_tables_are_those_of_the_api() {
        for state in [
            LobbyState::Open,
            LobbyState::MeasurementRunning,
            LobbyState::Closed,
        ] {
            comes_back(state);
        }
        for role in [Role::None, Role::Speaker, Role::Microphone] {
            comes_back(role);
        }
        for status in [ParticipantStatus::Joined, ParticipantStatus::Left] {
            comes_back(status);
        }
        for status in [
            SessionStatus::Created,
            SessionStatus::Running,
            SessionStatus::Completed,
            SessionStatus::Cancelled,
        ] {
            comes_back(status);
        }
        assert_eq!(Role::spoken("observer"), None);
        assert!(LobbyState::stored("OPEN").is_err());
    }
}
