//! `sonalyze room import`: a closed mesh with materials becomes a room file.
//!
//! The file is read as a request before it is written: a mesh that cannot be simulated leaves none. Faults of faces and
//! edges also say where they are in the mesh file.

use std::collections::BTreeMap;

use contract::problem::Fault;
use serde_json::{Map, Value, json};
use simulation::request::{self, Refusal};

use super::command::{place, told, write};
use super::faults::{self, listed};
use super::show::described;
use crate::cli::ImportArguments;
use crate::exit::{Exit, Failure, tell_warning};
use crate::mesh::{self, Frame, Mesh};
use crate::suggestions::{self, as_id};
use crate::terminal;

/// Heights above the lowest corner at which a source and a microphone stand by default, in metres.
const SOURCE_HEIGHT_M: f64 = 1.5;
const EAR_HEIGHT_M: f64 = 1.2;

/// Where they stand along the diagonal of the bounding box.
const SOURCE_SHARE: f64 = 0.25;
const EAR_SHARE: f64 = 0.75;

/// Runs the command.
///
/// # Errors
/// A file that is no mesh, names that are no materials, a mesh that is no closed room, a file that exists.
pub(crate) fn run(arguments: &ImportArguments) -> Result<Exit, Failure> {
    let place = place(&arguments.out, arguments.force)?;
    let (mesh, frame) = mesh::read(&arguments.mesh, arguments.unit, arguments.up)?;
    let shown = arguments.mesh.display().to_string();
    let materials = materials(arguments, &mesh)
        .map_err(|lines| listed(&shown, "has materials that are not known", &lines))?;
    let body = body(arguments, &mesh, &materials);
    let made = request::read(&body).map_err(|refusal| refused(&shown, &refusal, &mesh, &frame))?;
    write(&body, &place)?;
    for note in notes(arguments, &body) {
        if !arguments.quiet {
            tell_warning(&note);
        }
    }
    if !arguments.quiet {
        terminal::show(&told(&arguments.out, &described(&made)), true)?;
    }
    Ok(Exit::Done)
}

/// The id of the library for every name in the mesh; faces without a name have the empty one.
fn materials(
    arguments: &ImportArguments,
    mesh: &Mesh,
) -> Result<BTreeMap<String, &'static str>, Vec<String>> {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for face in &mesh.faces {
        *names
            .entry(face.material.as_deref().unwrap_or_default())
            .or_default() += 1;
    }
    let mut found = BTreeMap::new();
    let mut wrong = unused(arguments, &names);
    for (name, count) in names {
        match material(arguments, name) {
            Ok(id) => drop(found.insert(name.to_owned(), id)),
            Err(why) => wrong.push(format!("{why} ({count} faces)")),
        }
    }
    if wrong.is_empty() {
        Ok(found)
    } else {
        Err(wrong)
    }
}

/// Names that `--material` has and the mesh has not: a slip that would go unnoticed.
fn unused(arguments: &ImportArguments, names: &BTreeMap<&str, usize>) -> Vec<String> {
    let given = arguments.material.iter().map(|pair| &pair.name);
    let unknown = given.filter(|name| !names.contains_key(name.as_str()));
    let all: Vec<&str> = names
        .keys()
        .copied()
        .filter(|name| !name.is_empty())
        .collect();
    let all = if all.is_empty() {
        "none".to_owned()
    } else {
        all.join(", ")
    };
    unknown
        .map(|name| format!("--material {name}=..: the mesh has no such material; it has: {all}"))
        .collect()
}

fn material(arguments: &ImportArguments, name: &str) -> Result<&'static str, String> {
    let mapped = arguments.material.iter().find(|pair| pair.name == name);
    let wanted = mapped.map_or_else(|| as_id(name), |pair| pair.id.clone());
    if let Some(entry) = simulation::catalog::find(&wanted) {
        return Ok(&entry.id);
    }
    if mapped.is_some() {
        return Err(format!(
            "--material {name}={wanted}: the library has no such id{}",
            suggestions::sentence(&wanted)
        ));
    }
    let Some(default) = &arguments.default_material else {
        return Err(unknown(name));
    };
    simulation::catalog::find(default)
        .map(|entry| entry.id.as_str())
        .ok_or_else(|| {
            format!(
                "--default-material {default}: the library has no such id{}",
                suggestions::sentence(default)
            )
        })
}

fn unknown(name: &str) -> String {
    if name.is_empty() {
        return "faces without a material: say --default-material ID".to_owned();
    }
    format!(
        "\"{name}\" is no id of the library{}; say --material '{name}=ID', or --default-material ID for all of them \
         (`sonalyze materials search WORD` finds ids)",
        suggestions::sentence(name)
    )
}

fn body(
    arguments: &ImportArguments,
    mesh: &Mesh,
    materials: &BTreeMap<String, &'static str>,
) -> Map<String, Value> {
    let face = |face: &mesh::Face| {
        let name = face.material.clone().unwrap_or_default();
        json!({"name": face.name, "vertices": face.corners_m, "material": materials.get(&name)})
    };
    let faces: Vec<Value> = mesh.faces.iter().map(face).collect();
    let source = arguments
        .source
        .map_or_else(|| mesh.along(SOURCE_SHARE, SOURCE_HEIGHT_M), |p| p.0);
    let ear = arguments
        .microphone
        .map_or_else(|| mesh.along(EAR_SHARE, EAR_HEIGHT_M), |p| p.0);
    let entries = [
        ("room", json!({"type": "mesh", "faces": faces})),
        ("sources", json!([{"id": "source", "position_m": source}])),
        (
            "microphones",
            json!([{"id": "microphone", "position_m": ear}]),
        ),
        ("sample_rate_hz", json!(48_000)),
    ];
    entries
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

/// What was decided for the person.
fn notes(arguments: &ImportArguments, body: &Map<String, Value>) -> Vec<String> {
    let placed = [
        ("source", "sources", arguments.source.is_none()),
        ("microphone", "microphones", arguments.microphone.is_none()),
    ];
    let note = |(option, list, is_default): (&str, &str, bool)| {
        let position = body.get(list)?.get(0)?.get("position_m")?;
        is_default
            .then(|| format!("the {option} was placed at {position}; --{option} X,Y,Z places it"))
    };
    placed.into_iter().filter_map(note).collect()
}

/// Faults of the room, each with its place in the mesh file where it has one.
fn refused(shown: &str, refusal: &Refusal, mesh: &Mesh, frame: &Frame) -> Failure {
    let lines: Vec<String> = refusal
        .faults()
        .iter()
        .map(|fault| format!("{}{}", faults::line(fault), origin(fault, mesh, frame)))
        .collect();
    listed(shown, "is no room that can be simulated", &lines)
}

fn origin(fault: &Fault, mesh: &Mesh, frame: &Frame) -> String {
    if let [_, _, Value::Number(index), ..] = fault.loc.as_slice()
        && let Some(face) = index
            .as_u64()
            .and_then(|i| mesh.faces.get(usize::try_from(i).ok()?))
    {
        return format!(" ({}, {})", face.name, face.origin);
    }
    let ends: Option<[[f64; 3]; 2]> = serde_json::from_value(fault.input.clone()).ok();
    if let ("open_edge", Some(ends)) = (fault.kind.as_str(), ends) {
        let [a, b] = ends.map(|end| frame.in_file(end));
        let at = |p: [f64; 3]| p.map(|x| x.to_string()).join(", ");
        return format!(" (in the file from ({}) to ({}))", at(a), at(b));
    }
    match fault.loc.first().and_then(Value::as_str) {
        Some("sources") => " (--source X,Y,Z places it)".to_owned(),
        Some("microphones") => " (--microphone X,Y,Z places it)".to_owned(),
        _ => String::new(),
    }
}
