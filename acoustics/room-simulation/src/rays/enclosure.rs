//! A scene as rays see it: the quickest search for the first face that its shape allows, and the surface there.

use glam::DVec3;

use super::packet::{Beams, NOWHERE, RAYS};
use super::pieces::{Piece, cut, nearest_of_pieces};
use super::planes::{Wall, nearest_of_box, nearest_of_walls};
use super::single;
use super::tree::{Tree, nearest_of_tree};
use crate::material::Material;
use crate::scene::face::Face;
use crate::scene::{Polyhedron, Scene, Shape};

/// How the first face is found.
#[derive(Debug, Clone)]
pub(crate) enum Search {
    /// Three pairs of walls.
    Box([f32; 3]),
    /// Every face fills its side of a convex room.
    Walls(Vec<Wall>),
    /// All pieces, sixteen rays at a time.
    Pieces(Vec<Piece>, f32),
    /// A tree, ray by ray.
    Tree(Tree),
}

/// Faces with their surfaces, in single precision around the middle of the room.
#[derive(Debug, Clone)]
pub(crate) struct Enclosure<'a> {
    /// What coordinates are counted from.
    pub(crate) origin: DVec3,
    pub(crate) search: Search,
    /// All materials: those of a face, then those of its patches.
    pub(crate) materials: Vec<Material>,
    /// First material of each face, where any has patches.
    first: Vec<u32>,
    faces: &'a [Face],
    hair_m: f32,
}

/// Most pieces that are tested one after the other; with more of them the tree is quicker.
const PIECES_MAX: usize = 96;

/// How far rounding can put a point, in metres: ten units in the last place at the farthest corner, at least 10 um.
fn hair_m(polyhedron: &Polyhedron) -> f64 {
    let half = 0.5 * (polyhedron.upper - polyhedron.lower);
    let off = |face: &Face| {
        let corners = face.rings.iter().flatten();
        corners
            .map(|c| face.plane.distance(*c).abs())
            .fold(0.0, f64::max)
    };
    let bent = polyhedron.faces.iter().map(off).fold(0.0, f64::max);
    1e-5 + 10.0 * f64::from(f32::EPSILON) * half.max_element() + 2.0 * bent
}

impl<'a> Enclosure<'a> {
    /// A scene as rays see it.
    pub(crate) fn new(scene: &'a Scene) -> Self {
        match scene.shape() {
            Shape::Shoebox(shoebox) => Self {
                origin: DVec3::ZERO,
                search: Search::Box(shoebox.size_m.to_array().map(single)),
                materials: shoebox.walls.to_vec(),
                first: Vec::new(),
                faces: &[],
                hair_m: 1e-5,
            },
            Shape::Polyhedron(polyhedron) => Self::of_faces(polyhedron),
        }
    }

    fn of_faces(polyhedron: &'a Polyhedron) -> Self {
        let faces = &polyhedron.faces[..];
        let origin = 0.5 * (polyhedron.lower + polyhedron.upper);
        let hair = hair_m(polyhedron);
        let (mut materials, mut first) = (Vec::new(), Vec::new());
        for face in faces {
            first.push(number(materials.len()));
            materials.push(face.material);
            materials.extend(face.patches.iter().map(|p| p.material));
        }
        if faces.iter().all(|f| f.patches.is_empty()) {
            first.clear();
        }
        let search = if is_convex(faces) {
            Search::Walls(walls(faces, origin))
        } else {
            let pieces: Vec<Piece> = faces
                .iter()
                .enumerate()
                .flat_map(|(k, face)| cut(face, number(k), origin, hair))
                .collect();
            if pieces.len() > PIECES_MAX {
                Search::Tree(Tree::new(pieces, single(hair)))
            } else {
                Search::Pieces(pieces, single(hair))
            }
        };
        Self {
            origin,
            search,
            materials,
            first,
            faces,
            hair_m: single(hair),
        }
    }

    /// Finds the first face on the way of every ray.
    pub(crate) fn nearest(&self, beams: &mut Beams) {
        match &self.search {
            Search::Box(size) => nearest_of_box(beams, size),
            Search::Walls(walls) => nearest_of_walls(beams, walls),
            Search::Pieces(pieces, hair_m) => nearest_of_pieces(beams, pieces, *hair_m),
            Search::Tree(tree) => nearest_of_tree(beams, tree),
        }
    }

    /// Takes the weight of every ray whose end does not see a point.
    pub(crate) fn hide(&self, beams: &Beams, point: [f32; 3], weights: &mut [f32; RAYS]) {
        if matches!(self.search, Search::Box(_) | Search::Walls(_))
            || weights.iter().all(|w| *w <= 0.0)
        {
            return;
        }
        let mut sight = Beams {
            at: beams.at,
            ..Beams::default()
        };
        for ray in 0..RAYS {
            let o = [0, 1, 2].map(|k| point[k] - beams.at[k][ray]);
            let way = (o[0] * o[0] + o[1] * o[1] + o[2] * o[2]).sqrt();
            let wanted = weights[ray] > 0.0;
            for k in 0..3 {
                sight.towards[k][ray] = if wanted { o[k] / way } else { 0.0 };
            }
            sight.leg[ray] = if wanted { way - self.hair_m } else { 0.0 };
        }
        self.nearest(&mut sight);
        for ray in 0..RAYS {
            if sight.face[ray] != NOWHERE {
                weights[ray] = 0.0;
            }
        }
    }

    /// The surface, as a place among the materials, where each ray has ended; rays that met nothing get the first.
    pub(crate) fn surfaces(&self, beams: &Beams) -> [u32; RAYS] {
        let face = beams.face.map(|f| if f == NOWHERE { 0 } else { f });
        if self.first.is_empty() {
            return face;
        }
        let mut surface = [0; RAYS];
        for ray in 0..RAYS {
            let place = face[ray] as usize;
            let own = &self.faces[place];
            surface[ray] = self.first[place];
            if !own.patches.is_empty() {
                let point = DVec3::from(beams.point(ray).map(f64::from)) + self.origin;
                let found = own.material_at(point);
                let patch = own
                    .patches
                    .iter()
                    .position(|p| core::ptr::eq(&raw const p.material, found));
                surface[ray] += patch.map_or(0, |k| number(k + 1));
            }
        }
        surface
    }
}

fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(NOWHERE)
}

/// Whether no face stands in front of another and no two lie in one plane: then planes are walls.
fn is_convex(faces: &[Face]) -> bool {
    let corners = || faces.iter().flat_map(|f| f.rings.iter().flatten());
    let none_behind = |f: &Face| corners().all(|c| f.plane.distance(*c) > -1e-6);
    let own_plane = |(k, f): (usize, &Face)| {
        faces[..k].iter().all(|g| {
            f.plane.normal.dot(g.plane.normal) < 1.0 - 1e-9
                || (f.plane.offset - g.plane.offset).abs() > 1e-6
        })
    };
    faces.len() <= PIECES_MAX
        && faces.iter().all(|f| f.rings.len() == 1 && none_behind(f))
        && faces.iter().enumerate().all(own_plane)
}

fn walls(faces: &[Face], origin: DVec3) -> Vec<Wall> {
    let wall = |(k, face): (usize, &Face)| Wall {
        normal: face.plane.normal.to_array().map(single),
        offset: single(face.plane.offset - face.plane.normal.dot(origin)),
        face: number(k),
    };
    faces.iter().enumerate().map(wall).collect()
}
