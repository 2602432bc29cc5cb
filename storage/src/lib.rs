//! What is kept for good: devices, lobbies, participants, measurements, analyses, simulations and their results, and
//! documents.
//!
//! A [`Storage`] owns a database and calls no other service. `entity` says what the seven entities are; their
//! statements, readers and answers are made from that description. `resource` has their routes, `records` what other
//! services tell, `document` the documents of the Sonoma API, `metrics` what is counted of all of it.

mod document;
mod entity;
mod failure;
mod http;
mod metrics;
mod records;
mod resource;
mod service;
mod settings;
mod upkeep;

pub use failure::Failure;
pub use metrics::{ErrorKind, Metrics, Operation, QueueOperation, QueueResult};
pub use service::{MIGRATIONS, Storage, statements};
pub use settings::Settings;
