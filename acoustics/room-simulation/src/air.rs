//! The air of a room: speed of sound, and what it takes from sound on its way (ISO 9613-1:1993).

use crate::octaves::{Octaves, PerOctave};

/// Reference temperature T0 in kelvin (ISO 9613-1:1993, 4.1).
const REFERENCE_K: f64 = 293.15;

/// Triple point of water T01 in kelvin (ISO 9613-1:1993, annex B).
const TRIPLE_POINT_K: f64 = 273.16;

/// Reference pressure in kilopascal.
const REFERENCE_KPA: f64 = 101.325;

/// State of the air.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Air {
    /// Temperature in degrees Celsius.
    pub temperature_c: f64,
    /// Relative humidity in percent.
    pub humidity_percent: f64,
    /// Pressure in kilopascal.
    pub pressure_kpa: f64,
}

impl Default for Air {
    /// 20 degrees, 50 % humidity, 101.325 kPa.
    fn default() -> Self {
        Self {
            temperature_c: 20.0,
            humidity_percent: 50.0,
            pressure_kpa: REFERENCE_KPA,
        }
    }
}

impl Air {
    /// Speed of sound in metres per second, 343.2 sqrt(T / T0) (ISO 9613-1:1993, annex A).
    pub fn speed_of_sound_m_s(&self) -> f64 {
        343.2 * (self.kelvin() / REFERENCE_K).sqrt()
    }

    /// Energy attenuation m in 1/m at a frequency: energies fall by exp(-m d) (ISO 9613-1:1993, equations 3 to 5).
    pub fn attenuation_per_m(&self, frequency_hz: f64) -> f64 {
        let decibels = core::f64::consts::LOG10_E * 10.0;
        self.attenuation_db_per_m(frequency_hz) / decibels
    }

    /// Energy attenuation m in 1/m at the centre of every octave.
    pub fn attenuations_per_m(&self, octaves: Octaves) -> PerOctave {
        PerOctave::from_fn(octaves, |place| {
            self.attenuation_per_m(octaves.centre_hz(place))
        })
    }

    fn attenuation_db_per_m(&self, frequency_hz: f64) -> f64 {
        let warmth = self.kelvin() / REFERENCE_K;
        let pressure = self.pressure_kpa / REFERENCE_KPA;
        let water = self.water_percent();
        let oxygen_hz = pressure * (24.0 + 4.04e4 * water * (0.02 + water) / (0.391 + water));
        let nitrogen_hz = pressure
            * warmth.powf(-0.5)
            * (9.0 + 280.0 * water * (-4.170 * (warmth.powf(-1.0 / 3.0) - 1.0)).exp());
        let f2 = frequency_hz * frequency_hz;
        let kelvin = self.kelvin();
        let relaxation = 0.01275 * (-2239.1 / kelvin).exp() / (oxygen_hz + f2 / oxygen_hz)
            + 0.1068 * (-3352.0 / kelvin).exp() / (nitrogen_hz + f2 / nitrogen_hz);
        8.686 * f2 * (1.84e-11 / pressure * warmth.sqrt() + warmth.powf(-2.5) * relaxation)
    }

    /// Molar concentration of water vapour in percent (ISO 9613-1:1993, annex B).
    fn water_percent(&self) -> f64 {
        let exponent = -6.8346 * (TRIPLE_POINT_K / self.kelvin()).powf(1.261) + 4.6151;
        let saturation = 10f64.powf(exponent);
        self.humidity_percent * saturation * REFERENCE_KPA / self.pressure_kpa
    }

    fn kelvin(&self) -> f64 {
        self.temperature_c + 273.15
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Table 1 of the standard at 20 degrees and 70 %, exact midband frequencies, dB/km.
    #[test]
    fn attenuation_is_that_of_the_table() {
        let air = Air {
            humidity_percent: 70.0,
            ..Air::default()
        };
        let table = [
            (125.893, 0.338),
            (251.189, 1.13),
            (501.187, 2.80),
            (1000.0, 4.98),
            (1995.26, 9.02),
            (3981.07, 22.9),
            (7943.28, 76.6),
        ];
        for (f, db_per_km) in table {
            let found = 1000.0 * air.attenuation_db_per_m(f);
            assert!((found / db_per_km - 1.0).abs() < 0.006, "{f}: {found}");
        }
    }

    #[test]
    fn sound_is_faster_in_warm_air() {
        let speed = |temperature_c| {
            Air {
                temperature_c,
                ..Air::default()
            }
            .speed_of_sound_m_s()
        };
        assert!((speed(20.0) - 343.2).abs() < 1e-9);
        assert!((speed(0.0) - 331.29).abs() < 0.02);
    }
}
