//! What stands in a room and what lies on its faces: furniture and patches.

use room_simulation::{CORNERS_MAX, Furniture, ID_MAX, Material, Octaves, Patch};
use serde_json::{Map, Value};

use super::limits::FURNITURE;
use super::material::material;
use super::reader::Reader;
use super::scalars::{finite, text};

/// Reads a piece of furniture: a box along the axes, or an upright prism.
pub(super) fn furniture(
    reader: &mut Reader,
    value: &Value,
    number: usize,
    octaves: Octaves,
) -> Option<Furniture> {
    let object = reader.object(value)?;
    let shape = reader.required(object, "type", |r, kind| match kind.as_str() {
        Some("box") => Some(cuboid as fn(&mut Reader, &Map<_, _>) -> _),
        Some("prism") => Some(prism as fn(&mut Reader, &Map<_, _>) -> _),
        _ => r.fault("literal_error", "Input should be 'box' or 'prism'", kind),
    });
    let id = reader.or(object, "id", format!("furniture {number}"), text(ID_MAX));
    let plain = Material::flat(octaves, FURNITURE.0, FURNITURE.1);
    let material = reader.or(object, "material", plain, material(octaves));
    let (outline_m, [bottom_m, top_m]) = shape?(reader, object)?;
    Some(Furniture {
        id,
        outline_m,
        bottom_m,
        top_m,
        material,
    })
}

/// Corners of a plan, and the heights between which it stands.
type Prism = (Vec<[f64; 2]>, [f64; 2]);

fn cuboid(reader: &mut Reader, object: &Map<String, Value>) -> Option<Prism> {
    let least = reader.required(object, "min_m", Reader::numbers::<3>);
    let most = reader.required(object, "max_m", Reader::numbers::<3>);
    let (least, most) = (least?, most?);
    let mut sound = true;
    for axis in 0..3 {
        if most[axis] <= least[axis] {
            sound = false;
            let msg = format!(
                "Input should be greater than {}, which min_m has",
                least[axis]
            );
            let fault = |r: &mut Reader| r.fault::<()>("greater_than", msg, &most[axis].into());
            reader.within("max_m", |reader| reader.within(axis, fault));
        }
    }
    let ([x0, y0, bottom], [x1, y1, top]) = (least, most);
    let outline = vec![[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
    sound.then_some((outline, [bottom, top]))
}

fn prism(reader: &mut Reader, object: &Map<String, Value>) -> Option<Prism> {
    let outline = reader.required(object, "outline_m", |reader, value| {
        let all = reader.each(value, 3..=CORNERS_MAX, Reader::numbers::<2>)?;
        all.into_iter().collect::<Option<Vec<_>>>()
    });
    let bottom = reader.or(object, "bottom_m", 0.0, finite);
    let top = reader.required(object, "top_m", finite);
    Some((outline?, [bottom, top?]))
}

/// Reads a patch.
pub(super) fn patch(
    reader: &mut Reader,
    value: &Value,
    number: usize,
    octaves: Octaves,
) -> Option<Patch> {
    let object = reader.object(value)?;
    let name = reader.or(object, "name", format!("patch {number}"), text(ID_MAX));
    let face = reader.required(object, "face", text(ID_MAX));
    let corners = reader.required(object, "corners_m", |r, corners| {
        let all = r.each(corners, 3..=CORNERS_MAX, Reader::numbers::<3>)?;
        all.into_iter().collect::<Option<Vec<_>>>()
    });
    let material = reader.required(object, "material", material(octaves));
    Some(Patch {
        name,
        face: face?,
        corners_m: corners?,
        material: material?,
    })
}
