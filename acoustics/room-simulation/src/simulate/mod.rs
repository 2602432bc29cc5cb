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

mod faces;
mod finish;
mod horizon;
mod rays;
mod shoebox;
mod sound;

use core::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::plan::Plan;
use crate::result::{Pair, Simulation, Stopped};
use crate::scene::{Scene, Shape};
use crate::statistics::Statistics;
use crate::watch::{Phase, Watch};

/// Carries out a plan. The same scene, plan and seed give the same bytes on any number of threads.
///
/// # Errors
/// [`Stopped`] when the watch says so.
pub fn simulate(scene: &Scene, plan: &Plan, watch: &dyn Watch) -> Result<Simulation, Stopped> {
    let statistics = Statistics::of(scene);
    let sources = 0..scene.sources.len();
    let work = Progress::new(scene, watch);
    let heard: Result<Vec<Vec<Pair>>, Stopped> = match &scene.shape {
        Shape::Shoebox(_) => sources
            .into_par_iter()
            .map(|source| shoebox::hear(scene, plan, source, &work))
            .collect(),
        Shape::Polyhedron(room) => sources
            .into_par_iter()
            .map(|source| faces::hear(scene, room, plan, &statistics, source, &work))
            .collect(),
    };
    let pairs = heard?.into_iter().flatten().collect();
    Ok(finish::whole(scene, plan, statistics, pairs))
}

/// What has been done, told to who watches.
struct Progress<'a> {
    watch: &'a dyn Watch,
    done: AtomicUsize,
    all: usize,
}

impl<'a> Progress<'a> {
    fn new(scene: &Scene, watch: &'a dyn Watch) -> Self {
        Self {
            watch,
            done: AtomicUsize::new(0),
            all: scene.sources.len() * scene.receivers.len(),
        }
    }

    fn go_on(&self) -> Result<(), Stopped> {
        if self.watch.stopped() {
            Err(Stopped)
        } else {
            Ok(())
        }
    }

    /// Tells that another pair is done.
    fn one_more(&self) {
        let done = 1 + self.done.fetch_add(1, Ordering::Relaxed);
        self.watch
            .progress(done as f64 / self.all as f64, Phase::Rendering);
    }
}
