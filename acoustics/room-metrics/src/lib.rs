#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod decay;
mod difference;
mod energies;
mod energy;
mod evaluate;
mod frequency_response;
mod noise;
mod notice;
mod parameters;
mod quantity;
mod speech;

pub use decay::DecayFit;
pub use difference::Compared;
pub use energies::{
    DecayTime, EnergyCurve, EnergyDecay, EnergyParameters, energies_reach, energy_decay_time_s,
    evaluate_energies,
};
pub use evaluate::{Bands, CARRIED, EvaluationOptions, Evaluator, evaluate, evaluate_broadband};
pub use frequency_response::FrequencyResponse;
pub use notice::Notice;
pub use parameters::{
    BandParameters, DecayFits, DecayPoints, EnergyTimeCurve, Flag, MidParameters, RoomParameters,
};
pub use quantity::{NotEvaluable, Quantity};
pub use speech::{
    MODULATION_HZ, MODULATIONS, ModulationTransfer, SPEECH_BANDS, SpeechConditions,
    SpeechTransmission, Talker,
};
