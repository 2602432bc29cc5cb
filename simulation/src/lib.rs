#![doc = include_str!("../README.md")]

pub mod answer;
mod caller;
pub mod catalog;
pub mod document;
mod events;
mod payload;
pub mod request;
mod service;
mod simulate;

pub use service::{NAME, Settings, Simulation, engine};
