//! A room with everything in it, checked: what a simulation starts from.

mod builder;
mod checks;
mod drawn;
pub(crate) mod face;
pub(crate) mod fault;
mod furniture;
pub(crate) mod mesh;
mod outline;
pub(crate) mod polyhedron;
mod room;

use glam::DVec3;

use crate::air::Air;
use crate::directivity::{Directivity, Pickup};
use crate::material::Material;
use crate::octaves::{Octaves, PerOctave};

pub use builder::{Patch, Point, Receiver, SceneBuilder, Source};
pub use checks::{
    CORNERS_MAX, FACES_MAX, FURNITURE_MAX, ID_MAX, LENGTH_MAX_M, PATCHES_MAX, RECEIVERS_MAX,
    SOURCES_MAX,
};
pub use drawn::DrawnFace;
pub use furniture::Furniture;
pub use polyhedron::Polyhedron;
pub use room::Room;

/// Names of a shoebox's walls, in the order in which they are counted.
pub const WALLS: [&str; 6] = ["west", "east", "south", "north", "floor", "ceiling"];

/// What encloses the air.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one in a scene")]
pub enum Shape {
    /// An empty box with one material a wall: its images need no search.
    Shoebox(Shoebox),
    /// Anything else.
    Polyhedron(Polyhedron),
}

impl Shape {
    /// Where positions inside a scene count from, as the room was described.
    pub(crate) fn origin(&self) -> DVec3 {
        match self {
            Self::Shoebox(shoebox) => shoebox.origin_m,
            Self::Polyhedron(_) => DVec3::ZERO,
        }
    }
}

/// A box along the axes. Inside a scene positions count from its lowest corner.
#[derive(Debug, Clone, PartialEq)]
pub struct Shoebox {
    /// Its lowest corner in metres, as the room was described.
    pub origin_m: DVec3,
    /// Lengths along x, y and z in metres.
    pub size_m: DVec3,
    /// Materials in the order of [`WALLS`].
    pub walls: [Material; 6],
}

/// A source as it was checked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Emitter {
    pub(crate) position: DVec3,
    pub(crate) directivity: Directivity,
}

/// A receiver as it was checked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Listener {
    pub(crate) position: DVec3,
    pub(crate) pickup: Pickup,
}

/// A room, its air, its sources and receivers; built by [`SceneBuilder`].
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    pub(crate) shape: Shape,
    pub(crate) octaves: Octaves,
    pub(crate) speed_m_s: f64,
    pub(crate) attenuation_per_m: PerOctave,
    pub(crate) sources: Vec<Emitter>,
    pub(crate) receivers: Vec<Listener>,
}

impl Scene {
    /// What encloses the air.
    pub const fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The octaves that everything is counted in.
    pub const fn octaves(&self) -> Octaves {
        self.octaves
    }

    /// Speed of sound in metres per second.
    pub const fn speed_of_sound_m_s(&self) -> f64 {
        self.speed_m_s
    }

    /// Energy attenuation of the air in 1/m.
    pub const fn attenuation_per_m(&self) -> &PerOctave {
        &self.attenuation_per_m
    }

    /// Air in cubic metres.
    pub fn volume_m3(&self) -> f64 {
        match &self.shape {
            Shape::Shoebox(shoebox) => shoebox.size_m.element_product(),
            Shape::Polyhedron(polyhedron) => polyhedron.volume_m3,
        }
    }

    /// Every surface: its area in square metres, its normal into the air, its material.
    pub(crate) fn surfaces(&self) -> Vec<(f64, DVec3, Material)> {
        match &self.shape {
            Shape::Shoebox(shoebox) => shoebox.surfaces().to_vec(),
            Shape::Polyhedron(polyhedron) => {
                let of = |f: &face::Face| {
                    let normal = f.plane.normal;
                    f.areas()
                        .map(|(area, m)| (area, normal, *m))
                        .collect::<Vec<_>>()
                };
                polyhedron.faces.iter().flat_map(of).collect()
            }
        }
    }
}

impl Shoebox {
    fn surfaces(&self) -> [(f64, DVec3, Material); 6] {
        core::array::from_fn(|wall| {
            let axis = wall / 2;
            let (a, b) = (self.size_m[(axis + 1) % 3], self.size_m[(axis + 2) % 3]);
            let towards = if wall % 2 == 0 { 1.0 } else { -1.0 };
            let mut normal = DVec3::ZERO;
            normal[axis] = towards;
            (a * b, normal, self.walls[wall])
        })
    }
}

/// What [`SceneBuilder::air`] takes: the state of the air, or none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Atmosphere {
    /// Absorbs by ISO 9613-1.
    Absorbing(Air),
    /// Takes nothing.
    Lossless(Air),
    /// Takes what a table says, in 1/m of energy; the speed of sound is that of the air.
    Table(Air, PerOctave),
}
