//! The octaves in which a simulation counts, and values given per octave.
//!
//! Centres are 1000 * 2^k hertz, so that neighbours lie exactly an octave apart; names are the nominal ones (63, 125,
//! ...). Between centres a gain moves as `cos^2` in the logarithm of frequency, weights add to one; outside it is flat.

use core::f64::consts::FRAC_PI_2;
use core::ops::Index;

use room_dsp::{Band, SampleRate};

/// Most octaves of a simulation: 63 Hz to 16 kHz.
pub const OCTAVES_MAX: usize = 9;

/// Index of the lowest octave, counted from 1 kHz.
const LOWEST: i8 = -4;

/// Consecutive octaves between 63 Hz and 16 kHz, ascending; at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Octaves {
    first: i8,
    count: u8,
}

impl Octaves {
    /// All of them: 63 Hz to 16 kHz.
    pub const ALL: Self = Self {
        first: LOWEST,
        count: 9,
    };

    /// The octaves from 63 Hz whose centres do not exceed half the sampling frequency.
    pub fn carried(rate: SampleRate) -> Self {
        let half_hz = rate.as_f64() / 2.0;
        let carried = Self::ALL.centres_hz().filter(|c| *c <= half_hz).count();
        Self {
            first: LOWEST,
            count: u8::try_from(carried.max(1)).unwrap_or(1),
        }
    }

    /// Octaves of the given nominal or exact centres, in hertz.
    ///
    /// # Errors
    /// [`NotOctaves`] when the list is empty, or is not consecutive octaves between 63 Hz and 16 kHz, ascending.
    pub fn from_centres(centres_hz: &[f64]) -> Result<Self, NotOctaves> {
        let wrong = || NotOctaves {
            centres_hz: centres_hz.to_vec(),
        };
        let found = Self::ALL.iter().position(|band| {
            centres_hz
                .first()
                .is_some_and(|c| (c / Self::ALL.centre_hz(band)).log2().abs() < NAME_TOLERANCE)
        });
        let start = found.ok_or_else(wrong)?;
        let first = LOWEST + i8::try_from(start).map_err(|_| wrong())?;
        let count = u8::try_from(centres_hz.len()).map_err(|_| wrong())?;
        if start + centres_hz.len() > OCTAVES_MAX {
            return Err(wrong());
        }
        let octaves = Self { first, count };
        let fits =
            |(band, c): (usize, &f64)| (c / octaves.centre_hz(band)).log2().abs() < NAME_TOLERANCE;
        if centres_hz.iter().enumerate().all(fits) {
            Ok(octaves)
        } else {
            Err(wrong())
        }
    }

    /// How many.
    #[expect(
        clippy::len_without_is_empty,
        reason = "there is always at least one octave"
    )]
    pub const fn len(self) -> usize {
        self.count as usize
    }

    /// Places of the octaves, from 0.
    pub fn iter(self) -> core::ops::Range<usize> {
        0..self.len()
    }

    /// Centre of the octave at a place, in hertz.
    pub fn centre_hz(self, place: usize) -> f64 {
        1000.0 * f64::from(self.index(place)).exp2()
    }

    /// Centres in hertz, ascending.
    pub fn centres_hz(self) -> impl Iterator<Item = f64> {
        self.iter().map(move |place| self.centre_hz(place))
    }

    /// The standard's band of the octave at a place: its nominal name, and where results are evaluated.
    pub fn band(self, place: usize) -> Band {
        Band::octave(self.index(place))
    }

    /// Weight of every octave at a frequency: `cos^2` in log2 f between centres, their sum 1, flat outside.
    pub fn weights(self, frequency_hz: f64) -> PerOctave {
        PerOctave::from_fn(self, |place| self.weight(place, frequency_hz))
    }

    /// Weight of one octave at a frequency, as in [`Self::weights`].
    pub(crate) fn weight(self, place: usize, frequency_hz: f64) -> f64 {
        let last = (self.len() - 1) as f64;
        let way = (frequency_hz.max(1e-9) / self.centre_hz(0)).log2();
        let apart = (way.clamp(0.0, last) - place as f64).abs().min(1.0);
        (FRAC_PI_2 * apart).cos().powi(2)
    }

    const fn index(self, place: usize) -> i8 {
        #[expect(clippy::cast_possible_truncation, reason = "places are below 9")]
        let place = place as i8;
        self.first + place
    }
}

/// How far a given centre may lie from the exact one, in octaves: nominal names are rounded (63 for 62.5).
const NAME_TOLERANCE: f64 = 0.05;

/// A list of centres that are not consecutive octaves.
#[derive(Debug, Clone, PartialEq)]
pub struct NotOctaves {
    /// What was given, in hertz.
    pub centres_hz: Vec<f64>,
}

impl core::fmt::Display for NotOctaves {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "{:?} are not octave centres; give consecutive ones out of 63, 125, 250, 500, 1000, 2000, 4000, 8000, \
             16000, ascending",
            self.centres_hz
        )
    }
}

impl core::error::Error for NotOctaves {}

/// One number for each octave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PerOctave {
    octaves: Octaves,
    values: [f64; OCTAVES_MAX],
}

impl PerOctave {
    /// The same number in every octave.
    pub fn flat(octaves: Octaves, value: f64) -> Self {
        Self::from_fn(octaves, |_| value)
    }

    /// A number for each place.
    pub fn from_fn(octaves: Octaves, mut value: impl FnMut(usize) -> f64) -> Self {
        let mut values = [0.0; OCTAVES_MAX];
        for (place, v) in values.iter_mut().enumerate().take(octaves.len()) {
            *v = value(place);
        }
        Self { octaves, values }
    }

    /// The octaves.
    pub const fn octaves(&self) -> Octaves {
        self.octaves
    }

    /// The numbers, ascending in frequency.
    pub fn values(&self) -> &[f64] {
        &self.values[..self.octaves.len()]
    }

    /// A number made of each.
    #[must_use]
    pub fn map(&self, mut change: impl FnMut(f64) -> f64) -> Self {
        Self::from_fn(self.octaves, |place| change(self.values[place]))
    }

    /// The same numbers on other octaves: outside its own, a list goes on with its first or last number.
    #[must_use]
    pub fn onto(&self, octaves: Octaves) -> Self {
        let last = self.values().len() - 1;
        Self::from_fn(octaves, |place| {
            let own = i32::from(octaves.index(place)) - i32::from(self.octaves.first);
            self.values[usize::try_from(own).unwrap_or(0).min(last)]
        })
    }

    /// Whether all numbers are one.
    pub fn is_flat(&self) -> bool {
        self.values()
            .windows(2)
            .all(|w| w[0].to_bits() == w[1].to_bits())
    }
}

impl Index<usize> for PerOctave {
    type Output = f64;

    fn index(&self, place: usize) -> &f64 {
        &self.values()[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octaves_are_those_that_the_rate_carries() {
        let count = |hz| Octaves::carried(SampleRate::new(hz).unwrap()).len();
        assert_eq!(count(16_000), 8);
        assert_eq!(count(48_000), 9);
        assert_eq!(count(44_100), 9);
        let centres: Vec<f64> = Octaves::ALL.centres_hz().collect();
        assert!((centres[0] - 62.5).abs() < 1e-12 && (centres[8] - 16_000.0).abs() < 1e-9);
    }

    #[test]
    fn centres_may_be_nominal_and_must_be_consecutive() {
        let seven = Octaves::from_centres(&[125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0]);
        assert_eq!(seven.unwrap().len(), 7);
        assert_eq!(Octaves::from_centres(&[63.0]).unwrap().len(), 1);
        for wrong in [
            &[][..],
            &[125.0, 500.0],
            &[100.0],
            &[8000.0, 16_000.0, 32_000.0],
            &[f64::NAN],
        ] {
            assert!(Octaves::from_centres(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn weights_add_to_one_and_are_flat_outside() {
        let octaves = Octaves::from_centres(&[125.0, 250.0, 500.0]).unwrap();
        for f in [0.0, 20.0, 125.0, 140.0, 177.0, 260.0, 499.0, 500.0, 9000.0] {
            let sum: f64 = octaves.weights(f).values().iter().sum();
            assert!((sum - 1.0).abs() < 1e-12, "{f}: {sum}");
        }
        assert!((octaves.weights(20.0)[0] - 1.0).abs() < 1e-12);
        assert!((octaves.weights(125.0 * 2f64.sqrt())[1] - 0.5).abs() < 1e-12);
        assert!((octaves.weights(9000.0)[2] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_list_goes_on_beyond_its_own_octaves() {
        let given = Octaves::from_centres(&[125.0, 250.0]).unwrap();
        let list = PerOctave::from_fn(given, |place| [0.1, 0.2][place]);
        let wide = Octaves::from_centres(&[63.0, 125.0, 250.0, 500.0]).unwrap();
        assert_eq!(list.onto(wide).values(), [0.1, 0.1, 0.2, 0.2]);
    }
}
