//! From what a user says to a [`Scene`], or to everything that is wrong with it at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use glam::DVec3;

use super::checks::{
    ATTENUATION_MAX_PER_M, CLEARANCE_M, CORNERS_MAX, FURNITURE_MAX, LENGTH_MAX_M, LENGTH_MIN_M,
    PATCHES_MAX, RECEIVERS_MAX, SOURCES_MAX, check_corner, check_directivity, check_id,
    check_in_box, check_inside, check_material, check_materials, check_size, too_near,
};
use super::face::Face;
use super::fault::{Faults, Place, SceneFault, Wrong};
use super::furniture::Furniture;
use super::mesh::PLANAR_M;
use super::polyhedron::Polyhedron;
use super::room::Room;
use super::{Atmosphere, Emitter, Listener, Scene, Shape, Shoebox};
use crate::air::Air;
use crate::directivity::{Directivity, Pickup};
use crate::material::Material;
use crate::octaves::{Octaves, PerOctave};

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
    pub fn build(mut self) -> Result<Scene, Vec<SceneFault>> {
        self.carry_materials();
        let mut faults = Faults::default();
        let (speed_m_s, attenuation_per_m) = self.checked_air(&mut faults);
        if !self.check_counts(&mut faults) {
            // More than any scene may hold is not looked at one by one.
            return Err(faults.into_vec());
        }
        let shape = self.checked_shape(&mut faults);
        self.check_points(shape.as_ref(), &mut faults);
        match shape {
            Some(shape) if faults.is_empty() => {
                let origin = shape.origin();
                Ok(Scene {
                    octaves: self.octaves,
                    speed_m_s,
                    attenuation_per_m,
                    sources: self.sources.iter().map(|s| emitter(s, origin)).collect(),
                    receivers: self.receivers.iter().map(|r| listener(r, origin)).collect(),
                    shape,
                })
            }
            _ => Err(faults.into_vec()),
        }
    }

    /// Brings every material onto the octaves of the scene.
    fn carry_materials(&mut self) {
        let octaves = self.octaves;
        self.room.carry_materials(octaves);
        let furniture = self.furniture.iter_mut().map(|f| &mut f.material);
        let patches = self.patches.iter_mut().map(|p| &mut p.material);
        for material in furniture.chain(patches) {
            *material = material.onto(octaves);
        }
    }

    fn checked_air(&self, faults: &mut Faults) -> (f64, PerOctave) {
        let (Atmosphere::Absorbing(air) | Atmosphere::Lossless(air) | Atmosphere::Table(air, _)) =
            self.atmosphere;
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
            Atmosphere::Absorbing(_) => air.attenuations_per_m(self.octaves),
            Atmosphere::Lossless(_) => PerOctave::flat(self.octaves, 0.0),
            Atmosphere::Table(_, table) => table.onto(self.octaves),
        };
        for (octave, m) in attenuation.values().iter().enumerate() {
            let place = Place::at("attenuation_per_m").then(octave);
            faults.bound(place, *m, 0.0, ATTENUATION_MAX_PER_M);
        }
        (speed_m_s, attenuation)
    }

    fn check_counts(&self, faults: &mut Faults) -> bool {
        let counts = [
            ("sources", self.sources.len(), 1, SOURCES_MAX),
            ("receivers", self.receivers.len(), 1, RECEIVERS_MAX),
            ("furniture", self.furniture.len(), 0, FURNITURE_MAX),
            ("patches", self.patches.len(), 0, PATCHES_MAX),
        ];
        let mut are_few = true;
        for (field, found, least, most) in counts {
            are_few &= faults.count(Place::at(field), found, least, most) || found < least;
        }
        are_few
    }

    /// The shape with furniture and patches, where it can be made.
    fn checked_shape(&self, faults: &mut Faults) -> Option<Shape> {
        let room = Place::at("room");
        if let Room::Shoebox { size_m, walls } = &self.room
            && self.furniture.is_empty()
            && self.patches.is_empty()
        {
            check_size(*size_m, &room, faults).then_some(())?;
            check_materials(walls, &room.then("walls"), faults).then_some(())?;
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
        let names: Arc<[String]> = faces.iter().map(|f| f.name.clone()).collect();
        for (index, patch) in self.patches.iter().enumerate() {
            let place = Place::at("patches").then(index);
            check_material(&patch.material, &place, faults);
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
                        known: Arc::clone(&names),
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
                & check_material(&piece.material, &place, faults);
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
        let sources = self.sources.iter().map(|s| &s.point).enumerate();
        let receivers = self.receivers.iter().map(|r| &r.point).enumerate();
        let named = sources
            .map(|p| ("sources", p))
            .chain(receivers.map(|p| ("receivers", p)));
        let mut seen = BTreeSet::new();
        for (field, (index, point)) in named {
            let place = Place::at(field).then(index);
            check_id(&point.id, seen.insert((field, &point.id)), &place, faults);
            self.check_position(point, shape, &place.then("position_m"), faults);
        }
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
        let sound = check_corner(&point.position_m, place, faults);
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

fn point(id: &str, position_m: [f64; 3]) -> Point {
    Point {
        id: id.to_owned(),
        position_m,
    }
}

fn emitter(source: &Source, origin: DVec3) -> Emitter {
    Emitter {
        position: DVec3::from(source.point.position_m) - origin,
        directivity: source.directivity,
    }
}

fn listener(receiver: &Receiver, origin: DVec3) -> Listener {
    Listener {
        position: DVec3::from(receiver.point.position_m) - origin,
        pickup: receiver.pickup,
    }
}
