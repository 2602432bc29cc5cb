//! The commands around the server, each as a process: `serve`, `doctor`, `demo`, `migrate`, `openapi`, `backup`.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot be set up has failed"
)]

mod backups;
mod demo;
mod doctor;
mod migrate;
mod openapi;
mod process;
mod serve;
