//! The room: a shoebox, a plan with a height, or planar faces.

use room_simulation::{CORNERS_MAX, FACES_MAX, ID_MAX, Material, MeshFace, Octaves, Room, WALLS};
use serde_json::{Map, Value};

use super::limits::ABSORPTION;
use super::material::material;
use super::reader::Reader;
use super::scalars::{finite, text};

/// Reads the room.
pub(super) fn room(octaves: Octaves) -> impl FnOnce(&mut Reader, &Value) -> Option<Room> {
    move |reader, value| {
        let object = reader.object(value)?;
        let kinds = "Input should be 'shoebox', 'polygon' or 'mesh'";
        let kind = reader.required(object, "type", |r, kind| match kind.as_str() {
            Some("shoebox") => Some(shoebox as fn(&mut Reader, &Map<_, _>, Octaves) -> _),
            Some("polygon") => Some(polygon as fn(&mut Reader, &Map<_, _>, Octaves) -> _),
            Some("mesh") => Some(mesh as fn(&mut Reader, &Map<_, _>, Octaves) -> _),
            _ => r.fault("union_tag_invalid", kinds, kind),
        });
        kind?(reader, object, octaves)
    }
}

fn shoebox(reader: &mut Reader, object: &Map<String, Value>, octaves: Octaves) -> Option<Room> {
    let size = reader.required(object, "dimensions_m", Reader::numbers::<3>);
    let default = default_material(reader, object, octaves);
    let mut walls = [default; 6];
    reader.optional(object, "wall_materials", |reader, value| {
        let own = reader.object(value)?;
        for (wall, name) in walls.iter_mut().zip(WALLS) {
            *wall = reader.or(own, name, default, material(octaves));
        }
        Some(())
    });
    Some(Room::Shoebox {
        size_m: size?,
        walls,
    })
}

fn polygon(reader: &mut Reader, object: &Map<String, Value>, octaves: Octaves) -> Option<Room> {
    let corners = reader.required(object, "corners_m", |reader, value| {
        let all = reader.each(value, 3..=CORNERS_MAX, Reader::numbers::<2>)?;
        all.into_iter().collect::<Option<Vec<_>>>()
    });
    let height = reader.required(object, "height_m", |reader, value| {
        let found = finite(reader, value)?;
        if found > 0.0 {
            return Some(found);
        }
        reader.fault("greater_than", "Input should be greater than 0", value)
    });
    let default = Material::flat(octaves, ABSORPTION, 0.0);
    let mut of = |name| reader.or(object, name, default, material(octaves));
    let [wall, floor, ceiling] = [
        of("wall_material"),
        of("floor_material"),
        of("ceiling_material"),
    ];
    let walls = reader.optional(object, "wall_materials", |reader, value| {
        let count = corners
            .as_ref()
            .map_or(1..=CORNERS_MAX, |c| c.len()..=c.len());
        let all = reader.each(value, count, |reader, value| {
            if value.is_null() {
                return Some(wall);
            }
            material(octaves)(reader, value)
        })?;
        all.into_iter().collect::<Option<Vec<_>>>()
    });
    Some(Room::Extruded {
        corners_m: corners?,
        height_m: height?,
        walls: walls.unwrap_or_else(|| vec![wall]),
        floor,
        ceiling,
    })
}

fn mesh(reader: &mut Reader, object: &Map<String, Value>, octaves: Octaves) -> Option<Room> {
    let default = default_material(reader, object, octaves);
    let mut count = 0;
    let mut read = |r: &mut Reader, given: &Value| {
        count += 1;
        let face = r.object(given)?;
        let name = r.or(face, "name", format!("face {count}"), text(ID_MAX));
        let vertices = r.required(face, "vertices", |r, corners| {
            let all = r.each(corners, 3..=CORNERS_MAX, Reader::numbers::<3>)?;
            all.into_iter().collect::<Option<Vec<_>>>()
        });
        let material = r.or(face, "material", default, material(octaves));
        Some(MeshFace {
            name,
            corners_m: vertices?,
            material,
        })
    };
    let faces = reader.required(object, "faces", |r, faces| {
        let all = r.each(faces, 4..=FACES_MAX, &mut read)?;
        all.into_iter().collect::<Option<Vec<_>>>()
    });
    Some(Room::Mesh(faces?))
}

fn default_material(
    reader: &mut Reader,
    object: &Map<String, Value>,
    octaves: Octaves,
) -> Material {
    let plain = Material::flat(octaves, ABSORPTION, 0.0);
    reader.or(object, "default_material", plain, material(octaves))
}
