//! Why a demonstration could not go on: who wanted what, and what came instead.

use std::time::Duration;

use room_dsp::synthetic::RecipeError;

/// A phone, or the air between phones, could not go on.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Nobody answered at an address.
    #[error("{who} cannot reach {address}: {cause}; is the server running?")]
    Unreachable {
        /// The device.
        who: String,
        /// Where it looked.
        address: String,
        /// What the network said.
        cause: String,
    },
    /// The connection ended while something was awaited.
    #[error("{who} lost its connection while it waited for {what}: {cause}")]
    Lost {
        /// The device.
        who: String,
        /// What it waited for.
        what: String,
        /// What the network said.
        cause: String,
    },
    /// Nothing came in time.
    #[error("{who} waited {} s in vain for {what}", .patience.as_secs())]
    Silent {
        /// The device.
        who: String,
        /// What it waited for.
        what: String,
        /// How long it waited.
        patience: Duration,
    },
    /// The server refused a request.
    #[error("{who} was refused {what}: {code}: {message}")]
    Refused {
        /// The device.
        who: String,
        /// What it asked for.
        what: String,
        /// The refusal's word for programs.
        code: String,
        /// The refusal's sentence.
        message: String,
    },
    /// The server sent what the protocol does not know.
    #[error("{who} cannot read {what}: {cause}")]
    Unreadable {
        /// The device.
        who: String,
        /// What it was.
        what: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The session ended before its results were there.
    #[error("{who} was told that the session ended: {why}")]
    Ended {
        /// The device.
        who: String,
        /// What was said.
        why: String,
    },
    /// The air cannot carry a sound.
    #[error("the air between the phones: {0}")]
    Air(String),
    /// A file of the demonstration cannot be written or read.
    #[error("{0}")]
    File(String),
}

impl From<RecipeError> for Trouble {
    fn from(error: RecipeError) -> Self {
        Self::Air(error.to_string())
    }
}
