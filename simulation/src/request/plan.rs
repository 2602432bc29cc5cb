//! What a simulation is asked to do: the old switches and the newer fields beside them.

use room_dsp::SampleRate;
use room_simulation::{
    Directivity, Material, Method, ORDER_MAX, Octaves, Pickup, Plan, RAYS_MAX, RAYS_MIN, Rays,
    Room, Scene, SceneBuilder, SceneFault,
};
use serde_json::{Map, Value};

use super::limits::{BOUNCES, BOUNCES_MAX};
use super::reader::Reader;
use super::scalars::{finite, integer, whole, word};

/// Reads the plan; what [`faults`] knows bounds of may be any number here.
pub(super) fn plan(reader: &mut Reader, body: &Map<String, Value>, rate: SampleRate) -> Plan {
    let (method, max_order) = way(reader, body);
    let mut plan = Plan::new(rate);
    plan.method = method;
    plan.max_order = max_order;
    plan.horizon_s = reader.optional(body, "horizon_s", finite);
    plan.duration_s = reader.optional(body, "duration_s", finite);
    plan.rays = rays(reader, body);
    plan.seed = reader.or(body, "seed", 0, integer(0..=u64::MAX));
    plan.receiver_radius_m = reader.or(body, "receiver_radius_m", plan.receiver_radius_m, finite);
    plan.image_jitter_m = reader.or(body, "image_jitter_m", 0.0, finite);
    plan.high_pass_hz = reader.optional(body, "high_pass_hz", finite);
    plan
}

/// What the engine finds wrong with a plan; where the scene could not be made, for a plain room in its place.
pub(super) fn faults(plan: &Plan, scene: Option<&Scene>, octaves: Octaves) -> Vec<SceneFault> {
    if let Some(scene) = scene {
        return plan.faults(scene);
    }
    let walls = [Material::flat(octaves, 0.5, 0.0); 6];
    let size_m = [1.0; 3];
    let omnidirectional = Directivity::Omnidirectional;
    let plain = SceneBuilder::new(Room::Shoebox { size_m, walls }, octaves)
        .source("source", [0.3; 3], omnidirectional)
        .receiver("receiver", [0.7; 3], Pickup::Single(omnidirectional))
        .build();
    plain.map_or_else(|_| Vec::new(), |room| plan.faults(&room))
}

/// How sound is followed, and up to which order of images. A `method` counts before the switches of old clients.
/// Without one, `use_raytracing` is the hybrid with `raytracing_bounces` as its image order, and order 0 the direct
/// sound alone.
fn way(reader: &mut Reader, body: &Map<String, Value>) -> (Method, Option<u32>) {
    let method = reader.optional(body, "method", |reader, value| match value.as_str() {
        Some("ism") => Some(Method::ImageSources),
        Some("rays") => Some(Method::Rays),
        Some("hybrid") => Some(Method::Hybrid),
        _ => reader.fault("enum", "Input should be 'ism', 'rays' or 'hybrid'", value),
    });
    let most = u64::from(ORDER_MAX);
    let order = reader.optional(body, "max_order", integer(0..=most));
    let order = order.and_then(|order| u32::try_from(order).ok());
    let bounces = bounces(reader, body);
    match (method, order) {
        (Some(method), order) => (method, order),
        (None, _) if is_truthy(body.get("use_raytracing")) => (Method::Hybrid, Some(bounces)),
        (None, Some(0)) => (Method::ImageSources, Some(0)),
        (None, order) => (Method::Hybrid, order),
    }
}

/// The order of `use_raytracing`: any number, kept within its bounds as ever.
fn bounces(reader: &mut Reader, body: &Map<String, Value>) -> u32 {
    let (default, most) = (BOUNCES as f64, BOUNCES_MAX as f64);
    let found = reader.or(body, "raytracing_bounces", default, finite);
    let kept = whole(found.trunc().clamp(0.0, most)).unwrap_or(BOUNCES);
    u32::try_from(kept).unwrap_or(0)
}

fn rays(reader: &mut Reader, body: &Map<String, Value>) -> Rays {
    let (least, most) = (u64::from(RAYS_MIN), u64::from(RAYS_MAX));
    let count = reader.optional(body, "rays", integer(least..=most));
    let accuracy = reader.optional(body, "accuracy", finite);
    match (count.and_then(|count| u32::try_from(count).ok()), accuracy) {
        (Some(_), Some(share)) => {
            let msg = "Give either rays or accuracy, not both";
            let both = |r: &mut Reader| r.fault::<Rays>("conflict", msg, &share.into());
            reader.within("accuracy", both).unwrap_or_default()
        }
        (Some(count), None) => Rays::Count(count),
        (None, Some(share)) => Rays::Accuracy(share),
        (None, None) => Rays::default(),
    }
}

/// Whether a switch is on: what is neither nothing, zero, empty, nor a word for no.
pub(super) fn is_truthy(value: Option<&Value>) -> bool {
    let Some(value) = value else { return false };
    word(value).unwrap_or_else(|| match value {
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(object) => !object.is_empty(),
        Value::Number(_) => true,
        Value::Null | Value::Bool(_) => false,
    })
}
