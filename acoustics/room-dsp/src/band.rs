//! Fractional-octave bands by IEC 61260-1:2014, base ten.
//!
//! A band is an index; frequencies follow from it. Nominal centres are for display and for documents only.

/// Width of a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fraction {
    /// One octave.
    Octave,
    /// A third of an octave.
    Third,
}

impl Fraction {
    /// Number of bands in an octave: 1 or 3.
    pub const fn denominator(self) -> u8 {
        match self {
            Self::Octave => 1,
            Self::Third => 3,
        }
    }
}

/// One octave or third-octave band, counted from 1 kHz.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Band {
    fraction: Fraction,
    index: i8,
}

/// Nominal centres of one decade of third octaves, from 1 kHz (IEC 61260-1:2014, annex E).
const NOMINAL_DECADE: [f64; 10] = [1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0];

/// Octave indices from 63 Hz to 16 kHz.
const OCTAVES: core::ops::RangeInclusive<i8> = -4..=4;

/// Third-octave indices from 50 Hz to 20 kHz: the thirds of those octaves.
const THIRDS: core::ops::RangeInclusive<i8> = -13..=13;

impl Band {
    /// The octave `index` octaves above 1 kHz.
    pub const fn octave(index: i8) -> Self {
        Self {
            fraction: Fraction::Octave,
            index,
        }
    }

    /// The third octave `index` thirds above 1 kHz.
    pub const fn third(index: i8) -> Self {
        Self {
            fraction: Fraction::Third,
            index,
        }
    }

    /// The octaves 63 Hz to 16 kHz, ascending.
    pub fn octaves() -> impl Iterator<Item = Self> {
        OCTAVES.map(Self::octave)
    }

    /// The third octaves 50 Hz to 20 kHz, ascending.
    pub fn thirds() -> impl Iterator<Item = Self> {
        THIRDS.map(Self::third)
    }

    /// Width of the band.
    pub const fn fraction(self) -> Fraction {
        self.fraction
    }

    /// Exact mid frequency in hertz, 1000 G^(index/b) with G = 10^0.3 (IEC 61260-1:2014, 5.4).
    pub fn mid_hz(self) -> f64 {
        1000.0 * 10f64.powf(self.exponent())
    }

    /// Lower band edge in hertz (IEC 61260-1:2014, 5.6).
    pub fn lower_hz(self) -> f64 {
        1000.0 * 10f64.powf(self.exponent() - self.half_width())
    }

    /// Upper band edge in hertz (IEC 61260-1:2014, 5.6).
    pub fn upper_hz(self) -> f64 {
        1000.0 * 10f64.powf(self.exponent() + self.half_width())
    }

    /// Bandwidth in hertz.
    pub fn width_hz(self) -> f64 {
        self.upper_hz() - self.lower_hz()
    }

    /// Nominal centre in hertz: 31.5, 63, 125 ... (IEC 61260-1:2014, annex E).
    pub fn nominal_hz(self) -> f64 {
        let thirds = i32::from(self.index) * 3 / i32::from(self.fraction.denominator());
        let decade = thirds.div_euclid(10);
        let step = usize::try_from(thirds.rem_euclid(10)).unwrap_or(0);
        let exact = NOMINAL_DECADE[step] * 10f64.powi(3 + decade);
        if exact < 100.0 {
            (exact * 10.0).round() / 10.0
        } else {
            exact.round()
        }
    }

    fn exponent(self) -> f64 {
        0.3 * f64::from(self.index) / f64::from(self.fraction.denominator())
    }

    fn half_width(self) -> f64 {
        0.15 / f64::from(self.fraction.denominator())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nominal_centres_are_the_standards() {
        let octaves: Vec<f64> = Band::octaves().map(Band::nominal_hz).collect();
        assert_eq!(
            octaves,
            [
                63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0
            ]
        );
        let thirds: Vec<f64> = Band::thirds().map(Band::nominal_hz).collect();
        assert_eq!(
            thirds[..8],
            [50.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0, 250.0]
        );
        assert_eq!(thirds[24..], [12500.0, 16000.0, 20000.0]);
        assert!((Band::third(-15).nominal_hz() - 31.5).abs() < 1e-9);
    }

    #[test]
    fn three_thirds_fill_an_octave() {
        for (k, octave) in (-4..=4).zip(Band::octaves()) {
            assert!((Band::third(3 * k - 1).lower_hz() / octave.lower_hz() - 1.0).abs() < 1e-12);
            assert!((Band::third(3 * k + 1).upper_hz() / octave.upper_hz() - 1.0).abs() < 1e-12);
        }
    }
}
