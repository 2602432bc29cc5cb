//! What the bands of a result add up to: warnings of the whole result.

use room_dsp::Band;

use crate::evaluate::INR_GOOD_DB;
use crate::parameters::{BandParameters, Flag, RoomParameters};

/// Decay range below which noise leaves its mark on T30, in decibels: its need and 15 dB.
const INR_NOTABLE_DB: f64 = 60.0;

/// Octaves that every measurement should cover, in hertz.
const SPEECH_RANGE_HZ: core::ops::RangeInclusive<f64> = 125.0..=8_000.0;

/// Something that the reader of all parameters must know.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Notice {
    /// Octaves from 125 Hz to 8 kHz whose decays span less than 60 dB over the background.
    LowInrBands {
        /// Their nominal centres.
        octaves_hz: Vec<f64>,
        /// The smallest range in decibels.
        lowest_db: f64,
    },
    /// Octaves whose decays have no single slope.
    CurvedDecay {
        /// Their nominal centres.
        octaves_hz: Vec<f64>,
        /// The largest curvature in percent.
        largest_pct: f64,
    },
}

impl Notice {
    /// Stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::LowInrBands { .. } => "LOW_INR_BANDS",
            Self::CurvedDecay { .. } => "CURVED_DECAY",
        }
    }

    /// What was found, with its numbers.
    pub fn message(&self) -> String {
        match self {
            Self::LowInrBands {
                octaves_hz,
                lowest_db,
            } => format!(
                "the decay of {} spans as little as {lowest_db:.0} dB over the background; below {INR_NOTABLE_DB:.0} dB noise can be read in T30, below {INR_GOOD_DB:.0} dB a band is flagged LOW_INR as well",
                listed(octaves_hz)
            ),
            Self::CurvedDecay {
                octaves_hz,
                largest_pct,
            } => format!(
                "the decay of {} is bent: T30 exceeds T20 by up to {largest_pct:.0} %",
                listed(octaves_hz)
            ),
        }
    }

    /// What to do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::LowInrBands { .. } => "play louder or longer, or wait for a quieter moment",
            Self::CurvedDecay { .. } => {
                "read early and late decay apart; coupled rooms and uneven absorption bend decays"
            }
        }
    }

    /// The numbers, by name: the octaves, and the extreme value.
    pub fn data(&self) -> (&[f64], (&'static str, f64)) {
        match self {
            Self::LowInrBands {
                octaves_hz,
                lowest_db,
            } => (octaves_hz, ("lowest_db", *lowest_db)),
            Self::CurvedDecay {
                octaves_hz,
                largest_pct,
            } => (octaves_hz, ("largest_pct", *largest_pct)),
        }
    }
}

impl RoomParameters {
    /// What the octaves add up to.
    pub fn notices(&self) -> Vec<Notice> {
        let with = |flag: Flag| -> Vec<&BandParameters> {
            self.octaves
                .iter()
                .filter(|p| p.flags.contains(&flag))
                .collect()
        };
        let low: Vec<&BandParameters> = self
            .octaves
            .iter()
            .filter(|p| {
                p.band
                    .is_some_and(|b| SPEECH_RANGE_HZ.contains(&b.nominal_hz()))
            })
            .filter(|p| matches!(p.inr_db, Ok(found) if found < INR_NOTABLE_DB))
            .collect();
        let lowest_db = low
            .iter()
            .filter_map(|p| p.inr_db.ok())
            .fold(f64::INFINITY, f64::min);
        let curved = with(Flag::CurvedDecay);
        let largest_pct = curved
            .iter()
            .filter_map(|p| p.curvature_pct.ok())
            .fold(0.0, f64::max);
        let mut notices = Vec::new();
        if !low.is_empty() {
            notices.push(Notice::LowInrBands {
                octaves_hz: centres(&low),
                lowest_db,
            });
        }
        if !curved.is_empty() {
            notices.push(Notice::CurvedDecay {
                octaves_hz: centres(&curved),
                largest_pct,
            });
        }
        notices
    }
}

fn centres(bands: &[&BandParameters]) -> Vec<f64> {
    bands
        .iter()
        .filter_map(|p| p.band.map(Band::nominal_hz))
        .collect()
}

fn listed(octaves_hz: &[f64]) -> String {
    octaves_hz
        .iter()
        .map(|f| format!("{f} Hz"))
        .collect::<Vec<_>>()
        .join(", ")
}
