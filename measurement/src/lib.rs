#![doc = include_str!("../README.md")]

pub mod analysis;
mod analyze;
mod debug_audio;
mod events;
mod excitation;
mod fault;
mod jobs;
mod page;
mod recordings;
mod removal;
mod reports;
pub mod results;
mod service;
mod shelf;
#[doc(hidden)]
pub mod statements;

pub use excitation::EXPOSED;
pub use service::{BLOBS_FOLDER, MIGRATIONS, Measurement, NAME, OpenError, Settings, engine};
