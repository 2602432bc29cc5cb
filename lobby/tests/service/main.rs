//! The real router on `SQLite` and on `PostgreSQL`, with a carrier that remembers and a measurement service of a few
//! routes.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]
#![expect(clippy::panic, reason = "a test that cannot be set up has failed")]
#![expect(
    clippy::shadow_unrelated,
    reason = "answer after answer is looked at by the same names"
)]

mod bench;
mod cast;
mod delivery;
mod events;
mod http;
mod late_joiner;
mod measured;
mod measurement;
mod race;
mod refusals;
mod schema;
mod sessions;
mod store;
