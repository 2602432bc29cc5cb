//! The wire: what Sonalyze's programs say to each other and to their clients.
//!
//! Messages: [`socket`] between a client and the gateway, [`envelope`] and [`broadcast`] between the gateway and
//! the services, [`problem`] for every refusal, [`lobby`], [`session`] and [`job`] for the bodies.
//!
//! Result documents of a measurement: [`analysis::AnalysisDocument`] for one recording
//! or impulse response, [`summary::SummaryDocument`] for several positions of one room,
//! [`comparison::ComparisonDocument`] for differences between analyses; of a simulated room:
//! [`simulation::SimulationDocument`], and [`simulate`] for what old clients read of it. The types
//! say which fields exist, in which unit and when they are null; they compute nothing.
//!
//! Rules that hold for every document:
//! * Numbers are finite. `serde_json` writes a NaN or an infinity as `null`, silently, so whoever
//!   builds a document must never put one in; `report::check` finds those that slipped through.
//! * A quantity that is null has an entry of the same name in `not_evaluable`, which says why.
//! * Field names carry the unit. Fields stand in the order in which they are declared.
//! * A reader ignores fields that it does not know; codes are open lists, and a reader shows the
//!   message of a code that it does not know.

pub mod analysis;
pub mod broadcast;
pub mod code;
pub mod comparison;
pub mod curves;
pub mod envelope;
pub mod job;
pub mod lobby;
pub mod parameters;
pub mod problem;
pub mod results;
pub mod session;
pub mod simulate;
pub mod simulation;
pub mod socket;
pub mod speech;
pub mod summary;
