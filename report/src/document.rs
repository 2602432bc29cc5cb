//! From an evaluation to the document: each quantity a number, or null with its reason under the same key.
//!
//! The only place where parameters become parts of [`AnalysisDocument`], so that the command and the services write
//! the same. What a recording tells beyond its impulse response (alignment, warnings, noise) is not known here.

use std::collections::BTreeMap;

use contract::analysis::AnalysisDocument;
use contract::curves::{
    Curves, DecayCurve, EnergyTimeCurve, Fit, Fits, Fraction, FrequencyResponse,
};
use contract::parameters::{Mid, NotEvaluable, Parameters, Reasons};
use contract::speech::{SpeechTransmission, Sti, StiWithheld};
use room_metrics::{BandParameters, DecayFit, MidParameters, Quantity, RoomParameters, Talker};

/// Fills everything of a document that comes from the evaluation of its impulse response.
///
/// Curves are filled where the evaluation made them.
pub fn fill(document: &mut AnalysisDocument, room: &RoomParameters) {
    document.broadband = Some(parameters(&room.broadband));
    document.octaves = room.octaves.iter().map(parameters).collect();
    document.thirds = room.thirds.iter().map(parameters).collect();
    document.mid = Some(mid(&room.mid));
    document.sti = Some(sti(&room.speech));
    document.frequency_response = Some(frequency_response(&room.frequency_response));
    document.curves = curves(room);
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

fn mid(mid: &MidParameters) -> Mid {
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

fn sti(speech: &Result<room_metrics::SpeechTransmission, room_metrics::NotEvaluable>) -> Sti {
    match speech {
        Ok(speech) => Sti::Evaluated(Box::new(SpeechTransmission {
            sti: speech.sti,
            rating: speech.rating().to_owned(),
            words: speech.words().to_owned(),
            edition: edition(speech.conditions.talker).to_owned(),
            spectrum: speech.conditions.talker.name().to_owned(),
            mti: speech.mti,
            mtf: speech.mtf,
            with_noise: speech.conditions.noise_level_db.is_some(),
            with_masking: speech.conditions.masking,
        })),
        Err(reason) => Sti::Withheld(StiWithheld {
            sti: (),
            reason: not_evaluable(reason),
        }),
    }
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
        frequency_hz: response.frequency_hz.clone(),
        level_db: response.level_db.clone(),
    }
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
        etc: EnergyTimeCurve {
            time_s: room.energy_time.time_s.clone(),
            level_db: room.energy_time.level_db.clone(),
        },
    })
}

fn decay_curve(band: &BandParameters, fraction: Fraction) -> Option<DecayCurve> {
    if band.decay.time_s.is_empty() {
        return None;
    }
    Some(DecayCurve {
        center_hz: center_hz(band),
        fraction,
        time_s: band.decay.time_s.clone(),
        edc_db: band.decay.level_db.clone(),
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
                .all(|key| json.get(key).is_some_and(serde_json::Value::is_null)),
            "{json}"
        );
    }

    #[test]
    fn speech_without_an_index_has_a_reason() {
        let shown = serde_json::to_value(sti(&Err(Reason::NoEnergy))).unwrap();
        assert!(shown["sti"].is_null());
        assert_eq!(shown["reason"]["code"], "NO_ENERGY");
    }
}
