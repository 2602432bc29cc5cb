//! The `results` object that old clients read, out of the same evaluation as the document.
//!
//! Quantities are those of the whole response. `rt60_s` is T30, where there is none T20, else null with a reason;
//! `sti` is that of edition 5; the signal-to-noise ratio is the decay's range over the background.

mod display;

use std::collections::BTreeMap;

use contract::analysis::AnalysisDocument;
use contract::parameters::{NotEvaluable, Parameters};
use contract::results::{
    Clarity, DecaySize, Direct, OctaveReverberation, Quality, Response, Results, Reverberation,
    Speech,
};
use contract::speech::Sti;
use room_dsp::ImpulseResponse;
use room_metrics::{MODULATION_HZ, SpeechConditions, SpeechTransmission, Talker};

/// Octaves of speech in hertz.
const SPEECH_HZ: [f64; 7] = [125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0];

/// The reason of a response that ends too soon for speech.
const TOO_SHORT: &str = room_metrics::NotEvaluable::TooShortForSpeech {
    needed_s: 0.0,
    found_s: 0.0,
}
.code();

/// Keys of the results with the key of the document whose reason is theirs.
const REASONS: [(&str, &str); 13] = [
    ("edt_s", "edt_s"),
    ("t20_rt60_s", "t20_s"),
    ("t30_rt60_s", "t30_s"),
    ("rt60_s", "t20_s"),
    ("t20_s", "t20_s"),
    ("t30_s", "t30_s"),
    ("c50_db", "c50_db"),
    ("c80_db", "c80_db"),
    ("d50", "d50"),
    ("d80", "c80_db"),
    ("drr_db", "drr_db"),
    ("direct_to_late_db", "drr_db"),
    ("snr_db", "inr_db"),
];

/// The results of an analysis; none where the document has failed. `peak` is the highest magnitude of the file's
/// channel that was used, re full scale.
pub fn of(document: &AnalysisDocument, response: &ImpulseResponse, peak: f64) -> Option<Results> {
    let broadband = document.broadband.as_ref()?;
    let mut reasons = reasons(broadband);
    let quality = quality(broadband, response, peak, &mut reasons);
    let mut results = Results {
        samplerate_hz: response.rate().hz(),
        rt: reverberation(document, broadband, response),
        clarity: clarity(broadband),
        drr: Direct {
            drr_db: broadband.drr_db,
            direct_index: response.onset(),
            direct_to_late_db: broadband.drr_db,
        },
        quality,
        frequency_response: frequency_response(document),
        sti: speech(document.sti.as_ref(), &mut reasons),
        display_metrics: Vec::new(),
        alignment: document.alignment.clone(),
        warnings: document.warnings.clone(),
        not_evaluable: BTreeMap::new(),
        octaves: document.octaves.iter().filter_map(octave).collect(),
    };
    if results.rt.rt60_s.is_some() {
        reasons.remove("rt60_s");
    }
    results.not_evaluable = reasons;
    results.display_metrics = display::metrics(&results);
    Some(results)
}

fn reasons(broadband: &Parameters) -> BTreeMap<String, NotEvaluable> {
    let reason = |(key, source): (&str, &str)| {
        let reason = broadband.not_evaluable.get(source)?;
        Some((key.to_owned(), reason.clone()))
    };
    REASONS.into_iter().filter_map(reason).collect()
}

fn reverberation(
    document: &AnalysisDocument,
    broadband: &Parameters,
    response: &ImpulseResponse,
) -> Reverberation {
    let levels = document
        .curves
        .as_ref()
        .and_then(|curves| curves.bands.iter().find(|band| band.center_hz.is_none()))
        .map_or(&[][..], |band| &band.edc_db);
    Reverberation {
        edt_s: broadband.edt_s,
        t20_rt60_s: broadband.t20_s,
        t30_rt60_s: broadband.t30_s,
        rt60_s: broadband.t30_s.or(broadband.t20_s),
        edc_db: DecaySize {
            n: response.samples().len() - response.onset(),
            min_db: levels.iter().copied().reduce(f64::min),
            max_db: levels.iter().copied().reduce(f64::max),
        },
        t20_s: broadband.t20_s,
        t30_s: broadband.t30_s,
    }
}

/// D80 follows from C80: early over all is one over one and late over early.
fn clarity(broadband: &Parameters) -> Clarity {
    Clarity {
        c50_db: broadband.c50_db,
        c80_db: broadband.c80_db,
        d50: broadband.d50,
        d80: broadband
            .c80_db
            .map(|c80_db| 1.0 / (1.0 + 10f64.powf(-c80_db / 10.0))),
    }
}

fn quality(
    broadband: &Parameters,
    response: &ImpulseResponse,
    peak: f64,
    reasons: &mut BTreeMap<String, NotEvaluable>,
) -> Quality {
    let noise_floor_db = noise_floor_db(response.samples());
    let peak_db = decibels(peak);
    let silent = [
        (
            "noise_floor_db",
            noise_floor_db,
            "the end of the impulse response is digital silence",
        ),
        ("peak_db", peak_db, "the file is digital silence"),
    ];
    for (key, value, message) in silent {
        if value.is_none() {
            reasons.insert(key.to_owned(), no_energy(message));
        }
    }
    Quality {
        snr_db: broadband.inr_db,
        noise_floor_db,
        peak_db,
    }
}

/// Level of the response's last tenth re its highest sample.
fn noise_floor_db(samples: &[f64]) -> Option<f64> {
    let tail = &samples[samples.len() - samples.len().div_ceil(10)..];
    let peak = samples.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    let power = tail.iter().map(|x| x * x).sum::<f64>() / tail.len().max(1) as f64;
    decibels(power.sqrt() / peak)
}

fn decibels(amplitude: f64) -> Option<f64> {
    let level_db = 20.0 * amplitude.log10();
    level_db.is_finite().then_some(level_db)
}

fn no_energy(message: &str) -> NotEvaluable {
    NotEvaluable {
        code: "NO_ENERGY".to_owned(),
        message: message.to_owned(),
        needed: None,
        found: None,
    }
}

fn frequency_response(document: &AnalysisDocument) -> Response {
    let Some(curve) = &document.frequency_response else {
        return Response {
            bands_hz: Vec::new(),
            magnitude_db: Vec::new(),
        };
    };
    let highest = curve.level_db.iter().copied().reduce(f64::max);
    let highest = highest.unwrap_or(0.0);
    Response {
        bands_hz: curve.frequency_hz.clone(),
        magnitude_db: curve.level_db.iter().map(|level| level - highest).collect(),
    }
}

fn speech(sti: Option<&Sti>, reasons: &mut BTreeMap<String, NotEvaluable>) -> Speech {
    let mut shown = Speech {
        sti: None,
        sti_male: None,
        sti_female: None,
        bands_hz: Vec::new(),
        band_ti: Vec::new(),
        mod_freqs_hz: Vec::new(),
        note: None,
    };
    match sti {
        Some(Sti::Evaluated(speech)) => {
            let female = SpeechConditions {
                talker: Talker::Edition4Female,
                ..SpeechConditions::default()
            };
            shown.sti = Some(speech.sti);
            shown.sti_male = Some(speech.sti);
            shown.sti_female = Some(SpeechTransmission::from_room(&speech.mtf, female).sti);
            shown.bands_hz = SPEECH_HZ.to_vec();
            shown.band_ti = speech.mti.to_vec();
            shown.mod_freqs_hz = MODULATION_HZ.to_vec();
        }
        Some(Sti::Withheld(withheld)) => {
            shown.note = Some(note(&withheld.reason));
            for key in ["sti", "sti_male", "sti_female"] {
                reasons.insert(key.to_owned(), withheld.reason.clone());
            }
        }
        None => {}
    }
    shown
}

/// Why there is no index, in the words of the earlier services where they had some.
fn note(reason: &NotEvaluable) -> String {
    if reason.code == TOO_SHORT {
        return "IR too short for STI".to_owned();
    }
    reason.message.clone()
}

/// Octaves of which nothing is known are left out.
fn octave(band: &Parameters) -> Option<OctaveReverberation> {
    let shown = OctaveReverberation {
        center_hz: band.center_hz?,
        t20_s: band.t20_s,
        t30_s: band.t30_s,
        edt_s: band.edt_s,
    };
    let known = [shown.t20_s, shown.t30_s, shown.edt_s];
    known.iter().any(Option::is_some).then_some(shown)
}

#[cfg(test)]
mod tests;
