//! Furniture: decay times against plain particles among the same faces, and levels behind a screen.

use glam::DVec3;
use room_metrics::{DecayTime, energy_decay_time_s};
use room_simulation::{
    Air, Atmosphere, Directivity, Furniture, Material, Method, Octaves, Room, Scene, SceneBuilder,
};

use crate::TaskError;
use crate::figures::Section;
use crate::markdown::Table;

use super::particles::{Face, Tracing, trace};
use super::rooms::{EAR, built, heard, kilohertz, parameters, plan, run};

const SPEED_M_S: f64 = 343.0;

/// Particles of the judge.
const PARTICLES: usize = 1_000_000;

const PLAN: [[f64; 2]; 4] = [[0.0, 0.0], [6.5, 0.0], [6.5, 5.0], [0.0, 5.0]];
const HEIGHT_M: f64 = 2.8;
const SOURCE: [f64; 3] = [1.1, 1.3, 1.5];
const RECEIVERS: [[f64; 3]; 3] = [[5.4, 3.8, 1.2], [3.2, 4.1, 1.6], [5.1, 1.0, 1.1]];

/// Name, plan (counter-clockwise) and heights of a piece.
type Piece = (&'static str, [[f64; 2]; 4], [f64; 2]);

/// A table that stands on nothing, a cabinet, a screen, and a box that is turned.
const PIECES: [Piece; 4] = [
    (
        "table",
        [[2.2, 1.8], [4.0, 1.8], [4.0, 2.7], [2.2, 2.7]],
        [0.7, 0.75],
    ),
    (
        "cabinet",
        [[0.0, 3.2], [0.6, 3.2], [0.6, 4.6], [0.0, 4.6]],
        [0.0, 2.0],
    ),
    (
        "screen",
        [[4.3, 2.2], [4.35, 2.2], [4.35, 3.9], [4.3, 3.9]],
        [0.0, 1.7],
    ),
    (
        "sofa",
        [[2.0, 3.2], [2.8, 3.6], [2.4, 4.4], [1.6, 4.0]],
        [0.0, 0.8],
    ),
];

/// Takes both figures.
///
/// # Errors
/// When a scene cannot be built.
pub(super) fn sections() -> Result<Vec<Section>, TaskError> {
    Ok(vec![decays()?, screens()?])
}

fn decays() -> Result<Section, TaskError> {
    let mut table = Table::new(&[
        "scattering",
        "receiver",
        "particles T30 s",
        "simulated T30 s",
        "goal",
        "found",
    ]);
    for scattering in [0.1, 0.5] {
        let simulated = simulated(scattering)?;
        let judged = judged(scattering)?;
        for (number, (own, truth)) in simulated.iter().zip(&judged).enumerate() {
            table.row(&[
                scattering.to_string(),
                (number + 1).to_string(),
                format!("{truth:.3}"),
                format!("{own:.3}"),
                "5 %".to_owned(),
                format!("{:+.2} %", 100.0 * (own / truth - 1.0)),
            ])?;
        }
    }
    Ok(Section {
        title: "Furniture".to_owned(),
        method: format!(
            "A room of 6.5 x 5 x 2.8 m (absorption 0.12) with a table top, a cabinet, a screen and a turned box \
             (0.25): the default simulation (hybrid, 1 % of T30) against {PARTICLES} plain particles that are \
             traced among the same faces by a program of a hundred lines, each hit tested against every face."
        ),
        table,
    })
}

/// T30 of every receiver as the engine finds it.
fn simulated(scattering: f64) -> Result<Vec<f64>, TaskError> {
    let found = run(&furnished(scattering)?, &plan(Method::Hybrid, None)?)?;
    let t30 = |pair| parameters(pair)?.t30_s.map_err(|why| why.message().into());
    found.pairs.iter().map(t30).collect()
}

fn furnished(scattering: f64) -> Result<Scene, TaskError> {
    let octave = kilohertz()?;
    let wall = Material::flat(octave, 0.12, scattering);
    let room = Room::Extruded {
        corners_m: PLAN.to_vec(),
        height_m: HEIGHT_M,
        walls: vec![wall],
        floor: wall,
        ceiling: wall,
    };
    let mut builder = SceneBuilder::new(room, octave)
        .air(Atmosphere::Lossless(Air::default()))
        .speed_of_sound(SPEED_M_S)
        .source("s", SOURCE, Directivity::Omnidirectional);
    for (number, receiver) in RECEIVERS.into_iter().enumerate() {
        builder = builder.receiver(&format!("r{number}"), receiver, EAR);
    }
    for (id, outline_m, [bottom_m, top_m]) in PIECES {
        builder = builder.furniture(Furniture {
            id: id.to_owned(),
            outline_m: outline_m.to_vec(),
            bottom_m,
            top_m,
            material: Material::flat(octave, 0.25, scattering),
        });
    }
    built(builder)
}

/// T30 of every receiver by particles.
fn judged(scattering: f64) -> Result<Vec<f64>, TaskError> {
    let mut faces = Face::prism(&PLAN, [0.0, HEIGHT_M], true, [0.12, scattering]);
    for (_, plan, heights) in PIECES {
        faces.extend(Face::prism(&plan, heights, false, [0.25, scattering]));
    }
    let tracing = Tracing {
        faces: &faces,
        source: SOURCE.into(),
        receivers: &RECEIVERS.map(DVec3::from),
        radius_m: 0.3,
        speed_m_s: SPEED_M_S,
        bin_s: 1e-3,
        bins: 2_000,
    };
    let energies = trace(&tracing, PARTICLES, 3);
    energies
        .iter()
        .map(|own| {
            let first = own.iter().position(|e| *e > 0.0).unwrap_or(0);
            let t30 = energy_decay_time_s(&own[first..], tracing.bin_s, DecayTime::T30);
            t30.map_err(|why| why.message().into())
        })
        .collect()
}

/// Frequencies of the levels behind a screen.
const OCTAVES_HZ: [f64; 5] = [250.0, 500.0, 1000.0, 2000.0, 4000.0];

fn screens() -> Result<Section, TaskError> {
    let mut table = Table::new(&[
        "screen",
        "octave Hz",
        "Maekawa dB",
        "simulated dB",
        "goal",
        "found",
    ]);
    for thick_m in [0.02, 1.0] {
        let losses = losses_db(thick_m)?;
        let straight_m = 15.0 + thick_m;
        let detour_m = 6.0_f64.hypot(1.5) + thick_m + 9.0_f64.hypot(1.5) - straight_m;
        for (octave_hz, loss_db) in OCTAVES_HZ.into_iter().zip(losses) {
            let fresnel = 2.0 * detour_m * octave_hz / SPEED_M_S;
            let maekawa_db = 10.0 * (3.0 + 20.0 * fresnel).log10();
            table.row(&[
                format!("{thick_m} m thick"),
                format!("{octave_hz:.0}"),
                format!("{maekawa_db:.1}"),
                format!("{loss_db:.1}"),
                "3 dB".to_owned(),
                format!("{:+.2} dB", loss_db - maekawa_db),
            ])?;
        }
    }
    Ok(Section {
        title: "Behind a screen".to_owned(),
        method: "A screen of 59 m with its edge 1.5 m above both ends, that stand 6 m before and 9 m behind it in a \
                 large hall; what images bring at `max_order` 0, against 10 lg(3 + 20 N), Maekawa's curve for a thin \
                 screen (of a thick one, N counts the way over both edges)."
            .to_owned(),
        table,
    })
}

/// Loss of every octave against free field, by the whole simulation without reflections.
fn losses_db(thick_m: f64) -> Result<Vec<f64>, TaskError> {
    let octaves = Octaves::from_centres(&OCTAVES_HZ)?;
    let felt = Material::flat(octaves, 0.9, 0.0);
    let room = Room::Shoebox {
        size_m: [60.0, 60.0, 30.0],
        walls: [felt; 6],
    };
    let (low, high) = ([30.0, 0.5, 0.0], [30.0 + thick_m, 59.5, 3.0]);
    let builder = SceneBuilder::new(room, octaves)
        .air(Atmosphere::Lossless(Air::default()))
        .speed_of_sound(SPEED_M_S)
        .furniture(Furniture::cuboid("screen".to_owned(), low, high, felt));
    let scene = heard(builder, [24.0, 30.0, 1.5], [39.0 + thick_m, 30.0, 1.5])?;
    let found = run(&scene, &plan(Method::ImageSources, Some(0))?)?;
    let pair = &found.pairs[0];
    let free = 1.0 / (pair.distance_m * pair.distance_m);
    let total = pair.energies.total();
    Ok(total
        .values()
        .iter()
        .map(|e| 10.0 * (free / e).log10())
        .collect())
}
