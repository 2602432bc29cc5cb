//! The commands around simulated rooms, each as a process: `simulate`, `room`, `materials`.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot be set up has failed"
)]

mod house;
mod import;
mod interrupt;
mod materials;
mod room;
mod simulate;
