#![doc = include_str!("../README.md")]

mod air;
mod arrival;
mod directivity;
mod energy;
mod material;
mod octaves;
mod rays;
mod scene;
mod tail;

pub use air::Air;
pub use directivity::{Ambisonics, Directivity, Pickup};
pub use energy::EnergyHistogram;
pub use material::Material;
pub use octaves::{NotOctaves, OCTAVES_MAX, Octaves, PerOctave};
pub use rays::{
    Accuracy, Batches, Bins, Counted, Estimate, HEAPS, Launch, Quantity, RayEnergies, RayPlan,
    RayReport, RaysStopped, Watch, trace,
};
pub use scene::fault::{Place, SceneFault, Step, Wrong};
pub use scene::mesh::MeshFace;
pub use scene::{
    Atmosphere, Furniture, Patch, Point, Polyhedron, Receiver, Room, Scene, SceneBuilder, Shape,
    Shoebox, Source, WALLS,
};
