//! An empty box: images as far as a horizon, and beyond it their closed form or, where walls scatter, rays.

use rayon::prelude::*;

use super::Progress;
use super::horizon::{BIN_S, Horizon};
use super::rays::{Wanted, convergence, trace_for};
use super::sound::{Sound, channels};
use crate::energy::EnergyHistogram;
use crate::image::{Frame, Late, Limits, ShoeboxImages};
use crate::octaves::PerOctave;
use crate::plan::{Method, Plan};
use crate::rays::{Batches, Bins, Counted, RayEnergies};
use crate::render::Rendering;
use crate::result::{Pair, Stopped};
use crate::scene::{Scene, Shape};
use crate::tail::poisson;

/// All receivers of one source.
pub(super) fn hear(
    scene: &Scene,
    plan: &Plan,
    source: usize,
    progress: &Progress<'_>,
) -> Result<Vec<Pair>, Stopped> {
    let needs_rays = match plan.method {
        Method::ImageSources => false,
        Method::Hybrid => scatters(scene),
        Method::Rays => true,
    };
    let mut ways: Vec<Way> = (0..scene.receivers.len())
        .filter_map(|receiver| Way::new(scene, plan, source, receiver, needs_rays))
        .collect();
    if needs_rays {
        share_border(scene, plan, &mut ways);
    }
    let rays = if needs_rays {
        Some(trace_for(
            scene,
            plan,
            source,
            &wanted(scene, plan, &ways),
            progress,
        )?)
    } else {
        None
    };
    ways.par_iter()
        .map(|way| {
            progress.go_on()?;
            let own = rays
                .as_ref()
                .and_then(|r| Some((r, r.receivers.get(way.receiver)?)));
            let pair = way
                .sound(scene, plan, own)
                .pair(scene, plan, source, way.receiver);
            progress.one_more();
            Ok(pair)
        })
        .collect()
}

fn scatters(scene: &Scene) -> bool {
    match &scene.shape {
        Shape::Shoebox(shoebox) => shoebox
            .walls
            .iter()
            .any(crate::material::Material::scatters),
        Shape::Polyhedron(_) => true,
    }
}

/// A source, a receiver, and how far images carry its sound.
struct Way {
    receiver: usize,
    images: ShoeboxImages,
    limits: Limits,
    late: Late,
    horizon: Horizon,
    direct_s: f64,
}

impl Way {
    fn new(
        scene: &Scene,
        plan: &Plan,
        source: usize,
        receiver: usize,
        with_rays: bool,
    ) -> Option<Self> {
        let images = ShoeboxImages::new(scene, source, receiver)?;
        let whole = images.late();
        let images = if with_rays {
            images.without_scattered()
        } else {
            images
        };
        let direct_s = images.direct_m() / scene.speed_m_s;
        let horizon = Horizon::of(
            &whole,
            plan,
            scene.volume_m3(),
            direct_s,
            scene.sources.len() * scene.receivers.len(),
        );
        Some(Self {
            receiver,
            limits: limits(plan, horizon.images_s * scene.speed_m_s),
            late: images.late(),
            images,
            horizon,
            direct_s,
        })
    }

    /// Bins of its energies.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most half a minute of bins"
    )]
    fn bins(&self) -> Bins {
        Bins {
            origin_s: self.direct_s,
            width_s: BIN_S,
            count: ((self.horizon.energies_s - self.direct_s) / BIN_S).ceil() as usize,
        }
    }

    fn sound(&self, scene: &Scene, plan: &Plan, rays: Option<(&RayEnergies, &Batches)>) -> Sound {
        let bins = self.bins();
        let mut energies =
            EnergyHistogram::new(scene.octaves, bins.origin_s, bins.width_s, bins.count);
        let mut late = energies.clone();
        let is_limited = plan.method == Method::ImageSources;
        match rays {
            Some((_, batches)) => late.merge(batches.energies()),
            None if is_limited => {}
            None => self.add_far_images(&mut late),
        }
        let pickup = &scene.receivers[self.receiver].pickup;
        let channels = channels(pickup)
            .map(|channel| self.channel(scene, plan, channel, &mut energies, &late))
            .collect();
        let convergence = rays.map(|(all, own)| convergence(all, own, Some(&energies)));
        energies.merge(&late);
        Sound {
            images: self.images.count(self.limits) as u64,
            diffracted: 0,
            complete_until_s: Some(self.complete_until_s(scene, plan)),
            order_limited: is_limited,
            first_s: self.direct_s,
            channels,
            energies,
            convergence,
        }
    }

    /// Images whose path is longer than the horizon, in closed form.
    fn add_far_images(&self, late: &mut EnergyHistogram) {
        let first = late.bin_of(self.horizon.images_s + 0.5 * BIN_S);
        let count = late.len().saturating_sub(first);
        let bins = self.late.bins(self.horizon.images_s, BIN_S, count);
        late.add_bins(first, &bins);
    }

    fn channel(
        &self,
        scene: &Scene,
        plan: &Plan,
        channel: usize,
        energies: &mut EnergyHistogram,
        late: &EnergyHistogram,
    ) -> Vec<f32> {
        let rate_hz = plan.rate.as_f64();
        let frame = Frame {
            rate_hz,
            samples: plan.rate.samples(self.horizon.response_s),
            pre_samples: plan.pre_samples,
            rendering: Rendering::default(),
        };
        let images = self.images.clone().channel(channel);
        let mut renderer = images.renderer(&frame, images.count(self.limits));
        images.render_within(
            self.limits,
            &mut renderer,
            (channel == 0).then_some(energies),
        );
        let seed = plan.seed ^ ((self.receiver as u64) << 20) ^ channel as u64;
        let tail: Vec<(f64, PerOctave)> = poisson(late, scene.volume_m3(), scene.speed_m_s, seed);
        renderer.add(&tail);
        renderer.finish(plan.pre_samples)
    }

    /// Time up to which no mirrored path is missing: the shortest one that an order leaves out has one reflection more.
    fn complete_until_s(&self, scene: &Scene, plan: &Plan) -> f64 {
        let by_order = |order: u32| self.images.shortest_m(order + 1) / scene.speed_m_s;
        match (plan.method, plan.max_order) {
            (Method::Rays, _) => by_order(0),
            (Method::ImageSources, Some(order)) if plan.horizon_s.is_some() => {
                by_order(order).min(self.horizon.images_s)
            }
            (Method::ImageSources, Some(order)) => by_order(order),
            (Method::ImageSources | Method::Hybrid, _) => self.horizon.images_s,
        }
    }
}

/// How far images are walked.
fn limits(plan: &Plan, path_m: f64) -> Limits {
    match (plan.method, plan.max_order) {
        (Method::Rays, _) => Limits::order(0),
        (Method::ImageSources, Some(order)) if plan.horizon_s.is_some() => {
            Limits::order_and_path_m(order as usize, path_m)
        }
        (Method::ImageSources, Some(order)) => Limits::order(order as usize),
        (Method::ImageSources | Method::Hybrid, _) => Limits::path_m(path_m),
    }
}

/// Rays know one border between images and themselves: the horizon of the receiver that has the nearest.
fn share_border(scene: &Scene, plan: &Plan, ways: &mut [Way]) {
    let border_s = ways
        .iter()
        .map(|w| w.horizon.images_s)
        .fold(f64::INFINITY, f64::min);
    for way in ways {
        way.horizon.images_s = border_s;
        way.limits = limits(plan, border_s * scene.speed_m_s);
    }
}

/// What rays have to bring: all that images do not.
fn wanted(scene: &Scene, plan: &Plan, ways: &[Way]) -> Wanted {
    let counted = match plan.method {
        Method::Rays => Counted::WithoutMirroredTo(0),
        Method::Hybrid | Method::ImageSources => {
            let nearest_s = ways
                .iter()
                .map(|w| w.horizon.images_s)
                .fold(f64::INFINITY, f64::min);
            Counted::WithoutMirroredBelow(nearest_s * scene.speed_m_s)
        }
    };
    Wanted {
        bins: ways.iter().map(Way::bins).collect(),
        known: Vec::new(),
        counted,
        end_s: ways
            .iter()
            .map(|w| w.horizon.energies_s)
            .fold(0.0, f64::max),
    }
}
