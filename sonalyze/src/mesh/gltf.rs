//! Reads glTF 2.0, `.gltf` and `.glb`: the triangles of the default scene, with the transforms of all nodes.
//!
//! The crate `gltf` checks the document; what an accessor says of its buffer is checked here before a number is read,
//! since the crate relies on it.

use std::path::Path;

use gltf::accessor::{DataType, Dimensions};
use gltf::mesh::Mode;
use gltf::{Accessor, Gltf, Node, Primitive, Semantic};

use super::{CORNERS_MAX, FACES_MAX, Face, Faults, Frame, buffers};

/// Most nodes inside each other.
const DEPTH_MAX: usize = 64;

/// Most nodes that are visited, each as often as it is used.
const NODES_MAX: usize = 100_000;

/// A transform: columns of a 4 x 4 matrix.
type Matrix = [[f64; 4]; 4];

const IDENTITY: Matrix = [
    [1.0, 0.0, 0.0, 0.0],
    [0.0, 1.0, 0.0, 0.0],
    [0.0, 0.0, 1.0, 0.0],
    [0.0, 0.0, 0.0, 1.0],
];

/// The faces of a file; `folder` is where its buffers may lie.
///
/// # Errors
/// Every fault with the node or primitive that it belongs to.
pub(super) fn read(bytes: &[u8], folder: &Path, frame: &Frame) -> Result<Vec<Face>, Faults> {
    let file = Gltf::from_slice(bytes).map_err(|error| document_faults(&error))?;
    let data = buffers::all(&file.document, file.blob.as_deref(), folder)?;
    let scene = file.default_scene().or_else(|| file.scenes().next());
    let mut reader = Reader {
        frame,
        data: &data,
        visited: 0,
        corners: 0,
        faces: Vec::new(),
        faults: Faults::new(),
    };
    for node in scene.iter().flat_map(gltf::Scene::nodes) {
        reader.node(&node, &IDENTITY, 0);
    }
    if reader.faults.is_empty() {
        Ok(reader.faces)
    } else {
        Err(reader.faults)
    }
}

/// Each fault that the document has by itself.
fn document_faults(error: &gltf::Error) -> Faults {
    match error {
        gltf::Error::Validation(all) => all
            .iter()
            .map(|(place, fault)| {
                format!("{place}: {fault}; export the file again, as plain glTF 2.0")
            })
            .collect(),
        gltf::Error::Binary(_) | gltf::Error::Deserialize(_) | gltf::Error::Io(_) => {
            vec![format!("it is no glTF 2.0: {error}")]
        }
    }
}

struct Reader<'a> {
    frame: &'a Frame,
    data: &'a [Vec<u8>],
    visited: usize,
    corners: usize,
    faces: Vec<Face>,
    faults: Faults,
}

impl Reader<'_> {
    fn node(&mut self, node: &Node<'_>, above: &Matrix, depth: usize) {
        self.visited += 1;
        if depth > DEPTH_MAX || self.visited > NODES_MAX {
            let fault = format!(
                "there are more than {DEPTH_MAX} nodes inside each other, or more than {NODES_MAX} in all; flatten the \
                 scene before it is exported"
            );
            if !self.faults.contains(&fault) {
                self.faults.push(fault);
            }
            return;
        }
        let own = node
            .transform()
            .matrix()
            .map(|column| column.map(f64::from));
        let whole = product(above, &own);
        if let Some(mesh) = node.mesh() {
            self.mesh(node, &mesh, &whole);
        }
        for child in node.children() {
            self.node(&child, &whole, depth + 1);
        }
    }

    fn mesh(&mut self, node: &Node<'_>, mesh: &gltf::Mesh<'_>, transform: &Matrix) {
        let named = node.name().or_else(|| mesh.name());
        let name = named.map_or_else(|| format!("node {}", node.index()), str::to_owned);
        for primitive in mesh.primitives() {
            let place = format!("node \"{name}\", primitive {}", primitive.index());
            if let Err(why) = self.primitive(&primitive, transform, &name, &place) {
                self.faults.push(format!("{place}: {why}"));
            }
        }
    }

    fn primitive(
        &mut self,
        primitive: &Primitive<'_>,
        transform: &Matrix,
        name: &str,
        place: &str,
    ) -> Result<(), String> {
        let shape = match primitive.mode() {
            Mode::Points | Mode::Lines | Mode::LineLoop | Mode::LineStrip => return Ok(()),
            shape @ (Mode::Triangles | Mode::TriangleStrip | Mode::TriangleFan) => shape,
        };
        let corners = self.positions(primitive)?;
        self.corners += corners.len();
        let order = match primitive.indices() {
            Some(indices) => self.indices(&indices, primitive)?,
            None => (0..corners.len()).collect(),
        };
        let triangles = triangles(shape, &order);
        if self.corners > CORNERS_MAX || self.faces.len() + triangles.len() > FACES_MAX {
            return Err(format!(
                "with it there are more than {CORNERS_MAX} corners or {FACES_MAX} triangles; a room needs few, so \
                 simplify it"
            ));
        }
        let material = primitive.material().name().map(str::to_owned);
        for (count, triangle) in triangles.into_iter().enumerate() {
            let corner = |index: usize| {
                let point = corners.get(index).copied();
                point.map(|point| self.frame.in_room(moved(transform, point)))
            };
            let corners_m: Option<Vec<[f64; 3]>> = triangle.into_iter().map(corner).collect();
            let corners_m = corners_m.ok_or_else(|| {
                format!(
                    "triangle {count} names corners {triangle:?}, there are {}",
                    corners.len()
                )
            })?;
            let number = self.faces.len() + 1;
            self.faces.push(Face {
                name: format!("{name} {number}"),
                material: material.clone(),
                corners_m,
                origin: format!("{place}, triangle {count}"),
            });
        }
        Ok(())
    }

    fn positions(&self, primitive: &Primitive<'_>) -> Result<Vec<[f64; 3]>, String> {
        let accessor = primitive
            .get(&Semantic::Positions)
            .ok_or("it has no positions")?;
        if (accessor.dimensions(), accessor.data_type()) != (Dimensions::Vec3, DataType::F32) {
            return Err("its positions are not three 32-bit floats each".to_owned());
        }
        self.check(&accessor, "positions")?;
        let reader = primitive.reader(|buffer| self.data.get(buffer.index()).map(Vec::as_slice));
        let positions = reader
            .read_positions()
            .ok_or("its positions cannot be read")?;
        let corners: Vec<[f64; 3]> = positions.map(|point| point.map(f64::from)).collect();
        if corners.iter().flatten().all(|x| x.is_finite()) {
            Ok(corners)
        } else {
            Err("some of its positions are no numbers".to_owned())
        }
    }

    fn indices(
        &self,
        accessor: &Accessor<'_>,
        primitive: &Primitive<'_>,
    ) -> Result<Vec<usize>, String> {
        let is_whole = matches!(
            accessor.data_type(),
            DataType::U8 | DataType::U16 | DataType::U32
        );
        if accessor.dimensions() != Dimensions::Scalar || !is_whole {
            return Err("its indices are not whole numbers".to_owned());
        }
        self.check(accessor, "indices")?;
        let reader = primitive.reader(|buffer| self.data.get(buffer.index()).map(Vec::as_slice));
        let indices = reader.read_indices().ok_or("its indices cannot be read")?;
        indices
            .into_u32()
            .map(|index| usize::try_from(index).map_err(|error| error.to_string()))
            .collect()
    }

    /// Whether all that an accessor claims lies in its buffer.
    fn check(&self, accessor: &Accessor<'_>, what: &str) -> Result<(), String> {
        let Some(view) = accessor.view().filter(|_| accessor.sparse().is_none()) else {
            return Err(format!(
                "its {what} are sparse, which is not read; export them as they are"
            ));
        };
        let size = accessor.size();
        let stride = view.stride().unwrap_or(size);
        let buffer = self.data.get(view.buffer().index()).map_or(0, Vec::len);
        let within_view = accessor
            .count()
            .checked_sub(1)
            .and_then(|steps| steps.checked_mul(stride))
            .and_then(|bytes| bytes.checked_add(size))
            .and_then(|bytes| bytes.checked_add(accessor.offset()))
            .is_some_and(|end| end <= view.length());
        let view_within = view.offset().checked_add(view.length());
        let sound = within_view && stride >= size && view_within.is_some_and(|end| end <= buffer);
        if sound {
            Ok(())
        } else {
            Err(format!(
                "its {what} reach beyond their buffer; export the file again"
            ))
        }
    }
}

/// Corners of every triangle of a list, strip or fan; what is left over makes none.
fn triangles(shape: Mode, order: &[usize]) -> Vec<[usize; 3]> {
    // Strips repeat corners to begin anew; such a triangle is none.
    let is_one = |[a, b, c]: &[usize; 3]| a != b && b != c && c != a;
    let strip = |(place, window): (usize, &[usize])| {
        let [a, b, c] = <[usize; 3]>::try_from(window).ok()?;
        Some(if place % 2 == 0 { [a, b, c] } else { [b, a, c] }).filter(is_one)
    };
    let list = |corners: &[usize]| <[usize; 3]>::try_from(corners).ok();
    match (shape, order) {
        (Mode::TriangleStrip, order) => order.windows(3).enumerate().filter_map(strip).collect(),
        (Mode::TriangleFan, [hub, rim @ ..]) => rim
            .windows(2)
            .filter_map(|pair| Some([*hub, *pair.first()?, *pair.last()?]))
            .collect(),
        (_, order) => order.chunks_exact(3).filter_map(list).collect(),
    }
}

/// `a` after `b`.
fn product(a: &Matrix, b: &Matrix) -> Matrix {
    core::array::from_fn(|column| {
        core::array::from_fn(|row| (0..4).map(|k| a[k][row] * b[column][k]).sum())
    })
}

fn moved(transform: &Matrix, [x, y, z]: [f64; 3]) -> [f64; 3] {
    core::array::from_fn(|row| {
        transform[0][row] * x + transform[1][row] * y + transform[2][row] * z + transform[3][row]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_turn_every_second_triangle() {
        let strip = triangles(Mode::TriangleStrip, &[0, 1, 2, 3, 3]);
        assert_eq!(strip, [[0, 1, 2], [2, 1, 3]]);
        let fan = triangles(Mode::TriangleFan, &[0, 1, 2, 3]);
        assert_eq!(fan, [[0, 1, 2], [0, 2, 3]]);
        let list = triangles(Mode::Triangles, &[0, 1, 2, 3, 4]);
        assert_eq!(list, [[0, 1, 2]]);
        assert!(triangles(Mode::TriangleFan, &[]).is_empty());
    }

    #[test]
    fn transforms_follow_each_other_from_the_inside_out() {
        let mut shift = IDENTITY;
        shift[3] = [1.0, 2.0, 3.0, 1.0];
        let mut double = IDENTITY;
        for (axis, column) in double.iter_mut().take(3).enumerate() {
            column[axis] = 2.0;
        }
        let both = product(&shift, &double);
        let found = moved(&both, [1.0, 1.0, 1.0]);
        let off = found.iter().zip([3.0, 4.0, 5.0]);
        assert!(off.clone().all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
    }
}
