//! The measurement session from outside: its rules, its transcript, and random histories that try to break it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]
#![expect(clippy::panic, reason = "a test that cannot be set up has failed")]

mod cast;
mod creation;
mod histories;
mod history;
mod mutants;
mod repeats;
mod rights;
mod table;
mod transcript;
mod watch;
