//! What the service knows without being asked to simulate: materials and reference profiles.

mod library;
mod materials;
mod profiles;

use axum::Router;
use axum::routing::get;

pub(crate) use materials::nominal_hz;
pub use materials::{Bands, Entry, Provenance, all, find};
pub use profiles::{Metric, Profile, profiles};

/// Routes of both lists.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/materials", get(materials::answer))
        .route("/reference-profiles", get(profiles::answer))
}
