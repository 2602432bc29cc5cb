//! What a process needs: configuration, telemetry, problems, the service client, the carrier of pushes, blobs.
//!
//! A service names this crate and never another service: it answers with a [`problem::Problem`], reads requests with
//! [`fields::Fields`], is dressed by [`service::layers`], calls others through a [`client::ServiceClient`] and pushes
//! through a [`carrier::Carrier`].

pub mod arithmetic;
pub mod blobs;
pub mod body;
pub mod carrier;
pub mod client;
pub mod config;
pub mod cors;
pub mod events;
pub mod fields;
pub mod health;
pub mod metrics;
pub mod nul;
pub mod origins;
pub mod problem;
pub mod program;
pub mod service;
pub mod shutdown;
pub mod telemetry;
pub mod token;
pub mod trace;
mod unread;
