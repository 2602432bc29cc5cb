//! From the body of a request to a scene and a plan, or to every fault of it at once.
//!
//! What a body may say stands in the folder's README; the app's formats come through [`crate::payload`] first.

mod fittings;
pub mod limits;
pub(crate) mod material;
mod places;
mod plan;
mod points;
pub(crate) mod reader;
mod refusal;
mod room;

use std::collections::BTreeSet;

use contract::analysis::Warning;
use room_dsp::SampleRate;
use room_simulation::{
    Air, Atmosphere, DURATION_MAX_S, Directivity, Furniture, Octaves, Patch, Pickup, Plan, Room,
    Scene, SceneBuilder,
};
use serde_json::{Map, Value, json};

pub use refusal::Refusal;

use self::points::Placed;
use self::reader::{Reader, finite, flag, integer, number};
use crate::payload;

/// A request that can be carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The room with everything in it.
    pub scene: Scene,
    /// What to do.
    pub plan: Plan,
    /// What to answer.
    pub options: Options,
    /// What the caller has to know of how the request was read.
    pub warnings: Vec<Warning>,
}

/// What to answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Whether responses are answered.
    pub include_rir: bool,
    /// Longest answered response in seconds.
    pub duration_s: f64,
    /// Ids of the sources, as the caller gave them, in the order of the scene.
    pub source_ids: Vec<String>,
    /// Ids of the microphones, as the caller gave them, in the order of the scene.
    pub microphone_ids: Vec<String>,
}

/// Reads a body in the plain form or one of the app's.
///
/// # Errors
/// Every fault, each with its place in the body.
pub fn read(body: &Map<String, Value>) -> Result<Request, Refusal> {
    let adapted = payload::adapt(body)?;
    let mut reader = Reader::default();
    let found = read_plain(&mut reader, &adapted.plain);
    match found {
        Some(request) if reader.is_sound() => Ok(Request {
            warnings: [adapted.warnings, request.warnings].concat(),
            ..request
        }),
        _ => Err(Refusal::new(
            adapted.origins.translate(reader.into_faults()),
        )),
    }
}

/// What was read of a request: the sound parts, and where they stood.
#[derive(Debug, Default)]
struct Given {
    /// Whether parts were left out for their faults.
    is_partial: bool,
    sources: Vec<usize>,
    microphones: Vec<usize>,
    furniture: Vec<usize>,
    patches: Vec<usize>,
    /// Pieces of furniture that were given as boxes.
    boxes: BTreeSet<usize>,
    source_ids: Vec<String>,
    microphone_ids: Vec<String>,
    furniture_ids: Vec<String>,
    patch_names: Vec<String>,
}

/// The parts of a scene.
struct Parts {
    octaves: Octaves,
    atmosphere: Atmosphere,
    speed_m_s: Option<f64>,
    sources: Vec<Placed<Directivity>>,
    microphones: Vec<Placed<Pickup>>,
    furniture: Vec<Furniture>,
    patches: Vec<Patch>,
}

fn read_plain(reader: &mut Reader, body: &Map<String, Value>) -> Option<Request> {
    let rate = rate(reader, body)?;
    let octaves = reader.or(body, "bands_hz", Octaves::carried(rate), bands);
    let mut given = Given::default();
    let room = reader.required(body, "room", room::room(octaves));
    let parts = parts(reader, body, octaves, &mut given);
    let plan = plan::plan(reader, body, rate);
    let options = Options {
        include_rir: reader.or(body, "include_rir", false, flag),
        duration_s: reader.or(
            body,
            "rir_duration_s",
            limits::DURATION_S,
            number(limits::DURATION_MIN_S..=DURATION_MAX_S),
        ),
        source_ids: given.source_ids.clone(),
        microphone_ids: given.microphone_ids.clone(),
    };
    check_samples(reader, &parts, rate, &options);
    given.is_partial = !reader.is_sound();
    let scene = builder(room?, parts).build();
    let faults = match &scene {
        Ok(scene) => plan.faults(scene),
        Err(faults) => faults.clone(),
    };
    for fault in faults.iter().filter_map(|f| places::fault(&given, f)) {
        reader.fault_at(fault.loc, &fault.kind, fault.msg, fault.input);
    }
    Some(Request {
        warnings: repeated(&options),
        scene: scene.ok()?,
        plan,
        options,
    })
}

/// The sampling frequency; a faulty one stands for the default, so that the rest is read too.
fn rate(reader: &mut Reader, body: &Map<String, Value>) -> Option<SampleRate> {
    let range = limits::SAMPLE_RATE_MIN_HZ.into()..=limits::SAMPLE_RATE_MAX_HZ.into();
    let default = u64::from(limits::SAMPLE_RATE_HZ);
    let hz = reader.or(body, "sample_rate_hz", default, integer(range));
    SampleRate::new(u32::try_from(hz).ok()?).ok()
}

fn bands(reader: &mut Reader, value: &Value) -> Option<Octaves> {
    let all = reader.each(value, 1..=room_simulation::OCTAVES_MAX, finite)?;
    let centres: Vec<f64> = all.into_iter().collect::<Option<_>>()?;
    match Octaves::from_centres(&centres) {
        Ok(octaves) => Some(octaves),
        Err(wrong) => reader.fault("not_octaves", wrong.to_string(), value),
    }
}

fn parts(
    reader: &mut Reader,
    body: &Map<String, Value>,
    octaves: Octaves,
    given: &mut Given,
) -> Parts {
    let all = 1..=usize::MAX;
    let found = reader.required(body, "sources", |r, v| {
        r.each(v, all.clone(), points::source)
    });
    let sources = sound(found, &mut given.sources);
    let found = reader.required(body, "microphones", |r, v| {
        r.each(v, all, points::microphone)
    });
    let microphones = sound(found, &mut given.microphones);
    let (found, boxes) = furniture(reader, body, octaves);
    let furniture = sound(Some(found), &mut given.furniture);
    let place = |index: &usize| boxes.contains(&given.furniture[*index]);
    given.boxes = (0..furniture.len()).filter(place).collect();
    let mut number = 0;
    let found = reader.optional(body, "patches", |reader, value| {
        reader.each(value, 0..=usize::MAX, |reader, value| {
            number += 1;
            fittings::patch(reader, value, number, octaves)
        })
    });
    let patches = sound(found, &mut given.patches);
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
    let found = reader.optional(body, "furniture", |reader, value| {
        reader.each(value, 0..=usize::MAX, |reader, value| {
            if value.get("type") == Some(&json!("box")) {
                boxes.insert(number);
            }
            number += 1;
            fittings::furniture(reader, value, number, octaves)
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

/// Notes what would make more samples than a server has room for.
fn check_samples(reader: &mut Reader, parts: &Parts, rate: SampleRate, options: &Options) {
    let channels: usize = parts.microphones.iter().map(|m| m.pattern.channels()).sum();
    let responses = (parts.sources.len() * channels) as u64;
    let per_s = responses.saturating_mul(rate.hz().into());
    let mut note = |field: &str, seen: Value, what: String| {
        let fault = |r: &mut Reader| r.fault::<()>("too_many_samples", what, &seen);
        reader.within(field, fault);
    };
    let most = limits::SAMPLES_PER_S_MAX;
    if per_s > most {
        let what = format!(
            "{responses} responses at {rate} Hz make {per_s} samples a second; at most {most} are allowed: \
             lower the rate, or ask for fewer pairs",
            rate = rate.hz()
        );
        note("sample_rate_hz", json!(rate.hz()), what);
    }
    let answered = responses.saturating_mul(rate.samples(options.duration_s) as u64);
    let most = limits::ANSWERED_SAMPLES_MAX;
    if options.include_rir && answered > most {
        let what = format!(
            "the answer could have {answered} samples; at most {most} are allowed: lower rir_duration_s or the rate, or \
             ask for fewer pairs"
        );
        note("include_rir", json!(true), what);
    }
}

fn builder(room: Room, parts: Parts) -> SceneBuilder {
    let mut builder = SceneBuilder::new(room, parts.octaves).air(parts.atmosphere);
    if let Some(speed_m_s) = parts.speed_m_s {
        builder = builder.speed_of_sound(speed_m_s);
    }
    let names = distinct(parts.sources.iter().map(|s| s.id.as_str()), "source");
    for (source, name) in parts.sources.iter().zip(names) {
        builder = builder.source(&name, source.position_m, source.pattern);
    }
    let names = distinct(
        parts.microphones.iter().map(|m| m.id.as_str()),
        "microphone",
    );
    for (microphone, name) in parts.microphones.iter().zip(names) {
        builder = builder.receiver(&name, microphone.position_m, microphone.pattern);
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

/// Ids that stand more than once, so that pairs are told apart by their order alone.
fn repeated(options: &Options) -> Vec<Warning> {
    let kinds = [
        ("sources", &options.source_ids),
        ("microphones", &options.microphone_ids),
    ];
    let warn = |(kind, ids): (&str, &Vec<String>)| {
        let mut seen = BTreeSet::new();
        let twice: BTreeSet<&String> = ids.iter().filter(|id| !seen.insert(*id)).collect();
        let first = twice.first()?;
        Some(Warning {
            code: "REPEATED_ID".to_owned(),
            message: format!("several {kind} have the id \"{first}\""),
            remedy: "give each its own id; pairs stand in the order of the request".to_owned(),
            data: json!({ "ids": twice }),
        })
    };
    kinds.into_iter().filter_map(warn).collect()
}
