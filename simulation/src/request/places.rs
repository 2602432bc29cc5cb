//! From the engine's faults to places and words of a request.

use contract::problem::Fault;
use room_simulation::{SceneFault, Step, Wrong};
use serde_json::{Value, json};

use super::Given;

/// A fault of the engine as a fault of the request; nothing for what only follows from another fault.
pub(super) fn fault(given: &Given, found: &SceneFault) -> Option<Fault> {
    let steps = found.place.steps();
    let empty = matches!(found.wrong, Wrong::Count { found: 0, .. });
    if steps.len() == 1 && empty && given.is_partial {
        return None;
    }
    let loc = place(given, steps);
    let said = said(given, steps, &found.wrong);
    let msg = match named(given, steps) {
        Some(name) => format!("{name}: {said}"),
        None => said,
    };
    Some(Fault {
        kind: kind(&found.wrong).to_owned(),
        loc,
        msg,
        input: input(given, &found.wrong),
    })
}

/// What is wrong, in the caller's words; in the engine's where they are the same.
fn said(given: &Given, steps: &[Step], wrong: &Wrong) -> String {
    if let Wrong::Count { found, most, .. } = wrong
        && steps == [Step::Field("pairs")]
    {
        let (sources, microphones) = (given.source_ids.len(), given.microphone_ids.len());
        return format!(
            "{sources} sources x {microphones} microphones = {found} pairs; at most {most} are allowed"
        );
    }
    if let Wrong::CrossingSides { sides } = wrong
        && steps.first() == Some(&Step::Field("room"))
        && let Some([a, b]) = walls(given, *sides)
    {
        return format!(
            "walls[{a}] and walls[{b}] cross or touch; draw the walls in their order around the room"
        );
    }
    if matches!(wrong, Wrong::TooNear { .. } | Wrong::PatchBeyondFace { .. }) {
        return faces(given, &wrong.to_string());
    }
    wrong.to_string()
}

/// The caller's walls over two sides of the outline.
fn walls(given: &Given, sides: [usize; 2]) -> Option<[usize; 2]> {
    let of = |side: usize| *given.walls.get(side)?;
    Some([of(sides[0])?, of(sides[1])?])
}

/// A text in which the surfaces over sides of the outline have the names of the caller's walls.
fn faces(given: &Given, text: &str) -> String {
    for noun in ["surface", "face"] {
        let begins = format!("the {noun} \"wall ");
        let Some((before, rest)) = text.split_once(&begins) else {
            continue;
        };
        let Some((number, after)) = rest.split_once('"') else {
            continue;
        };
        let side = number.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        if let Some(wall) = side.and_then(|side| *given.walls.get(side)?) {
            return format!("{before}the {noun} of walls[{wall}]{after}");
        }
    }
    text.to_owned()
}

fn place(given: &Given, steps: &[Step]) -> Vec<Value> {
    let (owner, rest) = match steps {
        [Step::Field("receivers"), rest @ ..] => ("microphones", rest),
        [Step::Field("pairs")] => ("microphones", &[][..]),
        [Step::Field(owner), rest @ ..] => (*owner, rest),
        _ => return Vec::new(),
    };
    let mut loc = vec![json!(owner)];
    let rest = match (owner, rest) {
        ("sources", [Step::Index(index), rest @ ..]) => {
            loc.push(json!(at(&given.sources, *index)));
            rest
        }
        ("microphones", [Step::Index(index), rest @ ..]) => {
            loc.push(json!(at(&given.microphones, *index)));
            rest
        }
        ("patches", [Step::Index(index), rest @ ..]) => {
            loc.push(json!(at(&given.patches, *index)));
            rest
        }
        ("furniture", [Step::Index(index), rest @ ..]) => {
            loc.push(json!(at(&given.furniture, *index)));
            // A box has no outline of its own.
            if given.boxes.contains(index) {
                &[]
            } else {
                rest
            }
        }
        (_, rest) => rest,
    };
    loc.extend(rest.iter().map(|step| match step {
        Step::Field("size_m") => json!("dimensions_m"),
        Step::Field("walls") => json!("wall_materials"),
        Step::Field("floor") => json!("floor_material"),
        Step::Field("ceiling") => json!("ceiling_material"),
        Step::Field(name) => json!(name),
        Step::Index(index) => json!(index),
    }));
    loc
}

/// What the caller calls the thing that is wrong.
fn named(given: &Given, steps: &[Step]) -> Option<String> {
    let [Step::Field(owner), Step::Index(index), ..] = steps else {
        return None;
    };
    let (noun, name) = match *owner {
        "sources" => ("source", given.source_ids.get(*index)?),
        "receivers" => ("microphone", given.microphone_ids.get(*index)?),
        "furniture" => ("furniture", given.furniture_ids.get(*index)?),
        "patches" => ("patch", given.patch_names.get(*index)?),
        _ => return None,
    };
    Some(format!("the {noun} \"{name}\""))
}

/// The place in the request of what the engine counts only among the sound ones.
fn at(places: &[usize], index: usize) -> usize {
    places.get(index).copied().unwrap_or(index)
}

fn input(given: &Given, wrong: &Wrong) -> Value {
    match wrong {
        Wrong::Outside { found, .. } => json!(found),
        Wrong::Count { found, .. } => json!(found),
        Wrong::Id { found, .. } | Wrong::UnknownFace { found, .. } => json!(found),
        Wrong::RepeatedCorner { corner } => json!(corner),
        Wrong::OutOfRoom { point } | Wrong::InFurniture { point, .. } => json!(point),
        Wrong::OpenEdge { ends, .. } => json!(ends),
        Wrong::TooNear { found_m, .. } => json!(found_m),
        Wrong::NoArea { found_m2 } => json!(found_m2),
        Wrong::CrossingSides { sides } => json!(walls(given, *sides).unwrap_or(*sides)),
        Wrong::NotPlanar { off_m, .. } => json!(off_m),
        Wrong::NotOneRoom { parts } => json!(parts),
        Wrong::PatchBeyondFace { face } => json!(face),
        Wrong::PatchOverlaps { other } => json!(other),
        _ => Value::Null,
    }
}

fn kind(wrong: &Wrong) -> &'static str {
    match wrong {
        Wrong::Outside { .. } => "out_of_range",
        Wrong::Count { .. } => "count",
        Wrong::Id { .. } => "id",
        Wrong::RepeatedCorner { .. } => "repeated_corner",
        Wrong::NoArea { .. } => "no_area",
        Wrong::CrossingSides { .. } => "crossing_sides",
        Wrong::NotPlanar { .. } => "not_planar",
        Wrong::OpenEdge { .. } => "open_edge",
        Wrong::NotOneRoom { .. } => "not_one_room",
        Wrong::OutOfRoom { .. } => "out_of_room",
        Wrong::InFurniture { .. } => "in_furniture",
        Wrong::TooNear { .. } => "too_near",
        Wrong::UnknownFace { .. } => "unknown_face",
        Wrong::PatchBeyondFace { .. } => "patch_beyond_face",
        Wrong::PatchOverlaps { .. } => "patch_overlaps",
        _ => "value_error",
    }
}
