//! Options that were given and change nothing, each with a notice.
//!
//! `rir_duration_s` without a response and a switch that is off are no surprise to anybody, and old clients send both.

use contract::analysis::Warning;
use room_simulation::{Method, Plan, Scene, Shape, Used};
use serde_json::{Map, Value, json};

use super::parts::Parts;
use super::plan::is_truthy;

/// As many ids are named.
pub(super) const NAMED: usize = 8;

/// Options of rays, which image sources do without.
const OF_RAYS: [&str; 3] = ["rays", "accuracy", "receiver_radius_m"];

/// Options of image sources, which rays do without.
const OF_IMAGES: [&str; 3] = ["max_order", "horizon_s", "image_jitter_m"];

/// Options of the images of a box, which paths among faces do without.
const OF_BOXES: [&str; 2] = ["horizon_s", "image_jitter_m"];

/// One notice for each that is known to change nothing before anything is computed.
pub(super) fn notices(body: &Map<String, Value>, plan: &Plan, parts: &Parts) -> Vec<Warning> {
    let mut all = of_method(body, plan.method);
    all.extend(of_switches(body));
    all.extend(of_orientations(parts));
    all
}

/// One notice for each option of boxes, where the room turned out to be none.
pub(super) fn among_faces(body: &Map<String, Value>, plan: &Plan, scene: &Scene) -> Vec<Warning> {
    if plan.method == Method::Rays || matches!(scene.shape(), Shape::Shoebox(_)) {
        return Vec::new();
    }
    let why = "the room is no empty box";
    let given = OF_BOXES.iter().filter(|field| is_given(body, field));
    given.map(|field| of_field(field, why)).collect()
}

/// The options of rays that a body has.
pub(super) fn of_rays(body: &Map<String, Value>) -> Vec<&'static str> {
    let given = OF_RAYS.into_iter().filter(|field| is_given(body, field));
    given.collect()
}

/// One notice for each option of rays, where a hybrid turned out to need none; `asked` are those that were given.
pub(crate) fn without_rays(asked: &[&'static str], used: &Used) -> Vec<Warning> {
    if used.method != Method::Hybrid || used.rays > 0 {
        return Vec::new();
    }
    let why = "nothing scatters or stands in this room, so that no rays are needed";
    let asked = asked.iter();
    asked.map(|field| of_field(field, why)).collect()
}

fn is_given(body: &Map<String, Value>, field: &str) -> bool {
    body.get(field).is_some_and(|value| !value.is_null())
}

fn of_method(body: &Map<String, Value>, method: Method) -> Vec<Warning> {
    let (fields, why): (&[&str], _) = match method {
        Method::ImageSources => (&OF_RAYS, "image sources alone need no rays"),
        Method::Rays => (&OF_IMAGES, "rays alone need no image sources"),
        Method::Hybrid => (&[], ""),
    };
    let given = fields.iter().filter(|field| is_given(body, field));
    given.map(|field| of_field(field, why)).collect()
}

/// The switches of old clients, where others count.
fn of_switches(body: &Map<String, Value>) -> Option<Warning> {
    let field = "use_raytracing";
    if !is_truthy(body.get(field)) {
        return None;
    }
    if is_given(body, "method") {
        return Some(of_field(field, "the method counts"));
    }
    let why = "with use_raytracing, raytracing_bounces is the image order";
    is_given(body, "max_order").then(|| of_field("max_order", why))
}

fn of_orientations(parts: &Parts) -> Vec<Warning> {
    let mut all = Vec::new();
    let sources = parts.sources.iter().filter(|s| s.is_turned_in_vain);
    let sources: Vec<&str> = sources.map(|s| s.id.as_str()).collect();
    let microphones = parts.microphones.iter().filter(|m| m.is_turned_in_vain);
    let microphones: Vec<&str> = microphones.map(|m| m.id.as_str()).collect();
    for (field, ids) in [
        ("sources.orientation", sources),
        ("microphones.orientation", microphones),
    ] {
        if !ids.is_empty() {
            let named = &ids[..ids.len().min(NAMED)];
            let data = json!({ "field": field, "count": ids.len(), "ids": named });
            let why = "what has no directivity, or is ambisonic, has no front";
            all.push(notice(field, why, data));
        }
    }
    all
}

fn of_field(field: &str, why: &str) -> Warning {
    notice(field, why, json!({ "field": field }))
}

fn notice(field: &str, why: &str, data: Value) -> Warning {
    Warning {
        code: "OPTION_WITHOUT_EFFECT".to_owned(),
        message: format!("{field} changes nothing here: {why}"),
        remedy: "leave it out, or choose what it belongs to".to_owned(),
        data,
    }
}
