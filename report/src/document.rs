//! From an evaluation to the document: each quantity a number, or null with its reason under the same key.
//!
//! Quantities keep all their digits. Curves are for drawing and are rounded to what a drawing can show (0.01 dB, a
//! microsecond, 0.01 Hz), which makes documents several times smaller. The only place where parameters become
//! parts of [`AnalysisDocument`], so that the command and the services write the same. What a recording tells
//! beyond its impulse response (alignment, findings, noise) is not known here.

use std::collections::BTreeMap;

use contract::analysis::{AnalysisDocument, Warning};
use contract::curves::{
    Curves, DecayCurve, EnergyTimeCurve, Fit, Fits, Fraction, FrequencyResponse,
};
use contract::parameters::{Mid, NotEvaluable, Parameters, Reasons};
use contract::speech::{SpeechTransmission, Sti, StiWithheld};
use room_metrics::{
    BandParameters, DecayFit, MidParameters, Notice, Quantity, RoomParameters, SpeechConditions,
    Talker,
};
use serde_json::{Map, Value, json};

/// Steps in a decibel of a drawn level.
const LEVEL_STEPS_PER_DB: f64 = 100.0;

/// Steps in a second of a drawn time: finer than a sample of any usual rate, so that no two points coincide.
const TIME_STEPS_PER_S: f64 = 1e6;

/// Steps in a hertz of a drawn frequency.
const FREQUENCY_STEPS_PER_HZ: f64 = 100.0;

/// Fills everything of a document that comes from the evaluation of its impulse response.
///
/// Curves are filled where the evaluation made them; what the bands add up to follows the warnings that are there.
pub fn fill(document: &mut AnalysisDocument, room: &RoomParameters) {
    document.broadband = Some(parameters(&room.broadband));
    document.octaves = room.octaves.iter().map(parameters).collect();
    document.thirds = room.thirds.iter().map(parameters).collect();
    document.mid = Some(mid(&room.mid));
    document.sti = Some(sti(&room.speech));
    document.frequency_response = Some(frequency_response(&room.frequency_response));
    document.curves = curves(room);
    document.warnings.extend(room.notices().iter().map(warning));
}

/// What the bands add up to, as a warning of the document.
pub fn warning(notice: &Notice) -> Warning {
    let (octaves_hz, (name, extreme)) = notice.data();
    let data = [
        ("octaves_hz".to_owned(), json!(octaves_hz)),
        (name.to_owned(), json!(extreme)),
    ];
    Warning {
        code: notice.code().to_owned(),
        message: notice.message(),
        remedy: notice.remedy().to_owned(),
        data: Value::Object(data.into_iter().collect::<Map<_, _>>()),
    }
}

/// One band, or the whole response.
pub fn parameters(band: &BandParameters) -> Parameters {
    let mut reasons = Reasons::new();
    for (key, quantity) in band.quantities() {
        if let Err(reason) = quantity {
            reasons.insert(key.to_owned(), not_evaluable(&reason));
        }
    }
    Parameters {
        center_hz: center_hz(band),
        edt_s: band.edt_s.ok(),
        t20_s: band.t20_s.ok(),
        t30_s: band.t30_s.ok(),
        c50_db: band.c50_db.ok(),
        c80_db: band.c80_db.ok(),
        d50: band.d50.ok(),
        ts_ms: band.ts_ms.ok(),
        drr_db: band.drr_db.ok(),
        inr_db: band.inr_db.ok(),
        curvature_pct: band.curvature_pct.ok(),
        nonlinearity_permille_t20: band.nonlinearity_permille_t20.ok(),
        nonlinearity_permille_t30: band.nonlinearity_permille_t30.ok(),
        uncertainty_t20_s: band.uncertainty_t20_s.ok(),
        uncertainty_t30_s: band.uncertainty_t30_s.ok(),
        truncation_s: band.truncation_s.ok(),
        flags: band.flags.iter().map(|f| f.code().to_owned()).collect(),
        not_evaluable: reasons,
    }
}

fn center_hz(band: &BandParameters) -> Option<f64> {
    let band = band.band?;
    Some(band.nominal_hz())
}

/// A reason with its numbers.
pub fn not_evaluable(reason: &room_metrics::NotEvaluable) -> NotEvaluable {
    let numbers = reason.needed_found();
    NotEvaluable {
        code: reason.code().to_owned(),
        message: reason.message(),
        needed: numbers.map(|(needed, _)| needed),
        found: numbers.map(|(_, found)| found),
    }
}

/// The single numbers.
pub fn mid(mid: &MidParameters) -> Mid {
    let quantities: [(&str, Quantity); 4] = [
        ("t20_s", mid.t20_s),
        ("t30_s", mid.t30_s),
        ("edt_s", mid.edt_s),
        ("c50_db", mid.c50_db),
    ];
    let reasons: BTreeMap<String, NotEvaluable> = quantities
        .iter()
        .filter_map(|(key, quantity)| {
            Some(((*key).to_owned(), not_evaluable(quantity.as_ref().err()?)))
        })
        .collect();
    Mid {
        t20_s: mid.t20_s.ok(),
        t30_s: mid.t30_s.ok(),
        edt_s: mid.edt_s.ok(),
        c50_db: mid.c50_db.ok(),
        not_evaluable: reasons,
    }
}

/// The speech transmission index, or why there is none.
pub fn sti(speech: &Result<room_metrics::SpeechTransmission, room_metrics::NotEvaluable>) -> Sti {
    match speech {
        Ok(speech) => Sti::Evaluated(Box::new(SpeechTransmission {
            sti: speech.sti,
            rating: speech.rating().to_owned(),
            words: speech.words().to_owned(),
            edition: edition(speech.conditions.talker).to_owned(),
            spectrum: speech.conditions.talker.name().to_owned(),
            mti: speech.mti,
            mtf: speech.mtf,
            with_noise: speech.conditions.noise_level_db.is_some() && has_level(&speech.conditions),
            with_masking: speech.conditions.masking && has_level(&speech.conditions),
        })),
        Err(reason) => Sti::Withheld(StiWithheld {
            sti: (),
            reason: not_evaluable(reason),
        }),
    }
}

/// Noise and masking count against a level of speech only.
fn has_level(conditions: &SpeechConditions) -> bool {
    conditions.speech_level_db.is_some()
}

/// The standard with the year of its edition.
fn edition(talker: Talker) -> &'static str {
    match talker {
        Talker::Edition5Male => "IEC 60268-16:2020",
        Talker::Edition4Male | Talker::Edition4Female => "IEC 60268-16:2011",
    }
}

fn frequency_response(response: &room_metrics::FrequencyResponse) -> FrequencyResponse {
    FrequencyResponse {
        smoothing: format!("1/{} octave", response.fraction),
        frequency_hz: rounded(&response.frequency_hz, FREQUENCY_STEPS_PER_HZ),
        level_db: rounded(&response.level_db, LEVEL_STEPS_PER_DB),
    }
}

/// Times and levels as a drawing needs them.
pub fn energy_time_curve(time_s: &[f64], level_db: &[f64]) -> EnergyTimeCurve {
    EnergyTimeCurve {
        time_s: rounded(time_s, TIME_STEPS_PER_S),
        level_db: rounded(level_db, LEVEL_STEPS_PER_DB),
    }
}

/// Values on a grid of `steps` a unit, zero without a sign.
fn rounded(values: &[f64], steps: f64) -> Vec<f64> {
    let round = |value: &f64| (value * steps).round() / steps + 0.0;
    values.iter().map(round).collect()
}

/// All curves, or none where the evaluation made none.
fn curves(room: &RoomParameters) -> Option<Curves> {
    let of = |fraction| move |band| decay_curve(band, fraction);
    let bands: Vec<DecayCurve> = std::iter::once(&room.broadband)
        .filter_map(of(Fraction::Broadband))
        .chain(room.octaves.iter().filter_map(of(Fraction::Octave)))
        .chain(room.thirds.iter().filter_map(of(Fraction::Third)))
        .collect();
    if bands.is_empty() && room.energy_time.time_s.is_empty() {
        return None;
    }
    Some(Curves {
        bands,
        etc: energy_time_curve(&room.energy_time.time_s, &room.energy_time.level_db),
    })
}

/// The decay of a band for drawing; none where the evaluation made none.
pub fn decay_curve(band: &BandParameters, fraction: Fraction) -> Option<DecayCurve> {
    if band.decay.time_s.is_empty() {
        return None;
    }
    Some(DecayCurve {
        center_hz: center_hz(band),
        fraction,
        time_s: rounded(&band.decay.time_s, TIME_STEPS_PER_S),
        edc_db: rounded(&band.decay.level_db, LEVEL_STEPS_PER_DB),
        fits: Fits {
            edt: band.fits.edt.map(fit),
            t20: band.fits.t20.map(fit),
            t30: band.fits.t30.map(fit),
        },
    })
}

fn fit(fit: DecayFit) -> Fit {
    Fit {
        slope_db_per_s: fit.slope_db_per_s,
        intercept_db: fit.intercept_db,
    }
}

#[cfg(test)]
mod tests {
    use room_metrics::NotEvaluable as Reason;

    use super::*;

    #[test]
    fn a_quantity_is_a_number_or_null_with_its_reason() {
        let reason = Reason::DecayRange {
            needed_db: 45.0,
            found_db: 31.0,
        };
        let mut band = BandParameters::withheld(None, reason);
        band.t20_s = Ok(0.5);
        let shown = parameters(&band);
        assert_eq!((shown.t20_s, shown.t30_s), (Some(0.5), None));
        assert!(!shown.not_evaluable.contains_key("t20_s"));
        let why = &shown.not_evaluable["t30_s"];
        assert_eq!(
            (why.code.as_str(), why.needed, why.found),
            ("DECAY_RANGE", Some(45.0), Some(31.0))
        );
        assert_eq!(shown.not_evaluable.len(), band.quantities().len() - 1);
    }

    #[test]
    fn each_key_names_a_field_of_the_document() {
        let json = serde_json::to_value(parameters(&BandParameters::withheld(
            None,
            Reason::NoEnergy,
        )))
        .unwrap();
        let keys = BandParameters::withheld(None, Reason::NoEnergy)
            .quantities()
            .map(|(key, _)| key);
        assert!(
            keys.iter()
                .all(|key| json.get(key).is_some_and(Value::is_null)),
            "{json}"
        );
    }

    #[test]
    fn a_notice_becomes_a_warning_with_its_numbers() {
        let shown = warning(&Notice::CurvedDecay {
            octaves_hz: vec![500.0, 1000.0],
            largest_pct: 24.5,
        });
        assert_eq!(shown.code, "CURVED_DECAY");
        assert!(shown.message.contains("1000 Hz") && !shown.remedy.is_empty());
        assert_eq!(
            shown.data,
            json!({ "octaves_hz": [500.0, 1000.0], "largest_pct": 24.5 })
        );
    }

    #[test]
    fn drawn_values_are_short_and_near() {
        let levels = [-0.001, -12.345_678_9, 2.0 / 3.0];
        let shown = serde_json::to_string(&rounded(&levels, LEVEL_STEPS_PER_DB)).unwrap();
        assert_eq!(shown, "[0.0,-12.35,0.67]");
        let times =
            serde_json::to_string(&rounded(&[1.0 / 192_000.0, 1.0 / 3.0], TIME_STEPS_PER_S));
        assert_eq!(times.unwrap(), "[5e-6,0.333333]");
    }

    #[test]
    fn noise_and_masking_count_with_a_level_of_speech_only() {
        let speech = |speech_level_db| {
            let conditions = SpeechConditions {
                talker: Talker::Edition4Female,
                speech_level_db,
                noise_level_db: Some([40.0; 7]),
                masking: true,
            };
            let room = [[0.9; 14]; 7];
            let shown = sti(&Ok(room_metrics::SpeechTransmission::from_room(
                &room, conditions,
            )));
            serde_json::to_value(shown).unwrap()
        };
        let with = speech(Some([60.0; 7]));
        assert_eq!(
            (&with["with_noise"], &with["with_masking"]),
            (&json!(true), &json!(true))
        );
        assert_eq!(
            (&with["edition"], &with["spectrum"]),
            (&json!("IEC 60268-16:2011"), &json!("female"))
        );
        let without = speech(None);
        assert_eq!(
            (&without["with_noise"], &without["with_masking"]),
            (&json!(false), &json!(false))
        );
    }

    #[test]
    fn speech_without_an_index_has_a_reason() {
        let shown = serde_json::to_value(sti(&Err(Reason::NoEnergy))).unwrap();
        assert!(shown["sti"].is_null());
        assert_eq!(shown["reason"]["code"], "NO_ENERGY");
    }
}
