//! Laws of a simulation: threads change nothing, intervals hold the truth as often as they say.

use rayon::ThreadPoolBuilder;
use room_simulation::{
    Air, Atmosphere, Bins, Launch, Material, Method, Octaves, PerOctave, Plan, Quantity,
    RayEnergies, RayPlan, RayWatch, Rays, Room, Scene, SceneBuilder, trace,
};

use crate::TaskError;

use super::line::Line;
use super::rooms::{heard, kilohertz, plan, run};

/// Seeds that are tried.
const SEEDS: u32 = 100;

/// Runs that must hold the truth.
const HELD: f64 = 90.0;

/// Takes the figures.
///
/// # Errors
/// When a scene cannot be built.
pub(super) fn lines() -> Result<Vec<Line>, TaskError> {
    Ok(vec![threads()?, intervals()?])
}

/// A box whose octaves scatter differently, or the same with a prism in it.
fn mixed(as_faces: bool, scattering: f64) -> Result<Scene, TaskError> {
    let octaves = Octaves::from_centres(&[125., 250., 500., 1000., 2000., 4000.])?;
    let scatter = PerOctave::from_fn(octaves, |k| scattering * (1.0 + 0.3 * k as f64));
    let material = Material::new(octaves, &PerOctave::flat(octaves, 0.2), &scatter);
    let room = if as_faces {
        Room::Extruded {
            corners_m: vec![[0., 0.], [6., 0.], [6., 3.], [3., 3.], [3., 7.], [0., 7.]],
            height_m: 3.0,
            walls: vec![material],
            floor: material,
            ceiling: material,
        }
    } else {
        Room::Shoebox {
            size_m: [6.0, 7.0, 3.0],
            walls: [material; 6],
        }
    };
    let builder = SceneBuilder::new(room, octaves).air(Atmosphere::Absorbing(Air::default()));
    heard(builder, [1.2, 5.7, 1.5], [4.8, 1.3, 1.2])
}

fn threads() -> Result<Line, TaskError> {
    let mut line = Line::new(
        "responses and energies on 1, 2 and 8 threads",
        "bitwise equal",
    );
    let cases = [
        ("box, hybrid", false, 0.0, Method::Hybrid),
        ("box that scatters, hybrid", false, 0.2, Method::Hybrid),
        ("box, images", false, 0.0, Method::ImageSources),
        ("box that scatters, rays", false, 0.2, Method::Rays),
        ("faces, hybrid", true, 0.2, Method::Hybrid),
        ("faces, images", true, 0.0, Method::ImageSources),
    ];
    for (name, as_faces, scattering, method) in cases {
        let scene = mixed(as_faces, scattering)?;
        let plan = Plan {
            rays: Rays::Count(20_000),
            ..plan(method, Some(6))?
        };
        let one = bits(&scene, &plan, 1)?;
        for threads in [2, 8] {
            let other = bits(&scene, &plan, threads)?;
            let differing = one.iter().zip(&other).filter(|(a, b)| a != b).count();
            let differing = differing + one.len().abs_diff(other.len());
            let place = format!("{name}, {threads} threads");
            line.take(2.0 * differing as f64, &place, || {
                format!("{differing} of {} values differ", one.len())
            });
        }
    }
    Ok(line)
}

/// Every sample and every energy to the bit.
fn bits(scene: &Scene, plan: &Plan, threads: usize) -> Result<Vec<u64>, TaskError> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
    let found = pool.install(|| run(scene, plan))?;
    let mut bits = Vec::new();
    for pair in &found.pairs {
        let samples = pair.channels.iter().flatten();
        bits.extend(samples.map(|x| u64::from(x.to_bits())));
        for place in pair.energies.octaves().iter() {
            bits.extend(pair.energies.octave(place).map(f64::to_bits));
        }
    }
    Ok(bits)
}

/// How often the stated interval holds what many more rays say.
fn intervals() -> Result<Line, TaskError> {
    let mut line = Line::new("95 % intervals that hold the truth, of 100 seeds", ">= 90");
    let material = Material::flat(kilohertz()?, 0.3, 0.5);
    let room = Room::Shoebox {
        size_m: [3.0, 2.6, 2.2],
        walls: [material; 6],
    };
    let builder = SceneBuilder::new(room, kilohertz()?)
        .air(Atmosphere::Lossless(Air::default()))
        .speed_of_sound(343.0);
    let scene = heard(builder, [0.9, 0.91, 0.99], [2.1, 1.56, 1.1])?;
    let truth = rays(&scene, 800_000, 1 << 40)?;
    let all: Result<Vec<RayEnergies>, TaskError> = (0..SEEDS)
        .map(|seed| rays(&scene, 3_200, u64::from(seed)))
        .collect();
    let all = all?;
    for (name, quantity) in [
        ("level", Quantity::LevelDb),
        ("C50", Quantity::C50Db),
        ("T20", Quantity::T20S),
        ("T30", Quantity::T30S),
    ] {
        let of = |energies: &RayEnergies| energies.receivers[0].estimate(0, quantity, None);
        let truth = of(&truth).ok_or("no truth")?.value;
        let holds = |e: &&RayEnergies| {
            of(e).is_some_and(|own| (own.value - truth).abs() <= own.half_width())
        };
        let held = all.iter().filter(holds).count();
        line.take(HELD / held as f64, name, || held.to_string());
    }
    Ok(line)
}

fn rays(scene: &Scene, rays: u32, seed: u64) -> Result<RayEnergies, TaskError> {
    let bins = [Bins {
        origin_s: 0.0,
        width_s: 0.002,
        count: 250,
    }];
    let plan = RayPlan {
        rays,
        seed,
        time_limit_s: 0.5,
        ..RayPlan::default()
    };
    let traced = trace(scene, Launch::Source(0), &bins, &[], &plan, &RayWatch::NONE);
    traced.map_err(|_| "stopped".into())
}
