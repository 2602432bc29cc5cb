#![doc = include_str!("../README.md")]

pub mod answer;
pub mod catalog;
pub mod document;
mod evaluators;
mod events;
mod payload;
pub mod request;
mod service;
mod simulate;

pub use evaluators::Evaluators;
pub use service::{NAME, Settings, Simulation, engine};
