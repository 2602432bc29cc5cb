#![doc = include_str!("../README.md")]

mod air;
mod arrival;
mod directivity;
mod energy;
mod image;
mod material;
mod octaves;
mod scene;

pub use air::Air;
pub use directivity::{Ambisonics, Directivity, Pickup};
pub use energy::EnergyHistogram;
pub use image::beam::{BeamLimits, BeamTree};
pub use image::diffraction::DiffractedPath;
pub use image::ends::{Ends, Reflected};
pub use image::path::ImagePath;
pub use material::Material;
pub use octaves::{NotOctaves, OCTAVES_MAX, Octaves, PerOctave};
pub use scene::fault::{Place, SceneFault, Step, Wrong};
pub use scene::mesh::MeshFace;
pub use scene::{
    Atmosphere, Furniture, Patch, Point, Polyhedron, Receiver, Room, Scene, SceneBuilder, Shape,
    Shoebox, Source, WALLS,
};
