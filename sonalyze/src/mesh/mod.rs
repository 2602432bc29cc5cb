//! Meshes from files of other programs: faces with a name, corners and the name of a material.
//!
//! Corners come out in metres with x and y in the floor and z upwards. OBJ files say neither unit nor axes, so that a
//! person may; glTF fixes both (metres, y upwards). A file whose y points upwards is turned about x, never mirrored.

mod buffers;
mod frame;
mod gltf;
mod obj;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

pub(crate) use self::frame::{Frame, Unit, Up};
use crate::exit::Failure;
use crate::rooms::faults::listed;

/// Most bytes of a mesh and its buffers together.
const BYTES_MAX: usize = 64 << 20;

/// Most corners of a mesh.
const CORNERS_MAX: usize = 1_000_000;

/// Most faces of a mesh that are read.
const FACES_MAX: usize = 100_000;

/// Steps in a metre to which corners are rounded: a micrometre, far below what the engine welds.
const STEPS_PER_M: f64 = 1e6;

/// A planar face.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Face {
    /// Name of its object or group with a number.
    pub(crate) name: String,
    /// Name of its material in the file.
    pub(crate) material: Option<String>,
    /// Corners in metres, z upwards, in their order around the face.
    pub(crate) corners_m: Vec<[f64; 3]>,
    /// Where it stands in the file, such as `line 12`.
    pub(crate) origin: String,
}

/// Faces of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mesh {
    /// In the order of the file.
    pub(crate) faces: Vec<Face>,
}

/// Faults as they are found; reading goes on, so that all are told.
type Faults = Vec<String>;

impl Mesh {
    /// A point at a share of the way along the diagonal of the bounding box, at a height above its lowest corner (half
    /// of the room's where that is lower).
    pub(crate) fn along(&self, share: f64, height_m: f64) -> [f64; 3] {
        let corners = || self.faces.iter().flat_map(|face| &face.corners_m);
        let bound = |axis: usize, pick: fn(f64, f64) -> f64| {
            corners()
                .map(|corner| corner[axis])
                .reduce(pick)
                .unwrap_or(0.0)
        };
        core::array::from_fn(|axis| {
            let (low, high) = (bound(axis, f64::min), bound(axis, f64::max));
            let way = if axis == 2 {
                height_m.min(0.5 * (high - low))
            } else {
                share * (high - low)
            };
            ((low + way) * 1000.0).round() / 1000.0
        })
    }
}

/// Reads a mesh by the ending of its name; the frame says how its coordinates became metres.
///
/// # Errors
/// An ending that is none of ours, a file that cannot be read, is too large or is none of its kind, with every fault.
pub(crate) fn read(
    path: &Path,
    unit: Option<Unit>,
    up: Option<Up>,
) -> Result<(Mesh, Frame), Failure> {
    let ending = path.extension().unwrap_or_default();
    let ending = ending.to_string_lossy().to_ascii_lowercase();
    let (frame, faces) = match ending.as_str() {
        "obj" => {
            let frame = Frame::new(unit.unwrap_or(Unit::M), up.unwrap_or(Up::Y));
            (frame, obj::read(&bytes(path)?, &frame))
        }
        "gltf" | "glb" => {
            let frame = Frame::fixed(unit, up)?;
            let folder = path.parent().unwrap_or(Path::new("."));
            (frame, gltf::read(&bytes(path)?, folder, &frame))
        }
        _ => {
            return Err(Failure::usage(format!(
                "{}: the ending names no mesh that is read; use .obj, .gltf or .glb",
                path.display()
            )));
        }
    };
    let faces = faces
        .and_then(|faces| bounded(faces, &ending))
        .map_err(|lines| {
            let told = listed(
                &path.display().to_string(),
                "cannot be read as a mesh",
                &lines,
            );
            Failure::unreadable(told.to_string())
        })?;
    Ok((Mesh { faces }, frame))
}

/// Nothing is no room.
fn bounded(faces: Vec<Face>, ending: &str) -> Result<Vec<Face>, Faults> {
    if faces.is_empty() {
        let what = if ending == "obj" {
            "there is no face in it (a line that begins with `f`)"
        } else {
            "there is no triangle in its scene"
        };
        return Err(vec![format!("{what}; export the room as polygons")]);
    }
    Ok(faces)
}

/// One byte more than allowed is read, so that the limit is seen to be exceeded.
fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let shown = path.display();
    let failed = |error| Failure::failed(format!("cannot read {shown}: {error}"));
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    let mut limited = file.take(BYTES_MAX as u64 + 1);
    limited.read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > BYTES_MAX {
        return Err(Failure::unreadable(format!(
            "{shown}: more than {BYTES_MAX} bytes, which is the limit of a mesh; a room needs few faces, so simplify it"
        )));
    }
    Ok(bytes)
}
