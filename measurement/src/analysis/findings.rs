//! What the libraries found about a recording, in the words of the document.

use audio_file::{DecodedAudio, EncoderDelay};
use contract::analysis::{
    Alignment, BackgroundNoise, Failure, Noise, NoiseLevel, NoiseWithheld, Warning,
};
use contract::code::{FailureCode, WarningCode};
use contract::parameters::NotEvaluable;
use room_dsp::{Background, Datum, Finding, NoOnset, Refusal};
use serde_json::{Map, Value, json};

/// A refusal of the measurement.
pub(super) fn failure(refusal: &Refusal) -> Failure {
    Failure {
        code: refusal.code().to_owned(),
        message: refusal.message(),
        remedy: refusal.remedy().to_owned(),
        data: object(refusal.data()),
    }
}

/// An impulse response that is none.
pub(super) fn no_response(error: NoOnset) -> Failure {
    Failure {
        code: FailureCode::NoSignal.as_str().to_owned(),
        message: error.to_string(),
        remedy: "give a file with an impulse response; a recording of a signal is analysed as a recording"
            .to_owned(),
        data: Value::Object(Map::new()),
    }
}

/// A finding of the measurement.
pub(super) fn warning(finding: &Finding) -> Warning {
    Warning {
        code: finding.code().to_owned(),
        message: finding.message(),
        remedy: finding.remedy().to_owned(),
        data: object(finding.data()),
    }
}

/// What the file itself gives reason to say.
pub(super) fn of_file(audio: &DecodedAudio) -> Vec<Warning> {
    let delay = (audio.encoder_delay == EncoderDelay::Unknown).then(|| Warning {
        code: WarningCode::EncoderDelayUnknown.as_str().to_owned(),
        message: format!(
            "the {} file does not say how much time its encoder put before the sound",
            audio.format
        ),
        remedy:
            "nothing for parameters; record WAV, FLAC or Opus where positions in the file matter"
                .to_owned(),
        data: Value::Object(Map::new()),
    });
    let truncated = audio.truncated.then(|| Warning {
        code: WarningCode::FileTruncated.as_str().to_owned(),
        message: format!(
            "the {} file ends before the end that it states; all its samples were used",
            audio.format
        ),
        remedy: "copy the file again if there is a longer original".to_owned(),
        data: json!({ "duration_s": audio.signal.duration_s() }),
    });
    delay.into_iter().chain(truncated).collect()
}

/// Where the signal lies; a chirp that was not heard has no place.
pub(super) fn alignment(found: &room_dsp::Alignment, findings: &[Finding]) -> Alignment {
    let start_missing = findings
        .iter()
        .any(|f| matches!(f, Finding::StartChirpMissing));
    Alignment {
        start_chirp_sample: (!start_missing).then_some(found.start_chirp_sample),
        end_chirp_sample: found.end_chirp_sample,
        skew_ppm: found.skew_ppm,
        snr_db: found.snr_db,
    }
}

/// The background before the signal; octaves of digital silence have no level and are left out.
pub(super) fn noise(background: Option<&Background>) -> Noise {
    let Some(background) = background else {
        return withheld(
            "BACKGROUND_TOO_SHORT",
            "less than a quarter second was recorded before the signal",
        );
    };
    let octaves: Vec<NoiseLevel> = background
        .octaves
        .iter()
        .filter_map(|octave| {
            Some(NoiseLevel {
                center_hz: octave.band.nominal_hz(),
                level_dbfs: octave.level_dbfs?,
                level_db_spl: None,
            })
        })
        .collect();
    if octaves.is_empty() {
        return withheld(
            "BACKGROUND_SILENT",
            "the recording is digital silence before the signal",
        );
    }
    Noise::Measured(BackgroundNoise {
        octaves,
        duration_s: background.duration_s,
        measured_from: "before_signal".to_owned(),
    })
}

/// An impulse response has no background of its own.
pub(super) fn noise_of_response() -> Noise {
    withheld(
        "NOT_A_RECORDING",
        "an impulse response carries no background from before the signal",
    )
}

fn withheld(code: &str, message: &str) -> Noise {
    Noise::Withheld(NoiseWithheld {
        octaves: (),
        reason: NotEvaluable {
            code: code.to_owned(),
            message: message.to_owned(),
            needed: None,
            found: None,
        },
    })
}

fn object(data: Vec<(&'static str, Datum)>) -> Value {
    let value = |datum| match datum {
        Datum::Number(number) => json!(number),
        Datum::Numbers(numbers) => json!(numbers),
    };
    Value::Object(
        data.into_iter()
            .map(|(key, datum)| (key.to_owned(), value(datum)))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use room_dsp::{Band, OctaveLevel};

    use super::*;

    #[test]
    fn a_finding_keeps_code_and_numbers() {
        let shown = warning(&Finding::BandLimitedSource {
            octaves_hz: vec![63.0, 16_000.0],
        });
        assert_eq!(shown.code, "BAND_LIMITED_SOURCE");
        assert_eq!(shown.data, json!({ "octaves_hz": [63.0, 16_000.0] }));
        assert!(!shown.remedy.is_empty());
    }

    #[test]
    fn a_refusal_keeps_code_and_numbers() {
        let refusal = Refusal::RecordingTruncated {
            found_s: 3.5,
            needed_s: 12.0,
        };
        let shown = failure(&refusal);
        assert_eq!(
            (shown.code.as_str(), shown.data),
            (
                "RECORDING_TRUNCATED",
                json!({ "found_s": 3.5, "needed_s": 12.0 })
            )
        );
    }

    #[test]
    fn a_chirp_that_was_not_heard_has_no_place() {
        let found = room_dsp::Alignment {
            start_chirp_sample: -1200.0,
            end_chirp_sample: Some(5.0),
            skew_ppm: None,
            snr_db: None,
        };
        assert_eq!(
            alignment(&found, &[Finding::StartChirpMissing]).start_chirp_sample,
            None
        );
        assert_eq!(alignment(&found, &[]).start_chirp_sample, Some(-1200.0));
    }

    #[test]
    fn silence_has_no_level_but_a_reason() {
        let level = |level_dbfs| OctaveLevel {
            band: Band::octave(0),
            level_dbfs,
        };
        let background = |octaves| Background {
            duration_s: 1.0,
            octaves,
        };
        assert!(matches!(
            noise(Some(&background(vec![level(None)]))),
            Noise::Withheld(_)
        ));
        assert!(matches!(noise(None), Noise::Withheld(_)));
        match noise(Some(&background(vec![level(Some(-70.0)), level(None)]))) {
            Noise::Measured(measured) => assert_eq!(measured.octaves.len(), 1),
            Noise::Withheld(why) => panic!("{why:?}"),
        }
    }
}
