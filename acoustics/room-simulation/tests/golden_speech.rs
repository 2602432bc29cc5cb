//! Speech transmission and air against golden data in closed form.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use room_metrics::{
    EnergyDecay, SPEECH_BANDS, SpeechConditions, SpeechTransmission, evaluate_energies,
};
use room_simulation::{Air, Octaves};
use serde_json::Value;

fn golden(path: &str) -> Value {
    let path = format!(
        "{}/../../golden/simulation/{path}",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

const BIN_S: f64 = 0.5e-3;

/// Energies of an exponential decay, exact in every bin.
fn exponential(place: usize, decay_time_s: f64) -> EnergyDecay {
    let k = 6.0 * std::f64::consts::LN_10 / decay_time_s;
    let left = |bin: f64| (-k * bin * BIN_S).exp();
    let mut bin = 0.0;
    let mut energies = Vec::new();
    while left(bin) > 1e-10 {
        energies.push(left(bin) - left(bin + 1.0));
        bin += 1.0;
    }
    EnergyDecay {
        band: Octaves::ALL.band(place),
        energies,
    }
}

#[test]
fn speech_transmission_is_the_closed_form_with_and_without_noise() {
    for case in golden("sti/exponential.json")["cases"].as_array().unwrap() {
        let t60 = |place: usize| case["T60_s"][place].as_f64().unwrap();
        let decays: Vec<EnergyDecay> = (0..SPEECH_BANDS)
            .map(|p| exponential(p + 1, t60(p)))
            .collect();
        let room = evaluate_energies(&decays, BIN_S, SpeechConditions::default())
            .speech
            .unwrap();
        let snr: [Option<f64>; SPEECH_BANDS] = std::array::from_fn(|p| case["snr_db"][p].as_f64());
        let conditions = SpeechConditions {
            speech_level_db: Some([60.0; SPEECH_BANDS]),
            noise_level_db: Some(snr.map(|snr| snr.map_or(-200.0, |snr| 60.0 - snr))),
            ..SpeechConditions::default()
        };
        let found = SpeechTransmission::from_room(&room.mtf, conditions);
        let truth = case["sti"].as_f64().unwrap();
        assert!((found.sti - truth).abs() < 0.002, "{} {truth}", found.sti);
        for (place, mti) in found.mti.iter().enumerate() {
            let own = case["mti"][place].as_f64().unwrap();
            assert!((mti - own).abs() < 0.002, "{place}: {mti} {own}");
        }
    }
}

#[test]
fn air_takes_what_the_standard_says() {
    for name in ["s03_octave_air", "s06_hall_air"] {
        let case = golden(&format!("shoebox/{name}/case.json"));
        let given = &case["inputs"]["air"];
        let air = Air {
            temperature_c: given["temp_c"].as_f64().unwrap(),
            humidity_percent: given["rh"].as_f64().unwrap(),
            ..Air::default()
        };
        let centres = case["band_centers"].as_array().unwrap();
        for (centre, truth) in centres
            .iter()
            .zip(case["air_m_per_band"].as_array().unwrap())
        {
            let found = air.attenuation_per_m(centre.as_f64().unwrap());
            let truth = truth.as_f64().unwrap();
            assert!(
                (found / truth - 1.0).abs() < 1e-3,
                "{centre}: {found} {truth}"
            );
        }
    }
}
