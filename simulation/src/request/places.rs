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
    let named = named(given, steps);
    Some(Fault {
        kind: kind(&found.wrong).to_owned(),
        loc,
        msg: named.map_or_else(
            || found.wrong.to_string(),
            |name| format!("{name}: {}", found.wrong),
        ),
        input: input(&found.wrong),
    })
}

fn place(given: &Given, steps: &[Step]) -> Vec<Value> {
    let (owner, rest) = match steps {
        [Step::Field("receivers"), rest @ ..] => ("microphones", rest),
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

fn input(wrong: &Wrong) -> Value {
    match wrong {
        Wrong::Outside { found, .. } => json!(found),
        Wrong::Count { found, .. } => json!(found),
        Wrong::Id { found, .. } | Wrong::UnknownFace { found, .. } => json!(found),
        Wrong::RepeatedCorner { corner } => json!(corner),
        Wrong::OutOfRoom { point } | Wrong::InFurniture { point, .. } => json!(point),
        Wrong::OpenEdge { ends, .. } => json!(ends),
        Wrong::TooNear { found_m, .. } => json!(found_m),
        Wrong::NoArea { .. }
        | Wrong::CrossingSides { .. }
        | Wrong::NotPlanar { .. }
        | Wrong::NotOneRoom { .. }
        | Wrong::PatchBeyondFace { .. }
        | Wrong::PatchOverlaps { .. }
        | _ => Value::Null,
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
