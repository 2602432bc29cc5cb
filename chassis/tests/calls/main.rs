//! Calls between services, as the caller and as the service meet them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod client;
mod house;
mod service;
