//! The whole service, on both databases: every route and event, what is refused, and what is left behind.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a test that cannot make its input fails"
)]

mod analysis;
mod bench;
mod excitation;
mod jobs;
mod process;
mod queue;
mod references;
mod sessions;
mod sounds;
mod storage;
mod uploads;
