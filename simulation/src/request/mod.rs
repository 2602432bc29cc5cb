//! From the body of a request to a scene and a plan, or to every fault of it at once.
//!
//! What a body may say stands in the folder's README; the app's formats come through `payload` first.

mod fittings;
pub(crate) mod idle;
pub mod limits;
pub(crate) mod material;
mod parts;
mod places;
mod plan;
mod points;
pub(crate) mod reader;
mod refusal;
mod room;
mod samples;
pub(crate) mod scalars;

use std::collections::BTreeSet;

use contract::analysis::Warning;
use room_dsp::SampleRate;
use room_simulation::{DURATION_MAX_S, Octaves, Plan, Scene, SceneFault, Step};
use serde_json::{Map, Value, json};

pub use refusal::{Refusal, way};
pub use samples::Allowance;

use self::reader::Reader;
use self::samples::Made;
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
    /// Options of rays that the caller gave.
    pub of_rays: Vec<&'static str>,
    /// Most samples of all answered responses; none where none are answered.
    pub answered_samples: u64,
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
    read_within(body, Allowance::Single)
}

/// As [`read`], with what its answer may hold.
///
/// # Errors
/// Every fault, each with its place in the body.
pub fn read_within(body: &Map<String, Value>, allowance: Allowance) -> Result<Request, Refusal> {
    let adapted = payload::adapt(body)?;
    let mut reader = Reader::default();
    let found = read_plain(&mut reader, &adapted.plain, &adapted.walls, allowance);
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
    /// The wall in the caller's list over each side of the outline; nothing where sides are the caller's own.
    walls: Vec<Option<usize>>,
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

fn read_plain(
    reader: &mut Reader,
    body: &Map<String, Value>,
    walls: &[Option<usize>],
    allowance: Allowance,
) -> Option<Request> {
    let (rate, is_rate_known) = rate(reader, body)?;
    let octaves = octaves(reader, body, rate, is_rate_known);
    let mut given = Given {
        walls: walls.to_vec(),
        ..Given::default()
    };
    let room = reader.required(body, "room", room::room(octaves));
    let parts = parts::parts(reader, body, octaves, &mut given);
    let plan = plan::plan(reader, body, rate);
    let mut options = options(reader, body, &given);
    let include_rir = options.include_rir;
    if is_rate_known {
        let made = Made::of(&parts, include_rir);
        made.check(reader, rate);
        if include_rir {
            let each = rate.samples(options.duration_s);
            options.answered_samples = made.answered(reader, each, allowance);
        }
    }
    given.is_partial = !reader.is_sound();
    let mut warnings = [repeated(&options), idle::notices(body, &plan, &parts)].concat();
    let (scene, mut faults) =
        match room.map(|room| parts::builder(room, parts, include_rir).build()) {
            Some(Ok(scene)) => (Some(scene), Vec::new()),
            Some(Err(faults)) => (None, faults),
            None => (None, Vec::new()),
        };
    faults.extend(plan::faults(&plan, scene.as_ref(), octaves));
    note(reader, &given, &faults, is_rate_known);
    let scene = scene?;
    warnings.extend(idle::among_faces(body, &plan, &scene));
    Some(Request {
        scene,
        plan,
        options,
        warnings,
    })
}

/// Notes what the engine found wrong, but what rests on a rate that is not known.
fn note(reader: &mut Reader, given: &Given, faults: &[SceneFault], is_rate_known: bool) {
    let rests_on_the_rate = |f: &&SceneFault| f.place.steps() == [Step::Field("high_pass_hz")];
    let told = faults
        .iter()
        .filter(|f| is_rate_known || !rests_on_the_rate(f));
    for fault in told.filter_map(|f| places::fault(given, f)) {
        reader.fault_at(fault.loc, &fault.kind, fault.msg, fault.input);
    }
}

fn options(reader: &mut Reader, body: &Map<String, Value>, given: &Given) -> Options {
    let longest = number(limits::DURATION_MIN_S..=DURATION_MAX_S);
    Options {
        include_rir: reader.or(body, "include_rir", false, flag),
        of_rays: idle::of_rays(body),
        answered_samples: 0,
        duration_s: reader.or(body, "rir_duration_s", limits::DURATION_S, longest),
        source_ids: given.source_ids.clone(),
        microphone_ids: given.microphone_ids.clone(),
    }
}

/// The sampling frequency, and whether it is the caller's or the default: a faulty one stands for the default, so that
/// the rest is read too.
fn rate(reader: &mut Reader, body: &Map<String, Value>) -> Option<(SampleRate, bool)> {
    let range = limits::SAMPLE_RATE_MIN_HZ.into()..=limits::SAMPLE_RATE_MAX_HZ.into();
    let found = reader.optional(body, "sample_rate_hz", integer(range));
    let is_known = found.is_some() || is_absent(body, "sample_rate_hz");
    let hz = found.unwrap_or_else(|| limits::SAMPLE_RATE_HZ.into());
    Some((SampleRate::new(u32::try_from(hz).ok()?).ok()?, is_known))
}

/// The octaves. Where they are not known, the length of no list is wrong.
fn octaves(
    reader: &mut Reader,
    body: &Map<String, Value>,
    rate: SampleRate,
    is_rate_known: bool,
) -> Octaves {
    let highest_hz = is_rate_known.then_some(0.5 * rate.as_f64());
    let read = |r: &mut Reader, value: &Value| bands(r, value, highest_hz);
    let found = reader.optional(body, "bands_hz", read);
    if found.is_none() && !(is_rate_known && is_absent(body, "bands_hz")) {
        reader.leave_lengths();
    }
    found.unwrap_or_else(|| Octaves::carried(rate))
}

fn is_absent(body: &Map<String, Value>, name: &str) -> bool {
    body.get(name).is_none_or(Value::is_null)
}

fn bands(reader: &mut Reader, value: &Value, highest_hz: Option<f64>) -> Option<Octaves> {
    let all = reader.each(value, 1..=room_simulation::OCTAVES_MAX, finite)?;
    let centres: Vec<f64> = all.into_iter().collect::<Option<_>>()?;
    let octaves = match Octaves::from_centres(&centres) {
        Ok(octaves) => octaves,
        Err(wrong) => return reader.fault("not_octaves", wrong.to_string(), value),
    };
    let last = octaves.centre_hz(octaves.len() - 1);
    if let Some(highest_hz) = highest_hz.filter(|highest_hz| last > *highest_hz) {
        let msg = format!(
            "the octave {last} Hz lies above half the sampling frequency, {highest_hz} Hz; leave it out, or raise \
             sample_rate_hz"
        );
        return reader.fault("out_of_range", msg, value);
    }
    Some(octaves)
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
            data: json!({ "count": twice.len(), "ids": twice.iter().take(idle::NAMED).collect::<Vec<_>>() }),
        })
    };
    kinds.into_iter().filter_map(warn).collect()
}

#[cfg(test)]
mod tests;
