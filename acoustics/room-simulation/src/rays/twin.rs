//! The slow twin: one ray after the other, in double precision, against every polygon; and what tests of rays share.
//!
//! It shares the random numbers with the packets, and nothing else.

use glam::DVec3;

use super::enclosure::{Enclosure, Search};
use super::packet::{Beams, RAYS};
use super::pieces::{Piece, nearest_of_pieces};
use super::tree::{Tree, nearest_of_tree};
use super::turn::turn;
use super::{Bins, Launch, Quantity, RayPlan, Watch, random, single, trace};
use crate::directivity::{Directivity, Pickup};
use crate::material::Material;
use crate::octaves::Octaves;
use crate::scene::face::Face;
use crate::scene::{Atmosphere, Furniture, Room, Scene, SceneBuilder, Shape};

fn octave() -> Octaves {
    Octaves::from_centres(&[1000.0]).unwrap()
}

fn extruded(corners_m: &[[f64; 2]], pieces: usize, material: Material) -> Scene {
    let room = Room::Extruded {
        corners_m: corners_m.to_vec(),
        height_m: 2.8,
        walls: vec![material],
        floor: material,
        ceiling: material,
    };
    let mut builder = SceneBuilder::new(room, octave())
        .air(Atmosphere::Lossless(crate::air::Air::default()))
        .speed_of_sound(343.0)
        .source("s", [0.9, 0.8, 1.3], Directivity::Omnidirectional)
        .receiver(
            "r",
            [2.3, 1.9, 1.7],
            Pickup::Single(Directivity::Omnidirectional),
        );
    for k in 0..pieces {
        let x = 0.25 + 0.5 * k as f64;
        let piece = Furniture::cuboid(
            format!("piece {k}"),
            [x, 2.4, 0.0],
            [x + 0.3, 2.9, 1.1],
            material,
        );
        builder = builder.furniture(piece);
    }
    builder.build().unwrap()
}

const HEXAGON: [[f64; 2]; 6] = [
    [0., 0.],
    [4., 0.],
    [4.7, 1.8],
    [3.9, 3.2],
    [0.6, 3.2],
    [-0.5, 1.7],
];
const ELL: [[f64; 2]; 6] = [[0., 0.], [5., 0.], [5., 3.3], [3., 3.3], [3., 5.], [0., 5.]];

fn faces(scene: &Scene) -> &[Face] {
    match scene.shape() {
        Shape::Polyhedron(p) => &p.faces,
        Shape::Shoebox(_) => &[],
    }
}

/// The first face whose front a ray meets: distance and face.
fn first(faces: &[Face], at: DVec3, towards: DVec3) -> Option<(f64, usize)> {
    let meet = |(k, face): (usize, &Face)| {
        let speed = -face.plane.normal.dot(towards);
        let t = face.plane.distance(at).max(0.0) / speed;
        // The packet's points are a hair off.
        let behind = face.plane.distance(at) < -1e-5;
        (speed > 0.0 && !behind && face.contains(at + t * towards)).then_some((t, k))
    };
    let all = faces.iter().enumerate().filter_map(meet);
    all.min_by(|a, b| a.0.total_cmp(&b.0))
}

/// Where a direction goes at a reflection, by the numbers of ray and bounce.
fn turned(
    normal: DVec3,
    towards: DVec3,
    key: [u32; 2],
    bounce: u32,
    scattering: f32,
) -> (DVec3, bool) {
    let word = random::of_bounce(key, bounce);
    let number = |k| f64::from(random::number(word, k));
    if random::number(word, 0) >= scattering {
        return (towards - 2.0 * normal.dot(towards) * normal, false);
    }
    let z = 2.0 * number(1) - 1.0;
    let (sin, cos) = (core::f64::consts::TAU * (number(2) - 0.5)).sin_cos();
    let across = (1.0 - z * z).sqrt();
    (
        (normal + DVec3::new(across * cos, across * sin, z)).normalize(),
        true,
    )
}

fn kind(enclosure: &Enclosure<'_>) -> &'static str {
    match enclosure.search {
        Search::Box(_) => "box",
        Search::Walls(_) => "walls",
        Search::Pieces(..) => "pieces",
        Search::Tree(_) => "tree",
    }
}

fn put(beams: &mut Beams, ray: usize, at: DVec3, towards: DVec3) {
    for axis in 0..3 {
        beams.at[axis][ray] = single(at[axis]);
        beams.towards[axis][ray] = single(towards[axis]);
    }
}

/// A packet and its twin.
struct Both<'a> {
    enclosure: Enclosure<'a>,
    polygons: &'a [Face],
    beams: Beams,
    keys: [[u32; 2]; RAYS],
    twin: [(DVec3, DVec3); RAYS],
}

impl<'a> Both<'a> {
    fn new(scene: &'a Scene, polygons: &'a Scene) -> Self {
        let enclosure = Enclosure::new(scene);
        let start = DVec3::new(0.9, 0.8, 1.3);
        let mut beams = Beams::default();
        let twin: [(DVec3, DVec3); RAYS] = core::array::from_fn(|ray| {
            let (sin, cos) = (2.4 * ray as f64).sin_cos();
            (
                start,
                DVec3::new(sin, cos, ray as f64 / 8.0 - 0.93).normalize(),
            )
        });
        for (ray, (_, direction)) in twin.iter().enumerate() {
            put(&mut beams, ray, start - enclosure.origin, *direction);
        }
        Self {
            enclosure,
            polygons: faces(polygons),
            beams,
            keys: core::array::from_fn(|ray| random::key(11, 0, u32::try_from(ray).unwrap())),
            twin,
        }
    }

    /// One reflection of all; the distances of packet and twin, and the differences of their directions.
    fn reflect(&mut self, bounce: u32, scattering: f32) -> [(f64, f64); RAYS] {
        let beams = &mut self.beams;
        beams.look_afar();
        self.enclosure.nearest(beams);
        super::packet::advance(beams, &mut [0.0; RAYS], &[1; RAYS], f64::INFINITY);
        let key = [0, 1].map(|k| self.keys.map(|key| key[k]));
        let (mut diffuse, mut mirrored) = ([0; RAYS], [0; RAYS]);
        let chance = [scattering; RAYS];
        turn(
            beams,
            &key,
            &mut [bounce; RAYS],
            &chance,
            &mut diffuse,
            &mut mirrored,
        );
        core::array::from_fn(|ray| {
            let (at, towards) = self.twin[ray];
            let (t, face) = first(self.polygons, at, towards).unwrap();
            let here = at + t * towards;
            let normal = self.polygons[face].plane.normal;
            let (next, drawn) = turned(normal, towards, self.keys[ray], bounce, scattering);
            self.twin[ray] = (here, next);
            assert_eq!(
                self.beams.face[ray] as usize, face,
                "ray {ray} bounce {bounce}"
            );
            assert_eq!(diffuse[ray] > 0, drawn);
            let (found, turned) = self.of_packet(ray);
            (found.distance(here), turned.distance(next))
        })
    }

    fn of_packet(&self, ray: usize) -> (DVec3, DVec3) {
        let found = DVec3::from(self.beams.point(ray).map(f64::from)) + self.enclosure.origin;
        (found, DVec3::from(self.beams.direction(ray).map(f64::from)))
    }
}

/// A shoebox; with a door it is made of six faces, in the order of a shoebox's walls.
fn boxed(material: Material, door: bool) -> Scene {
    let room = Room::Shoebox {
        size_m: [4.0, 3.0, 2.8],
        walls: [material; 6],
    };
    let builder = SceneBuilder::new(room, octave())
        .source("s", [1.0, 1.0, 1.0], Directivity::Omnidirectional)
        .receiver(
            "r",
            [2.0, 1.0, 1.0],
            Pickup::Single(Directivity::Omnidirectional),
        );
    let patch = crate::scene::Patch {
        name: "door".into(),
        face: "west".into(),
        corners_m: vec![[0.0, 1.0, 0.1], [0.0, 2.0, 0.1], [0.0, 2.0, 2.0]],
        material,
    };
    let builder = if door { builder.patch(patch) } else { builder };
    builder.build().unwrap()
}

#[test]
fn packets_go_where_the_twin_goes() {
    let material = Material::flat(octave(), 0.1, 0.3);
    // A rectangle would be a box.
    let trapezium = [[0., 0.], [4., 0.], [4., 3.], [0., 3.2]];
    let (shoebox, walls) = (boxed(material, false), boxed(material, true));
    let of_faces = extruded(&trapezium, 0, material);
    let hexagon = extruded(&HEXAGON, 0, material);
    let ell = extruded(&ELL, 2, material);
    let forest = crowded(material);
    for (scene, polygons, expected) in [
        (&shoebox, &walls, "box"),
        (&of_faces, &of_faces, "walls"),
        (&hexagon, &hexagon, "walls"),
        (&ell, &ell, "pieces"),
        (&forest, &forest, "tree"),
    ] {
        // Mirrors: errors grow with the way alone, so that thirty reflections can be compared from end to end.
        let mut both = Both::new(scene, polygons);
        assert_eq!(kind(&both.enclosure), expected);
        let mut worst = 0.0_f64;
        for bounce in 0..30 {
            let apart = both.reflect(bounce, 0.0);
            worst = apart.iter().fold(worst, |w, a| w.max(a.0));
        }
        println!("{expected}: {worst:.1e} m after thirty mirrors");
        assert!(worst < 1e-4, "{expected}: {worst}");
        // Scattering sends a ray that grazes far astray, so that the twin starts again where the packet is.
        both = Both::new(scene, polygons);
        for bounce in 0..30 {
            for (ray, (position, direction)) in both.reflect(bounce, 0.3).iter().enumerate() {
                assert!(
                    *position < 1e-4,
                    "{expected} ray {ray} bounce {bounce}: {position}"
                );
                assert!(
                    *direction < 1e-5,
                    "{expected} ray {ray} bounce {bounce}: {direction}"
                );
                both.twin[ray] = both.of_packet(ray);
            }
        }
    }
}

/// A room with so many columns that it needs a tree.
fn crowded(material: Material) -> Scene {
    let room = Room::Shoebox {
        size_m: [8.0, 6.0, 3.0],
        walls: [material; 6],
    };
    let mut builder = SceneBuilder::new(room, octave())
        .air(Atmosphere::Lossless(crate::air::Air::default()))
        .speed_of_sound(343.0)
        .source("s", [0.9, 0.8, 1.3], Directivity::Omnidirectional)
        .receiver(
            "r",
            [6.5, 4.6, 1.5],
            Pickup::Single(Directivity::Omnidirectional),
        );
    for k in 0..24_u32 {
        let (x, y) = (f64::from(k % 6) * 1.2 + 0.6, f64::from(k / 6) * 1.3 + 0.95);
        let top = 0.8 + 0.05 * f64::from(k);
        let piece = Furniture::cuboid(
            format!("p{k}"),
            [x, y, 0.0],
            [x + 0.4, y + 0.3, top],
            material,
        );
        builder = builder.furniture(piece);
    }
    builder.build().unwrap()
}

#[test]
fn a_tree_finds_what_testing_all_pieces_finds() {
    for seed in 0..6_u32 {
        let mut chance = random::Chance::new(u64::from(seed));
        let mut point = |scale: f64| DVec3::from([0; 3].map(|_| scale * (chance.number() - 0.5)));
        let count = 40 + 300 * seed;
        let pieces: Vec<Piece> = (0..count)
            .map(|k| {
                let (a, b, c) = (point(10.0), point(2.0), point(2.0));
                let normal = b.cross(c).normalize();
                let corners = [a, a + b, a + c];
                Piece::new(&corners, normal, normal.dot(a), k, 1e-5)
            })
            .collect();
        let tree = Tree::new(pieces.clone(), 1e-5);
        for _ in 0..200 {
            let mut beams = Beams::default();
            for ray in 0..RAYS {
                put(&mut beams, ray, point(12.0), point(1.0).normalize());
            }
            let mut other = beams.clone();
            nearest_of_pieces(&mut beams, &pieces, 1e-5);
            nearest_of_tree(&mut other, &tree);
            assert_eq!(beams.face, other.face);
            assert_eq!(beams.leg.map(f32::to_bits), other.leg.map(f32::to_bits));
        }
    }
}

/// Energies at a sphere by ways alone: particles without rain.
fn plain(
    scene: &Scene,
    rays: u32,
    radius_m: f64,
    bins: &Bins,
    absorption: f64,
    s: f64,
) -> Vec<f64> {
    let (source, ear) = (scene.sources[0].position, scene.receivers[0].position);
    let start = super::launch::Start::new(
        super::launch::From::Point(source, Directivity::Omnidirectional),
        99,
        0,
        rays,
    );
    let volume = 4.0 / 3.0 * core::f64::consts::PI * radius_m.powi(3);
    let mut energies = vec![0.0; bins.count];
    for ray in 0..rays {
        let (mut at, mut towards, mut energy) = start.ray(scene, ray);
        let (mut length, mut bounce) = (0.0, 0);
        let key = random::key(99, 0, ray);
        while energy > 1e-7 && length < 343.0 * bins.width_s * bins.count as f64 {
            let Some((t, face)) = first(faces(scene), at, towards) else {
                break;
            };
            let along = (ear - at).dot(towards);
            let miss = (ear - at - along * towards).length();
            let half = (radius_m * radius_m - miss * miss).max(0.0).sqrt();
            let way = (along + half).min(t) - (along - half).max(0.0);
            let bin = (length + along) / 343.0 / bins.width_s;
            if miss < radius_m && way > 0.0 {
                let scale = 4.0 * core::f64::consts::PI / (f64::from(rays) * volume);
                let place = (0..bins.count).find(|k| (*k as f64) + 1.0 > bin);
                energies[place.unwrap_or(bins.count - 1)] += scale * energy * way;
            }
            at += t * towards;
            length += t;
            energy *= 1.0 - absorption;
            towards = turned(
                faces(scene)[face].plane.normal,
                towards,
                key,
                bounce,
                single(s),
            )
            .0;
            bounce += 1;
        }
    }
    energies
}

#[test]
fn furniture_decays_as_with_plain_particles_and_nothing_leaks() {
    let (absorption, s) = (0.25, 0.4);
    let material = Material::flat(octave(), absorption, s);
    for scene in [extruded(&ELL, 3, material), crowded(material)] {
        let bins = Bins {
            origin_s: 0.0,
            width_s: 0.004,
            count: 200,
        };
        let plan = RayPlan {
            rays: 20_000,
            time_limit_s: 0.8,
            threshold: 0.0,
            room: Some(bins),
            ..RayPlan::default()
        };
        let bins = [bins];
        let found = trace(&scene, Launch::Source(0), &bins, &[], &plan, &Watch::NONE).unwrap();
        assert_eq!(found.report.leaks, 0);
        let surface: f64 = scene.surfaces().iter().map(|own| own.0).sum();
        // Undersides of furniture on the floor, and the floor under it, are never met.
        let hidden: f64 = faces(&scene)
            .iter()
            .filter(|f| f.furniture.is_some() && f.plane.normal.z < -0.5)
            .map(|f| 2.0 * f.area_m2)
            .sum();
        let expected = 4.0 * scene.volume_m3() / (surface - hidden);
        let diffuse = trace(&scene, Launch::Everywhere, &[], &[], &plan, &Watch::NONE).unwrap();
        let free = diffuse.report.mean_free_path_m / expected - 1.0;
        println!(
            "mean free path {:+.3} %, hits {}",
            100.0 * free,
            diffuse.report.hits
        );
        assert!(free.abs() < 0.002, "{free}");
        let slow = plain(&scene, 20_000, 0.3, &bins[0], absorption, s);
        let t30 = Quantity::T30S.of(&slow, 0.004).unwrap();
        let level = Quantity::LevelDb.of(&slow, 0.004).unwrap();
        let own = found.receivers[0]
            .estimate(0, Quantity::T30S, None)
            .unwrap();
        let own_level = found.receivers[0]
            .estimate(0, Quantity::LevelDb, None)
            .unwrap();
        println!("T30 {own:?} plain {t30}, level {own_level:?} plain {level}");
        assert!((own.value / t30 - 1.0).abs() < 0.05, "{own:?} {t30}");
        assert!(
            (own_level.value - level).abs() < 0.3,
            "{own_level:?} {level}"
        );
    }
}
