//! The commands around the server, each as a process: `serve`, `doctor`, `demo`, `migrate`, `openapi`.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot be set up has failed"
)]

mod demo;
mod doctor;
mod migrate;
mod openapi;
mod process;
mod serve;
