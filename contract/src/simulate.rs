//! The answer of `POST /simulate` and of the event `simulation.run`, as old clients read it; newer fields stand beside.
//!
//! Pairs are ordered by microphone, then source. `metrics` are those of the whole response, `parameters` those of the
//! energies.

use serde::{Deserialize, Serialize};

use crate::analysis::Warning;
use crate::parameters::Reasons;
use crate::simulation::{Convergence, EnergyParameters, Method};

/// What a simulation gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimulationAnswer {
    /// Samples a second of the responses.
    pub sample_rate_hz: u32,
    /// Every microphone with every source, sources innermost.
    pub pairs: Vec<PairAnswer>,
    /// What the reader has to know, in sentences.
    pub warnings: Vec<String>,
    /// The same with codes, remedies and values.
    pub notices: Vec<Warning>,
    /// How sound was followed.
    pub method: Method,
    /// Chose every random number.
    pub seed: u64,
}

/// One source heard by one microphone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairAnswer {
    /// The source.
    pub source_id: String,
    /// The microphone.
    pub microphone_id: String,
    /// Parameters of the response.
    pub metrics: Metrics,
    /// The response from the emission on; null unless it was asked for.
    pub rir: Option<Vec<f32>>,
    /// All channels of an ambisonic microphone, if the response was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rir_channels: Option<Vec<Vec<f32>>>,
    /// What the reader has to know of this pair, in sentences.
    pub warnings: Vec<String>,
    /// Straight distance in metres.
    pub distance_m: f64,
    /// Parameters of the energies.
    pub parameters: EnergyParameters,
    /// How certain the rays are; null where there are none.
    pub convergence: Option<Convergence>,
    /// Seconds after the emission up to which no specular reflection is missing; null if all are there.
    pub complete_until_s: Option<f64>,
    /// Whether later reflections are missing altogether, because an order or a horizon was asked for.
    pub order_limited: bool,
    /// Image sources that reach the microphone, the source itself among them.
    pub images: u64,
    /// Ways around edges.
    pub diffracted: u32,
}

/// Parameters of one response; each a number, or null with its reason.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Reverberation time in seconds: T30, else T20.
    pub rt60_s: Option<f64>,
    /// Early decay time in seconds.
    pub edt_s: Option<f64>,
    /// Definition, 0 to 1.
    pub d50: Option<f64>,
    /// Clarity at 50 ms in decibels.
    pub c50_db: Option<f64>,
    /// Clarity at 80 ms in decibels.
    pub c80_db: Option<f64>,
    /// Direct-to-reverberant ratio in decibels.
    pub drr_db: Option<f64>,
    /// Speech transmission index, 0 to 1, from the energies.
    pub sti: Option<f64>,
    /// `mtf`: from the modulation transfer; null without an index.
    pub sti_method: Option<String>,
    /// Why a value is null, by its name.
    pub not_evaluable: Reasons,
}
