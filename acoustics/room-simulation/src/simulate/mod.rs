//! From a scene and a plan to a simulation: who carries which part of the sound.
//!
//! | room, method | early | late |
//! |---|---|---|
//! | box, image sources | images to an order or a horizon | nothing |
//! | box without scattering, hybrid | images to a horizon | far images in closed form |
//! | box with scattering, hybrid | what images mirror, to a horizon | rays: all that was scattered, and mirrored later |
//! | faces, image sources | validated paths to an order, ways round edges | nothing |
//! | faces, hybrid | what paths mirror, to an order | rays: all that was scattered, and mirrored more often |
//! | any, rays | the direct sound | rays |
//!
//! Whatever reaches a receiver is counted once: the border between images and rays is a length of path in a box and an
//! order among faces (docs/decisions/0004-rooms.md).

mod bounds;
mod faces;
mod finish;
mod horizon;
mod progress;
mod rays;
mod shoebox;
mod sound;

use rayon::prelude::*;

use crate::material::Material;
use crate::plan::{Method, Plan};
use crate::result::{Pair, Simulation, Stopped};
use crate::scene::{Scene, Shape};
use crate::statistics::Statistics;
use crate::watch::Watch;
use progress::{Progress, Steps};

/// One source of a simulation.
struct Part<'a> {
    scene: &'a Scene,
    plan: &'a Plan,
    source: usize,
    /// Whether rays carry some of its sound.
    with_rays: bool,
    steps: Steps<'a>,
}

/// Carries out a plan. The same scene, plan and seed give the same bytes on any number of threads.
///
/// # Errors
/// [`Stopped`] when the watch says so.
pub fn simulate(scene: &Scene, plan: &Plan, watch: &dyn Watch) -> Result<Simulation, Stopped> {
    let statistics = Statistics::of(scene);
    let progress = Progress::new(scene.sources.len(), watch);
    let with_rays = needs_rays(scene, plan.method);
    let hear = |source: usize| {
        let part = Part {
            scene,
            plan,
            source,
            with_rays,
            steps: progress.of_source(source, scene.receivers.len(), with_rays),
        };
        match &scene.shape {
            Shape::Shoebox(_) => shoebox::hear(&part),
            Shape::Polyhedron(room) => faces::hear(&part, room),
        }
    };
    let sources = 0..scene.sources.len();
    // What rays count is large, and all threads trace together: one source after the other.
    let heard: Result<Vec<Vec<Pair>>, Stopped> = if with_rays {
        sources.map(hear).collect()
    } else {
        sources.into_par_iter().map(hear).collect()
    };
    let pairs = heard?.into_iter().flatten().collect();
    Ok(finish::whole(scene, plan, statistics, pairs))
}

fn needs_rays(scene: &Scene, method: Method) -> bool {
    match (method, &scene.shape) {
        (Method::ImageSources, _) => false,
        (Method::Hybrid, Shape::Shoebox(shoebox)) => shoebox.walls.iter().any(Material::scatters),
        (Method::Rays, _) | (Method::Hybrid, Shape::Polyhedron(_)) => true,
    }
}
