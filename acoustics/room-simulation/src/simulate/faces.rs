//! A room of faces: paths over mirrors to an order, ways round edges where the straight one is blocked, and rays.

use rayon::prelude::*;

use super::Part;
use super::bounds;
use super::rays::{Wanted, convergence, lasting_s, trace_for};
use super::sound::{Sound, put, tail};
use crate::energy::EnergyHistogram;
use crate::image::beam::{BeamLimits, BeamTree};
use crate::image::diffraction::DiffractedPath;
use crate::image::ends::{Ends, Reflected};
use crate::image::path::ImagePath;
use crate::octaves::PerOctave;
use crate::plan::Method;
use crate::rays::{Batches, Bins, Counted, RayEnergies};
use crate::render::{Content, Renderer, Rendering};
use crate::result::{Pair, Reach, Searched, Stopped};
use crate::scene::polyhedron::Polyhedron;
use crate::tail::Tail;

/// Order of mirrors where nothing is said and images are all there is.
const ORDER: u32 = 12;

/// Order of mirrors where rays carry what is later and nothing is said.
const ORDER_WITH_RAYS: u32 = 4;

/// Beams of a source: some hundredths of a second.
const NODES_MAX: usize = 60_000;

/// Shortest time that energies are kept for after the last known arrival where rays bring more, in seconds.
const SHORTEST_S: f64 = 0.2;

/// The same where nothing comes later: room for its bin, whatever the width.
const LAST_BIN_S: f64 = 0.01;

/// Where nothing comes straight, sound begins this far below the loudest (ISO 3382-1:2009, 5.3.2), as a share.
const ONSET: f64 = 0.01;

/// All receivers of one source.
pub(super) fn hear(part: &Part<'_>, room: &Polyhedron) -> Result<Vec<Pair>, Stopped> {
    part.steps.images();
    let tree = grow(part, room)?;
    let ways = ways(part, &tree)?;
    let wanted = wanted(part, &tree, &ways);
    let rays = if part.with_rays {
        Some(trace_for(part, &wanted)?)
    } else {
        None
    };
    ways.par_iter()
        .zip(&wanted.known)
        .map(|(way, known)| {
            let own = rays
                .as_ref()
                .and_then(|r| Some((r, r.receivers.get(way.receiver)?)));
            let sound = way.sound(part, &tree, known, own)?;
            part.steps.one_more();
            Ok(sound.pair(part, way.receiver))
        })
        .collect()
}

/// Order of mirrors as the plan says it, or by default.
fn asked(part: &Part<'_>) -> u32 {
    match part.plan.method {
        Method::Rays => 0,
        Method::ImageSources => part.plan.max_order.unwrap_or(ORDER),
        Method::Hybrid => part.plan.max_order.unwrap_or(ORDER_WITH_RAYS),
    }
}

/// Order of which every path is in the tree.
fn found(tree: &BeamTree<'_>) -> u32 {
    u32::try_from(tree.complete_order()).unwrap_or(u32::MAX)
}

fn grow<'a>(part: &Part<'_>, room: &'a Polyhedron) -> Result<BeamTree<'a>, Stopped> {
    let limits = BeamLimits {
        max_order: asked(part) as usize,
        nodes_max: NODES_MAX,
    };
    let position = part.scene.sources[part.source].position.to_array();
    let stop = || part.steps.is_over();
    BeamTree::grow_open(room, position, limits, &stop).ok_or(Stopped)
}

/// The ways to all receivers, with bins of one width.
fn ways(part: &Part<'_>, tree: &BeamTree<'_>) -> Result<Vec<Way>, Stopped> {
    let receivers = (0..part.scene.receivers.len()).into_par_iter();
    let found: Result<Vec<Option<Way>>, Stopped> = receivers
        .map(|receiver| {
            part.steps.go_on()?;
            Ok(Way::new(part, tree, receiver))
        })
        .collect();
    let mut ways: Vec<Way> = found?.into_iter().flatten().collect();
    let end_s = end_s(part, &ways)?;
    let bin_s = bounds::bin_s(part.scene, end_s, part.with_rays);
    for way in &mut ways {
        way.bins = way.bins(bin_s, end_s);
    }
    Ok(ways)
}

/// When energies end, in seconds after the emission: with the decay where rays bring it, with the last arrival where
/// they do not, and at the latest where the plan says.
fn end_s(part: &Part<'_>, ways: &[Way]) -> Result<f64, Stopped> {
    let last_s = ways.iter().map(Way::last_s).fold(0.0, f64::max);
    let end_s = match (part.with_rays, part.plan.duration_s) {
        (true, Some(duration_s)) => duration_s,
        (true, None) => lasting_s(part)?.max(last_s + SHORTEST_S),
        (false, _) => last_s + LAST_BIN_S,
    };
    Ok(end_s.min(part.plan.latest_s()))
}

/// What rays have to bring: all that paths do not.
fn wanted(part: &Part<'_>, tree: &BeamTree<'_>, ways: &[Way]) -> Wanted {
    Wanted {
        bins: ways.iter().map(|w| w.bins).collect(),
        known: ways.iter().map(|w| w.energies(part)).collect(),
        counted: Counted::WithoutMirroredTo(found(tree)),
        end_s: ways.iter().map(Way::end_s).fold(0.0, f64::max),
    }
}

/// A source, a receiver, and everything that is known of the ways between them.
struct Way {
    receiver: usize,
    paths: Vec<ImagePath>,
    diffracted: Vec<DiffractedPath>,
    speed_m_s: f64,
    /// When sound would arrive straight, in seconds.
    straight_s: f64,
    bins: Bins,
}

impl Way {
    fn new(part: &Part<'_>, tree: &BeamTree<'_>, receiver: usize) -> Option<Self> {
        let scene = part.scene;
        let reflected = if part.with_rays {
            Reflected::Mirrored
        } else {
            Reflected::Whole
        };
        let ends: Ends = scene.ends(part.source, receiver, reflected)?;
        Some(Self {
            receiver,
            paths: tree.paths(&ends),
            diffracted: tree.diffracted(&ends),
            speed_m_s: scene.speed_m_s,
            straight_s: ends.source.distance(ends.receiver) / scene.speed_m_s,
            bins: Bins {
                origin_s: 0.0,
                width_s: 1.0,
                count: 0,
            },
        })
    }

    /// Bins of one of which the first known arrival is the beginning. Where that did not come straight, rays may bring
    /// something before it: bins begin where sound would arrive straight.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most half a minute of bins"
    )]
    fn bins(&self, width_s: f64, end_s: f64) -> Bins {
        let known = self.arrivals().map(|(t, _, _)| t).reduce(f64::min);
        let first_s = known.unwrap_or(self.straight_s);
        let before = ((first_s - self.straight_s) / width_s - 1e-6)
            .ceil()
            .max(0.0);
        let origin_s = first_s - before * width_s;
        Bins {
            origin_s,
            width_s,
            count: ((end_s - origin_s) / width_s + 1e-6) as usize,
        }
    }

    fn end_s(&self) -> f64 {
        self.bins.origin_s + self.bins.width_s * self.bins.count as f64
    }

    /// Whether something comes straight.
    fn is_visible(&self) -> bool {
        self.paths.iter().any(|p| p.order == 0)
    }

    /// When the last known arrival comes; the straight one where there is none.
    fn last_s(&self) -> f64 {
        self.arrivals()
            .map(|(t, _, _)| t)
            .fold(self.straight_s, f64::max)
    }

    /// Every way with its delay and its amplitudes.
    fn arrivals(&self) -> impl Iterator<Item = (f64, &PerOctave, [f64; 3])> {
        let mirrored = self
            .paths
            .iter()
            .map(|p| (p.distance_m, &p.amplitude, p.arrival));
        let around = self
            .diffracted
            .iter()
            .map(|d| (d.length_m, &d.amplitude, d.arrival));
        mirrored
            .chain(around)
            .map(|(m, a, from)| (m / self.speed_m_s, a, from))
    }

    /// What is known in its bins.
    fn energies(&self, part: &Part<'_>) -> EnergyHistogram {
        let Bins {
            origin_s,
            width_s,
            count,
        } = self.bins;
        let mut energies = EnergyHistogram::new(part.scene.octaves, origin_s, width_s, count);
        for (delay_s, amplitude, _) in self.arrivals() {
            // The first arrival lies on the beginning of a bin: rounding must not put it before.
            let delay_s = delay_s + 1e-9 * width_s;
            energies.add(delay_s, &amplitude.map(|a| a * a));
        }
        energies
    }

    fn sound(
        &self,
        part: &Part<'_>,
        tree: &BeamTree<'_>,
        known: &EnergyHistogram,
        rays: Option<(&RayEnergies, &Batches)>,
    ) -> Result<Sound, Stopped> {
        let mut energies = known.clone();
        if let Some((_, own)) = rays {
            energies.merge(own.energies());
        }
        let begin = if self.is_visible() {
            0
        } else {
            energies.first_above(ONSET)
        };
        let first_s = energies.origin_s() + begin as f64 * energies.bin_s();
        let (responses, convergence) = rayon::join(
            || self.responses(part, rays.map(|(_, own)| own.energies())),
            || rays.map(|(all, own)| convergence(all, own, known, begin)),
        );
        let (channels, is_cut) = responses?;
        let receiver = &part.scene.receivers[self.receiver];
        let complete_until_s = tree.beyond_m(receiver.position) / self.speed_m_s;
        Ok(Sound {
            images: self.paths.len() as u64,
            diffracted: u32::try_from(self.diffracted.len()).unwrap_or(u32::MAX),
            searched: searched(part, tree),
            complete_until_s: complete_until_s.is_finite().then_some(complete_until_s),
            first_s,
            channels,
            is_cut,
            energies: if begin == 0 {
                energies
            } else {
                energies.beginning_at(begin)
            },
            convergence,
        })
    }

    /// The responses of all channels, of known ways and of what late energies are made into, and whether they are cut
    /// because all share a bound.
    fn responses(
        &self,
        part: &Part<'_>,
        late: Option<&EnergyHistogram>,
    ) -> Result<(Vec<Vec<f32>>, bool), Stopped> {
        let tail = late.map_or(Tail::SILENCE, |late| tail(part, self.receiver, late));
        let content = self.content(part, &tail);
        let heard_s = self.heard_s(part, content, &tail);
        let most_s = bounds::response_s(part.scene, part.plan);
        let channels = 0..part.scene.receivers[self.receiver].pickup.channels();
        let channels: Result<Vec<Vec<f32>>, Stopped> = channels
            .into_par_iter()
            .map(|channel| {
                part.steps.go_on()?;
                let end_s = heard_s.min(most_s);
                Ok(self.channel(part, channel, &tail, content, end_s))
            })
            .collect();
        Ok((channels?, heard_s > most_s))
    }

    /// Whether all octaves are one, in all channels.
    fn content(&self, part: &Part<'_>, tail: &Tail) -> Content {
        let mut all = self.arrivals().map(|(_, amplitude, _)| amplitude);
        if all.all(PerOctave::is_flat) && tail.is_flat() {
            Content::Flat
        } else {
            Content::Octaves(part.scene.octaves)
        }
    }

    /// How long a response of known ways and a tail is, in seconds; the same for all channels.
    fn heard_s(&self, part: &Part<'_>, content: Content, tail: &Tail) -> f64 {
        let ringing_s = content.ringing_s(part.plan.rate.as_f64());
        (self.last_s().max(tail.end_s()) + ringing_s).min(part.plan.latest_s())
    }

    fn channel(
        &self,
        part: &Part<'_>,
        channel: usize,
        tail: &Tail,
        content: Content,
        end_s: f64,
    ) -> Vec<f32> {
        let (scene, rate) = (part.scene, part.plan.rate);
        let pickup = &scene.receivers[self.receiver].pickup;
        let gain = |from: [f64; 3]| match channel {
            0 => 1.0,
            _ => pickup.gain(channel, from.into()),
        };
        let known: Vec<(f64, PerOctave)> = self
            .arrivals()
            .map(|(t, a, from)| (t, a.map(|x| x * gain(from))))
            .collect();
        let samples = rate.samples(end_s);
        let (count, how) = (known.len() + tail.len(), Rendering::default());
        let mut renderer = Renderer::new(rate.as_f64(), content, samples, count, how);
        renderer.add(&known);
        put(tail, channel, pickup, &mut renderer);
        renderer.finish(part.plan.pre_samples)
    }
}

/// An order limits paths, unless rays do without them.
fn searched(part: &Part<'_>, tree: &BeamTree<'_>) -> Searched {
    let order = Reach {
        asked: asked(part),
        found: found(tree),
    };
    Searched {
        max_order: (part.plan.method != Method::Rays).then_some(order),
        horizon_s: None,
    }
}
