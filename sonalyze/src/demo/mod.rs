//! `sonalyze demo`: two virtual loudspeakers, two virtual microphones and an admin run a whole measurement over real
//! sockets and HTTP. The phones share nothing with the server but its address.

pub mod admin;
pub mod air;
pub mod clock;
pub mod loudspeaker;
pub mod microphone;
pub mod scene;
pub mod stage;
pub mod transcript;
pub mod trouble;
pub mod wire;
