#![doc = include_str!("../README.md")]

#[macro_use]
mod bands;

mod air;
mod arrival;
mod directivity;
mod energy;
mod image;
mod material;
mod octaves;
mod render;
mod scene;

pub use air::Air;
pub use directivity::{Ambisonics, Directivity, Pickup};
pub use energy::EnergyHistogram;
pub use image::{Frame, Image, Late, Limits, ShoeboxImages};
pub use material::Material;
pub use octaves::{NotOctaves, OCTAVES_MAX, Octaves, PerOctave};
pub use render::Rendering;
pub use scene::fault::{Place, SceneFault, Step, Wrong};
pub use scene::mesh::MeshFace;
pub use scene::{
    Atmosphere, Furniture, Patch, Point, Polyhedron, Receiver, Room, Scene, SceneBuilder, Shape,
    Shoebox, Source, WALLS,
};
