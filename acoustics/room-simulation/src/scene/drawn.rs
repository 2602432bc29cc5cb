//! A scene as drawings and lists need it: its faces with corners and materials, its points.
//!
//! Coordinates are those in which the room was described; inside a scene a box begins at its own lowest corner.

use glam::DVec3;

use super::face::Face;
use super::room::box_faces;
use super::{Scene, Shape};
use crate::material::Material;

/// A face of a scene.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnFace {
    /// Its name; faces that were joined have that of the first.
    pub name: String,
    /// Corners of its outline and of its holes in metres.
    pub rings_m: Vec<Vec<[f64; 3]>>,
    /// Area in square metres, patches included.
    pub area_m2: f64,
    /// What it is made of, where no patch lies.
    pub material: Material,
    /// Names, areas in square metres and materials of the patches on it.
    pub patches: Vec<(String, f64, Material)>,
    /// Whether it belongs to a piece of furniture.
    pub is_furniture: bool,
}

impl Scene {
    /// Every face, the room's before the furniture's.
    pub fn drawn(&self) -> Vec<DrawnFace> {
        let origin = self.shape.origin();
        match &self.shape {
            Shape::Shoebox(shoebox) => box_faces(shoebox.size_m, &shoebox.walls)
                .iter()
                .map(|face| drawn(face, origin))
                .collect(),
            Shape::Polyhedron(room) => room.faces.iter().map(|f| drawn(f, origin)).collect(),
        }
    }

    /// Name of a face by its place, as [`ImagePath::faces`](crate::ImagePath::faces) has it; none of a box.
    pub fn face_name(&self, place: usize) -> Option<&str> {
        match &self.shape {
            Shape::Shoebox(_) => None,
            Shape::Polyhedron(room) => room.faces.get(place).map(|face| face.name.as_str()),
        }
    }

    /// Where the sources are, in metres.
    pub fn source_positions_m(&self) -> impl Iterator<Item = [f64; 3]> {
        let origin = self.shape.origin();
        self.sources
            .iter()
            .map(move |s| (origin + s.position).to_array())
    }

    /// Where the receivers are, in metres.
    pub fn receiver_positions_m(&self) -> impl Iterator<Item = [f64; 3]> {
        let origin = self.shape.origin();
        self.receivers
            .iter()
            .map(move |r| (origin + r.position).to_array())
    }
}

fn drawn(face: &Face, origin: DVec3) -> DrawnFace {
    let ring = |ring: &Vec<DVec3>| ring.iter().map(|p| (*p + origin).to_array()).collect();
    let patch = |p: &super::face::Patch| (p.name.clone(), p.area_m2, p.material);
    DrawnFace {
        name: face.name.clone(),
        rings_m: face.rings.iter().map(ring).collect(),
        area_m2: face.area_m2,
        material: face.material,
        patches: face.patches.iter().map(patch).collect(),
        is_furniture: face.furniture.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Directivity, Material, Octaves, Pickup, Room, SceneBuilder};

    #[test]
    fn a_box_off_the_origin_is_drawn_where_it_was_described() {
        let octaves = Octaves::from_centres(&[1000.0]).unwrap();
        let material = Material::flat(octaves, 0.2, 0.0);
        let room = Room::Extruded {
            corners_m: vec![[-2.0, -1.0], [2.0, -1.0], [2.0, 1.0], [-2.0, 1.0]],
            height_m: 3.0,
            walls: vec![material],
            floor: material,
            ceiling: material,
        };
        let single = Pickup::Single(Directivity::Omnidirectional);
        let scene = SceneBuilder::new(room, octaves)
            .source("s", [-1.0, 0.5, 1.0], Directivity::Omnidirectional)
            .receiver("r", [1.5, 0.0, 1.2], single)
            .build()
            .unwrap();
        let faces = scene.drawn();
        let corners = || faces.iter().flat_map(|f| f.rings_m.iter().flatten());
        let least = |axis: usize| corners().map(|c| c[axis]).fold(f64::INFINITY, f64::min);
        for (axis, expected) in [-2.0, -1.0, 0.0].into_iter().enumerate() {
            assert!((least(axis) - expected).abs() < 1e-12, "{axis}");
        }
        let area: f64 = faces.iter().map(|f| f.area_m2).sum();
        assert!((area - 52.0).abs() < 1e-9, "{area}");
        let places: Vec<_> = scene.source_positions_m().collect();
        assert!(
            (places[0][0] + 1.0).abs() < 1e-12 && (places[0][1] - 0.5).abs() < 1e-12,
            "{places:?}"
        );
    }
}
