//! From loose faces to a closed room: corners that meet, faces that turn their front into the air, walls made whole.
//!
//! Faces may come in any orientation. Neighbours that lie in one plane and are of one material become one face, since
//! every face more multiplies the search for reflections.

use std::collections::{BTreeMap, BTreeSet};

use glam::DVec3;

use super::face::{Face, Frame, crosses, ring_area, sides};
use super::fault::{Faults, Place, Wrong};
use super::polyhedron::winding;
use crate::material::Material;

/// A face as it is given: its corners in order, in either direction.
#[derive(Debug, Clone, PartialEq)]
pub struct MeshFace {
    /// Name, for patches and messages.
    pub name: String,
    /// Corners in metres, in their order around the face.
    pub corners_m: Vec<[f64; 3]>,
    /// What it is made of.
    pub material: Material,
}

/// Corners nearer than this are one, in metres.
const SAME_CORNER_M: f64 = 1e-4;

/// How far a corner may lie out of the plane of its face, in metres.
pub(crate) const PLANAR_M: f64 = 1e-3;

/// Smallest area of a face, in square metres.
const AREA_MIN_M2: f64 = 1e-6;

/// Faces whose normals differ by less are in one plane (and whose offsets differ by less than [`SAME_CORNER_M`]).
const SAME_NORMAL: f64 = 1e-7;

/// The faces of a closed room with their normals inwards, or nothing after noting why not.
pub(crate) fn closed(given: &[MeshFace], place: &Place, faults: &mut Faults) -> Option<Vec<Face>> {
    let corners = Corners::of(given);
    let mut loops: Vec<Vec<usize>> = Vec::new();
    let mut sound = true;
    for (index, face) in given.iter().enumerate() {
        let at = place.then(index).then("vertices");
        let ring = corners.ring(face);
        sound &= is_face(&corners, &ring, &at, faults);
        loops.push(ring);
    }
    if !sound {
        return None;
    }
    orient(&corners, &mut loops, place, faults)?;
    let faces = merged(&corners, &loops, given);
    Some(turned_inwards(faces))
}

/// Distinct corners.
struct Corners {
    points: Vec<DVec3>,
    by_cell: BTreeMap<[i64; 3], Vec<usize>>,
}

impl Corners {
    fn of(given: &[MeshFace]) -> Self {
        let mut corners = Self {
            points: Vec::new(),
            by_cell: BTreeMap::new(),
        };
        for point in given.iter().flat_map(|f| &f.corners_m) {
            let point = DVec3::from(*point);
            if corners.find(point).is_none() {
                let cell = cell(point);
                corners
                    .by_cell
                    .entry(cell)
                    .or_default()
                    .push(corners.points.len());
                corners.points.push(point);
            }
        }
        corners
    }

    fn find(&self, point: DVec3) -> Option<usize> {
        let home = cell(point);
        let around = |d: i64| [d % 3 - 1, d / 3 % 3 - 1, d / 9 - 1];
        (0..27).map(around).find_map(|d| {
            let near = self
                .by_cell
                .get(&[home[0] + d[0], home[1] + d[1], home[2] + d[2]])?;
            let same = |i: &&usize| self.points[**i].distance(point) < SAME_CORNER_M;
            near.iter().find(same).copied()
        })
    }

    /// Corners of a face, those given twice in a row once.
    fn ring(&self, face: &MeshFace) -> Vec<usize> {
        let mut ring: Vec<usize> = Vec::new();
        for corner in &face.corners_m {
            if let Some(index) = self.find(DVec3::from(*corner))
                && ring.last() != Some(&index)
            {
                ring.push(index);
            }
        }
        if ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        ring
    }

    fn points(&self, ring: &[usize]) -> Vec<DVec3> {
        ring.iter().map(|i| self.points[*i]).collect()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "scenes are at most kilometres wide"
)]
fn cell(point: DVec3) -> [i64; 3] {
    (point / SAME_CORNER_M).floor().to_array().map(|x| x as i64)
}

/// Sum of the areas that a ring's sides sweep: twice its area, along its normal (Newell).
fn area_vector(ring: &[DVec3]) -> DVec3 {
    let next = ring.iter().cycle().skip(1);
    let origin = ring.first().copied().unwrap_or(DVec3::ZERO);
    ring.iter()
        .zip(next)
        .map(|(a, b)| (*a - origin).cross(*b - origin))
        .sum()
}

/// Whether a ring is a planar face; notes why not.
fn is_face(corners: &Corners, ring: &[usize], place: &Place, faults: &mut Faults) -> bool {
    let points = corners.points(ring);
    let area = area_vector(&points);
    if points.len() < 3 || area.length() < 2.0 * AREA_MIN_M2 {
        let found_m2 = 0.5 * area.length();
        faults.add(place.clone(), Wrong::NoArea { found_m2 });
        return false;
    }
    let normal = area.normalize();
    let middle = points.iter().sum::<DVec3>() / points.len() as f64;
    let off = points.iter().map(|p| normal.dot(*p - middle).abs());
    let off_m = off.fold(0.0, f64::max);
    if off_m > PLANAR_M {
        let allowed_m = PLANAR_M;
        faults.add(place.clone(), Wrong::NotPlanar { off_m, allowed_m });
        return false;
    }
    let flat = Frame::new(middle, normal).flatten(&points);
    is_simple(&flat, place, faults)
}

/// Whether no two sides of an outline cross; notes the first two that do.
pub(crate) fn is_simple(flat: &[glam::DVec2], place: &Place, faults: &mut Faults) -> bool {
    let all: Vec<_> = sides(flat).collect();
    for (i, a) in all.iter().enumerate() {
        if let Some(j) = (i + 1..all.len()).find(|j| crosses(*a, all[*j])) {
            faults.add(place.clone(), Wrong::CrossingSides { sides: [i, j] });
            return false;
        }
    }
    true
}

/// Turns loops so that neighbours agree; notes open edges and separate parts.
fn orient(
    corners: &Corners,
    loops: &mut [Vec<usize>],
    place: &Place,
    faults: &mut Faults,
) -> Option<()> {
    let mut by_edge: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (face, ring) in loops.iter().enumerate() {
        for (a, b) in edges(ring) {
            by_edge.entry((a.min(b), a.max(b))).or_default().push(face);
        }
    }
    let mut closed = true;
    for ((a, b), faces) in by_edge.iter().filter(|(_, faces)| faces.len() != 2) {
        let ends = [corners.points[*a].to_array(), corners.points[*b].to_array()];
        faults.add(
            place.clone(),
            Wrong::OpenEdge {
                ends,
                faces: faces.len(),
            },
        );
        closed = false;
    }
    if !closed {
        return None;
    }
    let parts = turn_all(loops, &by_edge);
    if parts != 1 {
        faults.add(place.clone(), Wrong::NotOneRoom { parts });
        return None;
    }
    Some(())
}

/// Goes from face to face over their edges and turns those that disagree; how many separate parts there are.
fn turn_all(loops: &mut [Vec<usize>], by_edge: &BTreeMap<(usize, usize), Vec<usize>>) -> usize {
    let mut seen = vec![false; loops.len()];
    let mut parts = 0;
    for start in 0..loops.len() {
        if seen[start] {
            continue;
        }
        parts += 1;
        seen[start] = true;
        let mut waiting = vec![start];
        while let Some(face) = waiting.pop() {
            waiting.extend(turn_neighbours(face, loops, by_edge, &mut seen));
        }
    }
    parts
}

/// Turns the neighbours of a face that nobody has seen yet; which they are.
fn turn_neighbours(
    face: usize,
    loops: &mut [Vec<usize>],
    by_edge: &BTreeMap<(usize, usize), Vec<usize>>,
    seen: &mut [bool],
) -> Vec<usize> {
    let own: Vec<(usize, usize)> = edges(&loops[face]).collect();
    let mut new = Vec::new();
    for (a, b) in own {
        let pair = &by_edge[&(a.min(b), a.max(b))];
        let other = if pair[0] == face { pair[1] } else { pair[0] };
        if seen[other] {
            continue;
        }
        seen[other] = true;
        new.push(other);
        if edges(&loops[other]).any(|edge| edge == (a, b)) {
            loops[other].reverse();
        }
    }
    new
}

/// Edges of a loop in their direction.
fn edges(ring: &[usize]) -> impl Iterator<Item = (usize, usize)> + '_ {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| (*a, *b))
}

/// Faces of one plane and one material that touch become one.
fn merged(corners: &Corners, loops: &[Vec<usize>], given: &[MeshFace]) -> Vec<Face> {
    let normal = |i: usize| area_vector(&corners.points(&loops[i])).normalize();
    let normals: Vec<DVec3> = (0..loops.len()).map(normal).collect();
    let group = groups(corners, loops, given, &normals);
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (face, root) in group.iter().enumerate() {
        members.entry(*root).or_default().push(face);
    }
    let build = |(root, faces): (usize, Vec<usize>)| {
        let rings = if faces.len() == 1 {
            vec![loops[root].clone()]
        } else {
            border(&faces.iter().map(|f| &loops[*f][..]).collect::<Vec<_>>())
        };
        let frame = Frame::new(corners.points[rings[0][0]], normals[root]);
        let mut rings: Vec<Vec<DVec3>> = rings.iter().map(|r| corners.points(r)).collect();
        rings.sort_by(|a, b| {
            let area = |r: &[DVec3]| ring_area(&frame.flatten(r));
            area(b).total_cmp(&area(a))
        });
        Face::new(
            given[root].name.clone(),
            rings,
            normals[root],
            given[root].material,
        )
    };
    members.into_iter().map(build).collect()
}

/// For each face the first face of its group.
fn groups(
    corners: &Corners,
    loops: &[Vec<usize>],
    given: &[MeshFace],
    normals: &[DVec3],
) -> Vec<usize> {
    let mut group: Vec<usize> = (0..loops.len()).collect();
    let mut by_edge: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let offset = |i: usize| normals[i].dot(corners.points[loops[i][0]]);
    for (face, ring) in loops.iter().enumerate() {
        for (a, b) in edges(ring) {
            let Some(other) = by_edge.insert((a.min(b), a.max(b)), face) else {
                continue;
            };
            let one_plane = normals[face].dot(normals[other]) > 1.0 - SAME_NORMAL
                && (offset(face) - offset(other)).abs() < SAME_CORNER_M;
            if one_plane && given[face].material == given[other].material {
                let (low, high) = (group[face].min(group[other]), group[face].max(group[other]));
                group
                    .iter_mut()
                    .filter(|g| **g == high)
                    .for_each(|g| *g = low);
            }
        }
    }
    group
}

/// Rings around faces that touch: edges that only one of them has.
fn border(faces: &[&[usize]]) -> Vec<Vec<usize>> {
    let mut next: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let all: BTreeSet<(usize, usize)> = faces.iter().flat_map(|f| edges(f)).collect();
    for (a, b) in &all {
        if !all.contains(&(*b, *a)) {
            next.entry(*a).or_default().push(*b);
        }
    }
    let mut rings = Vec::new();
    while let Some((start, _)) = next.iter().find(|(_, to)| !to.is_empty()) {
        let start = *start;
        let mut ring = vec![start];
        let mut here = start;
        while let Some(there) = next.get_mut(&here).and_then(Vec::pop) {
            if there == start {
                break;
            }
            ring.push(there);
            here = there;
        }
        rings.push(ring);
    }
    rings
}

/// Turns all normals into the room: seen from within, a closed room winds once around a point.
fn turned_inwards(faces: Vec<Face>) -> Vec<Face> {
    let volume: f64 = faces.iter().map(|f| f.plane.offset * f.area_m2).sum();
    if volume < 0.0 {
        return faces;
    }
    let turn = |face: Face| {
        let rings = face
            .rings
            .into_iter()
            .map(|r| r.into_iter().rev().collect());
        Face::new(
            face.name,
            rings.collect(),
            -face.plane.normal,
            face.material,
        )
    };
    faces.into_iter().map(turn).collect()
}

/// Whether a point lies in what faces with inward normals enclose.
pub(crate) fn encloses(faces: &[Face], point: DVec3) -> bool {
    winding(faces.iter(), point) > 0.5
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::octaves::Octaves;

    /// A box of triangles, with every second one turned around.
    fn triangulated_box() -> Vec<MeshFace> {
        let corner = |i: usize| {
            let at = |bit: usize, size: f64| if i & bit == 0 { 0.0 } else { size };
            [at(1, 5.0), at(2, 4.0), at(4, 3.0)]
        };
        let quads = [
            [0, 1, 3, 2],
            [4, 6, 7, 5],
            [0, 4, 5, 1],
            [2, 3, 7, 6],
            [0, 2, 6, 4],
            [1, 5, 7, 3],
        ];
        let triangles = quads
            .iter()
            .flat_map(|q| [[q[0], q[1], q[2]], [q[3], q[2], q[0]]]);
        let face = |(index, triangle): (usize, [usize; 3])| MeshFace {
            name: format!("triangle {index}"),
            corners_m: triangle.map(corner).to_vec(),
            material: Material::flat(Octaves::ALL, 0.1, 0.0),
        };
        triangles.enumerate().map(face).collect()
    }

    #[test]
    fn triangles_in_any_orientation_become_six_walls() {
        let mut faults = Faults::default();
        let faces = closed(&triangulated_box(), &Place::at("faces"), &mut faults);
        let faces = faces.unwrap();
        assert_eq!(faces.len(), 6);
        let inside = DVec3::new(1.0, 1.0, 1.0);
        assert!(faces.iter().all(|f| f.plane.distance(inside) > 0.0));
        assert!(encloses(&faces, inside));
        assert!(!encloses(&faces, DVec3::new(1.0, 1.0, 3.5)));
        let surface: f64 = faces.iter().map(|f| f.area_m2).sum();
        assert!((surface - 94.0).abs() < 1e-9);
    }

    #[test]
    fn a_hole_in_the_room_is_named_by_its_edges() {
        let mut faults = Faults::default();
        let mut faces = triangulated_box();
        faces.pop();
        assert!(closed(&faces, &Place::at("faces"), &mut faults).is_none());
        let found = faults.into_vec();
        assert_eq!(found.len(), 3);
        assert!(matches!(found[0].wrong, Wrong::OpenEdge { faces: 1, .. }));
    }

    #[test]
    fn a_wall_with_a_niche_keeps_its_hole() {
        // A frame of eight quads in one plane around a missing square.
        let grid = |i: usize, j: usize| i + 4 * j;
        let mut quads = Vec::new();
        for (i, j) in (0..9).map(|k| (k % 3, k / 3)).filter(|ij| *ij != (1, 1)) {
            quads.push([
                grid(i, j),
                grid(i + 1, j),
                grid(i + 1, j + 1),
                grid(i, j + 1),
            ]);
        }
        let rings = border(&quads.iter().map(|q| &q[..]).collect::<Vec<_>>());
        let mut lengths: Vec<usize> = rings.iter().map(Vec::len).collect();
        lengths.sort_unstable();
        assert_eq!(lengths, [4, 12]);
    }
}
