//! From the body of a request to a scene and a plan, or to every fault of it at once.
//!
//! What a body may say stands in the folder's README; the app's formats come through `payload` first.

mod fittings;
pub mod limits;
pub(crate) mod material;
mod parts;
mod places;
mod plan;
mod points;
pub(crate) mod reader;
mod refusal;
mod room;
pub(crate) mod scalars;

use std::collections::BTreeSet;

use contract::analysis::Warning;
use room_dsp::SampleRate;
use room_simulation::{DURATION_MAX_S, Octaves, Plan, Scene};
use serde_json::{Map, Value, json};

pub use refusal::{Refusal, way};

use self::reader::Reader;
use self::scalars::{finite, flag, integer, number};
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

fn read_plain(reader: &mut Reader, body: &Map<String, Value>) -> Option<Request> {
    let rate = rate(reader, body)?;
    let octaves = reader.or(body, "bands_hz", Octaves::carried(rate), bands);
    let mut given = Given::default();
    let room = reader.required(body, "room", room::room(octaves));
    let parts = parts::parts(reader, body, octaves, &mut given);
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
    parts::check_samples(reader, &parts, rate, &options);
    given.is_partial = !reader.is_sound();
    let scene = parts::builder(room?, parts).build();
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

#[cfg(test)]
mod tests;
