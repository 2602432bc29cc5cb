//! Decays: complete image sets, plain particles, and that the default method keeps them at every order.

use std::path::Path;

use room_metrics::Quantity as Value;
use room_simulation::{
    Bins, Directivity, Launch, Method, Plan, Quantity, RayPlan, RayWatch, Rays, Scene, trace,
};
use serde::Deserialize;

use crate::TaskError;

use super::golden::{names, read};
use super::line::Line;
use super::rooms::{EAR, Walls, built, error_of_t30, heard, parameters, plan, run};

/// T30 in seconds of the 5 x 4 x 2.5 m room.
const KNOWN_T30_S: f64 = 0.534;

/// Rays of a hybrid run against plain particles.
const RAYS: u32 = 40_000;

#[derive(Debug, Deserialize)]
struct Horizon {
    #[serde(flatten)]
    walls: Walls,
    source: [f64; 3],
    receiver: [f64; 3],
    complete: Complete,
}

#[derive(Debug, Deserialize)]
struct Complete {
    t20_s: f64,
    t30_s: f64,
    edt_s: f64,
    c50_db: f64,
    c80_db: f64,
}

#[derive(Debug, Deserialize)]
struct Decay {
    #[serde(flatten)]
    walls: Walls,
    runs: Vec<DecayRun>,
}

#[derive(Debug, Deserialize)]
struct DecayRun {
    scattering: f64,
    t: Schroeder,
    standard_error: Schroeder,
}

#[derive(Debug, Deserialize)]
struct Schroeder {
    t30_schroeder: f64,
}

#[derive(Debug, Deserialize)]
struct Sphere {
    #[serde(flatten)]
    walls: Walls,
    source: [f64; 3],
    receiver: [f64; 3],
    #[serde(rename = "receiver_radius")]
    radius_m: f64,
    time_limit_s: f64,
    runs: Vec<SphereRun>,
}

#[derive(Debug, Deserialize)]
struct SphereRun {
    scattering: f64,
    total: f64,
    total_se: f64,
    image_source_total: Option<f64>,
}

/// Takes the figures.
///
/// # Errors
/// When golden data cannot be read, or a simulation has no decay.
pub(super) fn lines(root: &Path) -> Result<Vec<Line>, TaskError> {
    let mut lines = horizons(root)?;
    lines.push(particles(root)?);
    lines.push(receivers(root)?);
    lines.push(every_order(root)?);
    lines.push(hybrid_of_horizons(root)?);
    lines.push(hybrid_of_decays(root)?);
    Ok(lines)
}

impl Horizon {
    fn read(root: &Path, name: &str) -> Result<Self, TaskError> {
        read(root, &format!("horizon/{name}.json"))
    }

    fn scene(&self, as_faces: bool) -> Result<Scene, TaskError> {
        let builder = self.walls.builder(0.0, as_faces)?;
        heard(builder, self.source, self.receiver)
    }
}

const fn shape(as_faces: bool) -> &'static str {
    if as_faces { "faces" } else { "box" }
}

fn named(order: Option<u32>) -> String {
    order.map_or_else(|| "no max_order".to_owned(), |o| format!("max_order {o}"))
}

/// Hybrid, and images alone without an order, against complete image sets.
fn horizons(root: &Path) -> Result<Vec<Line>, TaskError> {
    let mut times = Line::new("T20, T30, EDT of complete image sets", "0.5 %");
    let mut clarity = Line::new("C50, C80 of complete image sets", "0.05 dB");
    for name in names(root, "horizon")? {
        let case = Horizon::read(root, &name)?;
        let scene = case.scene(false)?;
        for method in [Method::Hybrid, Method::ImageSources] {
            let found = run(&scene, &plan(method, None)?)?;
            let p = parameters(&found.pairs[0])?;
            let truth = &case.complete;
            let mut time = |what: &str, own: &Value, exact: f64| {
                let off = own.map_or(f64::NAN, |t| t / exact - 1.0);
                times.percent(off, 5e-3, 0.0, &format!("{name}, {what}, {method:?}"));
            };
            time("T20", &p.t20_s, truth.t20_s);
            time("T30", &p.t30_s, truth.t30_s);
            time("EDT", &p.edt_s, truth.edt_s);
            let mut ratio = |what: &str, own: &Value, exact: f64| {
                let off = own.map_or(f64::NAN, |c| c - exact);
                clarity.decibels(off, 0.05, 0.0, &format!("{name}, {what}, {method:?}"));
            };
            ratio("C50", &p.c50_db, truth.c50_db);
            ratio("C80", &p.c80_db, truth.c80_db);
        }
    }
    Ok(vec![times, clarity])
}

/// Bins of 2 ms until a time.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "some seconds of bins"
)]
fn bins(until_s: f64) -> Bins {
    Bins {
        origin_s: 0.0,
        width_s: 0.002,
        count: (until_s / 0.002 - 1e-6).ceil() as usize,
    }
}

/// Decays of whole rooms from everywhere, as the golden particles begin.
fn particles(root: &Path) -> Result<Line, TaskError> {
    let mut line = Line::new(
        "T30 of whole rooms against particles",
        "1 % + 4 standard errors",
    );
    for name in names(root, "decay")? {
        let case: Decay = read(root, &format!("decay/{name}.json"))?;
        for of in &case.runs {
            let middle = case.walls.size_m.map(|l| 0.5 * l);
            let from = case.walls.size_m.map(|l| 0.3 * l);
            let scene = heard(case.walls.builder(of.scattering, false)?, from, middle)?;
            let truth = of.t.t30_schroeder;
            let limit_s = 1.6 * truth;
            let rays = RayPlan {
                rays: 48_000,
                threshold: 0.0,
                time_limit_s: limit_s,
                room: Some(bins(limit_s)),
                ..RayPlan::default()
            };
            let traced = trace(&scene, Launch::Everywhere, &[], &[], &rays, &RayWatch::NONE);
            let room = traced.map_err(|_| "stopped")?.room.ok_or("no room")?;
            let own = room.estimate(0, Quantity::T30S, None).ok_or("no decay")?;
            let error = of.standard_error.t30_schroeder.hypot(own.standard_error) / truth;
            let place = format!("{name}, scattering {}", of.scattering);
            line.percent(own.value / truth - 1.0, 0.01, error, &place);
        }
    }
    Ok(line)
}

/// Total energy at a receiver, from rays alone.
fn receivers(root: &Path) -> Result<Line, TaskError> {
    let mut line = Line::new(
        "energy at a receiver, every scattering, rays alone",
        "0.1 dB + 4 standard errors",
    );
    for name in names(root, "receiver")? {
        let case: Sphere = read(root, &format!("receiver/{name}.json"))?;
        for of in &case.runs {
            let builder = case.walls.builder(of.scattering, false)?;
            let scene = heard(builder, case.source, case.receiver)?;
            let rays = RayPlan {
                rays: RAYS,
                time_limit_s: case.time_limit_s,
                radius_m: case.radius_m,
                ..RayPlan::default()
            };
            let bins = [bins(case.time_limit_s)];
            let traced = trace(
                &scene,
                Launch::Source(0),
                &bins,
                &[],
                &rays,
                &RayWatch::NONE,
            );
            let traced = traced.map_err(|_| "stopped")?;
            let own = traced.receivers[0].estimate(0, Quantity::LevelDb, None);
            let own = own.ok_or("silence")?;
            let db = |energy: f64| 10.0 * energy.log10();
            let error = db(1.0 + of.total_se / of.total).hypot(own.standard_error);
            let place = format!("{name}, scattering {}", of.scattering);
            line.decibels(own.value - db(of.total), 0.1, error, &place);
            if let Some(images) = of.image_source_total {
                let place = format!("{place}, against images");
                line.decibels(own.value - db(images), 0.1, own.standard_error, &place);
            }
        }
    }
    Ok(line)
}

/// T30 of the only pair, as a share off, and its standard error.
fn t30_off(scene: &Scene, plan: &Plan, truth_s: f64) -> Result<(f64, f64), TaskError> {
    let found = run(scene, plan)?;
    let pair = &found.pairs[0];
    let off = parameters(pair)?
        .t30_s
        .map_or(f64::NAN, |t| t / truth_s - 1.0);
    Ok((off, error_of_t30(pair, truth_s)))
}

/// One room, every complete method, many orders.
fn every_order(root: &Path) -> Result<Line, TaskError> {
    let mut line = Line::new(
        "T30 of 5 x 4 x 2.5 m, every complete method and max_order but 0",
        "2 % of 0.534 s",
    );
    let case = Horizon::read(root, "h01_room")?;
    let orders = [1, 2, 3, 4, 6, 8, 12, 20, 40, 100, 200].map(Some);
    let orders: Vec<Option<u32>> = core::iter::once(None).chain(orders).collect();
    for as_faces in [false, true] {
        let scene = case.scene(as_faces)?;
        let runs = [Method::Hybrid, Method::Rays];
        let mut runs: Vec<(Method, Option<u32>)> = runs
            .iter()
            .flat_map(|m| orders.iter().map(|o| (*m, *o)))
            .collect();
        if !as_faces {
            runs.push((Method::ImageSources, None));
        }
        for (method, order) in runs {
            let (off, error) = t30_off(&scene, &plan(method, order)?, KNOWN_T30_S)?;
            let share = off.abs() / 0.02;
            let place = format!("{}, {method:?}, {}", shape(as_faces), named(order));
            line.take(share, &place, || {
                format!(
                    "{:+.2} % (standard error {:.2} %)",
                    100.0 * off,
                    100.0 * error
                )
            });
        }
    }
    Ok(line)
}

fn hybrid_of_horizons(root: &Path) -> Result<Line, TaskError> {
    let mut line = Line::new(
        "T30 of h02 and h03, hybrid at max_order 1, 3, 12",
        "2 % + 4 standard errors",
    );
    for name in ["h02_room", "h03_mixed"] {
        let case = Horizon::read(root, name)?;
        for as_faces in [false, true] {
            let scene = case.scene(as_faces)?;
            for order in [1, 3, 12] {
                let plan = plan(Method::Hybrid, Some(order))?;
                let (off, error) = t30_off(&scene, &plan, case.complete.t30_s)?;
                let place = format!("{name}, {}, max_order {order}", shape(as_faces));
                line.percent(off, 0.02, error, &place);
            }
        }
    }
    Ok(line)
}

impl Decay {
    /// The room with some receivers, whose mean is that of the room.
    fn scene(&self, scattering: f64, as_faces: bool) -> Result<Scene, TaskError> {
        let size_m = self.walls.size_m;
        let at = |share: [f64; 3]| core::array::from_fn(|axis| share[axis] * size_m[axis]);
        let builder = self.walls.builder(scattering, as_faces)?;
        let places = [[0.62, 0.68, 0.55], [0.83, 0.21, 0.37], [0.44, 0.8, 0.71]];
        let mut builder = builder.source("s", at([0.31, 0.27, 0.42]), Directivity::Omnidirectional);
        for (number, share) in places.into_iter().enumerate() {
            builder = builder.receiver(&format!("r{number}"), at(share), EAR);
        }
        built(builder)
    }
}

/// Mean T30 of three receivers against particles in the whole room.
fn hybrid_of_decays(root: &Path) -> Result<Line, TaskError> {
    let mut line = Line::new(
        "T30 of the decay cases, hybrid at max_order 1, 3, 12",
        "2 % + 4 standard errors",
    );
    for name in names(root, "decay")? {
        let case: Decay = read(root, &format!("decay/{name}.json"))?;
        for (of, as_faces) in case.runs.iter().flat_map(|r| [(r, false), (r, true)]) {
            let scene = case.scene(of.scattering, as_faces)?;
            for order in [1, 3, 12] {
                let plan = Plan {
                    rays: Rays::Count(RAYS),
                    ..plan(Method::Hybrid, Some(order))?
                };
                let (off, error) = mean_off(&scene, &plan, of)?;
                let place = format!(
                    "{name}, scattering {}, {}, max_order {order}",
                    of.scattering,
                    shape(as_faces)
                );
                line.percent(off, 0.02, error, &place);
            }
        }
    }
    Ok(line)
}

/// Receivers of one source hear the same rays: their mean is hardly more certain than each.
fn mean_off(scene: &Scene, plan: &Plan, of: &DecayRun) -> Result<(f64, f64), TaskError> {
    let truth_s = of.t.t30_schroeder;
    let pairs = run(scene, plan)?.pairs;
    let (mut mean, mut own) = (0.0, 0.0_f64);
    for pair in &pairs {
        mean += parameters(pair)?.t30_s.unwrap_or(f64::NAN) / pairs.len() as f64;
        own = own.max(error_of_t30(pair, truth_s));
    }
    let golden = of.standard_error.t30_schroeder / truth_s;
    Ok((mean / truth_s - 1.0, own.hypot(golden)))
}
