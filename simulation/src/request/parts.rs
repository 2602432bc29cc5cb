//! What belongs to a room: sources, microphones, furniture, patches, air.

use std::collections::BTreeSet;

use room_simulation::{
    Air, Atmosphere, Directivity, FURNITURE_MAX, Furniture, Octaves, PATCHES_MAX, Patch, Pickup,
    RECEIVERS_MAX, Room, SOURCES_MAX, SceneBuilder,
};
use serde_json::{Map, Value, json};

use super::points::Placed;
use super::reader::Reader;
use super::scalars::{finite, flag};
use super::{Given, fittings, points};

/// The parts of a scene.
pub(super) struct Parts {
    octaves: Octaves,
    atmosphere: Atmosphere,
    speed_m_s: Option<f64>,
    pub(super) sources: Vec<Placed<Directivity>>,
    pub(super) microphones: Vec<Placed<Pickup>>,
    furniture: Vec<Furniture>,
    patches: Vec<Patch>,
}

/// Reads everything but the room.
pub(super) fn parts(
    reader: &mut Reader,
    body: &Map<String, Value>,
    octaves: Octaves,
    given: &mut Given,
) -> Parts {
    let sources = reader.required(body, "sources", |r, v| {
        r.each(v, 1..=SOURCES_MAX, points::source)
    });
    let microphones = reader.required(body, "microphones", |r, v| {
        r.each(v, 1..=RECEIVERS_MAX, points::microphone)
    });
    let (pieces, boxes) = furniture(reader, body, octaves);
    let mut number = 0;
    let patches = reader.optional(body, "patches", |r, listed| {
        r.each(listed, 0..=PATCHES_MAX, |r, value| {
            number += 1;
            fittings::patch(r, value, number, octaves)
        })
    });
    let sources = sound(sources, &mut given.sources);
    let microphones = sound(microphones, &mut given.microphones);
    let furniture = sound(Some(pieces), &mut given.furniture);
    let patches = sound(patches, &mut given.patches);
    let is_box = |index: &usize| boxes.contains(&given.furniture[*index]);
    given.boxes = (0..furniture.len()).filter(is_box).collect();
    given.source_ids = sources.iter().map(|s| s.id.clone()).collect();
    given.microphone_ids = microphones.iter().map(|m| m.id.clone()).collect();
    given.furniture_ids = furniture.iter().map(|f| f.id.clone()).collect();
    given.patch_names = patches.iter().map(|p| p.name.clone()).collect();
    let (atmosphere, speed_m_s) = air(reader, body);
    Parts {
        octaves,
        atmosphere,
        speed_m_s,
        sources,
        microphones,
        furniture,
        patches,
    }
}

/// Furniture, and which entries are boxes.
fn furniture(
    reader: &mut Reader,
    body: &Map<String, Value>,
    octaves: Octaves,
) -> (Vec<Option<Furniture>>, BTreeSet<usize>) {
    let mut boxes = BTreeSet::new();
    let mut number = 0;
    let found = reader.optional(body, "furniture", |r, listed| {
        r.each(listed, 0..=FURNITURE_MAX, |r, value| {
            if value.get("type") == Some(&json!("box")) {
                boxes.insert(number);
            }
            number += 1;
            fittings::furniture(r, value, number, octaves)
        })
    });
    (found.unwrap_or_default(), boxes)
}

/// The sound entries of a list; `places` takes where they stood.
fn sound<T>(found: Option<Vec<Option<T>>>, places: &mut Vec<usize>) -> Vec<T> {
    let entries = found.unwrap_or_default().into_iter().enumerate();
    let (at, sound): (Vec<usize>, Vec<T>) = entries.filter_map(|(i, e)| Some((i, e?))).unzip();
    *places = at;
    sound
}

/// The air: bounds of its state are the engine's.
fn air(reader: &mut Reader, body: &Map<String, Value>) -> (Atmosphere, Option<f64>) {
    let plain = Air::default();
    let air = Air {
        temperature_c: reader.or(body, "temperature_c", plain.temperature_c, finite),
        humidity_percent: reader.or(body, "humidity_percent", plain.humidity_percent, finite),
        pressure_kpa: reader.or(body, "pressure_kpa", plain.pressure_kpa, finite),
    };
    let atmosphere = if reader.or(body, "air_absorption", true, flag) {
        Atmosphere::Absorbing(air)
    } else {
        Atmosphere::Lossless(air)
    };
    let speed = reader.optional(body, "speed_of_sound_m_s", finite);
    (atmosphere, speed)
}

/// Everything, ready to be checked against each other. Channels that nobody hears are not made.
pub(super) fn builder(room: Room, parts: Parts, include_rir: bool) -> SceneBuilder {
    let mut builder = SceneBuilder::new(room, parts.octaves).air(parts.atmosphere);
    if let Some(speed_m_s) = parts.speed_m_s {
        builder = builder.speed_of_sound(speed_m_s);
    }
    let ids = parts.sources.iter().map(|s| s.id.as_str());
    for (source, name) in parts.sources.iter().zip(distinct(ids, "source")) {
        builder = builder.source(&name, source.position_m, source.pattern);
    }
    let named = parts.microphones.iter().map(|m| m.id.as_str());
    for (microphone, name) in parts.microphones.iter().zip(distinct(named, "microphone")) {
        let pickup = microphone.pickup(include_rir);
        builder = builder.receiver(&name, microphone.position_m, pickup);
    }
    for piece in parts.furniture {
        builder = builder.furniture(piece);
    }
    for patch in parts.patches {
        builder = builder.patch(patch);
    }
    builder
}

/// Ids that the engine can tell apart, which callers need not give.
fn distinct<'a>(ids: impl Iterator<Item = &'a str>, noun: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    ids.enumerate()
        .map(|(index, id)| {
            let is_new = !id.is_empty() && seen.insert(id.to_owned());
            if is_new {
                id.to_owned()
            } else {
                format!("{noun} number {}", index + 1)
            }
        })
        .collect()
}
