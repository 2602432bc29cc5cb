//! Options (rule 9): on top of the payload first, then in the room model. 0 is 0.

use serde_json::{Value, json};

use super::{Collected, Model, number};
use crate::request::reader::shown;
use crate::request::scalars::word;

/// Options with a least value; a fraction of a whole one is cut off.
const NUMBERS: [(&str, f64, bool); 3] = [
    ("sample_rate_hz", 1.0, true),
    ("max_order", 0.0, true),
    ("rir_duration_s", 0.01, false),
];

/// Options that are yes or no.
const FLAGS: [&str; 2] = ["air_absorption", "include_rir"];

/// Fields that pass as they are.
const PASSED: [&str; 16] = [
    "use_raytracing",
    "raytracing_bounces",
    "method",
    "horizon_s",
    "duration_s",
    "rays",
    "accuracy",
    "seed",
    "receiver_radius_m",
    "high_pass_hz",
    "image_jitter_m",
    "bands_hz",
    "speed_of_sound_m_s",
    "temperature_c",
    "humidity_percent",
    "pressure_kpa",
];

pub(super) fn all(model: &Model<'_>, out: &mut Collected) {
    for (name, least, is_whole) in NUMBERS {
        let Some((value, way)) = given(model, name) else {
            continue;
        };
        // Text and what is not finite stand for the default.
        let Some(found) = number(Some(value)) else {
            ignored(name, value, out);
            continue;
        };
        let found = found.max(least);
        let found = if is_whole { found.trunc() } else { found };
        out.put(name, json!(found));
        noted(name, way, out);
    }
    for name in FLAGS {
        let Some((value, way)) = given(model, name) else {
            continue;
        };
        match word(value) {
            Some(is) => out.put(name, json!(is)),
            None => ignored(name, value, out),
        }
        noted(name, way, out);
    }
    for name in PASSED {
        if let Some((value, way)) = given(model, name) {
            out.put(name, value.clone());
            noted(name, way, out);
        }
    }
}

fn ignored(name: &str, seen: &Value, out: &mut Collected) {
    out.warn(
        "OPTION_IGNORED",
        format!("{name} cannot be read and has its default"),
        "give a finite number, or true or false",
        json!({ "field": name, "seen": shown(seen) }),
    );
}

/// What stands on top of the payload keeps its place.
fn noted(name: &str, way: Vec<Value>, out: &mut Collected) {
    if way.len() > 1 {
        out.origins.note(vec![json!(name)], way);
    }
}

fn given<'a>(model: &Model<'a>, name: &str) -> Option<(&'a Value, Vec<Value>)> {
    let of = |value: &&'a Value| !value.is_null();
    let top = model.payload.get(name).filter(of);
    let top = top.map(|value| (value, vec![json!(name)]));
    top.or_else(|| {
        let own = model.inner.get(name).filter(of)?;
        Some((own, model.at(&[json!(name)])))
    })
}
