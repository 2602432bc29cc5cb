//! Reference profiles: values that rooms for a use aim at, with the range of a chart's axis.
//!
//! The first five are those of the earlier service, the others those of its documentation, `concert_hall` once. The
//! documentation gives ranges of reverberation times; energy ratios beside them are those of an exponential decay of
//! the range's middle, C = 10 lg(exp(13.8155 t / T) - 1), the direct-to-reverberant ratio an estimate.

use axum::Json;
use serde::Serialize;

/// A use and what its rooms aim at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    /// By which it is known.
    pub id: &'static str,
    /// For people.
    pub display_name: &'static str,
    /// Always the same six, in the same order.
    pub metrics: [Metric; 6],
    /// What it is good for.
    pub notes: &'static str,
}

/// One aim.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Metric {
    /// Name with its unit.
    pub key: &'static str,
    /// For people.
    pub label: &'static str,
    /// Its unit; null for a share.
    pub unit: Option<&'static str>,
    /// The aim.
    pub value: f64,
    /// Lower end of a chart's axis.
    pub min_value: f64,
    /// Upper end of a chart's axis.
    pub max_value: f64,
}

/// Key, label, unit and axis of the metrics, in their order.
const AXES: [Metric; 6] = [
    axis("rt60_s", "RT60", Some("s"), 0.0, 3.0),
    axis("edt_s", "EDT", Some("s"), 0.0, 3.0),
    axis("d50", "D50", None, 0.0, 1.0),
    axis("c50_db", "C50", Some("dB"), -10.0, 20.0),
    axis("c80_db", "C80", Some("dB"), -10.0, 20.0),
    axis("drr_db", "DRR", Some("dB"), -20.0, 20.0),
];

/// Id, name, values in the order of [`AXES`], notes.
type Row = (&'static str, &'static str, [f64; 6], &'static str);

const PROFILES: [Row; 9] = [
    (
        "classroom",
        "Classroom",
        [0.6, 0.6, 0.6, 2.0, 4.0, 0.0],
        "Balanced clarity suited for lecture intelligibility.",
    ),
    (
        "concert_hall",
        "Concert Hall",
        [2.0, 2.0, 0.3, -2.0, -1.0, -5.0],
        "Long decay that preserves envelopment for orchestral work.",
    ),
    (
        "home_theater",
        "Home Theater",
        [0.4, 0.4, 0.7, 5.0, 8.0, 5.0],
        "Short decay with pronounced clarity for cinematic playback.",
    ),
    (
        "recording_studio",
        "Recording Studio",
        [0.3, 0.3, 0.8, 10.0, 15.0, 10.0],
        "Highly controlled decay to support critical listening.",
    ),
    (
        "office",
        "Open Office",
        [0.5, 0.5, 0.6, 3.0, 6.0, 2.0],
        "Moderate decay to balance privacy and intelligibility.",
    ),
    (
        "iec_listening_room",
        "IEC Listening Room",
        [0.35, 0.35, 0.86, 7.9, 13.5, 2.0],
        "IEC 60268-13: reverberation time of 0.3 to 0.4 s.",
    ),
    (
        "classroom_good",
        "Classroom (good)",
        [0.5, 0.5, 0.75, 4.7, 9.1, 0.0],
        "Reverberation time of 0.4 to 0.6 s.",
    ),
    (
        "classroom_typical",
        "Classroom (typical)",
        [1.0, 1.0, 0.5, 0.0, 3.1, -3.0],
        "Reverberation time of 0.8 to 1.2 s.",
    ),
    (
        "lecture_hall",
        "Lecture Hall",
        [0.9, 0.9, 0.54, 0.6, 3.8, -3.0],
        "Reverberation time of 0.8 to 1.0 s.",
    ),
];

/// Every profile.
pub fn profiles() -> [Profile; 9] {
    PROFILES.map(|(id, display_name, values, notes)| {
        let mut metrics = AXES;
        for (metric, value) in metrics.iter_mut().zip(values) {
            metric.value = value;
        }
        Profile {
            id,
            display_name,
            metrics,
            notes,
        }
    })
}

/// The answer of `GET /reference-profiles`.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    profiles: [Profile; 9],
}

pub(super) async fn answer() -> Json<Answer> {
    Json(Answer {
        profiles: profiles(),
    })
}

const fn axis(
    key: &'static str,
    label: &'static str,
    unit: Option<&'static str>,
    min_value: f64,
    max_value: f64,
) -> Metric {
    Metric {
        key,
        label,
        unit,
        value: 0.0,
        min_value,
        max_value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sets_are_there_and_the_hall_once() {
        let ids = profiles().map(|p| p.id);
        assert_eq!(
            ids.join(" "),
            "classroom concert_hall home_theater recording_studio office iec_listening_room classroom_good \
             classroom_typical lecture_hall"
        );
    }

    #[test]
    fn a_profile_looks_as_it_always_did() {
        let shown = serde_json::to_value(&profiles()[0]).unwrap();
        assert_eq!(
            shown["notes"],
            "Balanced clarity suited for lecture intelligibility."
        );
        let metrics = shown["metrics"].as_array().unwrap();
        assert_eq!(
            metrics[2],
            serde_json::json!({"key": "d50", "label": "D50", "unit": null, "value": 0.6,
            "min_value": 0.0, "max_value": 1.0})
        );
        assert_eq!(metrics[5]["min_value"], -20.0);
    }

    #[test]
    fn aims_lie_on_their_axes_and_agree_with_their_decay() {
        for profile in profiles() {
            for metric in profile.metrics {
                assert!(
                    (metric.min_value..=metric.max_value).contains(&metric.value),
                    "{}",
                    profile.id
                );
            }
        }
        // Of those that follow from a decay time: what the heading says, within rounding.
        for profile in &profiles()[5..] {
            let [rt, _, d50, c50, c80, _] = profile.metrics.map(|m| m.value);
            let ratio = |t: f64| (6.0 * 10f64.ln() * t / rt).exp_m1();
            assert!(
                (c50 - 10.0 * ratio(0.05).log10()).abs() < 0.1,
                "{}",
                profile.id
            );
            assert!(
                (c80 - 10.0 * ratio(0.08).log10()).abs() < 0.1,
                "{}",
                profile.id
            );
            assert!(
                (d50 - ratio(0.05) / (1.0 + ratio(0.05))).abs() < 0.01,
                "{}",
                profile.id
            );
        }
    }
}
