//! An empty box: images as far as a horizon, and beyond it their closed form or, where walls scatter, rays.

use std::sync::Arc;

use rayon::prelude::*;

use super::Part;
use super::bounds;
use super::horizon::{Fading, Horizon};
use super::rays::{Wanted, convergence, trace_for};
use super::sound::{Sound, put, tail};
use crate::energy::EnergyHistogram;
use crate::image::{Frame, Limits, ShoeboxImages};
use crate::plan::Method;
use crate::rays::{Batches, Bins, Counted, RayEnergies, of_part};
use crate::render::Rendering;
use crate::result::{Pair, Reach, Searched, Stopped};
use crate::tail::Tail;

/// What octave filters ring after the last image, in seconds.
const RINGING_S: f64 = 0.05;

/// Place of [`of_part`].
const JITTER_PART: u64 = 4;

/// All receivers of one source.
pub(super) fn hear(part: &Part<'_>) -> Result<Vec<Pair>, Stopped> {
    part.steps.images();
    let ways = ways(part);
    let rays = if part.with_rays {
        Some(trace_for(part, &wanted(part, &ways))?)
    } else {
        None
    };
    ways.par_iter()
        .map(|way| {
            let own = rays
                .as_ref()
                .and_then(|r| Some((r, r.receivers.get(way.receiver)?)));
            let sound = way.sound(part, own)?;
            part.steps.one_more();
            Ok(sound.pair(part, way.receiver))
        })
        .collect()
}

/// The ways to all receivers, with bins of one width and, where rays begin behind images, with one border: rays know
/// only one, so it is the horizon of the receiver that has the nearest.
fn ways(part: &Part<'_>) -> Vec<Way> {
    let mut alike = None;
    let receivers = 0..part.scene.receivers.len();
    let mut ways: Vec<Way> = receivers
        .filter_map(|r| Way::new(part, r, &mut alike))
        .collect();
    let longest_s = ways
        .iter()
        .map(|w| w.horizon.energies_s)
        .fold(0.0, f64::max);
    let bin_s = bounds::bin_s(part.scene, longest_s, part.with_rays);
    for way in &mut ways {
        way.bin_s = bin_s;
        way.horizon.align(way.direct_s, bin_s);
    }
    if part.with_rays {
        let border_s = nearest_s(&ways);
        for way in &mut ways {
            way.horizon.images_s.found = border_s;
        }
    }
    ways
}

fn nearest_s(ways: &[Way]) -> f64 {
    let ends = ways.iter().map(|w| w.horizon.images_s.found);
    ends.fold(f64::INFINITY, f64::min)
}

/// What rays have to bring: all that images do not.
fn wanted(part: &Part<'_>, ways: &[Way]) -> Wanted {
    let counted = match part.plan.method {
        Method::Rays => Counted::WithoutMirroredTo(0),
        Method::Hybrid | Method::ImageSources => {
            Counted::WithoutMirroredBelow(nearest_s(ways) * part.scene.speed_m_s)
        }
    };
    Wanted {
        bins: ways.iter().map(Way::bins).collect(),
        known: ways.iter().map(|way| way.known(part)).collect(),
        counted,
        end_s: ways
            .iter()
            .map(|w| w.horizon.energies_s)
            .fold(0.0, f64::max),
    }
}

/// A source, a receiver, and how far images carry its sound.
struct Way {
    receiver: usize,
    images: ShoeboxImages,
    fading: Arc<Fading>,
    horizon: Horizon,
    direct_s: f64,
    bin_s: f64,
}

impl Way {
    /// `alike` holds what fades alike for all pairs without a directivity, once one of them was looked at.
    fn new(part: &Part<'_>, receiver: usize, alike: &mut Option<Arc<Fading>>) -> Option<Self> {
        let scene = part.scene;
        let images = ShoeboxImages::new(scene, part.source, receiver)?;
        let direct_s = images.direct_m() / scene.speed_m_s;
        let new = || Arc::new(Fading::of(images.late(), part.plan, scene.volume_m3()));
        let fading = if images.is_omnidirectional() {
            Arc::clone(alike.get_or_insert_with(new))
        } else {
            new()
        };
        let horizon = Horizon::of(&fading, part.plan, direct_s);
        let seed = of_part(part.plan.seed, JITTER_PART, part.source as u64);
        let images = images.jitter(part.plan.image_jitter_m, seed);
        let images = if part.with_rays {
            images.without_scattered()
        } else {
            images
        };
        Some(Self {
            receiver,
            fading,
            images,
            horizon,
            direct_s,
            bin_s: 0.0,
        })
    }
}

impl Way {
    fn limits(&self, part: &Part<'_>) -> Limits {
        let path_m = self.horizon.images_s.found * part.scene.speed_m_s;
        match (part.plan.method, part.plan.max_order) {
            (Method::Rays, _) => Limits::order(0),
            (Method::ImageSources, Some(order)) if part.plan.horizon_s.is_some() => {
                Limits::order_and_path_m(order as usize, path_m)
            }
            (Method::ImageSources, Some(order)) => Limits::order(order as usize),
            (Method::ImageSources | Method::Hybrid, _) => Limits::path_m(path_m),
        }
    }

    /// What limits the images: as [`Self::limits`].
    fn searched(&self, part: &Part<'_>) -> Searched {
        let order = |order: u32| Reach {
            asked: order,
            found: order,
        };
        let (max_order, horizon_s) = match (part.plan.method, part.plan.max_order) {
            (Method::Rays, _) => (None, None),
            (Method::ImageSources, Some(most)) if part.plan.horizon_s.is_some() => {
                (Some(order(most)), Some(self.horizon.images_s))
            }
            (Method::ImageSources, Some(most)) => (Some(order(most)), None),
            (Method::ImageSources | Method::Hybrid, _) => (None, Some(self.horizon.images_s)),
        };
        Searched {
            max_order,
            horizon_s,
        }
    }

    /// Time up to which no mirrored path is missing: the shortest one that an order leaves out has one reflection more.
    fn complete_until_s(&self, part: &Part<'_>) -> f64 {
        let by_order = |order: u32| self.images.shortest_m(order + 1) / part.scene.speed_m_s;
        let Searched {
            max_order,
            horizon_s,
        } = self.searched(part);
        match (max_order, horizon_s) {
            (None, None) => by_order(0),
            (Some(order), None) => by_order(order.found),
            (None, Some(horizon_s)) => horizon_s.found,
            (Some(order), Some(horizon_s)) => by_order(order.found).min(horizon_s.found),
        }
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
            width_s: self.bin_s,
            count: ((self.horizon.energies_s - self.direct_s) / self.bin_s + 1e-6) as usize,
        }
    }

    /// No energies yet.
    fn silence(&self, part: &Part<'_>) -> EnergyHistogram {
        let bins = self.bins();
        EnergyHistogram::new(part.scene.octaves, bins.origin_s, bins.width_s, bins.count)
    }

    /// What images bring.
    fn known(&self, part: &Part<'_>) -> EnergyHistogram {
        let mut energies = self.silence(part);
        let stop = || part.steps.is_over();
        self.images
            .energies(self.limits(part), &mut energies, &stop);
        energies
    }

    fn sound(
        &self,
        part: &Part<'_>,
        rays: Option<(&RayEnergies, &Batches)>,
    ) -> Result<Sound, Stopped> {
        let is_limited = part.plan.method == Method::ImageSources;
        let mut energies = self.silence(part);
        let mut late = energies.clone();
        match rays {
            Some((_, batches)) => late.merge(batches.energies()),
            None if is_limited => {}
            None => self.add_far_images(&mut late),
        }
        let tail = if is_limited {
            Tail::SILENCE
        } else {
            tail(part, self.receiver, &late)
        };
        let (frame, is_cut) = self.frame(part);
        let count = self.images.count(self.limits(part));
        let pickup = &part.scene.receivers[self.receiver].pickup;
        let channels = 0..pickup.channels();
        let channels: Result<Vec<Vec<f32>>, Stopped> = channels
            .map(|channel| {
                let energies = (channel == 0).then_some(&mut energies);
                let images = self.images.clone().channel(channel);
                let mut renderer = images.renderer(&frame, count);
                let stop = || part.steps.is_over();
                images.render_within(self.limits(part), &mut renderer, energies, &stop);
                part.steps.go_on()?;
                put(&tail, channel, pickup, &mut renderer);
                Ok(renderer.finish(frame.pre_samples))
            })
            .collect();
        let convergence = rays.map(|(all, own)| convergence(all, own, &energies, 0));
        energies.merge(&late);
        Ok(Sound {
            images: count as u64,
            diffracted: 0,
            searched: self.searched(part),
            complete_until_s: Some(self.complete_until_s(part)),
            first_s: self.direct_s,
            channels: channels?,
            is_cut,
            energies,
            convergence,
        })
    }

    /// What is rendered, and whether less than is heard because all responses share a bound.
    fn frame(&self, part: &Part<'_>) -> (Frame, bool) {
        let heard_s = self.heard_s(part);
        let most_s = bounds::response_s(part.scene, part.plan);
        let frame = Frame {
            rate_hz: part.plan.rate.as_f64(),
            samples: part.plan.rate.samples(heard_s.min(most_s)),
            pre_samples: part.plan.pre_samples,
            rendering: Rendering::default(),
        };
        (frame, heard_s > most_s)
    }

    /// How long a response is, in seconds: as the decay, but images alone end with the last of them.
    fn heard_s(&self, part: &Part<'_>) -> f64 {
        if part.plan.method != Method::ImageSources {
            return self.horizon.response_s;
        }
        let last_s = self.images.longest_m(self.limits(part)) / part.scene.speed_m_s;
        self.horizon.response_s.min(last_s + RINGING_S)
    }

    /// Images whose path is longer than the horizon, in closed form.
    fn add_far_images(&self, late: &mut EnergyHistogram) {
        let from_s = self.horizon.images_s.found;
        let first = late.bin_of(from_s + 0.5 * self.bin_s);
        let count = late.len().saturating_sub(first);
        late.add_bins(first, &self.fading.late.bins(from_s, self.bin_s, count));
    }
}
