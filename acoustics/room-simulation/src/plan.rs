//! What a simulation is asked to do; every number has a bound with its name here.

use room_dsp::SampleRate;

use crate::scene::Scene;
use crate::scene::fault::{Faults, Place, SceneFault};

/// Highest order of image sources.
pub const ORDER_MAX: u32 = 200;
/// Longest response, duration and horizon in seconds.
pub const DURATION_MAX_S: f64 = 30.0;
/// Shortest duration in seconds.
pub const DURATION_MIN_S: f64 = 1e-3;
/// Shortest horizon in seconds.
pub const HORIZON_MIN_S: f64 = 1e-3;
/// Most rays of a source.
pub const RAYS_MAX: u32 = 20_000_000;
/// Rays of a source after which no more are added for an accuracy: some seconds of work.
pub const RAYS_ADAPTIVE_MAX: u32 = 1 << 20;
/// Fewest rays of a source.
pub const RAYS_MIN: u32 = 1_000;
/// Most image sources of a pair.
pub const IMAGES_MAX: u64 = 20_000_000;
/// Image sources of a pair after which a shoebox goes on with its closed form or rays, unless a horizon is asked for.
pub const HYBRID_IMAGES_MAX: u64 = 2_000_000;
/// Most pairs of sources and receivers.
pub const PAIRS_MAX: usize = 256;
/// Most samples of all responses together.
pub const SAMPLES_MAX: usize = 200_000_000;
/// Farthest that images are moved against sweeping echoes, in metres.
pub const JITTER_MAX_M: f64 = 0.1;
/// Most samples before the emission.
pub const PRE_SAMPLES_MAX: usize = 2_048;

/// How sound is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Method {
    /// Image sources alone: up to an order, or complete up to a horizon.
    ImageSources,
    /// Rays alone.
    Rays,
    /// Image sources early, closed form or rays late: complete at any order.
    #[default]
    Hybrid,
}

/// How many rays a source sends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rays {
    /// So many.
    Count(u32),
    /// As many as the standard error of T30 needs to fall below this share, at most
    /// [`RAYS_ADAPTIVE_MAX`].
    Accuracy(f64),
}

impl Default for Rays {
    /// One percent of T30.
    fn default() -> Self {
        Self::Accuracy(0.01)
    }
}

/// What a simulation is asked to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// Sampling frequency of the responses.
    pub rate: SampleRate,
    /// How sound is followed.
    pub method: Method,
    /// Highest order of image sources, 12 among faces where nothing is said; with rays, of the early reflections among
    /// faces, 4 where nothing is said. A box with rays or its closed form has no use for it, nor has the method `Rays`.
    pub max_order: Option<u32>,
    /// Path length up to which the image sources of a box are complete, as a time in seconds; from the decay where
    /// nothing is said. Among faces it has no effect.
    pub horizon_s: Option<f64>,
    /// How long after the emission sound is followed, in seconds: energies and responses end there at the latest; as
    /// long as the decay where nothing is said.
    pub duration_s: Option<f64>,
    /// How many rays.
    pub rays: Rays,
    /// Chooses every random number.
    pub seed: u64,
    /// Radius within which a receiver counts rays, in metres; less where a surface is nearer.
    pub receiver_radius_m: f64,
    /// How far images of a box are moved against sweeping echoes, in metres: 0, or some centimetres (0.08 in De Sena et
    /// al., IEEE/ACM TASLP 23 (2015) 774). Among faces it has no effect.
    pub image_jitter_m: f64,
    /// Samples kept before the emission.
    pub pre_samples: usize,
    /// Limit of a causal second-order high-pass in hertz; none unless asked for.
    pub high_pass_hz: Option<f64>,
}

impl Plan {
    /// The default: hybrid, rays from the accuracy, nothing before the emission, nothing filtered.
    pub fn new(rate: SampleRate) -> Self {
        Self {
            rate,
            method: Method::default(),
            max_order: None,
            horizon_s: None,
            duration_s: None,
            rays: Rays::default(),
            seed: 0,
            receiver_radius_m: 0.3,
            image_jitter_m: 0.0,
            pre_samples: 0,
            high_pass_hz: None,
        }
    }

    /// When everything ends at the latest, in seconds after the emission.
    pub(crate) fn latest_s(&self) -> f64 {
        self.duration_s.unwrap_or(DURATION_MAX_S)
    }

    /// Everything that is wrong with the plan for a scene; nothing if it can be carried out.
    pub fn faults(&self, scene: &Scene) -> Vec<SceneFault> {
        let mut faults = Faults::default();
        if let Some(order) = self.max_order {
            let most = f64::from(ORDER_MAX);
            faults.bound(Place::at("max_order"), f64::from(order), 0.0, most);
        }
        if let Some(time_s) = self.horizon_s {
            faults.bound(
                Place::at("horizon_s"),
                time_s,
                HORIZON_MIN_S,
                DURATION_MAX_S,
            );
        }
        if let Some(time_s) = self.duration_s {
            let (least, most) = (DURATION_MIN_S, DURATION_MAX_S);
            faults.bound(Place::at("duration_s"), time_s, least, most);
        }
        match self.rays {
            Rays::Count(count) => {
                let (least, most) = (f64::from(RAYS_MIN), f64::from(RAYS_MAX));
                faults.bound(Place::at("rays"), f64::from(count), least, most);
            }
            Rays::Accuracy(share) => {
                faults.bound(Place::at("accuracy"), share, 1e-3, 0.5);
            }
        }
        faults.bound(
            Place::at("receiver_radius_m"),
            self.receiver_radius_m,
            0.01,
            5.0,
        );
        let jitter = Place::at("image_jitter_m");
        faults.bound(jitter, self.image_jitter_m, 0.0, JITTER_MAX_M);
        if let Some(limit_hz) = self.high_pass_hz {
            let most = 0.45 * self.rate.as_f64();
            faults.bound(Place::at("high_pass_hz"), limit_hz, 1.0, most);
        }
        faults.count(
            Place::at("pre_samples"),
            self.pre_samples,
            0,
            PRE_SAMPLES_MAX,
        );
        let pairs = scene.sources.len() * scene.receivers.len();
        faults.count(Place::at("pairs"), pairs, 1, PAIRS_MAX);
        faults.into_vec()
    }
}
