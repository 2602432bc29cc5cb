//! A room of faces: paths over mirrors to an order, ways round edges where the straight one is blocked, and rays.

use rayon::prelude::*;

use super::Progress;
use super::horizon::BIN_S;
use super::rays::{Wanted, convergence, trace_for};
use super::sound::{Sound, channels};
use crate::energy::EnergyHistogram;
use crate::image::beam::{BeamLimits, BeamTree};
use crate::image::diffraction::DiffractedPath;
use crate::image::ends::{Ends, Reflected};
use crate::image::path::ImagePath;
use crate::octaves::PerOctave;
use crate::plan::{DURATION_MAX_S, Method, Plan, SAMPLES_MAX};
use crate::rays::{Batches, Bins, Counted, RayEnergies};
use crate::render::{Content, Renderer, Rendering};
use crate::result::{Pair, Stopped};
use crate::scene::{Scene, polyhedron::Polyhedron};
use crate::statistics::Statistics;
use crate::tail::poisson;

/// Order of mirrors where nothing is said and images are all there is.
const ORDER: u32 = 12;

/// Order of mirrors where rays carry what is later.
const ORDER_WITH_RAYS: u32 = 4;

/// Beams of a source: some hundredths of a second.
const NODES_MAX: usize = 60_000;

/// Fall of a decay that is followed, in decibels, as a multiple of the time for sixty.
const FOLLOWED: f64 = 1.5;

/// Longer than the formula says: rooms that are not diffuse.
const RESERVE: f64 = 1.5;

/// All receivers of one source.
pub(super) fn hear(
    scene: &Scene,
    room: &Polyhedron,
    plan: &Plan,
    statistics: &Statistics,
    source: usize,
    progress: &Progress<'_>,
) -> Result<Vec<Pair>, Stopped> {
    let with_rays = plan.method != Method::ImageSources;
    let tree = grow(scene, room, plan, source, progress)?;
    let reflected = if with_rays {
        Reflected::Mirrored
    } else {
        Reflected::Whole
    };
    let ways: Vec<Way> = (0..scene.receivers.len())
        .filter_map(|receiver| Way::new(scene, &tree, statistics, source, receiver, reflected))
        .collect();
    let rays = if with_rays {
        let order = u32::try_from(tree.complete_order()).unwrap_or(u32::MAX);
        let wanted = Wanted {
            bins: ways.iter().map(|w| w.bins).collect(),
            known: ways.iter().map(|w| w.energies(scene)).collect(),
            counted: Counted::WithoutMirroredTo(order),
            end_s: ways.iter().map(Way::end_s).fold(0.0, f64::max),
        };
        Some(trace_for(scene, plan, source, &wanted, progress)?)
    } else {
        None
    };
    ways.par_iter()
        .map(|way| {
            progress.go_on()?;
            let own = rays
                .as_ref()
                .and_then(|r| Some((r, r.receivers.get(way.receiver)?)));
            let sound = way.sound(scene, plan, &tree, own);
            progress.one_more();
            Ok(sound.pair(scene, plan, source, way.receiver))
        })
        .collect()
}

fn grow<'a>(
    scene: &Scene,
    room: &'a Polyhedron,
    plan: &Plan,
    source: usize,
    progress: &Progress<'_>,
) -> Result<BeamTree<'a>, Stopped> {
    let order = match plan.method {
        Method::Rays => 0,
        Method::ImageSources => plan.max_order.unwrap_or(ORDER),
        Method::Hybrid => plan.max_order.unwrap_or(ORDER_WITH_RAYS).min(ORDER),
    };
    let limits = BeamLimits {
        max_order: order as usize,
        nodes_max: NODES_MAX,
    };
    let position = scene.sources[source].position.to_array();
    let stop = || progress.watch.stopped();
    BeamTree::grow(room, position, limits, &stop).ok_or(Stopped)
}

/// A source, a receiver, and everything that is known of the ways between them.
struct Way {
    receiver: usize,
    paths: Vec<ImagePath>,
    diffracted: Vec<DiffractedPath>,
    first_s: f64,
    bins: Bins,
    speed_m_s: f64,
}

impl Way {
    fn new(
        scene: &Scene,
        tree: &BeamTree<'_>,
        statistics: &Statistics,
        source: usize,
        receiver: usize,
        reflected: Reflected,
    ) -> Option<Self> {
        let ends: Ends = scene.ends(source, receiver, reflected)?;
        let paths = tree.paths(&ends);
        let diffracted = tree.diffracted(&ends);
        let straight_m = ends.source.distance(ends.receiver);
        let lengths = paths
            .iter()
            .map(|p| p.distance_m)
            .chain(diffracted.iter().map(|d| d.length_m));
        let first_m = lengths.reduce(f64::min).unwrap_or(straight_m);
        let first_s = first_m / scene.speed_m_s;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most half a minute of bins"
        )]
        let count = (followed_s(statistics).min(DURATION_MAX_S - first_s) / BIN_S).ceil() as usize;
        let bins = Bins {
            origin_s: first_s,
            width_s: BIN_S,
            count,
        };
        Some(Self {
            receiver,
            paths,
            diffracted,
            first_s,
            bins,
            speed_m_s: scene.speed_m_s,
        })
    }

    fn end_s(&self) -> f64 {
        self.bins.origin_s + self.bins.width_s * self.bins.count as f64
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

    fn energies(&self, scene: &Scene) -> EnergyHistogram {
        let Bins {
            origin_s,
            width_s,
            count,
        } = self.bins;
        let mut energies = EnergyHistogram::new(scene.octaves, origin_s, width_s, count);
        for (delay_s, amplitude, _) in self.arrivals() {
            // The first arrival lies on the beginning of the first bin: rounding must not put it before.
            let delay_s = delay_s.max(origin_s);
            energies.add(delay_s, &amplitude.map(|a| a * a));
        }
        energies
    }

    fn sound(
        &self,
        scene: &Scene,
        plan: &Plan,
        tree: &BeamTree<'_>,
        rays: Option<(&RayEnergies, &Batches)>,
    ) -> Sound {
        let known = self.energies(scene);
        let mut energies = known.clone();
        let Bins {
            origin_s,
            width_s,
            count,
        } = self.bins;
        let silent = || EnergyHistogram::new(scene.octaves, origin_s, width_s, count);
        let late = rays.map_or_else(silent, |(_, own)| own.energies().clone());
        let pickup = &scene.receivers[self.receiver].pickup;
        let of = |channel| self.channel(scene, plan, channel, &late);
        let channels = channels(pickup).map(of).collect();
        energies.merge(&late);
        let receiver = scene.receivers[self.receiver].position;
        let is_limited = plan.method == Method::ImageSources;
        Sound {
            images: self.paths.len() as u64,
            diffracted: u32::try_from(self.diffracted.len()).unwrap_or(u32::MAX),
            complete_until_s: is_limited.then(|| tree.beyond_m(receiver) / self.speed_m_s),
            order_limited: is_limited,
            first_s: self.first_s,
            channels,
            energies,
            convergence: rays.map(|(all, own)| convergence(all, own, Some(&known))),
        }
    }

    fn channel(
        &self,
        scene: &Scene,
        plan: &Plan,
        channel: usize,
        late: &EnergyHistogram,
    ) -> Vec<f32> {
        let pickup = &scene.receivers[self.receiver].pickup;
        let gain = |from: [f64; 3]| {
            if channel == 0 {
                1.0
            } else {
                pickup.gain(channel, from.into())
            }
        };
        let mut list: Vec<(f64, PerOctave)> = self
            .arrivals()
            .map(|(t, a, from)| (t, a.map(|x| x * gain(from))))
            .collect();
        let seed = plan.seed ^ ((self.receiver as u64) << 20) ^ channel as u64;
        list.extend(poisson(late, scene.volume_m3(), scene.speed_m_s, seed));
        let last_s = list.iter().map(|(t, _)| *t).fold(self.first_s, f64::max);
        let end_s = plan
            .duration_s
            .unwrap_or_else(|| (last_s + RINGING_S).min(self.end_s()));
        let pairs = scene.sources.len() * scene.receivers.len();
        let room_s = SAMPLES_MAX as f64 / (pairs as f64 * plan.rate.as_f64());
        let samples = plan
            .rate
            .samples(end_s.max(self.first_s + RINGING_S).min(room_s));
        let content = Content::Octaves(scene.octaves);
        let rate_hz = plan.rate.as_f64();
        let mut renderer =
            Renderer::new(rate_hz, content, samples, list.len(), Rendering::default());
        renderer.add(&list);
        renderer.finish(plan.pre_samples)
    }
}

/// What filters ring after the last arrival, in seconds.
const RINGING_S: f64 = 0.1;

/// How long a decay is followed after its first arrival, in seconds: from the slowest octave that a formula gives.
fn followed_s(statistics: &Statistics) -> f64 {
    let times = statistics
        .predictions
        .iter()
        .filter_map(|p| p.kuttruff_s.or(p.sabine_s).ok());
    let slowest_s = times.reduce(f64::max).unwrap_or(DURATION_MAX_S);
    (FOLLOWED * RESERVE * slowest_s).clamp(0.2, DURATION_MAX_S)
}
