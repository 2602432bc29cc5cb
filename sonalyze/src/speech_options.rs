//! Levels of speech and noise as the command line gives them: one A-weighted level, or one per octave.
//!
//! All faults of a list are told at once, each with its octave, its value and what is allowed.

use std::str::FromStr;

use clap::ValueEnum;
use room_metrics::{SPEECH_BANDS, SpeechConditions, Talker};

use crate::cli::SpeechArguments;

/// Sound pressure levels that are believed, in decibels: from the threshold of hearing to that of pain.
const LEVELS_DB: core::ops::RangeInclusive<f64> = 0.0..=140.0;

/// Octaves of speech in hertz, as a list is ordered.
const OCTAVES_HZ: [&str; SPEECH_BANDS] = ["125", "250", "500", "1000", "2000", "4000", "8000"];

/// Level of an octave in which a talker has no energy, in decibels: far below anything heard, and still a number.
const SILENT_DB: f64 = -100.0;

/// Whose speech the index is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TalkerName {
    /// Edition 5 (IEC 60268-16:2020), male, the only talker there
    Male,
    /// Edition 4 (IEC 60268-16:2011), male
    MaleEd4,
    /// Edition 4 (IEC 60268-16:2011), female
    FemaleEd4,
}

impl TalkerName {
    /// Spectrum and weights.
    pub(crate) const fn talker(self) -> Talker {
        match self {
            Self::Male => Talker::Edition5Male,
            Self::MaleEd4 => Talker::Edition4Male,
            Self::FemaleEd4 => Talker::Edition4Female,
        }
    }
}

/// Sound pressure levels per octave in decibels, 125 Hz to 8 kHz.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct OctaveLevels([f64; SPEECH_BANDS]);

/// How loud speech is at the listener.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum SpeechLevel {
    /// A-weighted level in decibels; the talker's spectrum spreads it over the octaves.
    Weighted(f64),
    /// A level per octave.
    Octaves(OctaveLevels),
}

impl SpeechLevel {
    /// Level per octave for a talker.
    pub(crate) fn per_octave(self, talker: Talker) -> [f64; SPEECH_BANDS] {
        match self {
            Self::Weighted(level_db) => talker
                .spectrum_db()
                .map(|relative_db| relative_db.map_or(SILENT_DB, |re| level_db + re)),
            Self::Octaves(levels) => levels.0,
        }
    }
}

impl FromStr for OctaveLevels {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split(',').map(str::trim).collect();
        let Ok(fields) = <[&str; SPEECH_BANDS]>::try_from(fields.as_slice()) else {
            return Err(format!(
                "{} levels were given, {SPEECH_BANDS} are needed: {} Hz",
                fields.len(),
                OCTAVES_HZ.join(", ")
            ));
        };
        let mut levels = [0.0; SPEECH_BANDS];
        let mut faults: Vec<String> = Vec::new();
        for ((place, field), hz) in levels.iter_mut().zip(fields).zip(OCTAVES_HZ) {
            match level(field) {
                Ok(level) => *place = level,
                Err(fault) => faults.push(format!("{hz} Hz: {fault}")),
            }
        }
        if faults.is_empty() {
            Ok(Self(levels))
        } else {
            Err(faults.join("; "))
        }
    }
}

impl FromStr for SpeechLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains(',') {
            text.parse().map(Self::Octaves)
        } else {
            level(text.trim()).map(Self::Weighted)
        }
    }
}

/// The conditions of the index; masking counts with a level of speech unless it is switched off.
pub(crate) fn conditions(arguments: SpeechArguments) -> SpeechConditions {
    let talker = arguments.talker.talker();
    let speech = arguments.speech_level;
    SpeechConditions {
        talker,
        speech_level_db: speech.map(|level| level.per_octave(talker)),
        noise_level_db: arguments.noise_level.map(|levels| levels.0),
        masking: speech.is_some() && !arguments.no_masking,
    }
}

fn level(text: &str) -> Result<f64, String> {
    let allowed = || {
        format!(
            "{} to {} dB are allowed",
            LEVELS_DB.start(),
            LEVELS_DB.end()
        )
    };
    let level: f64 = text
        .parse()
        .map_err(|_| format!("'{text}' is no level in decibels; {}", allowed()))?;
    if LEVELS_DB.contains(&level) {
        Ok(level)
    } else {
        Err(format!("{text} dB; {}", allowed()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: [f64; SPEECH_BANDS], expected: [f64; SPEECH_BANDS]) -> bool {
        found
            .iter()
            .zip(&expected)
            .all(|(a, b)| (a - b).abs() < 1e-9)
    }

    #[test]
    fn one_level_is_spread_by_the_talkers_spectrum() {
        let level: SpeechLevel = "60".parse().unwrap();
        let male = level.per_octave(Talker::Edition5Male);
        assert!(
            near(male, [57.5, 60.5, 60.0, 54.0, 48.0, 42.0, 36.0]),
            "{male:?}"
        );
        let female = level.per_octave(Talker::Edition4Female);
        assert!((female[0] - SILENT_DB).abs() < 1e-9 && (female[1] - 65.3).abs() < 1e-9);
    }

    #[test]
    fn seven_levels_stand_as_they_are() {
        let level: SpeechLevel = "60, 61,62,63,64,65,66.5".parse().unwrap();
        let levels = level.per_octave(Talker::Edition4Female);
        assert!(
            near(levels, [60.0, 61.0, 62.0, 63.0, 64.0, 65.0, 66.5]),
            "{levels:?}"
        );
    }

    #[test]
    fn all_faults_of_a_list_are_told_with_field_value_and_range() {
        let faults = "40,loud,38,200,34,32,".parse::<OctaveLevels>().unwrap_err();
        for words in [
            "250 Hz: 'loud'",
            "1000 Hz: 200 dB",
            "8000 Hz: ''",
            "0 to 140 dB",
        ] {
            assert!(faults.contains(words), "{words} in {faults}");
        }
        assert!(!faults.contains("125 Hz"), "{faults}");
    }

    #[test]
    fn a_list_of_another_length_is_refused_with_the_octaves() {
        for text in ["40,40", "60", "1,2,3,4,5,6,7,8"] {
            let fault = text.parse::<OctaveLevels>().unwrap_err();
            assert!(fault.contains("7 are needed: 125, 250"), "{fault}");
        }
        assert!("60,61".parse::<SpeechLevel>().is_err());
    }

    #[test]
    fn what_is_no_number_is_no_level() {
        for text in ["NaN", "inf", "-3", "141", "loud", ""] {
            assert!(text.parse::<SpeechLevel>().is_err(), "{text}");
        }
    }

    fn under(speech_level: Option<SpeechLevel>, no_masking: bool) -> SpeechArguments {
        SpeechArguments {
            talker: TalkerName::FemaleEd4,
            speech_level,
            noise_level: None,
            no_masking,
        }
    }

    #[test]
    fn masking_needs_a_level_and_can_be_switched_off() {
        let level = Some(SpeechLevel::Weighted(60.0));
        let masking = |speech, off| conditions(under(speech, off)).masking;
        assert!(masking(level, false));
        assert!(!masking(level, true));
        assert!(!masking(None, false));
    }

    #[test]
    fn an_index_without_speech_in_an_octave_stays_a_number() {
        let silence: OctaveLevels = "0,0,0,0,0,0,0".parse().unwrap();
        for (no_masking, noise_level) in [
            (false, None),
            (true, None),
            (false, Some(silence)),
            (true, Some(silence)),
        ] {
            let level = Some(SpeechLevel::Weighted(60.0));
            let arguments = SpeechArguments {
                noise_level,
                ..under(level, no_masking)
            };
            let room = [[1.0; room_metrics::MODULATIONS]; SPEECH_BANDS];
            let speech = room_metrics::SpeechTransmission::from_room(&room, conditions(arguments));
            assert!(speech.mtf.as_flattened().iter().all(|m| m.is_finite()));
            assert!(speech.sti > 0.8, "{}", speech.sti);
        }
    }
}
