//! The two ends of a path: where it leaves and arrives, and what takes from it on its way.

use glam::DVec3;

use crate::directivity::{Directivity, Pickup};
use crate::material::Material;
use crate::octaves::PerOctave;
use crate::scene::Scene;

/// What a mirror keeps of the pressure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reflected {
    /// All that is not absorbed: sqrt(1 - alpha).
    Whole,
    /// Less what it scatters, where rays carry that: sqrt((1 - alpha) (1 - s)).
    Mirrored,
}

/// A source and a receiver with the air between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Ends {
    pub(crate) source: DVec3,
    pub(crate) receiver: DVec3,
    directivity: Directivity,
    pickup: Pickup,
    attenuation_per_m: PerOctave,
    speed_m_s: f64,
    reflected: Reflected,
}

impl Scene {
    /// Ends of the pair of a source and a receiver, by their places in the scene; nothing where there is no such pair.
    pub fn ends(&self, source: usize, receiver: usize, reflected: Reflected) -> Option<Ends> {
        let (emitter, listener) = (self.sources.get(source)?, self.receivers.get(receiver)?);
        Some(Ends {
            source: emitter.position,
            receiver: listener.position,
            directivity: emitter.directivity,
            pickup: listener.pickup,
            attenuation_per_m: self.attenuation_per_m,
            speed_m_s: self.speed_m_s,
            reflected,
        })
    }
}

impl Ends {
    /// Where the source is, in metres.
    pub fn source_m(&self) -> [f64; 3] {
        self.source.to_array()
    }

    /// Where the receiver is, in metres.
    pub fn receiver_m(&self) -> [f64; 3] {
        self.receiver.to_array()
    }

    /// Amplitude per octave of a path: materials that it met, loss by distance, air, and how both ends are turned.
    ///
    /// `spread` is what distance leaves, 1/d for a mirror image; the air takes exp(-m d / 2). The receiver's channel 0
    /// counts, which is the only one of a single receiver and 1 for an ambisonic one.
    pub(crate) fn amplitude<'a>(
        &self,
        materials: &(impl Iterator<Item = &'a Material> + Clone),
        way: &Way,
        spread: impl Fn(usize) -> f64,
    ) -> PerOctave {
        let octaves = self.attenuation_per_m.octaves();
        let turned = self.directivity.gain(way.departure) * self.pickup.gain(0, way.arrival);
        PerOctave::from_fn(octaves, |place| {
            let kept = materials.clone().map(|m| self.kept(m, place));
            let air = (-0.5 * self.attenuation_per_m[place] * way.length_m).exp();
            kept.product::<f64>().sqrt() * air * turned * spread(place)
        })
    }

    /// Amplitude per octave of a straight way that nothing blocks, heard and radiated at full strength.
    pub(crate) fn free(&self, length_m: f64) -> PerOctave {
        self.attenuation_per_m
            .map(|m| (-0.5 * m * length_m).exp() / length_m)
    }

    /// Wavelength at the centre of an octave, in metres.
    pub(crate) fn wavelength_m(&self, place: usize) -> f64 {
        self.speed_m_s / self.attenuation_per_m.octaves().centre_hz(place)
    }

    /// Share of the energy that a mirror keeps.
    fn kept(&self, material: &Material, place: usize) -> f64 {
        let kept = 1.0 - material.absorption()[place];
        match self.reflected {
            Reflected::Whole => kept,
            Reflected::Mirrored => kept * (1.0 - material.scattering()[place]),
        }
    }
}

/// Length of a path, and where it leaves and comes from, both of unit length and away from their ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    pub(crate) length_m: f64,
    pub(crate) departure: DVec3,
    pub(crate) arrival: DVec3,
}
