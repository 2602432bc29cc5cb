//! What a surface does to sound: how much it swallows, and how much of the rest it scatters.

use crate::octaves::{Octaves, PerOctave};

/// Absorption and scattering per octave, both 0 to 1.
///
/// Absorption is the random-incidence energy coefficient (ISO 354); scattering the share of the reflected energy that
/// does not leave as from a mirror (ISO 17497-1). Values are checked where a scene is built.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Material {
    absorption: PerOctave,
    scattering: PerOctave,
}

impl Material {
    /// A material of given lists; both are carried onto `octaves`.
    pub fn new(octaves: Octaves, absorption: &PerOctave, scattering: &PerOctave) -> Self {
        Self {
            absorption: absorption.onto(octaves),
            scattering: scattering.onto(octaves),
        }
    }

    /// The same numbers in every octave.
    pub fn flat(octaves: Octaves, absorption: f64, scattering: f64) -> Self {
        Self {
            absorption: PerOctave::flat(octaves, absorption),
            scattering: PerOctave::flat(octaves, scattering),
        }
    }

    /// The same material on other octaves.
    #[must_use]
    pub fn onto(&self, octaves: Octaves) -> Self {
        Self::new(octaves, &self.absorption, &self.scattering)
    }

    /// Absorption coefficients.
    pub const fn absorption(&self) -> &PerOctave {
        &self.absorption
    }

    /// Scattering coefficients.
    pub const fn scattering(&self) -> &PerOctave {
        &self.scattering
    }

    /// Pressure factor of a mirror reflection, sqrt((1 - absorption) (1 - scattering)), per octave.
    pub fn mirror_factor(&self) -> PerOctave {
        let places = self.absorption.octaves();
        PerOctave::from_fn(places, |place| {
            ((1.0 - self.absorption[place]) * (1.0 - self.scattering[place])).sqrt()
        })
    }

    /// Pressure factor of a reflection with all that is not absorbed, sqrt(1 - absorption), per octave.
    pub fn reflection_factor(&self) -> PerOctave {
        self.absorption.map(|a| (1.0 - a).sqrt())
    }

    /// Whether any octave scatters.
    pub fn scatters(&self) -> bool {
        self.scattering.values().iter().any(|s| *s > 0.0)
    }
}
