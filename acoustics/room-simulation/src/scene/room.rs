//! Rooms as they are described, and the faces that they are made of.

use glam::{DVec2, DVec3};

use super::checks::{
    CORNERS_MAX, FACES_MAX, LENGTH_MAX_M, LENGTH_MIN_M, check_corner, check_material,
    check_materials, check_size,
};
use super::face::Face;
use super::fault::{Faults, Place};
use super::mesh::{MeshFace, closed};
use super::outline::{at, plan, walls as upright};
use super::{Shoebox, WALLS};
use crate::material::Material;
use crate::octaves::Octaves;

/// A room as it is described.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one in a scene")]
pub enum Room {
    /// A box with a corner at the origin.
    Shoebox {
        /// Lengths along x, y and z in metres.
        size_m: [f64; 3],
        /// Materials in the order of [`WALLS`].
        walls: [Material; 6],
    },
    /// A plan with upright walls of one height.
    Extruded {
        /// Corners of the plan in metres, in either direction; it need not be convex.
        corners_m: Vec<[f64; 2]>,
        /// Height in metres.
        height_m: f64,
        /// One material for each wall, from the first corner on, or one for all.
        walls: Vec<Material>,
        /// The floor.
        floor: Material,
        /// The ceiling.
        ceiling: Material,
    },
    /// Planar faces that close.
    Mesh(Vec<MeshFace>),
}

impl Room {
    /// A plan that is a rectangle along the axes, as a box.
    pub(super) fn as_box(&self) -> Option<Shoebox> {
        let Self::Extruded {
            corners_m,
            height_m,
            walls,
            floor,
            ceiling,
        } = self
        else {
            return None;
        };
        let corners: [DVec2; 4] =
            core::array::from_fn(|i| corners_m.get(i).copied().unwrap_or_default().into());
        let lower = corners.iter().copied().fold(DVec2::INFINITY, DVec2::min);
        let upper = corners
            .iter()
            .copied()
            .fold(DVec2::NEG_INFINITY, DVec2::max);
        let middle = 0.5 * (lower + upper);
        let mut own = [None; 4];
        for side in 0..4 {
            let (a, b) = (corners[side], corners[(side + 1) % 4]);
            let way = 0.5 * (a + b) - middle;
            let wall = match ((a.x - b.x).abs() < 1e-9, (a.y - b.y).abs() < 1e-9) {
                (true, false) => usize::from(way.x > 0.0),
                (false, true) => 2 + usize::from(way.y > 0.0),
                _ => return None,
            };
            own[wall] = walls.get(side).or(walls.first());
        }
        let [Some(west), Some(east), Some(south), Some(north)] = own else {
            return None;
        };
        (corners_m.len() == 4).then(|| Shoebox {
            origin_m: lower.extend(0.0),
            size_m: (upper - lower).extend(*height_m),
            walls: [*west, *east, *south, *north, *floor, *ceiling],
        })
    }

    /// Brings every material onto the octaves of a scene.
    pub(super) fn carry_materials(&mut self, octaves: Octaves) {
        let all: Vec<&mut Material> = match self {
            Self::Shoebox { walls, .. } => walls.iter_mut().collect(),
            Self::Extruded {
                walls,
                floor,
                ceiling,
                ..
            } => walls.iter_mut().chain([floor, ceiling]).collect(),
            Self::Mesh(faces) => faces.iter_mut().map(|f| &mut f.material).collect(),
        };
        for material in all {
            *material = material.onto(octaves);
        }
    }

    /// All faces, normals inwards, or nothing after noting what is wrong.
    pub(super) fn faces(&self, place: &Place, faults: &mut Faults) -> Option<Vec<Face>> {
        match self {
            Self::Shoebox { size_m, walls } => {
                let sound = check_size(*size_m, place, faults)
                    & check_materials(walls, &place.then("walls"), faults);
                sound.then(|| box_faces(DVec3::from(*size_m), walls))
            }
            Self::Extruded { .. } => self.extruded(place, faults),
            Self::Mesh(given) => {
                let faces = place.then("faces");
                mesh_is_sound(given, &faces, faults).then_some(())?;
                closed(given, &faces, faults)
            }
        }
    }

    /// Walls over a plan, floor and ceiling, normals inwards.
    fn extruded(&self, place: &Place, faults: &mut Faults) -> Option<Vec<Face>> {
        let Self::Extruded {
            corners_m,
            height_m,
            walls,
            floor,
            ceiling,
        } = self
        else {
            return None;
        };
        self.plan_is_sound(place, faults).then_some(())?;
        let ring = plan(corners_m, &place.then("corners_m"), faults)?;
        let given = Given::of(&ring, corners_m);
        let mut faces: Vec<Face> = upright(&ring, 0.0, *height_m)
            .enumerate()
            .map(|(side, corners)| {
                let along = corners[1] - corners[0];
                let normal = DVec3::Z.cross(along).normalize();
                let seen_from_inside = corners.iter().rev().copied().collect();
                let own = given.side(side);
                let material = walls.get(own).or(walls.first()).unwrap_or(floor);
                Face::new(
                    format!("wall {}", own + 1),
                    vec![seen_from_inside],
                    normal,
                    *material,
                )
            })
            .collect();
        faces.push(Face::new(
            "floor".into(),
            vec![at(&ring, 0.0)],
            DVec3::Z,
            *floor,
        ));
        let above = at(&ring, *height_m).into_iter().rev().collect();
        faces.push(Face::new(
            "ceiling".into(),
            vec![above],
            -DVec3::Z,
            *ceiling,
        ));
        Some(faces)
    }

    fn plan_is_sound(&self, place: &Place, faults: &mut Faults) -> bool {
        let Self::Extruded {
            corners_m,
            height_m,
            walls,
            floor,
            ceiling,
        } = self
        else {
            return false;
        };
        let corners = place.then("corners_m");
        let mut sound = faults.count(corners.clone(), corners_m.len(), 3, CORNERS_MAX)
            & faults.bound(
                place.then("height_m"),
                *height_m,
                LENGTH_MIN_M,
                LENGTH_MAX_M,
            )
            & check_materials(walls, &place.then("walls"), faults)
            & check_material(floor, &place.then("floor"), faults)
            & check_material(ceiling, &place.then("ceiling"), faults);
        for (index, corner) in corners_m.iter().enumerate() {
            sound &= check_corner(corner, &corners.then(index), faults);
        }
        if walls.len() != 1 {
            let count = corners_m.len();
            sound &= faults.count(place.then("walls"), walls.len(), count, count);
        }
        sound
    }
}

/// Which given side a side of a plan is: a plan given clockwise is turned round, and its walls keep their own names and
/// materials.
struct Given {
    count: usize,
    turned: bool,
}

impl Given {
    fn of(ring: &[DVec2], corners_m: &[[f64; 2]]) -> Self {
        let same =
            |place: usize| ring.get(place).map(DVec2::to_array) == corners_m.get(place).copied();
        Self {
            count: ring.len(),
            turned: !same(0) || !same(1),
        }
    }

    const fn side(&self, side: usize) -> usize {
        if self.turned {
            (2 * self.count - 2 - side) % self.count
        } else {
            side
        }
    }
}

fn mesh_is_sound(given: &[MeshFace], place: &Place, faults: &mut Faults) -> bool {
    let mut sound = faults.count(place.clone(), given.len(), 4, FACES_MAX);
    for (index, face) in given.iter().enumerate() {
        let own = place.then(index);
        sound &= check_material(&face.material, &own, faults);
        let corners = own.then("vertices");
        sound &= faults.count(corners.clone(), face.corners_m.len(), 3, CORNERS_MAX);
        for (place_of_corner, corner) in face.corners_m.iter().enumerate() {
            sound &= check_corner(corner, &corners.then(place_of_corner), faults);
        }
    }
    sound
}

/// Six walls with their normals inwards.
pub(super) fn box_faces(size: DVec3, walls: &[Material; 6]) -> Vec<Face> {
    let face = |wall: usize| {
        let axis = wall / 2;
        let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
        let mut ring: Vec<DVec3> = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
            .iter()
            .map(|share| {
                let mut corner = DVec3::ZERO;
                corner[axis] = if wall.is_multiple_of(2) {
                    0.0
                } else {
                    size[axis]
                };
                corner[u] = share[0] * size[u];
                corner[v] = share[1] * size[v];
                corner
            })
            .collect();
        let mut normal = DVec3::ZERO;
        normal[axis] = 1.0;
        if wall % 2 == 1 {
            ring.reverse();
            normal = -normal;
        }
        Face::new(WALLS[wall].to_owned(), vec![ring], normal, walls[wall])
    };
    (0..6).map(face).collect()
}
