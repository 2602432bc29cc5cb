//! Result documents in the forms that people read: CSV tables, SVG plots, HTML pages; and documents compared.
//!
//! Everything here is a pure function of the document: no file, no clock, no measurement. What a
//! document leaves out, a report leaves out with the reason; nothing is computed a second time.

pub mod check;
mod compare;
mod csv;
mod csv_comparison;
pub mod document;
mod evaluation;
pub mod format;
mod html;
mod markup;
pub mod plot;
mod quantity;
mod simulation_words;
mod summary;
mod text;
mod words;

pub use compare::compare;
pub use csv::{csv, csv_simulation};
pub use csv_comparison::{csv_comparison, verdict_in_words};
pub use html::{html, html_simulation, html_summary};
pub use simulation_words::{
    headline as simulation_headline, method as simulation_method, pair as pair_in_words,
};
pub use summary::{SharedWarning, shared_warnings, summarise, summary_remarks};
pub use words::{flag as flag_in_words, headline};

/// `DejaVu Sans`, cut down to the characters of plots, for drawing them to pixels on machines without
/// fonts. Source, licence and the making stand in `assets/README.md`.
pub const FONT: &[u8] = include_bytes!("../assets/DejaVuSans-subset.ttf");
