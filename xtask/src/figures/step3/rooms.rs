//! Scenes and plans of the accuracy figures: boxes of the golden data, as boxes or as faces.

use room_dsp::SampleRate;
use room_metrics::{BandParameters, SpeechConditions};
use room_simulation::{
    Air, Atmosphere, Directivity, Material, Method, Octaves, Pair, Patch, PerOctave, Pickup, Plan,
    Room, Scene, SceneBuilder, Simulation, Unwatched, simulate,
};
use serde::Deserialize;

use crate::TaskError;

/// A receiver without direction.
pub(super) const EAR: Pickup = Pickup::Single(Directivity::Omnidirectional);

/// Place of 1 kHz among the octaves of parameters.
const KILOHERTZ: usize = 4;

/// Size and walls of a golden box.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Walls {
    #[serde(rename = "L")]
    pub(super) size_m: [f64; 3],
    alpha: [f64; 6],
    #[serde(default)]
    m_energy_per_m: f64,
}

impl Walls {
    /// The box without sources and receivers, in the octave of 1 kHz.
    pub(super) fn builder(
        &self,
        scattering: f64,
        as_faces: bool,
    ) -> Result<SceneBuilder, TaskError> {
        let octaves = kilohertz()?;
        let walls = self.alpha.map(|a| Material::flat(octaves, a, scattering));
        let room = Room::Shoebox {
            size_m: self.size_m,
            walls,
        };
        let air = PerOctave::flat(octaves, self.m_energy_per_m);
        let builder = SceneBuilder::new(room, octaves)
            .air(Atmosphere::Table(Air::default(), air))
            .speed_of_sound(343.0);
        Ok(if as_faces {
            builder.patch(self.patch(walls[4]))
        } else {
            builder
        })
    }

    /// A piece of the floor that is made of the same: it makes faces of a box, and nothing else.
    fn patch(&self, material: Material) -> Patch {
        let [x, y, _] = self.size_m.map(|l| 0.5 * l);
        Patch {
            name: "same".to_owned(),
            face: "floor".to_owned(),
            corners_m: vec![[0.1, 0.1, 0.0], [x, 0.1, 0.0], [x, y, 0.0], [0.1, y, 0.0]],
            material,
        }
    }
}

/// The octave of 1 kHz alone.
pub(super) fn kilohertz() -> Result<Octaves, TaskError> {
    Ok(Octaves::from_centres(&[1000.0])?)
}

/// Adds one source and one receiver, and builds.
pub(super) fn heard(
    builder: SceneBuilder,
    source: [f64; 3],
    receiver: [f64; 3],
) -> Result<Scene, TaskError> {
    built(
        builder
            .source("s", source, Directivity::Omnidirectional)
            .receiver("r", receiver, EAR),
    )
}

/// The scene, or all faults in one message.
pub(super) fn built(builder: SceneBuilder) -> Result<Scene, TaskError> {
    builder.build().map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        faults.join("; ").into()
    })
}

/// A plan at 16 kHz.
pub(super) fn plan(method: Method, max_order: Option<u32>) -> Result<Plan, TaskError> {
    Ok(Plan {
        method,
        max_order,
        ..Plan::new(SampleRate::new(16_000)?)
    })
}

/// Carries it out.
pub(super) fn run(scene: &Scene, plan: &Plan) -> Result<Simulation, TaskError> {
    Ok(simulate(scene, plan, &Unwatched)?)
}

/// Parameters at 1 kHz.
pub(super) fn parameters(pair: &Pair) -> Result<BandParameters, TaskError> {
    let all = pair.parameters(SpeechConditions::default());
    let own = all.octaves.get(KILOHERTZ);
    own.cloned().ok_or_else(|| "no octave at 1 kHz".into())
}

/// Standard error of T30 as a share of `t30_s`; 0 where there are no rays, infinite where rays do not show it.
pub(super) fn error_of_t30(pair: &Pair, t30_s: f64) -> f64 {
    pair.convergence.as_ref().map_or(0.0, |c| {
        let own = c.octaves.first().and_then(|o| o.t30_s.ok());
        own.unwrap_or(f64::NAN) / t30_s
    })
}
