//! What walls, floor and ceiling are made of (rule 7), and the room itself (rule 6).

use serde_json::{Map, Value, json};

use super::outline::Outline;
use super::{Collected, Model, first, short};
use crate::catalog;

/// A surface that nobody described: not the default of the plain form, whose scattering is 0.
fn plain() -> Value {
    json!({ "absorption": 0.2, "scattering": 0.05 })
}

/// Writes the room: its outline, its height, its materials.
pub(super) fn room(model: &Model<'_>, outline: &Outline, height_m: f64, out: &mut Collected) {
    let of = |object: &'_ Map<String, Value>| object.get("materials").cloned();
    let own = of(model.inner).filter(Value::is_object);
    let way = match own {
        Some(_) => model.at(&[json!("materials")]),
        None => model.in_room(&[json!("materials")]),
    };
    let given = own.or_else(|| of(model.room)).unwrap_or_default();
    let mut surface = |name: &str| {
        let way = [way.as_slice(), &[json!(name)]].concat();
        let field = json!(format!("{name}_material"));
        let made = material(given.get(name), name, &way, out);
        out.origins.note(vec![json!("room"), field], way);
        made
    };
    let [wall, floor, ceiling] = [surface("wall"), surface("floor"), surface("ceiling")];
    let mut room = json!({
        "type": "polygon",
        "corners_m": outline.corners,
        "height_m": height_m,
        "wall_material": wall,
        "floor_material": floor,
        "ceiling_material": ceiling,
    });
    if let Some(walls) = own_walls(model, outline, out) {
        room["wall_materials"] = walls;
    }
    out.put("room", room);
}

/// Materials of single walls, where any has its own; null for those that have none.
fn own_walls(model: &Model<'_>, outline: &Outline, out: &mut Collected) -> Option<Value> {
    let listed = model.room.get("walls")?.as_array()?;
    let mut any = false;
    let mut of = |side: usize, index: Option<usize>| {
        let wall = listed.get(index?)?.as_object()?;
        let own = first(wall, &["material", "material_id"])?;
        any = true;
        let way = model.in_room(&[json!("walls"), json!(index)]);
        let made = material(Some(own), "wall", &way, out);
        let field = vec![json!("room"), json!("wall_materials"), json!(side)];
        out.origins.note(field, way);
        Some(made)
    };
    let sides = outline.walls.iter().enumerate();
    let walls: Vec<Value> = sides
        .map(|(side, index)| of(side, *index).unwrap_or_default())
        .collect();
    any.then(|| walls.into())
}

/// A material of the plain form.
fn material(value: Option<&Value>, surface: &str, way: &[Value], out: &mut Collected) -> Value {
    match value {
        Some(Value::String(id)) => known(id, surface, out).unwrap_or_else(plain),
        Some(Value::Object(object)) => of_object(object, surface, way, out),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_)) => assumed(surface, way, out),
        Some(Value::Null) | None => plain(),
    }
}

/// What an object says of absorption is read as in the plain form, which refuses what is no number.
fn of_object(
    object: &Map<String, Value>,
    surface: &str,
    way: &[Value],
    out: &mut Collected,
) -> Value {
    let named = first(object, &["material_id", "id"]).and_then(Value::as_str);
    let absorption = first(object, &["absorption"]);
    if let Some(id) = named
        && (absorption.is_none() || catalog::find(id).is_some())
    {
        return known(id, surface, out).unwrap_or_else(plain);
    }
    let Some(absorption) = absorption else {
        return assumed(surface, way, out);
    };
    let scattering = first(object, &["scattering"]).cloned();
    json!({ "absorption": absorption, "scattering": scattering.unwrap_or_else(|| json!(0.0)) })
}

/// A material that says nothing of absorption.
fn assumed(surface: &str, way: &[Value], out: &mut Collected) -> Value {
    out.warn(
        "MATERIAL_ASSUMED",
        format!(
            "the material of the {surface} has neither absorption nor id; absorption 0.2 and scattering 0.05 are taken"
        ),
        "give its absorption between 0 and 1, or an id of GET /materials",
        json!({ "surface": surface, "place": way }),
    );
    plain()
}

/// A material of the library; one that there is not is warned of.
fn known(id: &str, surface: &str, out: &mut Collected) -> Option<Value> {
    if catalog::find(id).is_some() {
        return Some(json!(id));
    }
    let id = short(id);
    out.warn(
        "UNKNOWN_MATERIAL",
        format!("there is no material \"{id}\" for the {surface}; absorption 0.2 and scattering 0.05 are taken"),
        "choose one of GET /materials",
        json!({ "surface": surface, "id": id }),
    );
    None
}
