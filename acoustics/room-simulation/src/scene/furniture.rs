//! What stands in a room: upright prisms that reflect, absorb and cast shadows.

use glam::DVec3;

use super::face::Face;
use super::fault::{Faults, Place};
use super::outline::{at, plan, walls};
use crate::material::Material;

/// An upright prism: a box turned by any angle, or any other plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Furniture {
    /// Name, for messages.
    pub id: String,
    /// Corners of its plan in metres, in either direction.
    pub outline_m: Vec<[f64; 2]>,
    /// Height of its underside in metres.
    pub bottom_m: f64,
    /// Height of its top in metres.
    pub top_m: f64,
    /// What it is made of.
    pub material: Material,
}

impl Furniture {
    /// A box along the axes.
    pub fn cuboid(id: String, min_m: [f64; 3], max_m: [f64; 3], material: Material) -> Self {
        let ([x0, y0, bottom_m], [x1, y1, top_m]) = (min_m, max_m);
        Self {
            id,
            outline_m: vec![[x0, y0], [x1, y0], [x1, y1], [x0, y1]],
            bottom_m,
            top_m,
            material,
        }
    }

    /// Its faces, normals outwards into the air, or nothing after noting what is wrong.
    pub(crate) fn faces(
        &self,
        piece: usize,
        place: &Place,
        faults: &mut Faults,
    ) -> Option<Vec<Face>> {
        let ring = plan(&self.outline_m, &place.then("outline_m"), faults)?;
        let named = |part: &str| format!("{} {part}", self.id);
        let face = |part: &str, corners: Vec<DVec3>, normal: DVec3| {
            let mut face = Face::new(named(part), vec![corners], normal, self.material);
            face.furniture = Some(piece);
            face
        };
        let mut faces: Vec<Face> = walls(&ring, self.bottom_m, self.top_m)
            .enumerate()
            .map(|(side, corners)| {
                let along = corners[1] - corners[0];
                let normal = along.cross(DVec3::Z).normalize();
                face(&format!("side {}", side + 1), corners.to_vec(), normal)
            })
            .collect();
        faces.push(face("top", at(&ring, self.top_m), DVec3::Z));
        let underside = at(&ring, self.bottom_m).into_iter().rev().collect();
        faces.push(face("underside", underside, -DVec3::Z));
        Some(faces)
    }
}
