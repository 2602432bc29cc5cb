//! How sources radiate and receivers listen: the cardioid family, and ambisonic receivers.

use glam::DVec3;

/// A first-order pattern p + (1 - p) cos, turned with its front towards a direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Directivity {
    /// The same in all directions.
    Omnidirectional,
    /// p + (1 - p) cos of the angle to the front: 0.5 cardioid, 0.75 subcardioid, 0.25 hypercardioid, 0 figure of
    /// eight.
    Cardioid {
        /// Omnidirectional share p, 0 to 1.
        share: f64,
        /// Front, of any length but zero.
        front: [f64; 3],
    },
}

impl Directivity {
    /// Signed amplitude towards a direction of unit length.
    pub fn gain(&self, direction: DVec3) -> f64 {
        match *self {
            Self::Omnidirectional => 1.0,
            Self::Cardioid { share, front } => {
                let cosine = DVec3::from(front).normalize().dot(direction);
                share + (1.0 - share) * cosine
            }
        }
    }

    /// Mean of the squared gain over all directions: p^2 + (1 - p)^2 / 3.
    pub fn mean_square(&self) -> f64 {
        match *self {
            Self::Omnidirectional => 1.0,
            Self::Cardioid { share, .. } => share * share + (1.0 - share).powi(2) / 3.0,
        }
    }
}

/// Order of an ambisonic receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ambisonics {
    /// Four channels.
    First,
    /// Nine channels.
    Second,
}

/// What a receiver records.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pickup {
    /// One channel.
    Single(Directivity),
    /// Channels in ACN order with SN3D weights, x to the front, y to the left, z up.
    Ambisonic(Ambisonics),
}

impl Pickup {
    /// Number of channels.
    pub const fn channels(&self) -> usize {
        match self {
            Self::Single(_) => 1,
            Self::Ambisonic(Ambisonics::First) => 4,
            Self::Ambisonic(Ambisonics::Second) => 9,
        }
    }

    /// Signed amplitude of a channel for sound that comes from a direction (unit length, from the receiver outwards).
    pub fn gain(&self, channel: usize, from: DVec3) -> f64 {
        match self {
            Self::Single(directivity) => directivity.gain(from),
            Self::Ambisonic(_) => spherical_harmonic(channel, from),
        }
    }
}

/// Real spherical harmonics up to order 2, ACN order, SN3D weights.
fn spherical_harmonic(channel: usize, d: DVec3) -> f64 {
    let root = 3f64.sqrt();
    match channel {
        0 => 1.0,
        1 => d.y,
        2 => d.z,
        3 => d.x,
        4 => root * d.x * d.y,
        5 => root * d.y * d.z,
        6 => 1.5 * d.z * d.z - 0.5,
        7 => root * d.x * d.z,
        8 => 0.5 * root * (d.x * d.x - d.y * d.y),
        _ => 0.0,
    }
}

/// A direction from two numbers between 0 and 1, even over the sphere.
pub(crate) fn on_sphere(u: f64, v: f64) -> DVec3 {
    let z = 1.0 - 2.0 * u;
    let r = (1.0 - z * z).max(0.0).sqrt();
    let (sin, cos) = (core::f64::consts::TAU * v).sin_cos();
    DVec3::new(r * cos, r * sin, z)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Directions of a spherical Fibonacci lattice.
    fn directions() -> impl Iterator<Item = DVec3> {
        let n = 20_000;
        (0..n).map(move |i| {
            let z = 1.0 - (2.0 * f64::from(i) + 1.0) / f64::from(n);
            let (sin, cos) = (2.399_963_229_728_653 * f64::from(i)).sin_cos();
            let r = (1.0 - z * z).sqrt();
            DVec3::new(r * cos, r * sin, z)
        })
    }

    #[test]
    fn a_cardioid_is_deaf_behind() {
        let cardioid = Directivity::Cardioid {
            share: 0.5,
            front: [2.0, 0.0, 0.0],
        };
        assert!((cardioid.gain(DVec3::X) - 1.0).abs() < 1e-12);
        assert!((cardioid.gain(DVec3::Y) - 0.5).abs() < 1e-12);
        assert!(cardioid.gain(-DVec3::X).abs() < 1e-12);
        let mean = directions().map(|d| cardioid.gain(d).powi(2)).sum::<f64>() / 20_000.0;
        assert!((mean - cardioid.mean_square()).abs() < 1e-6);
    }

    #[test]
    fn ambisonic_channels_are_orthogonal_with_their_weights() {
        let pickup = Pickup::Ambisonic(Ambisonics::Second);
        let degrees = [0, 1, 1, 1, 2, 2, 2, 2, 2];
        let pairs =
            (0..pickup.channels()).flat_map(|a| (0..pickup.channels()).map(move |b| (a, b)));
        for (a, b) in pairs {
            let product = directions().map(|d| pickup.gain(a, d) * pickup.gain(b, d));
            let mean = product.sum::<f64>() / 20_000.0;
            let own = 1.0 / (2.0 * f64::from(degrees[a]) + 1.0);
            let expected = if a == b { own } else { 0.0 };
            assert!((mean - expected).abs() < 1e-4, "{a} {b}: {mean}");
        }
    }
}
