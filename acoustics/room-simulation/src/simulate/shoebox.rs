//! An empty box: images as far as a horizon, and beyond it their closed form or, where walls scatter, rays.

use std::sync::Arc;

use rayon::prelude::*;

use super::Part;
use super::bounds;
use super::horizon::{Fading, Horizon};
use super::rays::{Wanted, convergence, trace_for};
use super::sound::{Sound, put, tail};
use crate::energy::EnergyHistogram;
use crate::image::{Frame, Lattice, Limits, ShoeboxImages};
use crate::plan::Method;
use crate::rays::{Batches, Bins, Counted, RayEnergies, of_part};
use crate::render::Rendering;
use crate::result::{Pair, Reach, Searched, Stopped};
use crate::tail::Tail;

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
                .and_then(|r| Some((r, r.receivers.get(way.head.receiver)?)));
            let sound = way.sound(part, own)?;
            part.steps.one_more();
            Ok(sound.pair(part, way.head.receiver))
        })
        .collect()
}

/// The ways to all receivers, with bins of one width and, where rays begin behind images, with one border: rays know
/// only one, so it is the horizon of the receiver that has the nearest.
fn ways(part: &Part<'_>) -> Vec<Way> {
    let mut alike = None;
    let receivers = 0..part.scene.receivers.len();
    let mut heads: Vec<Head> = receivers
        .filter_map(|r| Head::new(part, r, &mut alike))
        .collect();
    let longest_s = heads.iter().map(|h| h.horizon.energies_s);
    let bin_s = bounds::bin_s(part.scene, longest_s.fold(0.0, f64::max), part.with_rays);
    for head in &mut heads {
        head.horizon.align(head.direct_s, bin_s);
    }
    if part.with_rays {
        let ends = heads.iter().map(|h| h.horizon.images_s.found);
        let border_s = ends.fold(f64::INFINITY, f64::min);
        for head in &mut heads {
            head.horizon.images_s.found = border_s;
        }
    }
    let whole = heads.into_iter().map(|head| Way::new(part, head, bin_s));
    whole.collect()
}

fn nearest_s(ways: &[Way]) -> f64 {
    let ends = ways.iter().map(|w| w.head.horizon.images_s.found);
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
            .map(|w| w.head.horizon.energies_s)
            .fold(0.0, f64::max),
    }
}

/// A source, a receiver, and how far images carry its sound.
struct Head {
    receiver: usize,
    images: ShoeboxImages,
    /// Where images of an order are all there is, nothing is asked of it.
    fading: Option<Arc<Fading>>,
    horizon: Horizon,
    direct_s: f64,
}

impl Head {
    /// `alike` holds what fades alike for all pairs without a directivity, once one of them was looked at.
    fn new(part: &Part<'_>, receiver: usize, alike: &mut Option<Arc<Fading>>) -> Option<Self> {
        let (scene, plan) = (part.scene, part.plan);
        let images = ShoeboxImages::new(scene, part.source, receiver)?;
        let direct_s = images.direct_m() / scene.speed_m_s;
        let seed = of_part(plan.seed, JITTER_PART, part.source as u64);
        let moved = images.clone().jitter(plan.image_jitter_m, seed);
        let order_alone = match (plan.method, plan.horizon_s) {
            (Method::ImageSources, None) => plan.max_order,
            _ => None,
        };
        let (fading, horizon) = if let Some(order) = order_alone {
            let last_m = moved.last_m(&moved.lattice(Limits::order(order as usize)));
            let last_s = (last_m / scene.speed_m_s).min(plan.latest_s());
            (None, Horizon::of_order(plan, direct_s, last_s))
        } else {
            let new = || Arc::new(Fading::of(images.late(), plan, scene.volume_m3()));
            let fading = if images.is_omnidirectional() {
                Arc::clone(alike.get_or_insert_with(new))
            } else {
                new()
            };
            let horizon = Horizon::of(&fading, plan, direct_s);
            (Some(fading), horizon)
        };
        Some(Self {
            receiver,
            images: if part.with_rays {
                moved.without_scattered()
            } else {
                moved
            },
            fading,
            horizon,
            direct_s,
        })
    }

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
}

/// As [`Head`], with its images and the width of its bins.
struct Way {
    head: Head,
    lattice: Lattice,
    bin_s: f64,
}

impl Way {
    fn new(part: &Part<'_>, head: Head, bin_s: f64) -> Self {
        Self {
            lattice: head.images.lattice(head.limits(part)),
            head,
            bin_s,
        }
    }

    /// What limits the images: as [`Head::limits`].
    fn searched(&self, part: &Part<'_>) -> Searched {
        let order = |order: u32| Reach {
            asked: order,
            found: order,
        };
        let (max_order, horizon_s) = match (part.plan.method, part.plan.max_order) {
            (Method::Rays, _) => (None, None),
            (Method::ImageSources, Some(most)) if part.plan.horizon_s.is_some() => {
                (Some(order(most)), Some(self.head.horizon.images_s))
            }
            (Method::ImageSources, Some(most)) => (Some(order(most)), None),
            (Method::ImageSources | Method::Hybrid, _) => (None, Some(self.head.horizon.images_s)),
        };
        Searched {
            max_order,
            horizon_s,
        }
    }

    /// Time up to which no mirrored path is missing: the shortest one that an order leaves out has one reflection more.
    fn complete_until_s(&self, part: &Part<'_>) -> f64 {
        let by_order = |order: u32| self.head.images.shortest_m(order + 1) / part.scene.speed_m_s;
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
        let Head {
            horizon, direct_s, ..
        } = &self.head;
        Bins {
            origin_s: *direct_s,
            width_s: self.bin_s,
            count: ((horizon.energies_s - direct_s) / self.bin_s + 1e-6) as usize,
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
        self.head
            .images
            .energies(&self.lattice, &mut energies, &stop);
        energies
    }

    fn sound(
        &self,
        part: &Part<'_>,
        rays: Option<(&RayEnergies, &Batches)>,
    ) -> Result<Sound, Stopped> {
        let late = self.late(part, rays.map(|(_, own)| own));
        let receiver = self.head.receiver;
        let tail = late.as_ref().map(|late| tail(part, receiver, late));
        let tail = tail.unwrap_or(Tail::SILENCE);
        let (frame, is_cut) = self.frame(part);
        let mut energies = self.silence(part);
        let pickup = &part.scene.receivers[receiver].pickup;
        let channels = 0..pickup.channels();
        let channels: Result<Vec<Vec<f32>>, Stopped> = channels
            .map(|channel| {
                let energies = (channel == 0).then_some(&mut energies);
                let images = self.head.images.clone().channel(channel);
                let mut renderer = images.renderer(&frame, self.lattice.count);
                let stop = || part.steps.is_over();
                images.render(&self.lattice, &mut renderer, energies, &stop);
                part.steps.go_on()?;
                put(&tail, channel, pickup, &mut renderer);
                Ok(renderer.finish(frame.pre_samples))
            })
            .collect();
        let convergence = rays.map(|(all, own)| convergence(all, own, &energies, 0));
        if let Some(late) = &late {
            energies.merge(late);
        }
        Ok(Sound {
            images: self.lattice.count as u64,
            diffracted: 0,
            searched: self.searched(part),
            complete_until_s: Some(self.complete_until_s(part)),
            first_s: self.head.direct_s,
            channels: channels?,
            is_cut,
            energies,
            convergence,
        })
    }

    /// What comes later than images, by rays or in closed form; nothing where images are all there is.
    fn late(&self, part: &Part<'_>, rays: Option<&Batches>) -> Option<EnergyHistogram> {
        match (part.plan.method, rays, &self.head.fading) {
            (Method::ImageSources, _, _) | (_, None, None) => None,
            (_, Some(own), _) => Some(own.energies().clone()),
            (_, None, Some(fading)) => {
                let mut late = self.silence(part);
                let from_s = self.head.horizon.images_s.found;
                let first = late.bin_of(from_s + 0.5 * self.bin_s);
                let count = late.len().saturating_sub(first);
                late.add_bins(first, &fading.late.bins(from_s, self.bin_s, count));
                Some(late)
            }
        }
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
        let Head {
            images, horizon, ..
        } = &self.head;
        if part.plan.method != Method::ImageSources {
            return horizon.response_s;
        }
        let last_s = images.last_m(&self.lattice) / part.scene.speed_m_s;
        let ringing_s = images.ringing_s(part.plan.rate.as_f64());
        (last_s + ringing_s).min(part.plan.latest_s())
    }
}
