//! A gateway on a real port, with real sockets and services in memory and over HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail by panics"
)]

mod doors;
mod house;
mod lanes;
mod phone;
mod proxying;
mod pushes;
mod sockets;
mod stopping;
mod uploading;
