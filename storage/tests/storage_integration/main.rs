//! The real router on `SQLite` and on `PostgreSQL`.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]
#![expect(
    clippy::shadow_unrelated,
    reason = "answer after answer is looked at by the same names"
)]

mod bench;
mod cache;
mod conditions;
mod dashboard;
mod documents;
mod entities;
mod lists;
mod many;
mod metrics;
mod openapi;
mod outage;
mod point_in_time;
mod program;
mod queue_library;
mod queues;
mod records;
mod running;
