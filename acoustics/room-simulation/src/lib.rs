#![doc = include_str!("../README.md")]

#[macro_use]
mod bands;

mod air;
mod arrival;
mod directivity;
mod energy;
mod image;
mod material;
mod modes;
mod octant;
mod octaves;
mod plan;
mod rays;
mod render;
mod result;
mod scene;
mod simulate;
mod statistics;
mod tail;
mod watch;

pub use air::Air;
pub use directivity::{Ambisonics, Directivity, Pickup};
pub use energy::EnergyHistogram;
pub use image::beam::{BeamLimits, BeamTree};
pub use image::diffraction::DiffractedPath;
pub use image::ends::{Ends, Reflected};
pub use image::path::ImagePath;
pub use image::{Frame, Image, Late, Limits, ShoeboxImages};
pub use material::Material;
pub use modes::{Mode, Modes};
pub use octaves::{NotOctaves, OCTAVES_MAX, Octaves, PerOctave};
pub use plan::{
    DURATION_MAX_S, DURATION_MIN_S, HORIZON_MIN_S, HYBRID_IMAGES_MAX, IMAGES_MAX, JITTER_MAX_M,
    Method, ORDER_MAX, PAIRS_MAX, PRE_SAMPLES_MAX, Plan, RAYS_ADAPTIVE_MAX, RAYS_MAX, RAYS_MIN,
    Rays, SAMPLES_MAX,
};
pub use rays::{
    Accuracy, Batches, Bins, Counted, Estimate, HEAPS, Launch, Quantity, RayEnergies, RayPlan,
    RayReport, RaysStopped, Watch as RayWatch, trace,
};
pub use render::Rendering;
pub use result::{
    Caution, Convergence, Pair, Reach, Searched, Simulation, StandardErrors, Stopped, Used,
};
pub use scene::fault::{Place, SceneFault, Step, Wrong};
pub use scene::mesh::MeshFace;
pub use scene::{
    Atmosphere, CORNERS_MAX, DrawnFace, FACES_MAX, FURNITURE_MAX, Furniture, ID_MAX, LENGTH_MAX_M,
    PATCHES_MAX, Patch, Point, Polyhedron, RECEIVERS_MAX, Receiver, Room, SOURCES_MAX, Scene,
    SceneBuilder, Shape, Shoebox, Source, WALLS,
};
pub use simulate::simulate;
pub use statistics::{Predictions, Statistics};
pub use watch::{Phase, Unwatched, Watch};
