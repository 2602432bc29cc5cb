//! The walk against the list of images, which shares only the lattice with it.

use glam::DVec3;

use super::{Frame, Limits, ShoeboxImages};
use crate::air::Air;
use crate::directivity::{Ambisonics, Directivity, Pickup};
use crate::energy::EnergyHistogram;
use crate::material::Material;
use crate::octaves::{Octaves, PerOctave};
use crate::render::{Content, Renderer, Rendering};
use crate::scene::{Atmosphere, Room, SceneBuilder};

const RATE_HZ: f64 = 16_000.0;

const FRAME: Frame = Frame {
    rate_hz: RATE_HZ,
    samples: 2_500,
    pre_samples: 683,
    rendering: Rendering::Cheaper,
};

fn octaves() -> Octaves {
    Octaves::from_centres(&[63., 125., 250., 500., 1000., 2000., 4000., 8000.]).unwrap()
}

fn images(
    absorption: impl Fn(usize, usize) -> f64,
    atmosphere: Atmosphere,
    directivity: Directivity,
    pickup: Pickup,
) -> ShoeboxImages {
    let walls = core::array::from_fn(|wall| {
        let list = PerOctave::from_fn(octaves(), |place| absorption(wall, place));
        Material::new(octaves(), &list, &PerOctave::flat(octaves(), 0.2))
    });
    let room = Room::Shoebox {
        size_m: [5.0, 4.0, 2.5],
        walls,
    };
    let scene = SceneBuilder::new(room, octaves())
        .air(atmosphere)
        .source("s", [1.2, 1.1, 1.3], directivity)
        .receiver("r", [3.6, 2.7, 1.5], pickup)
        .build()
        .unwrap();
    ShoeboxImages::new(&scene, 0, 0).unwrap()
}

fn dry() -> Atmosphere {
    Atmosphere::Absorbing(Air {
        humidity_percent: 15.0,
        ..Air::default()
    })
}

const OMNI: Directivity = Directivity::Omnidirectional;

/// The response of the listed images, octave by octave.
fn of_list(images: &ShoeboxImages, limits: Limits) -> Vec<f32> {
    let list: Vec<(f64, PerOctave)> = images
        .list(limits)
        .iter()
        .map(|i| (i.distance_m / images.speed_m_s, i.amplitudes))
        .collect();
    let content = Content::Octaves(octaves());
    let mut renderer = Renderer::new(RATE_HZ, content, 2_500, list.len(), Rendering::Cheaper);
    renderer.add(&list);
    renderer.finish(683)
}

fn apart_db(a: &[f32], b: &[f32]) -> f64 {
    let (mut apart, mut all) = (0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        apart += f64::from(x - y).powi(2);
        all += f64::from(*y).powi(2);
    }
    10.0 * (apart / all).log10()
}

#[test]
fn the_walk_gives_the_response_of_the_list() {
    let cardioid = Directivity::Cardioid {
        share: 0.3,
        front: [1.0, -2.0, 0.5],
    };
    let steep = |wall: usize, place: usize| 0.05 + 0.02 * wall as f64 + 0.08 * place as f64;
    let lossless = Atmosphere::Lossless(Air::default());
    let second = Pickup::Ambisonic(Ambisonics::Second);
    let limits = Limits::order_and_path_m(14, 45.0);
    let cases = [
        ("octaves", images(steep, dry(), OMNI, Pickup::Single(OMNI))),
        (
            "flat",
            images(|_, _| 0.2, lossless, OMNI, Pickup::Single(OMNI)),
        ),
        (
            "flat in air",
            images(|_, _| 0.2, dry(), OMNI, Pickup::Single(OMNI)),
        ),
        (
            "directed",
            images(steep, dry(), cardioid, Pickup::Single(cardioid)),
        ),
        (
            "ambisonic",
            images(|_, _| 0.2, dry(), cardioid, second).channel(7),
        ),
        (
            "mirror",
            images(steep, dry(), OMNI, Pickup::Single(OMNI)).without_scattered(),
        ),
        (
            "moved",
            images(steep, dry(), OMNI, Pickup::Single(OMNI)).jitter(0.08, 3),
        ),
    ];
    for (name, images) in cases {
        let found = images.response(limits, &FRAME);
        let apart = apart_db(&found, &of_list(&images, limits));
        println!("{name}: {apart:.1} dB");
        assert!(apart < -110.0, "{name}: {apart}");
    }
}

#[test]
fn energies_on_the_way_are_those_of_the_list() {
    let limits = Limits::order(12);
    let flat = |_: usize, _: usize| 0.2;
    let steep = |wall: usize, place: usize| 0.05 + 0.02 * wall as f64 + 0.08 * place as f64;
    for images in [
        images(
            flat,
            Atmosphere::Lossless(Air::default()),
            OMNI,
            Pickup::Single(OMNI),
        ),
        images(flat, dry(), OMNI, Pickup::Single(OMNI)),
        images(steep, dry(), OMNI, Pickup::Single(OMNI)),
    ] {
        let origin_s = images.direct_m() / images.speed_m_s;
        let new = || EnergyHistogram::new(octaves(), origin_s, 0.0005, 400);
        let (mut found, mut twin) = (new(), new());
        let alone = images.response(limits, &FRAME);
        let beside = images.response_and_energies(limits, &FRAME, &mut found);
        assert_eq!(alone, beside);
        for image in images.list(limits) {
            let time_s = image.distance_m / images.speed_m_s + 1e-12;
            twin.add(time_s, &image.amplitudes.map(|a| a * a));
        }
        for place in octaves().iter() {
            for (a, b) in found.octave(place).zip(twin.octave(place)) {
                assert!((a - b).abs() <= 2e-6 * b, "{place}: {a} {b}");
            }
        }
    }
}

/// A source that looks at a wall is heard from its image behind that wall: what leaves is mirrored.
#[test]
fn the_image_of_a_directed_source_looks_back() {
    let towards_west = Directivity::Cardioid {
        share: 0.5,
        front: [-1.0, 0.0, 0.0],
    };
    let lossless = Atmosphere::Lossless(Air::default());
    let images = images(|_, _| 0.0, lossless, towards_west, Pickup::Single(OMNI));
    let list = images.list(Limits::order(1));
    let west = list.iter().find(|i| i.hits[0] == 1).unwrap();
    let direction = (DVec3::from(west.position_m) - DVec3::new(3.6, 2.7, 1.5)).normalize();
    let expected = 0.5 + 0.5 * direction.dot(-DVec3::X);
    assert!((west.amplitudes[0] * west.distance_m - expected).abs() < 1e-12);
    assert!(expected > 0.9);
}

#[test]
fn far_images_of_directed_pairs_have_the_closed_energy() {
    let cardioid = |front| Directivity::Cardioid { share: 0.4, front };
    let pickup = Pickup::Single(cardioid([0.0, 1.0, 1.0]));
    let lossless = Atmosphere::Lossless(Air::default());
    let images = images(|_, _| 0.1, lossless, cardioid([1.0, 0.3, 0.0]), pickup);
    let speed = images.speed_m_s;
    let (from_m, to_m) = (80.0, 140.0);
    let late = images.late();
    let closed = late.energy_beyond(from_m / speed)[0] - late.energy_beyond(to_m / speed)[0];
    let list = images.list(Limits::path_m(to_m));
    let of_images: f64 = list
        .iter()
        .filter(|i| i.distance_m > from_m)
        .map(|i| i.amplitudes[0].powi(2))
        .sum();
    let level = 10.0 * (closed / of_images).log10();
    assert!(level.abs() < 0.05, "{level}");
}
