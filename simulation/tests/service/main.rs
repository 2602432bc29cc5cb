//! The service through its router: every route and event, and what is refused.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a test that cannot make its input fails"
)]

mod answers;
mod batches;
mod bench;
mod deadlines;
mod refusals;
mod routes;
