//! What a simulation gives.

use room_dsp::{ImpulseResponse, NoOnset, SampleRate};
use room_metrics::{EnergyDecay, EnergyParameters, Quantity, SpeechConditions, evaluate_energies};

use crate::energy::EnergyHistogram;
use crate::plan::{Method, SAMPLES_MAX};
use crate::statistics::Statistics;

/// A whole simulation: pairs in source-major order.
#[derive(Debug, Clone)]
pub struct Simulation {
    /// Every source with every receiver, receivers innermost.
    pub pairs: Vec<Pair>,
    /// What formulas say of the room.
    pub statistics: Statistics,
    /// What was really used.
    pub used: Used,
    /// What the reader has to know.
    pub cautions: Vec<Caution>,
}

/// How far something was to be searched, by the plan or by default, and how far it was within budgets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reach<T> {
    /// How far it was to be.
    pub asked: T,
    /// How far it was.
    pub found: T,
}

/// What limited the mirrored reflections of a pair: with rays alone, nothing did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Searched {
    /// An order.
    pub max_order: Option<Reach<u32>>,
    /// A length of path, as a time in seconds after the emission.
    pub horizon_s: Option<Reach<f64>>,
}

/// What was really used, after defaults and budgets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Used {
    /// How sound was followed.
    pub method: Method,
    /// Highest order of image sources that any pair was searched to; none where no order limited them.
    pub max_order: Option<u32>,
    /// Horizon of the image sources in seconds, of the pair with the shortest; none where no horizon limited them.
    pub horizon_s: Option<f64>,
    /// Rays of a source.
    pub rays: u64,
    /// The seed.
    pub seed: u64,
}

/// One source heard by one receiver.
#[derive(Debug, Clone)]
pub struct Pair {
    /// Place of the source in the scene.
    pub source: usize,
    /// Place of the receiver in the scene.
    pub receiver: usize,
    /// Straight distance in metres.
    pub distance_m: f64,
    /// Image sources that reach the receiver, the source itself among them.
    pub images: u64,
    /// Ways around edges.
    pub diffracted: u32,
    /// What limited the mirrored reflections.
    pub searched: Searched,
    /// Time after the emission up to which no mirrored reflection is missing among the images, in seconds; none if all
    /// are there.
    pub complete_until_s: Option<f64>,
    /// Whether later reflections are missing altogether, because an order or a horizon was asked for.
    pub order_limited: bool,
    /// Samples before the emission.
    pub pre_samples: usize,
    /// Sampling frequency.
    pub rate: SampleRate,
    /// One response for each channel of the receiver.
    pub channels: Vec<Vec<f32>>,
    /// Whether the responses end before the sound does, because all of a simulation share a bound.
    pub is_cut: bool,
    /// Sample of the first arrival in every channel.
    pub onset_sample: usize,
    /// Energies per octave from the first arrival on.
    pub energies: EnergyHistogram,
    /// How certain the rays are; none where there are none.
    pub convergence: Option<Convergence>,
}

/// Standard errors of what rays say.
#[derive(Debug, Clone, PartialEq)]
pub struct Convergence {
    /// Rays of the source.
    pub rays: u64,
    /// Degrees of freedom of the errors: batches less one.
    pub degrees_of_freedom: u32,
    /// Per octave.
    pub octaves: Vec<StandardErrors>,
    /// Whether the accuracy that was asked for was reached.
    pub reached: bool,
    /// Share of the energy that rays lost through gaps between faces, in the worst octave.
    pub leaked: f64,
}

/// Standard errors in one octave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StandardErrors {
    /// Of the total level in decibels.
    pub level_db: Quantity,
    /// Of C50 in decibels.
    pub c50_db: Quantity,
    /// Of T20 in seconds.
    pub t20_s: Quantity,
    /// Of T30 in seconds.
    pub t30_s: Quantity,
}

/// What the reader of a simulation has to know.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Caution {
    /// Later reflections are missing because images alone go to an order.
    OrderLimited {
        /// The order.
        max_order: u32,
        /// Time up to which nothing is missing, in seconds.
        complete_until_s: f64,
    },
    /// Later reflections are missing because images alone go to a horizon.
    HorizonLimited {
        /// The horizon in seconds.
        horizon_s: f64,
    },
    /// The search for reflections ended at its budget before the order that was asked for.
    SearchBudget {
        /// The order asked for.
        asked: u32,
        /// The last order that was searched whole.
        complete: u32,
    },
    /// The walk over images ended at its budget before the horizon that was asked for.
    ImageBudget {
        /// The horizon asked for, in seconds.
        asked_s: f64,
        /// The horizon that was reached, in seconds.
        found_s: f64,
    },
    /// Responses end before the sound does, because all of a simulation share a bound.
    ResponsesCut {
        /// What each keeps, in seconds.
        kept_s: f64,
    },
    /// Sound was followed for a shorter time than T30 needs in every octave, as the plan says.
    DurationLimited {
        /// How long it was followed after its emission, in seconds.
        duration_s: f64,
        /// Fall of the energies to the last twentieth of that, in decibels, in the octave where it is least.
        fallen_db: f64,
        /// What T30 needs, in decibels.
        needed_db: f64,
    },
    /// The accuracy that was asked for was not reached with the most rays allowed.
    AccuracyMissed {
        /// Share of T30 asked for.
        asked: f64,
        /// Share reached in the worst octave; none where rays do not show T30 in one.
        reached: Option<f64>,
    },
    /// Nothing reaches a receiver.
    NothingArrives {
        /// Place of the source.
        source: usize,
        /// Place of the receiver.
        receiver: usize,
    },
    /// Rays were lost through gaps between faces.
    RaysLost {
        /// Share of their energy.
        share: f64,
    },
    /// Formulas differ from the simulated decay by more than a tenth.
    FormulaDisagrees {
        /// Centre of the octave in hertz.
        octave_hz: f64,
        /// T30 as simulated, the mean of all pairs, in seconds.
        simulated_s: f64,
        /// Names of the formulas and what they say, in seconds.
        formulas: Vec<(&'static str, f64)>,
    },
}

impl Caution {
    /// Stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OrderLimited { .. } => "ORDER_LIMITED",
            Self::HorizonLimited { .. } => "HORIZON_LIMITED",
            Self::SearchBudget { .. } => "SEARCH_BUDGET",
            Self::ImageBudget { .. } => "IMAGE_BUDGET",
            Self::ResponsesCut { .. } => "RESPONSES_CUT",
            Self::DurationLimited { .. } => "DURATION_LIMITED",
            Self::AccuracyMissed { .. } => "ACCURACY_MISSED",
            Self::NothingArrives { .. } => "NOTHING_ARRIVES",
            Self::RaysLost { .. } => "RAYS_LOST",
            Self::FormulaDisagrees { .. } => "FORMULA_DISAGREES",
        }
    }

    /// What happened, with the values.
    pub fn message(&self) -> String {
        match self {
            Self::OrderLimited {
                max_order,
                complete_until_s,
            } => format!(
                "reflections of more than {max_order} walls are missing: the response is complete for {:.0} ms and its \
                 decay too short after that",
                1e3 * complete_until_s
            ),
            Self::HorizonLimited { horizon_s } => {
                format!(
                    "reflections later than {:.0} ms are missing",
                    1e3 * horizon_s
                )
            }
            Self::SearchBudget { asked, complete } => format!(
                "the search for reflections reached its budget at order {complete}; order {asked} was asked for"
            ),
            Self::ImageBudget { asked_s, found_s } => format!(
                "the walk over image sources reached its budget at {:.0} ms; {:.0} ms were asked for",
                1e3 * found_s,
                1e3 * asked_s
            ),
            Self::ResponsesCut { kept_s } => format!(
                "responses end after {kept_s:.2} s, before the sound does: all of a simulation share {SAMPLES_MAX} \
                 samples; energies and parameters are whole"
            ),
            Self::DurationLimited {
                duration_s,
                fallen_db,
                needed_db,
            } => format!(
                "sound is followed for {duration_s:.2} s and has fallen by {fallen_db:.0} dB at the end of that in the \
                 slowest octave; T30 needs {needed_db:.0} dB, and levels lack what is later"
            ),
            Self::AccuracyMissed { asked, reached } => match reached {
                Some(reached) => format!(
                    "the standard error of T30 is {:.1} % in the worst octave; {:.1} % were asked for",
                    100.0 * reached,
                    100.0 * asked
                ),
                None => format!(
                    "rays do not show T30 in every octave; its standard error was to be {:.1} %",
                    100.0 * asked
                ),
            },
            Self::NothingArrives { source, receiver } => {
                format!("nothing of source {source} reaches receiver {receiver}")
            }
            Self::RaysLost { share } => format!(
                "rays lost {:.3} % of their energy through gaps between faces",
                100.0 * share
            ),
            Self::FormulaDisagrees {
                octave_hz,
                simulated_s,
                formulas,
            } => format!(
                "T30 at {octave_hz} Hz is {simulated_s:.2} s as simulated, but {}",
                said(formulas)
            ),
        }
    }

    /// What to do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::OrderLimited { .. } | Self::HorizonLimited { .. } => {
                "use the method hybrid, or a longer horizon, where the late decay matters"
            }
            Self::SearchBudget { .. } => "ask for a lower order, or simplify the room",
            Self::ImageBudget { .. } => "ask for a shorter horizon, or use the method hybrid",
            Self::ResponsesCut { .. } => {
                "ask for fewer sources or receivers, or a lower sampling frequency"
            }
            Self::DurationLimited { .. } => {
                "ask for a longer duration, or for none, where the late decay matters"
            }
            Self::AccuracyMissed { .. } => "ask for a lower accuracy, or read the errors",
            Self::NothingArrives { .. } => {
                "look whether walls or furniture that absorb everything stand between them"
            }
            Self::RaysLost { .. } => "look for faces that do not meet",
            Self::FormulaDisagrees { .. } => {
                "where they differ trust the simulation; each formula assumes a sound field of its own"
            }
        }
    }
}

/// What formulas say, in words.
fn said(formulas: &[(&'static str, f64)]) -> String {
    let each = formulas
        .iter()
        .map(|(name, s)| format!("{s:.2} s by {name}"));
    each.collect::<Vec<String>>().join(", ")
}

/// A simulation that was told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

impl core::fmt::Display for Stopped {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the simulation was told to stop")
    }
}

impl core::error::Error for Stopped {}

impl Pair {
    /// A channel as a response, for the same evaluation as a measured one.
    ///
    /// # Errors
    /// [`NoOnset`] where nothing arrives, or there is no such channel.
    pub fn response(&self, channel: usize) -> Result<ImpulseResponse, NoOnset> {
        let samples = self.channels.get(channel).ok_or(NoOnset)?;
        let samples: Vec<f64> = samples.iter().map(|x| f64::from(*x)).collect();
        let range_hz = (0.0, 0.5 * self.rate.as_f64());
        ImpulseResponse::with_onset(self.rate, samples, self.onset_sample, range_hz)
    }

    /// Parameters of the energies, per octave.
    pub fn parameters(&self, conditions: SpeechConditions) -> EnergyParameters {
        let octaves = self.energies.octaves();
        let decays: Vec<EnergyDecay> = octaves
            .iter()
            .map(|place| EnergyDecay {
                band: octaves.band(place),
                energies: self.energies.octave(place).collect(),
            })
            .collect();
        evaluate_energies(&decays, self.energies.bin_s(), conditions)
    }
}
