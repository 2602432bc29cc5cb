//! What is kept for good: devices, lobbies, participants, measurements, analyses, simulations and their results, and
//! documents; and queues, from which every item is handed out once.
//!
//! A [`Storage`] owns a database and calls no other service. `entity` says what the seven entities are; their
//! statements, readers and answers are made from that description. `resource` has their routes, `records` what other
//! services tell, `document` and
//! [`queue`] the documents and queues of the Sonoma API.
//! services tell, `document` the documents of the Sonoma API, `metrics` what is counted of all of it.

mod document;
mod entity;
mod failure;
mod http;
mod metrics;
mod openapi;
pub mod queue;
mod records;
mod resource;
mod service;
mod settings;
mod upkeep;

pub use failure::Failure;
pub use metrics::{ErrorKind, Metrics, Operation, QueueOperation, QueueResult};
pub use openapi::openapi;
pub use service::{MIGRATIONS, Storage, statements};
pub use settings::Settings;
