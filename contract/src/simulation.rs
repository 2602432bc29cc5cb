//! A simulated room, schema `sonalyze.simulation/1`.
//!
//! Parameters come from energies, not from samples: what a pair's response adds by its own interference is not in them.

use serde::{Deserialize, Serialize};

use crate::analysis::{Engine, Warning};
use crate::curves::Curves;
use crate::parameters::{Mid, Parameters, Reasons};
use crate::speech::Sti;

/// Value of [`SimulationDocument::schema`] of the documents that this version writes.
pub const SIMULATION_SCHEMA: &str = "sonalyze.simulation/1";

/// What the simulation of one room gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimulationDocument {
    /// [`SIMULATION_SCHEMA`].
    pub schema: String,
    /// How sound was followed.
    pub method: Method,
    /// Highest order of image sources; null where a horizon limits them.
    pub max_order: Option<u32>,
    /// Horizon of the image sources in seconds; null where an order limits them.
    pub horizon_s: Option<f64>,
    /// Rays of each source.
    pub rays: u64,
    /// Chose every random number.
    pub seed: u64,
    /// Samples a second of the responses.
    pub sample_rate_hz: u32,
    /// Nominal centres of the octaves that were counted in, ascending.
    pub bands_hz: Vec<f64>,
    /// Speed of sound in metres per second.
    pub speed_of_sound_m_s: f64,
    /// Energy attenuation of the air in 1/m, per octave.
    pub air_m_per_band: Vec<f64>,
    /// Every source with every receiver, receivers innermost.
    pub pairs: Vec<SimulatedPair>,
    /// What formulas say of the room.
    pub statistics: RoomStatistics,
    /// What the reader has to know.
    pub warnings: Vec<Warning>,
    /// The program that made the document.
    pub engine: Engine,
}

/// How sound is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Image sources alone.
    Ism,
    /// Rays alone.
    Rays,
    /// Image sources early, closed form or rays late.
    Hybrid,
}

/// One source heard by one receiver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimulatedPair {
    /// The source.
    pub source_id: String,
    /// The receiver.
    pub receiver_id: String,
    /// Straight distance in metres.
    pub distance_m: f64,
    /// Image sources that reach the receiver, the source itself among them.
    pub images: u64,
    /// Ways around edges.
    pub diffracted: u32,
    /// Seconds after the emission up to which no specular reflection is missing; null if all are there.
    pub complete_until_s: Option<f64>,
    /// Whether later reflections are missing altogether, because an order or a horizon was asked for.
    pub order_limited: bool,
    /// Samples of the response before the emission.
    pub pre_samples: u64,
    /// What the energies tell.
    #[serde(flatten)]
    pub parameters: EnergyParameters,
    /// How certain the rays are; null where there are none.
    pub convergence: Option<Convergence>,
    /// Decays and energy over time; null if they were not asked for.
    pub curves: Option<Curves>,
}

/// Parameters of the energies of one pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnergyParameters {
    /// All octaves together, each with the weight of its bandwidth.
    pub broadband: Parameters,
    /// Per octave, ascending.
    pub octaves: Vec<Parameters>,
    /// Single-number values.
    pub mid: Mid,
    /// Speech transmission index, or why there is none.
    pub sti: Sti,
}

/// Standard errors of what rays say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Convergence {
    /// Rays of the source.
    pub rays: u64,
    /// Degrees of freedom of the errors: batches less one.
    pub degrees_of_freedom: u32,
    /// Whether the accuracy that was asked for was reached.
    pub reached: bool,
    /// Per octave, ascending.
    pub octaves: Vec<StandardErrors>,
}

/// Standard errors in one octave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StandardErrors {
    /// Nominal mid frequency in hertz.
    pub center_hz: f64,
    /// Of the total level in decibels.
    pub level_db: Option<f64>,
    /// Of C50 in decibels.
    pub c50_db: Option<f64>,
    /// Of T20 in seconds.
    pub t20_s: Option<f64>,
    /// Of T30 in seconds.
    pub t30_s: Option<f64>,
    /// Why an error is null, by its name.
    pub not_evaluable: Reasons,
}

/// What is known of a room before any sound is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoomStatistics {
    /// Air in cubic metres.
    pub volume_m3: f64,
    /// Surface of everything in square metres.
    pub surface_m2: f64,
    /// 4 V / S in metres.
    pub mean_free_path_m: f64,
    /// Frequency above which standing waves overlap, in hertz, from the simulated T30 at 500 and 1000 Hz.
    pub schroeder_hz: Option<f64>,
    /// Per octave, ascending.
    pub octaves: Vec<Predictions>,
    /// Where a formula and the simulation differ by more than a tenth, in a sentence; null where none does.
    pub disagreement: Option<String>,
    /// Why a quantity is null, by its name.
    pub not_evaluable: Reasons,
}

/// Reverberation times by formulas, in one octave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Predictions {
    /// Nominal mid frequency in hertz.
    pub center_hz: f64,
    /// Mean absorption, weighted with the surfaces.
    pub mean_absorption: f64,
    /// Sabine 1900, in seconds.
    pub sabine_s: Option<f64>,
    /// Eyring 1930, in seconds.
    pub eyring_s: Option<f64>,
    /// Millington 1932, in seconds.
    pub millington_s: Option<f64>,
    /// Fitzroy 1959, in seconds.
    pub fitzroy_s: Option<f64>,
    /// Arau-Puchades 1988, in seconds.
    pub arau_puchades_s: Option<f64>,
    /// Kuttruff's correction of Eyring, in seconds.
    pub kuttruff_s: Option<f64>,
    /// Why a time is null, by its name.
    pub not_evaluable: Reasons,
}
