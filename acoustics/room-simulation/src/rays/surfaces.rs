//! What surfaces do to energies, in the octaves that are traced together.
//!
//! A ray is either mirrored or scattered in all its octaves at once, and its energies are weighted afterwards so that
//! each octave gets its own share in the mean. The farther the coefficients of octaves lie apart, the more such weights
//! spread; octaves whose coefficients differ by more than a tenth are therefore traced one after the other.

use core::ops::Range;

use super::single;
use crate::material::Material;
use crate::octaves::Octaves;

/// Farthest that scattering coefficients of octaves traced together lie apart, on any surface.
const APART: f64 = 0.1 + 1e-9;

/// A surface in the octaves of a group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Surface<const B: usize> {
    /// Share of the energy that comes back, 1 - absorption.
    pub(crate) reflected: [f32; B],
    /// Share of the energy that comes back scattered.
    pub(crate) scattered: [f32; B],
    /// Scattering coefficients.
    pub(crate) scattering: [f32; B],
    /// Scattering coefficient where it is the same in all octaves of the group.
    pub(crate) common: f32,
}

/// All surfaces in the octaves of a group.
#[derive(Debug, Clone)]
pub(crate) struct Surfaces<const B: usize> {
    pub(crate) list: Vec<Surface<B>>,
    /// Whether each surface scatters alike in all octaves of the group: then nothing needs weights.
    pub(crate) alike: bool,
    /// Whether anything scatters.
    pub(crate) scatter: bool,
}

impl<const B: usize> Surfaces<B> {
    /// The surfaces of `materials` in the octaves at `places`, at most `B`.
    pub(crate) fn new(materials: &[Material], places: &Range<usize>) -> Self {
        let list: Vec<Surface<B>> = materials.iter().map(|m| Surface::new(m, places)).collect();
        let alike = materials.iter().all(|m| {
            let all = &m.scattering().values()[places.clone()];
            all.iter().all(|s| s.to_bits() == all[0].to_bits())
        });
        let scatter = list.iter().any(|s| s.scattering.iter().any(|s| *s > 0.0));
        Self {
            list,
            alike,
            scatter,
        }
    }
}

impl<const B: usize> Surface<B> {
    fn new(material: &Material, places: &Range<usize>) -> Self {
        let values = |value: &dyn Fn(usize) -> f64| {
            core::array::from_fn(|k| {
                places
                    .clone()
                    .nth(k)
                    .map_or(0.0, |place| single(value(place)))
            })
        };
        let (absorption, scattering) = (material.absorption(), material.scattering());
        Self {
            reflected: values(&|o| 1.0 - absorption[o]),
            scattered: values(&|o| (1.0 - absorption[o]) * scattering[o]),
            scattering: values(&|o| scattering[o]),
            common: single(scattering[places.start]),
        }
    }
}

/// Neighbouring octaves that may be traced together.
pub(crate) fn groups(materials: &[Material], octaves: Octaves) -> Vec<Range<usize>> {
    let together = |a: usize, b: usize| {
        materials
            .iter()
            .all(|m| (m.scattering()[a] - m.scattering()[b]).abs() <= APART)
    };
    let mut all: Vec<Range<usize>> = Vec::new();
    for place in octaves.iter() {
        match all.last_mut() {
            Some(group) if group.clone().all(|other| together(other, place)) => {
                group.end = place + 1;
            }
            _ => all.push(place..place + 1),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::octaves::PerOctave;

    #[test]
    fn octaves_are_traced_together_when_they_scatter_alike() {
        let octaves = Octaves::from_centres(&[125., 250., 500., 1000., 2000., 4000.]).unwrap();
        let s = PerOctave::from_fn(octaves, |k| [0.10, 0.15, 0.20, 0.25, 0.30, 0.35][k]);
        let hall = Material::new(octaves, &PerOctave::flat(octaves, 0.1), &s);
        let plain = Material::flat(octaves, 0.1, 0.5);
        assert_eq!(groups(&[plain, hall], octaves), [0..3, 3..6]);
        assert_eq!(groups(&[plain], octaves), [0..6]);
        let three = Surfaces::<4>::new(&[hall], &(3..6));
        assert!(!three.alike && three.scatter);
        assert!((three.list[0].scattering[2] - 0.35).abs() < 1e-6);
        assert!(three.list[0].scattering[3].abs() < 1e-6);
        assert!(Surfaces::<4>::new(&[plain], &(0..3)).alike);
    }
}
