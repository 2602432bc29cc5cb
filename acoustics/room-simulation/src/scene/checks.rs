//! What a scene may hold: every bound with its name, and the checks that note what lies outside.

use glam::DVec3;

use super::face::Face;
use super::fault::{Faults, Place, Wrong};
use super::mesh::encloses;
use super::{Shoebox, WALLS};
use crate::directivity::Directivity;
use crate::material::Material;

/// Smallest length of a room in metres.
pub(super) const LENGTH_MIN_M: f64 = 0.1;
/// Largest length of a room, and farthest coordinate, in metres.
pub const LENGTH_MAX_M: f64 = 1000.0;
/// Most corners of an outline.
pub const CORNERS_MAX: usize = 500;
/// Most faces of a mesh.
pub const FACES_MAX: usize = 20_000;
/// Most pieces of furniture.
pub const FURNITURE_MAX: usize = 500;
/// Most patches.
pub const PATCHES_MAX: usize = 500;
/// Most sources.
pub const SOURCES_MAX: usize = 64;
/// Most receivers.
pub const RECEIVERS_MAX: usize = 256;
/// Largest attenuation by the air in 1/m of energy.
pub(super) const ATTENUATION_MAX_PER_M: f64 = 10.0;
/// Longest id in characters.
pub const ID_MAX: usize = 128;
/// Smallest distance of sources and receivers from surfaces and from each other, in metres.
pub(super) const CLEARANCE_M: f64 = 0.001;

pub(super) fn check_size(size_m: [f64; 3], place: &Place, faults: &mut Faults) -> bool {
    let at = |axis: usize| place.then("size_m").then(axis);
    (0..3).fold(true, |sound, axis| {
        faults.bound(at(axis), size_m[axis], LENGTH_MIN_M, LENGTH_MAX_M) & sound
    })
}

/// Bounds of every coordinate of a corner.
pub(super) fn check_corner(corner: &[f64], place: &Place, faults: &mut Faults) -> bool {
    corner.iter().enumerate().fold(true, |sound, (axis, x)| {
        faults.bound(place.then(axis), *x, -LENGTH_MAX_M, LENGTH_MAX_M) & sound
    })
}

/// Each of a list of materials.
pub(super) fn check_materials(materials: &[Material], place: &Place, faults: &mut Faults) -> bool {
    materials
        .iter()
        .enumerate()
        .fold(true, |sound, (index, material)| {
            check_material(material, &place.then(index), faults) & sound
        })
}

/// Coefficients between 0 and 1.
pub(super) fn check_material(material: &Material, place: &Place, faults: &mut Faults) -> bool {
    let lists = [
        ("absorption", material.absorption()),
        ("scattering", material.scattering()),
    ];
    let values = lists.iter().flat_map(|(field, list)| {
        let list = list.values().iter().enumerate();
        list.map(move |(octave, value)| (place.then(*field).then(octave), *value))
    });
    values.fold(true, |sound, (at, value)| {
        faults.bound(at, value, 0.0, 1.0) & sound
    })
}

pub(super) fn check_id(id: &str, is_new: bool, place: &Place, faults: &mut Faults) {
    let why = if id.is_empty() {
        "is empty; give one"
    } else if id.chars().count() > ID_MAX {
        "is longer than 128 characters; shorten it"
    } else if !is_new {
        "is given twice; give each its own"
    } else {
        return;
    };
    let found = id.to_owned();
    faults.add(place.then("id"), Wrong::Id { found, why });
}

pub(super) fn check_directivity(directivity: &Directivity, place: &Place, faults: &mut Faults) {
    if let Directivity::Cardioid { share, front } = directivity {
        faults.bound(place.then("share"), *share, 0.0, 1.0);
        let length = DVec3::from(*front).length();
        faults.bound(place.then("front"), length, 1e-6, 1e6);
    }
}

pub(super) fn check_in_box(shoebox: &Shoebox, here: DVec3, place: &Place, faults: &mut Faults) {
    let size = shoebox.size_m;
    let point = here.to_array();
    let here = here - shoebox.origin_m;
    let outside = |axis: usize| !(0.0..=size[axis]).contains(&here[axis]);
    if (0..3).any(outside) {
        faults.add(place.clone(), Wrong::OutOfRoom { point });
        return;
    }
    for axis in 0..3 {
        for (side, found_m) in [here[axis], size[axis] - here[axis]]
            .into_iter()
            .enumerate()
        {
            if found_m < CLEARANCE_M {
                faults.add(place.clone(), too_near(WALLS[2 * axis + side], found_m));
            }
        }
    }
}

/// Furniture must not reach out of the room: no corner outside, no edge through a wall.
pub(super) fn check_inside(room: &[Face], piece: &[Face], place: &Place, faults: &mut Faults) {
    let corners = piece.iter().flat_map(|f| f.rings.iter().flatten());
    let outside = |corner: &&DVec3| {
        let touches = room.iter().any(|f| f.distance_m(**corner) < CLEARANCE_M);
        !touches && !encloses(room, **corner)
    };
    if let Some(corner) = corners.clone().find(outside) {
        let point = corner.to_array();
        faults.add(place.clone(), Wrong::OutOfRoom { point });
    }
}

pub(super) fn too_near(face: &str, found_m: f64) -> Wrong {
    Wrong::TooNear {
        to: format!("the surface \"{face}\""),
        found_m,
        least_m: CLEARANCE_M,
    }
}
