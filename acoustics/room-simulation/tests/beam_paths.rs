//! Paths of the beam tree against a slow twin, and against what must not change them.
//!
//! The twin tries every sequence of faces and decides each by own geometry: angles around points instead of crossings,
//! no aperture, no tree, no mirror of several faces.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use glam::{DQuat, DVec2, DVec3};
use room_simulation::{
    Atmosphere, BeamLimits, BeamTree, Directivity, Ends, Furniture, ImagePath, Material, MeshFace,
    Octaves, Patch, Pickup, Reflected, Room, Scene, SceneBuilder, Shape,
};

mod twin;

use twin::{Slow, Wall};

const EAR: Pickup = Pickup::Single(Directivity::Omnidirectional);

/// Paths nearer to an edge than this, in metres, are decided by rounding.
const MARGIN_M: f64 = 1e-4;

fn octave() -> Octaves {
    Octaves::from_centres(&[1000.0]).unwrap()
}

fn flat(absorption: f64) -> Material {
    Material::flat(octave(), absorption, 0.0)
}

fn builder(room: Room, source: DVec3, receiver: DVec3) -> SceneBuilder {
    SceneBuilder::new(room, octave())
        .air(Atmosphere::Lossless(room_simulation::Air::default()))
        .source("s", source.to_array(), Directivity::Omnidirectional)
        .receiver("r", receiver.to_array(), EAR)
}

fn paths_to_order(scene: &Scene, max_order: usize) -> Vec<ImagePath> {
    let Shape::Polyhedron(room) = scene.shape() else {
        panic!("not a polyhedron");
    };
    let ends: Ends = scene.ends(0, 0, Reflected::Whole).unwrap();
    let limits = BeamLimits {
        max_order,
        nodes_max: 10_000_000,
    };
    let tree = BeamTree::grow(room, ends.source_m(), limits, &|| false).unwrap();
    assert_eq!(tree.complete_order(), max_order);
    tree.paths(&ends)
}

/// Sure paths agree in number, length and amplitude, one by one.
fn same(a: &[ImagePath], b: &[ImagePath], tolerance: f64) {
    let sure = |all: &[ImagePath]| -> Vec<[f64; 2]> {
        let sure = all.iter().filter(|p| p.margin_m > MARGIN_M);
        sure.map(|p| [p.distance_m, p.amplitude[0]]).collect()
    };
    let (a, mut left) = (sure(a), sure(b));
    assert_eq!(a.len(), left.len());
    assert!(a.len() > 20);
    for own in &a {
        let near = |o: &[f64; 2]| (0..2).all(|i| (o[i] - own[i]).abs() < tolerance);
        let place = left.iter().position(near);
        left.swap_remove(place.unwrap_or_else(|| panic!("{own:?} is missing")));
    }
}

/// Numbers from 0 to 1.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.roll()
    }
}

/// A plan, counter-clockwise: a bent box, an L, a T or a pentagon, each a little off.
fn plan(kind: usize, dice: &mut Dice) -> Vec<[f64; 2]> {
    let corners: &[[f64; 2]] = match kind % 4 {
        0 => &[[0., 0.], [6., 0.], [6., 5.], [0., 5.]],
        1 => &[[0., 0.], [6., 0.], [6., 3.], [3., 3.], [3., 7.], [0., 7.]],
        2 => &[
            [0., 0.],
            [8., 0.],
            [8., 3.],
            [5., 3.],
            [5., 6.],
            [3., 6.],
            [3., 3.],
            [0., 3.],
        ],
        _ => &[[0., 0.], [5., 0.4], [6.4, 3.9], [3., 6.], [-0.5, 3.5]],
    };
    let off = |c: &[f64; 2]| c.map(|x| x + dice.between(-0.2, 0.2));
    corners.iter().map(off).collect()
}

#[test]
fn the_tree_finds_what_trying_every_sequence_finds() {
    let mut dice = Dice(7);
    for case in 0..16 {
        let corners_m = plan(case, &mut dice);
        let height_m = dice.between(2.2, 3.5);
        let furnished = case >= 8;
        let walls: Vec<f64> = corners_m.iter().map(|_| dice.between(0.05, 0.6)).collect();
        let mut slow = Slow::extruded(&corners_m, height_m, &walls, [0.3, 0.5]);
        let room = Room::Extruded {
            corners_m,
            height_m,
            walls: walls.iter().map(|a| flat(*a)).collect(),
            floor: flat(0.3),
            ceiling: flat(0.5),
        };
        let rug =
            [[1.0, 0.8], [2.5, 0.9], [2.4, 2.2], [1.1, 2.3]].map(|c| DVec2::from(c).extend(0.0));
        let floor = slow.walls.len() - 2;
        slow.walls[floor].patch = Some((rug.to_vec(), 0.8));
        let source = DVec3::new(
            dice.between(0.5, 2.5),
            dice.between(0.5, 2.5),
            dice.between(1.2, 1.9),
        );
        let receiver = DVec3::new(
            dice.between(2.6, 4.4),
            dice.between(0.9, 2.3),
            dice.between(1.2, 1.9),
        );
        let mut scene = builder(room, source, receiver).patch(Patch {
            name: "rug".into(),
            face: "floor".into(),
            corners_m: rug.map(|c| c.to_array()).to_vec(),
            material: flat(0.8),
        });
        if furnished {
            let outline_m = vec![[1.6, 1.3], [3.1, 1.1], [3.3, 1.9], [1.8, 2.1]];
            slow.stand(&outline_m, 0.4, 1.1, 0.15);
            scene = scene.furniture(Furniture {
                id: "chest".into(),
                outline_m,
                bottom_m: 0.4,
                top_m: 1.1,
                material: flat(0.15),
            });
        }
        let order = if furnished { 3 } else { 4 };
        let fast = paths_to_order(&scene.build().unwrap(), order);
        let slow = slow.paths(source, receiver, order);
        let sure: Vec<&ImagePath> = fast.iter().filter(|p| p.margin_m > MARGIN_M).collect();
        let all = slow.iter().filter(|p| p.margin_m > MARGIN_M);
        assert_eq!(sure.len(), all.clone().count(), "case {case}");
        for other in all {
            let own = sure.iter().find(|p| p.faces == other.faces);
            let own = own.unwrap_or_else(|| panic!("case {case}: {:?} is missing", other.faces));
            assert!((own.distance_m - other.distance_m).abs() < 1e-9);
            assert!((own.amplitude[0] / other.amplitude - 1.0).abs() < 1e-9);
            // Farther edges are not always looked at.
            let margins = [own.margin_m, other.margin_m].map(|m| m.min(1e-3));
            assert!((margins[0] - margins[1]).abs() < 1e-9, "{own:?} {other:?}");
        }
    }
}

#[test]
fn many_faces_are_sorted_without_losing_a_path() {
    // 90 crates of six heights, many faces in one plane, and a tree of boxes with several levels.
    let corners_m = vec![[0., 0.], [16., 0.], [16., 11.], [0., 11.]];
    let mut slow = Slow::extruded(&corners_m, 4.0, &[0.1, 0.2, 0.3, 0.4], [0.3, 0.5]);
    let room = Room::Extruded {
        corners_m,
        height_m: 4.0,
        walls: [0.1, 0.2, 0.3, 0.4].map(flat).to_vec(),
        floor: flat(0.3),
        ceiling: flat(0.5),
    };
    let (source, receiver) = (DVec3::new(1.31, 5.17, 1.9), DVec3::new(14.63, 4.83, 1.37));
    let mut scene = builder(room, source, receiver);
    for crate_number in 0..90 {
        let [x, y] = [crate_number % 10, crate_number / 10].map(f64::from);
        let top_m = 0.5 + 0.3 * f64::from(crate_number % 6);
        let corner = |dx: f64, dy: f64| [2.0 + 1.2 * x + dx, 0.5 + 1.15 * y + dy];
        let outline_m = vec![
            corner(0., 0.),
            corner(0.5, 0.),
            corner(0.5, 0.4),
            corner(0., 0.4),
        ];
        slow.stand(&outline_m, 0.02, top_m, 0.15);
        scene = scene.furniture(Furniture {
            id: format!("crate {crate_number}"),
            outline_m,
            bottom_m: 0.02,
            top_m,
            material: flat(0.15),
        });
    }
    let fast = paths_to_order(&scene.build().unwrap(), 2);
    let slow = slow.paths(source, receiver, 2);
    let lists = [
        fast.iter()
            .filter(|p| p.margin_m > MARGIN_M)
            .map(|p| p.faces.clone())
            .collect(),
        slow.iter()
            .filter(|p| p.margin_m > MARGIN_M)
            .map(|p| p.faces.clone())
            .collect(),
    ];
    let [mut own, mut other]: [Vec<Vec<usize>>; 2] = lists;
    own.sort();
    other.sort();
    assert!(own.len() > 10);
    assert_eq!(own, other);
}

/// Images of a box by their numbers along the axes: distance and amplitude.
fn box_images(size: DVec3, alpha: [f64; 6], from: DVec3, to: DVec3, order: i32) -> Vec<[f64; 2]> {
    let mut images = Vec::new();
    let all = -order..=order;
    for (i, j, k) in all.clone().flat_map(|i| {
        let all = all.clone();
        all.clone()
            .flat_map(move |j| all.clone().map(move |k| (i, j, k)))
    }) {
        let numbers = [i, j, k];
        if numbers.iter().map(|n: &i32| n.abs()).sum::<i32>() > order {
            continue;
        }
        let mut kept = 1.0;
        let mut image = DVec3::ZERO;
        for axis in 0..3 {
            let n = numbers[axis];
            image[axis] = if n % 2 == 0 {
                f64::from(n) * size[axis] + from[axis]
            } else {
                f64::from(n + 1) * size[axis] - from[axis]
            };
            // Below zero the first hit is on the lower wall.
            let (first, second) = if n < 0 { (0, 1) } else { (1, 0) };
            let hits = n.abs();
            kept *= (1.0_f64 - alpha[2 * axis + first]).powi((hits + 1) / 2);
            kept *= (1.0_f64 - alpha[2 * axis + second]).powi(hits / 2);
        }
        let distance = image.distance(to);
        images.push([distance, kept.sqrt() / distance]);
    }
    images
}

const BOX: [f64; 3] = [5.0, 4.0, 2.5];
const ALPHA: [f64; 6] = [0.25, 0.15, 0.1, 0.2, 0.3, 0.4];
const FROM: DVec3 = DVec3::new(1.21, 1.07, 1.3);
const TO: DVec3 = DVec3::new(3.63, 2.71, 1.55);

/// Corners of the walls of [`BOX`], west east south north floor ceiling.
fn box_rings() -> [[DVec3; 4]; 6] {
    core::array::from_fn(|wall| {
        let (axis, far) = (wall / 2, wall % 2 == 1);
        [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]].map(|[a, b]| {
            let mut corner = DVec3::ZERO;
            corner[axis] = if far { BOX[axis] } else { 0.0 };
            corner[(axis + 1) % 3] = a * BOX[(axis + 1) % 3];
            corner[(axis + 2) % 3] = b * BOX[(axis + 2) % 3];
            corner
        })
    })
}

fn mesh(rings: &[(Vec<DVec3>, f64)]) -> Room {
    let face = |(place, (ring, alpha)): (usize, &(Vec<DVec3>, f64))| MeshFace {
        name: format!("face {place}"),
        corners_m: ring.iter().map(DVec3::to_array).collect(),
        material: flat(*alpha),
    };
    Room::Mesh(rings.iter().enumerate().map(face).collect())
}

fn box_mesh() -> Vec<(Vec<DVec3>, f64)> {
    let rings = box_rings();
    rings
        .iter()
        .zip(ALPHA)
        .map(|(r, a)| (r.to_vec(), a))
        .collect()
}

#[test]
fn a_box_of_planes_has_every_image_of_a_box_once() {
    let scene = builder(mesh(&box_mesh()), FROM, TO).build().unwrap();
    let found = paths_to_order(&scene, 6);
    let mut left = box_images(DVec3::from(BOX), ALPHA, FROM, TO, 6);
    assert_eq!(found.len(), left.len());
    for path in &found {
        let near = |i: &[f64; 2]| {
            (i[0] - path.distance_m).abs() < 1e-9 && (i[1] - path.amplitude[0]).abs() < 1e-9
        };
        let place = left.iter().position(near);
        left.swap_remove(place.unwrap_or_else(|| panic!("{path:?}")));
    }
}

/// Every ring cut into triangles from its first corner; the second of each may have its own absorption.
fn triangles(rings: &[(Vec<DVec3>, f64)], more: f64) -> Vec<(Vec<DVec3>, f64)> {
    let cut = |(ring, alpha): &(Vec<DVec3>, f64)| {
        let alpha = *alpha;
        let fan = ring[1..].windows(2).map(|w| vec![ring[0], w[0], w[1]]);
        let fan = fan.enumerate();
        fan.map(move |(i, t)| (t, if i == 1 { alpha + more } else { alpha }))
            .collect::<Vec<_>>()
    };
    rings.iter().flat_map(cut).collect()
}

#[test]
fn triangles_make_the_paths_of_their_walls() {
    let whole = builder(mesh(&box_mesh()), FROM, TO).build().unwrap();
    let whole = paths_to_order(&whole, 4);
    let cut = builder(mesh(&triangles(&box_mesh(), 0.0)), FROM, TO)
        .build()
        .unwrap();
    same(&whole, &paths_to_order(&cut, 4), 1e-9);
    // Triangles of two materials stay faces of their own, and still each path is there once.
    let mixed = builder(mesh(&triangles(&box_mesh(), 0.05)), FROM, TO)
        .build()
        .unwrap();
    let mixed = paths_to_order(&mixed, 4);
    let lengths = |all: &[ImagePath]| all.iter().map(|p| p.distance_m).collect::<Vec<_>>();
    assert_eq!(mixed.len(), whole.len());
    let pairs = lengths(&mixed).into_iter().zip(lengths(&whole));
    assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-9));
    assert!(mixed.iter().any(|p| p.faces.iter().any(|f| f % 2 == 1)));
}

/// The faces of an L-room with a chest in it that hangs free, as rings.
fn l_walls() -> Slow {
    let corners = [[0., 0.], [6., 0.], [6., 3.], [3., 3.], [3., 7.], [0., 7.]];
    Slow::extruded(
        &corners,
        3.0,
        &[0.1, 0.15, 0.2, 0.25, 0.3, 0.12],
        [0.3, 0.5],
    )
}

fn l_scene(turn: impl Fn(DVec3) -> DVec3, from: DVec3, to: DVec3) -> Scene {
    let ring = |w: &Wall| (w.ring.iter().map(|c| turn(*c)).collect(), w.alpha);
    let rings: Vec<(Vec<DVec3>, f64)> = l_walls().walls.iter().map(ring).collect();
    builder(mesh(&rings), turn(from), turn(to)).build().unwrap()
}

const L_FROM: DVec3 = DVec3::new(1.21, 5.73, 1.5);
const L_TO: DVec3 = DVec3::new(4.83, 1.31, 1.2);

#[test]
fn turning_and_shifting_a_room_changes_nothing() {
    let still = paths_to_order(&l_scene(|p| p, L_FROM, L_TO), 5);
    let turn = DQuat::from_axis_angle(DVec3::new(1.0, 2.0, -0.7).normalize(), 1.1);
    let moved = l_scene(|p| turn * p + DVec3::new(20.0, -7.0, 3.0), L_FROM, L_TO);
    same(&still, &paths_to_order(&moved, 5), 1e-8);
}

#[test]
fn source_and_receiver_may_be_exchanged() {
    let there = paths_to_order(&l_scene(|p| p, L_FROM, L_TO), 5);
    let back = paths_to_order(&l_scene(|p| p, L_TO, L_FROM), 5);
    same(&there, &back, 1e-9);
    for path in &there {
        let mut turned = path.faces.clone();
        turned.reverse();
        let other = back.iter().find(|p| p.faces == turned).unwrap();
        let leaves = DVec3::from(other.departure).distance(DVec3::from(path.arrival));
        assert!(leaves < 1e-9, "{path:?}");
    }
}

#[test]
fn directivities_weigh_where_paths_leave_and_arrive() {
    let plain = paths_to_order(&l_scene(|p| p, L_FROM, L_TO), 3);
    let front = [0.3, -1.0, 0.1];
    let cardioid = Directivity::Cardioid { share: 0.5, front };
    let eight = Directivity::Cardioid {
        share: 0.0,
        front: [1.0, 0.2, 0.0],
    };
    let ring = |w: &Wall| (w.ring.clone(), w.alpha);
    let rings: Vec<(Vec<DVec3>, f64)> = l_walls().walls.iter().map(ring).collect();
    let scene = SceneBuilder::new(mesh(&rings), octave())
        .air(Atmosphere::Lossless(room_simulation::Air::default()))
        .source("s", L_FROM.to_array(), cardioid)
        .receiver("r", L_TO.to_array(), Pickup::Single(eight))
        .build()
        .unwrap();
    let turned = paths_to_order(&scene, 3);
    for (a, b) in plain.iter().zip(&turned) {
        let cosine = DVec3::from(front).normalize().dot(DVec3::from(a.departure));
        let ear = DVec3::new(1.0, 0.2, 0.0)
            .normalize()
            .dot(DVec3::from(a.arrival));
        let expected = a.amplitude[0] * (0.5 + 0.5 * cosine) * ear;
        assert!((b.amplitude[0] - expected).abs() < 1e-12);
    }
    assert!(turned.iter().any(|p| p.amplitude[0] < 0.0));
}
