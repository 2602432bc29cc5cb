//! From what a user says to a [`Scene`], or to everything that is wrong with it at once.

use std::collections::BTreeSet;

use glam::{DVec2, DVec3};

use super::face::Face;
use super::fault::{Faults, Place, SceneFault, Wrong};
use super::furniture::Furniture;
use super::mesh::{MeshFace, PLANAR_M, closed, encloses};
use super::outline::{at, plan, walls};
use super::polyhedron::Polyhedron;
use super::{Atmosphere, Emitter, Listener, Scene, Shape, Shoebox, WALLS};
use crate::air::Air;
use crate::directivity::{Directivity, Pickup};
use crate::material::Material;
use crate::octaves::{Octaves, PerOctave};

/// Smallest length of a room in metres.
const LENGTH_MIN_M: f64 = 0.1;
/// Largest length of a room, and farthest coordinate, in metres.
const LENGTH_MAX_M: f64 = 1000.0;
/// Most corners of an outline.
const CORNERS_MAX: usize = 500;
/// Most faces of a mesh.
const FACES_MAX: usize = 20_000;
/// Most pieces of furniture.
const FURNITURE_MAX: usize = 500;
/// Most patches.
const PATCHES_MAX: usize = 500;
/// Most sources.
const SOURCES_MAX: usize = 64;
/// Most receivers.
const RECEIVERS_MAX: usize = 256;
/// Longest id in characters.
const ID_MAX: usize = 128;
/// Smallest distance of sources and receivers from surfaces and from each other, in metres.
const CLEARANCE_M: f64 = 0.001;

/// A room as it is described.
#[derive(Debug, Clone, PartialEq)]
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

/// A point that makes or takes sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Id, unique among its kind.
    pub id: String,
    /// Coordinates in metres.
    pub position_m: [f64; 3],
}

/// A source of sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Where it is.
    pub point: Point,
    /// How it radiates.
    pub directivity: Directivity,
}

/// A receiver.
#[derive(Debug, Clone, PartialEq)]
pub struct Receiver {
    /// Where it is.
    pub point: Point,
    /// How it listens.
    pub pickup: Pickup,
}

/// An area of a face with a material of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch {
    /// Name, for messages.
    pub name: String,
    /// Name of its face.
    pub face: String,
    /// Corners in metres, in the plane of the face.
    pub corners_m: Vec<[f64; 3]>,
    /// What it is made of.
    pub material: Material,
}

/// Collects a scene; [`SceneBuilder::build`] checks it.
#[derive(Debug, Clone)]
pub struct SceneBuilder {
    room: Room,
    octaves: Octaves,
    atmosphere: Atmosphere,
    speed_m_s: Option<f64>,
    sources: Vec<Source>,
    receivers: Vec<Receiver>,
    furniture: Vec<Furniture>,
    patches: Vec<Patch>,
}

impl SceneBuilder {
    /// A room that is counted in `octaves`, with the air of [`Air::default`].
    pub fn new(room: Room, octaves: Octaves) -> Self {
        Self {
            room,
            octaves,
            atmosphere: Atmosphere::Absorbing(Air::default()),
            speed_m_s: None,
            sources: Vec::new(),
            receivers: Vec::new(),
            furniture: Vec::new(),
            patches: Vec::new(),
        }
    }

    /// The air.
    #[must_use]
    pub const fn air(mut self, atmosphere: Atmosphere) -> Self {
        self.atmosphere = atmosphere;
        self
    }

    /// Fixes the speed of sound, in metres per second; else it follows from the temperature.
    #[must_use]
    pub const fn speed_of_sound(mut self, speed_m_s: f64) -> Self {
        self.speed_m_s = Some(speed_m_s);
        self
    }

    /// Adds a source.
    #[must_use]
    pub fn source(mut self, id: &str, position_m: [f64; 3], directivity: Directivity) -> Self {
        let point = point(id, position_m);
        self.sources.push(Source { point, directivity });
        self
    }

    /// Adds a receiver.
    #[must_use]
    pub fn receiver(mut self, id: &str, position_m: [f64; 3], pickup: Pickup) -> Self {
        let point = point(id, position_m);
        self.receivers.push(Receiver { point, pickup });
        self
    }

    /// Puts a piece of furniture into the room.
    #[must_use]
    pub fn furniture(mut self, piece: Furniture) -> Self {
        self.furniture.push(piece);
        self
    }

    /// Lays a patch on a face.
    #[must_use]
    pub fn patch(mut self, patch: Patch) -> Self {
        self.patches.push(patch);
        self
    }

    /// The scene.
    ///
    /// # Errors
    /// Every fault of every part, each with its place.
    pub fn build(self) -> Result<Scene, Vec<SceneFault>> {
        let mut faults = Faults::default();
        let (speed_m_s, attenuation_per_m) = self.checked_air(&mut faults);
        self.check_counts(&mut faults);
        let shape = self.checked_shape(&mut faults);
        self.check_points(shape.as_ref(), &mut faults);
        match shape {
            Some(shape) if faults.is_empty() => {
                let origin = shape.origin();
                Ok(Scene {
                    octaves: self.octaves,
                    speed_m_s,
                    attenuation_per_m,
                    sources: self
                        .sources
                        .into_iter()
                        .map(|s| emitter(s, origin))
                        .collect(),
                    receivers: self
                        .receivers
                        .into_iter()
                        .map(|r| listener(r, origin))
                        .collect(),
                    shape,
                })
            }
            _ => Err(faults.into_vec()),
        }
    }

    fn checked_air(&self, faults: &mut Faults) -> (f64, PerOctave) {
        let (Atmosphere::Absorbing(air) | Atmosphere::Lossless(air)) = self.atmosphere;
        let bounds = [
            ("temperature_c", air.temperature_c, -20.0, 50.0),
            ("humidity_percent", air.humidity_percent, 1.0, 100.0),
            ("pressure_kpa", air.pressure_kpa, 50.0, 200.0),
        ];
        for (field, value, least, most) in bounds {
            faults.bound(Place::at(field), value, least, most);
        }
        let speed_m_s = self.speed_m_s.unwrap_or_else(|| air.speed_of_sound_m_s());
        if self.speed_m_s.is_some() {
            let place = Place::at("speed_of_sound_m_s");
            faults.bound(place, speed_m_s, 100.0, 2000.0);
        }
        let attenuation = match self.atmosphere {
            Atmosphere::Absorbing(air) => air.attenuations_per_m(self.octaves),
            Atmosphere::Lossless(_) => PerOctave::flat(self.octaves, 0.0),
        };
        (speed_m_s, attenuation)
    }

    fn check_counts(&self, faults: &mut Faults) {
        let counts = [
            ("sources", self.sources.len(), 1, SOURCES_MAX),
            ("receivers", self.receivers.len(), 1, RECEIVERS_MAX),
            ("furniture", self.furniture.len(), 0, FURNITURE_MAX),
            ("patches", self.patches.len(), 0, PATCHES_MAX),
        ];
        for (field, found, least, most) in counts {
            faults.count(Place::at(field), found, least, most);
        }
    }

    /// The shape with furniture and patches, where it can be made.
    fn checked_shape(&self, faults: &mut Faults) -> Option<Shape> {
        let room = Place::at("room");
        if let Room::Shoebox { size_m, walls } = &self.room
            && self.furniture.is_empty()
            && self.patches.is_empty()
        {
            check_size(*size_m, &room, faults).then_some(())?;
            check_materials(walls.iter(), &room.then("walls"), faults).then_some(())?;
            return Some(Shape::Shoebox(Shoebox {
                origin_m: DVec3::ZERO,
                size_m: DVec3::from(*size_m),
                walls: *walls,
            }));
        }
        let mut faces = self.room.faces(&room, faults);
        if let Some(faces) = &mut faces {
            self.lay_patches(faces, faults);
        }
        let pieces = self.pieces(faces.as_deref(), faults);
        let mut faces = faces?;
        if self.furniture.is_empty()
            && self.patches.is_empty()
            && let Some(shoebox) = self.room.as_box()
        {
            return Some(Shape::Shoebox(shoebox));
        }
        faces.extend(pieces);
        Some(Shape::Polyhedron(Polyhedron::new(faces)))
    }

    fn lay_patches(&self, faces: &mut [Face], faults: &mut Faults) {
        let known = |faces: &[Face]| faces.iter().map(|f| f.name.clone()).collect();
        for (index, patch) in self.patches.iter().enumerate() {
            let place = Place::at("patches").then(index);
            check_materials(core::iter::once(&patch.material), &place, faults);
            let corners: Vec<DVec3> = patch.corners_m.iter().map(|c| DVec3::from(*c)).collect();
            if !faults.count(place.then("corners_m"), corners.len(), 3, CORNERS_MAX) {
                continue;
            }
            let named: Vec<usize> = (0..faces.len())
                .filter(|i| faces[*i].name == patch.face)
                .collect();
            if named.is_empty() {
                let found = patch.face.clone();
                faults.add(
                    place.then("face"),
                    Wrong::UnknownFace {
                        found,
                        known: known(faces),
                    },
                );
                continue;
            }
            let on = |face: &Face| {
                let off = corners.iter().map(|c| face.plane.distance(*c).abs());
                off.fold(0.0, f64::max) <= PLANAR_M && !face.reaches_beyond(&corners)
            };
            let Some(face) = named
                .into_iter()
                .find(|i| on(&faces[*i]))
                .map(|i| &mut faces[i])
            else {
                let face = patch.face.clone();
                faults.add(place.then("corners_m"), Wrong::PatchBeyondFace { face });
                continue;
            };
            if let Some(other) = face.patch_under(&corners) {
                let other = other.name.clone();
                faults.add(place.then("corners_m"), Wrong::PatchOverlaps { other });
                continue;
            }
            face.lay(patch.name.clone(), &corners, patch.material);
        }
    }

    fn pieces(&self, room: Option<&[Face]>, faults: &mut Faults) -> Vec<Face> {
        let mut all = Vec::new();
        for (index, piece) in self.furniture.iter().enumerate() {
            let place = Place::at("furniture").then(index);
            let height = place.then("top_m");
            let lowest = piece.bottom_m + LENGTH_MIN_M * 0.1;
            let sound = faults.bound(
                place.then("bottom_m"),
                piece.bottom_m,
                -LENGTH_MAX_M,
                LENGTH_MAX_M,
            ) & faults.bound(height, piece.top_m, lowest, LENGTH_MAX_M)
                & faults.count(
                    place.then("outline_m"),
                    piece.outline_m.len(),
                    3,
                    CORNERS_MAX,
                )
                & check_materials(core::iter::once(&piece.material), &place, faults);
            let faces = sound.then(|| piece.faces(index, &place, faults)).flatten();
            let Some(faces) = faces else { continue };
            if let Some(room) = room {
                check_inside(room, &faces, &place, faults);
            }
            all.extend(faces);
        }
        all
    }

    fn check_points(&self, shape: Option<&Shape>, faults: &mut Faults) {
        let of = |points: &[&Point], field: &'static str, faults: &mut Faults| {
            let mut seen = BTreeSet::new();
            for (index, point) in points.iter().enumerate() {
                let place = Place::at(field).then(index);
                check_id(&point.id, seen.insert(&point.id), &place, faults);
                self.check_position(point, shape, &place.then("position_m"), faults);
            }
        };
        let sources: Vec<&Point> = self.sources.iter().map(|s| &s.point).collect();
        let receivers: Vec<&Point> = self.receivers.iter().map(|r| &r.point).collect();
        of(&sources, "sources", faults);
        of(&receivers, "receivers", faults);
        for (index, source) in self.sources.iter().enumerate() {
            let place = Place::at("sources").then(index).then("directivity");
            check_directivity(&source.directivity, &place, faults);
        }
        for (index, receiver) in self.receivers.iter().enumerate() {
            let place = Place::at("receivers").then(index);
            if let Pickup::Single(directivity) = &receiver.pickup {
                check_directivity(directivity, &place.then("directivity"), faults);
            }
            let here = DVec3::from(receiver.point.position_m);
            let apart = |s: &&Source| here.distance(DVec3::from(s.point.position_m)) < CLEARANCE_M;
            if let Some(source) = self.sources.iter().find(apart) {
                let wrong = Wrong::TooNear {
                    to: format!("the source \"{}\"", source.point.id),
                    found_m: here.distance(DVec3::from(source.point.position_m)),
                    least_m: CLEARANCE_M,
                };
                faults.add(place.then("position_m"), wrong);
            }
        }
    }

    fn check_position(
        &self,
        point: &Point,
        shape: Option<&Shape>,
        place: &Place,
        faults: &mut Faults,
    ) {
        let mut sound = true;
        for (axis, x) in point.position_m.iter().enumerate() {
            sound &= faults.bound(place.then(axis), *x, -LENGTH_MAX_M, LENGTH_MAX_M);
        }
        let Some(shape) = shape.filter(|_| sound) else {
            return;
        };
        let here = DVec3::from(point.position_m);
        match shape {
            Shape::Shoebox(shoebox) => check_in_box(shoebox, here, place, faults),
            Shape::Polyhedron(polyhedron) => self.check_in_air(polyhedron, here, place, faults),
        }
    }

    fn check_in_air(
        &self,
        polyhedron: &Polyhedron,
        here: DVec3,
        place: &Place,
        faults: &mut Faults,
    ) {
        let point = here.to_array();
        if !polyhedron.contains(here) {
            let within = |piece: &usize| {
                let own = polyhedron
                    .faces
                    .iter()
                    .filter(|f| f.furniture == Some(*piece));
                super::polyhedron::winding(own, here) < -0.5
            };
            let wrong = (0..self.furniture.len()).find(within).map_or(
                Wrong::OutOfRoom { point },
                |piece| Wrong::InFurniture {
                    point,
                    furniture: self.furniture[piece].id.clone(),
                },
            );
            faults.add(place.clone(), wrong);
            return;
        }
        let near = polyhedron.faces.iter().map(|f| (f.distance_m(here), f));
        if let Some((found_m, face)) = near.min_by(|a, b| a.0.total_cmp(&b.0))
            && found_m < CLEARANCE_M
        {
            faults.add(place.clone(), too_near(&face.name, found_m));
        }
    }
}

impl Room {
    /// A plan that is a rectangle along the axes, as a box.
    fn as_box(&self) -> Option<Shoebox> {
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

    /// All faces, normals inwards, or nothing after noting what is wrong.
    fn faces(&self, place: &Place, faults: &mut Faults) -> Option<Vec<Face>> {
        match self {
            Self::Shoebox { size_m, walls } => {
                check_size(*size_m, place, faults).then_some(())?;
                check_materials(walls.iter(), &place.then("walls"), faults).then_some(())?;
                Some(box_faces(DVec3::from(*size_m), walls))
            }
            Self::Extruded {
                corners_m,
                height_m,
                walls,
                floor,
                ceiling,
            } => {
                let corners = place.then("corners_m");
                let mut sound = faults.count(corners.clone(), corners_m.len(), 3, CORNERS_MAX)
                    & faults.bound(
                        place.then("height_m"),
                        *height_m,
                        LENGTH_MIN_M,
                        LENGTH_MAX_M,
                    )
                    & check_materials(walls.iter(), &place.then("walls"), faults)
                    & check_materials(core::iter::once(floor), &place.then("floor"), faults)
                    & check_materials(core::iter::once(ceiling), &place.then("ceiling"), faults);
                for (index, corner) in corners_m.iter().enumerate() {
                    for (axis, x) in corner.iter().enumerate() {
                        let at = corners.then(index).then(axis);
                        sound &= faults.bound(at, *x, -LENGTH_MAX_M, LENGTH_MAX_M);
                    }
                }
                if walls.len() != 1 {
                    let count = corners_m.len();
                    sound &= faults.count(place.then("walls"), walls.len(), count, count);
                }
                sound.then_some(())?;
                extruded(corners_m, *height_m, walls, floor, ceiling, place, faults)
            }
            Self::Mesh(given) => {
                let faces = place.then("faces");
                let mut sound = faults.count(faces.clone(), given.len(), 4, FACES_MAX);
                for (index, face) in given.iter().enumerate() {
                    let at = faces.then(index);
                    sound &= check_materials(core::iter::once(&face.material), &at, faults);
                    let corners = at.then("vertices");
                    sound &= faults.count(corners.clone(), face.corners_m.len(), 3, CORNERS_MAX);
                    for (corner, axis) in
                        (0..face.corners_m.len()).flat_map(|c| (0..3).map(move |a| (c, a)))
                    {
                        let x = face.corners_m[corner][axis];
                        sound &= faults.bound(
                            corners.then(corner).then(axis),
                            x,
                            -LENGTH_MAX_M,
                            LENGTH_MAX_M,
                        );
                    }
                }
                sound.then_some(())?;
                closed(given, &faces, faults)
            }
        }
    }
}

fn point(id: &str, position_m: [f64; 3]) -> Point {
    Point {
        id: id.to_owned(),
        position_m,
    }
}

fn emitter(source: Source, origin: DVec3) -> Emitter {
    Emitter {
        position: DVec3::from(source.point.position_m) - origin,
        id: source.point.id,
        directivity: source.directivity,
    }
}

fn listener(receiver: Receiver, origin: DVec3) -> Listener {
    Listener {
        position: DVec3::from(receiver.point.position_m) - origin,
        id: receiver.point.id,
        pickup: receiver.pickup,
    }
}

/// Six walls with their normals inwards.
fn box_faces(size: DVec3, walls: &[Material; 6]) -> Vec<Face> {
    let face = |wall: usize| {
        let axis = wall / 2;
        let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
        let mut ring: Vec<DVec3> = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
            .iter()
            .map(|share| {
                let mut corner = DVec3::ZERO;
                corner[axis] = if wall % 2 == 0 { 0.0 } else { size[axis] };
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

/// Walls over a plan, floor and ceiling, normals inwards.
fn extruded(
    corners_m: &[[f64; 2]],
    height_m: f64,
    materials: &[Material],
    floor: &Material,
    ceiling: &Material,
    place: &Place,
    faults: &mut Faults,
) -> Option<Vec<Face>> {
    let ring = plan(corners_m, &place.then("corners_m"), faults)?;
    let count = ring.len();
    // A plan given clockwise is turned round: its walls keep their own names and materials.
    let turned = ring.first().map(|c| c.to_array()) != corners_m.first().copied() || {
        let second = ring.get(1).map(|c| c.to_array());
        second != corners_m.get(1).copied()
    };
    let given = |side: usize| {
        if turned {
            (2 * count - 2 - side) % count
        } else {
            side
        }
    };
    let mut faces: Vec<Face> = walls(&ring, 0.0, height_m)
        .enumerate()
        .map(|(side, corners)| {
            let along = corners[1] - corners[0];
            let normal = DVec3::Z.cross(along).normalize();
            let seen_from_inside = corners.iter().rev().copied().collect();
            let own = given(side);
            let material = materials.get(own).or(materials.first()).unwrap_or(floor);
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
    let above = at(&ring, height_m).into_iter().rev().collect();
    faces.push(Face::new(
        "ceiling".into(),
        vec![above],
        -DVec3::Z,
        *ceiling,
    ));
    Some(faces)
}

fn check_size(size_m: [f64; 3], place: &Place, faults: &mut Faults) -> bool {
    let at = |axis: usize| place.then("size_m").then(axis);
    (0..3).fold(true, |sound, axis| {
        faults.bound(at(axis), size_m[axis], LENGTH_MIN_M, LENGTH_MAX_M) & sound
    })
}

fn check_materials<'a>(
    materials: impl Iterator<Item = &'a Material>,
    place: &Place,
    faults: &mut Faults,
) -> bool {
    let mut sound = true;
    let all: Vec<&Material> = materials.collect();
    for (index, material) in all.iter().enumerate() {
        let own = if all.len() > 1 {
            place.then(index)
        } else {
            place.clone()
        };
        let lists = [
            ("absorption", material.absorption()),
            ("scattering", material.scattering()),
        ];
        for (field, list) in lists {
            for (octave, value) in list.values().iter().enumerate() {
                let at = own.then(field).then(octave);
                sound &= faults.bound(at, *value, 0.0, 1.0);
            }
        }
    }
    sound
}

fn check_id(id: &str, is_new: bool, place: &Place, faults: &mut Faults) {
    let why = if id.is_empty() {
        "is empty; give one"
    } else if id.chars().count() > ID_MAX {
        "is longer than 128 characters; shorten it"
    } else if !is_new {
        "is given twice; give each its own"
    } else {
        return;
    };
    let found = id.to_owned();
    faults.add(place.then("id"), Wrong::Id { found, why });
}

fn check_directivity(directivity: &Directivity, place: &Place, faults: &mut Faults) {
    if let Directivity::Cardioid { share, front } = directivity {
        faults.bound(place.then("share"), *share, 0.0, 1.0);
        let length = DVec3::from(*front).length();
        faults.bound(place.then("front"), length, 1e-6, 1e6);
    }
}

fn check_in_box(shoebox: &Shoebox, here: DVec3, place: &Place, faults: &mut Faults) {
    let size = shoebox.size_m;
    let point = here.to_array();
    let here = here - shoebox.origin_m;
    let outside = |axis: usize| !(0.0..=size[axis]).contains(&here[axis]);
    if (0..3).any(outside) {
        faults.add(place.clone(), Wrong::OutOfRoom { point });
        return;
    }
    for axis in 0..3 {
        for (side, found_m) in [here[axis], size[axis] - here[axis]]
            .into_iter()
            .enumerate()
        {
            if found_m < CLEARANCE_M {
                faults.add(place.clone(), too_near(WALLS[2 * axis + side], found_m));
            }
        }
    }
}

/// Furniture must not reach out of the room: no corner outside, no edge through a wall.
fn check_inside(room: &[Face], piece: &[Face], place: &Place, faults: &mut Faults) {
    let corners = piece.iter().flat_map(|f| f.rings.iter().flatten());
    let outside = |corner: &&DVec3| {
        let touches = room.iter().any(|f| f.distance_m(**corner) < CLEARANCE_M);
        !touches && !encloses(room, **corner)
    };
    if let Some(corner) = corners.clone().find(outside) {
        let point = corner.to_array();
        faults.add(place.clone(), Wrong::OutOfRoom { point });
    }
}

fn too_near(face: &str, found_m: f64) -> Wrong {
    Wrong::TooNear {
        to: format!("the surface \"{face}\""),
        found_m,
        least_m: CLEARANCE_M,
    }
}
