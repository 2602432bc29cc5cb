//! Parameters of energies over time: what a simulation knows before it makes a single sample.
//!
//! The same regressions, ratios and modulation transfer as for responses, on energies per bin instead of squared
//! samples. There is no filter and no background in them: nothing rings, nothing is truncated. What rays leave to
//! chance is told beside them, where rays are.

use room_dsp::Band;

use crate::decay::{DecayFit, EDT, EnergyDecayCurve, Range, T20, T30};
use crate::energy::{DIRECT_S, EARLY_LIMITS_S};
use crate::evaluate::{DECAY_POINTS, mid};
use crate::noise::Truncation;
use crate::parameters::{BandParameters, DecayPoints, MidParameters};
use crate::quantity::{NotEvaluable, Quantity, finite};
use crate::speech::{
    SPEECH_BANDS, SpeechConditions, SpeechTransmission, modulation_transfer, speech_transmission,
};

/// Energies of one octave; the first bin begins with the direct sound.
#[derive(Debug, Clone, PartialEq)]
pub struct EnergyDecay {
    /// The octave.
    pub band: Band,
    /// Energy of each bin, linear, at least 0.
    pub energies: Vec<f64>,
}

/// What the energies of a room tell.
#[derive(Debug, Clone, PartialEq)]
pub struct EnergyParameters {
    /// All octaves together, each with the weight of its bandwidth, as in a white signal.
    pub broadband: BandParameters,
    /// Octaves 63 Hz to 16 kHz; those that were not given are withheld.
    pub octaves: Vec<BandParameters>,
    /// Single numbers.
    pub mid: MidParameters,
    /// Speech transmission.
    pub speech: Result<SpeechTransmission, NotEvaluable>,
}

/// Evaluates the energies of a receiver; `bin_s` is the width of every bin in seconds.
///
/// Limits of 2.5, 50 and 80 ms need not fall on the beginning of a bin, but within one its energy counts as even. A
/// decay time is withheld where the last twentieth of the bins is not 10 dB below its lower limit.
pub fn evaluate_energies(
    decays: &[EnergyDecay],
    bin_s: f64,
    conditions: SpeechConditions,
) -> EnergyParameters {
    let find = |band: Band| decays.iter().find(|d| d.band == band);
    let octaves: Vec<BandParameters> = Band::octaves()
        .map(|band| {
            let none = || BandParameters::withheld(Some(band), not_simulated(band, decays));
            find(band).map_or_else(none, |d| parameters(Some(band), &d.energies, bin_s))
        })
        .collect();
    let rows: [_; SPEECH_BANDS] = core::array::from_fn(|place| {
        let band = Band::octaves()
            .nth(place + 1)
            .ok_or(NotEvaluable::Incomplete)?;
        let decay = find(band).ok_or_else(|| not_simulated(band, decays))?;
        modulation_transfer(&decay.energies, 0.0, 1.0 / bin_s)
    });
    EnergyParameters {
        broadband: parameters(None, &white(decays), bin_s),
        mid: mid(&octaves),
        octaves,
        speech: speech_transmission(&rows, conditions),
    }
}

/// A decay time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DecayTime {
    /// Early decay time: 0 to -10 dB.
    Edt,
    /// -5 to -25 dB.
    T20,
    /// -5 to -35 dB.
    T30,
}

/// How far a decay must fall below the end of a fit while there are bins, in dB: else what lies behind the last bin
/// is missing from all of it (the margin that ISO 3382-2:2008, 5.3.3 asks of a background).
const REST_DB: f64 = 10.0;

/// One decay time in seconds of energies in bins of `bin_s` seconds.
///
/// # Errors
/// As in [`evaluate_energies`], but that how straight the decay is is not asked.
pub fn energy_decay_time_s(energies: &[f64], bin_s: f64, which: DecayTime) -> Quantity {
    EnergyCurve::new(energies, bin_s).decay_time_s(which)
}

/// The decay curve of energies, for who needs several quantities of many.
#[derive(Debug, Clone)]
pub struct EnergyCurve<'a> {
    energies: &'a [f64],
    bin_s: f64,
    curve: EnergyDecayCurve,
}

impl<'a> EnergyCurve<'a> {
    /// The curve of energies in bins of `bin_s` seconds.
    pub fn new(energies: &'a [f64], bin_s: f64) -> Self {
        Self {
            energies,
            bin_s,
            curve: curve(energies, bin_s),
        }
    }

    /// All energy.
    pub const fn total(&self) -> f64 {
        self.curve.total
    }

    /// C50 in decibels.
    ///
    /// # Errors
    /// [`NotEvaluable::NoEnergy`] where nothing is early or nothing late.
    pub fn c50_db(&self) -> Quantity {
        let limit = EARLY_LIMITS_S[0];
        ratio_db(split(self.energies, &self.curve, self.bin_s, limit))
    }

    /// One decay time in seconds.
    ///
    /// # Errors
    /// As of [`energy_decay_time_s`].
    pub fn decay_time_s(&self, which: DecayTime) -> Quantity {
        fit(&self.curve, self.energies, &range_of(which)).map(|line| line.decay_time_s())
    }
}

/// Whether energies are followed far enough for a decay time: the last twentieth of the bins has to lie far enough
/// below its end.
///
/// # Errors
/// [`NotEvaluable::ResponseTooShort`] where they are not, with what is needed and what was found.
pub fn energies_reach(energies: &[f64], which: DecayTime) -> Result<(), NotEvaluable> {
    reach(energies, energies.iter().sum(), &range_of(which))
}

fn reach(energies: &[f64], total: f64, range: &Range) -> Result<(), NotEvaluable> {
    let last = energies.len() - energies.len().div_ceil(20);
    let rest: f64 = energies[last..].iter().sum();
    let found_db = 10.0 * (total / rest).log10();
    let needed_db = REST_DB - range.to;
    if total > 0.0 && found_db < needed_db {
        return Err(NotEvaluable::ResponseTooShort {
            needed_db,
            found_db,
        });
    }
    Ok(())
}

const fn range_of(which: DecayTime) -> Range {
    match which {
        DecayTime::Edt => EDT,
        DecayTime::T20 => T20,
        DecayTime::T30 => T30,
    }
}

/// A regression, where energies reach far enough.
fn fit(
    curve: &EnergyDecayCurve,
    energies: &[f64],
    range: &Range,
) -> Result<DecayFit, NotEvaluable> {
    reach(energies, curve.total, range)?;
    curve.fit(range)
}

/// The decay curve of energies: nothing before it, no background.
fn curve(energies: &[f64], bin_s: f64) -> EnergyDecayCurve {
    let end = Truncation {
        sample: energies.len(),
        noise: 0.0,
        late: None,
    };
    EnergyDecayCurve::new(&[], energies, &end, 1.0 / bin_s)
}

/// Energies of all octaves, weighted with their bandwidths.
fn white(decays: &[EnergyDecay]) -> Vec<f64> {
    let longest = decays.iter().map(|d| d.energies.len()).max().unwrap_or(0);
    let width: f64 = decays.iter().map(|d| d.band.width_hz()).sum();
    let mut all = vec![0.0; longest];
    for decay in decays {
        let share = decay.band.width_hz() / width;
        for (sum, energy) in all.iter_mut().zip(&decay.energies) {
            *sum += share * energy;
        }
    }
    all
}

fn parameters(band: Option<Band>, energies: &[f64], bin_s: f64) -> BandParameters {
    let curve = curve(energies, bin_s);
    let mut p = BandParameters::withheld(band, NotEvaluable::NoEnergy);
    p.set_decays([EDT, T20, T30].map(|range| fit(&curve, energies, &range)));
    p.flag_curvature();
    let [fifty, eighty] = EARLY_LIMITS_S.map(|limit_s| split(energies, &curve, bin_s, limit_s));
    p.c50_db = ratio_db(fifty);
    p.c80_db = ratio_db(eighty);
    p.d50 = fraction(fifty);
    p.drr_db = ratio_db(split(energies, &curve, bin_s, DIRECT_S));
    p.ts_ms = centre_time_ms(energies, bin_s);
    p.inr_db = Err(NotEvaluable::NoBackground);
    p.uncertainty_t20_s = Err(NotEvaluable::NoChance);
    p.uncertainty_t30_s = Err(NotEvaluable::NoChance);
    p.truncation_s = Ok(energies.len() as f64 * bin_s);
    let (time_s, level_db) = curve.points(DECAY_POINTS);
    p.decay = DecayPoints { time_s, level_db };
    p
}

/// Energy before and after a limit; within a bin it counts as even.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a limit of some milliseconds after the beginning"
)]
fn split(energies: &[f64], curve: &EnergyDecayCurve, bin_s: f64, limit_s: f64) -> (f64, f64) {
    let limit = limit_s / bin_s;
    let whole = (limit as usize).min(energies.len());
    let share = limit - whole as f64;
    let divided = energies.get(whole).unwrap_or(&0.0);
    let before: f64 = energies[..whole].iter().sum();
    (
        before + share * divided,
        (1.0 - share) * divided + curve.left(whole + 1),
    )
}

fn ratio_db((early, late): (f64, f64)) -> Quantity {
    if early <= 0.0 || late <= 0.0 {
        return Err(NotEvaluable::NoEnergy);
    }
    finite(10.0 * (early / late).log10())
}

fn fraction((early, late): (f64, f64)) -> Quantity {
    if early + late <= 0.0 {
        return Err(NotEvaluable::NoEnergy);
    }
    finite(early / (early + late))
}

/// Centre of gravity; the energy of a bin lies in its middle, that of the first one at its beginning: there the direct
/// sound arrives.
fn centre_time_ms(energies: &[f64], bin_s: f64) -> Quantity {
    let total: f64 = energies.iter().sum();
    let middle = |bin: usize| if bin == 0 { 0.0 } else { bin as f64 + 0.5 };
    let moment: f64 = energies
        .iter()
        .enumerate()
        .map(|(bin, e)| middle(bin) * e)
        .sum();
    if total <= 0.0 {
        return Err(NotEvaluable::NoEnergy);
    }
    finite(1e3 * bin_s * moment / total)
}

/// Why an octave that was not given has no values.
fn not_simulated(band: Band, decays: &[EnergyDecay]) -> NotEvaluable {
    let edge = |pick: fn(f64, f64) -> f64, of: fn(Band) -> f64, from: f64| {
        decays.iter().map(|d| of(d.band)).fold(from, pick)
    };
    let low = edge(f64::min, Band::lower_hz, f64::INFINITY);
    let high = edge(f64::max, Band::upper_hz, 0.0);
    NotEvaluable::BandNotExcited {
        band_hz: (band.lower_hz(), band.upper_hz()),
        range_hz: (low.min(high), high),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Exponential decays of given times, a hundred decibels of them, exact in every bin.
    fn exponential(band: Band, decay_time_s: f64, bin_s: f64) -> EnergyDecay {
        let k = 6.0 * core::f64::consts::LN_10 / decay_time_s;
        let left = |bin: usize| (-k * bin as f64 * bin_s).exp();
        EnergyDecay {
            band,
            energies: (0..1_000_000)
                .map(|bin| left(bin) - left(bin + 1))
                .take_while(|e| *e > 1e-12)
                .collect(),
        }
    }

    #[test]
    fn an_exponential_decay_has_its_closed_forms() {
        let bin_s = 0.5e-3;
        let t = 0.8;
        let decays: Vec<EnergyDecay> = Band::octaves().map(|b| exponential(b, t, bin_s)).collect();
        let found = evaluate_energies(&decays, bin_s, SpeechConditions::default());
        let k = 6.0 * core::f64::consts::LN_10 / t;
        let close = |x: Quantity, truth: f64, by: f64| {
            assert!((x.unwrap() - truth).abs() < by, "{x:?} {truth}");
        };
        for p in found.octaves.iter().chain([&found.broadband]) {
            close(p.edt_s, t, 1e-6);
            close(p.t20_s, t, 1e-6);
            close(p.t30_s, t, 1e-6);
            close(p.c50_db, 10.0 * (k * 0.05).exp_m1().log10(), 1e-6);
            close(p.c80_db, 10.0 * (k * 0.08).exp_m1().log10(), 1e-6);
            close(p.d50, 1.0 - (-k * 0.05).exp(), 1e-9);
            close(p.drr_db, 10.0 * (k * 0.0025).exp_m1().log10(), 1e-6);
            close(p.ts_ms, 1e3 / k, 1e-2);
            assert!(p.flags.is_empty());
        }
        close(found.mid.t30_s, t, 1e-6);
    }

    /// m = 1 / sqrt(1 + (2 pi F T / 13.8155)^2) (Schroeder 1981).
    #[test]
    fn modulation_is_that_of_an_exponential_decay() {
        let bin_s = 0.5e-3;
        let decays: Vec<EnergyDecay> = Band::octaves()
            .map(|b| exponential(b, 1.2, bin_s))
            .collect();
        let found = evaluate_energies(&decays, bin_s, SpeechConditions::default())
            .speech
            .unwrap();
        let truth = crate::speech::MODULATION_HZ.map(|f| {
            let x = core::f64::consts::TAU * f * 1.2 / (6.0 * core::f64::consts::LN_10);
            1.0 / (1.0 + x * x).sqrt()
        });
        let truth =
            SpeechTransmission::from_room(&[truth; SPEECH_BANDS], SpeechConditions::default());
        assert!(
            (found.sti - truth.sti).abs() < 1e-4,
            "{} {}",
            found.sti,
            truth.sti
        );
    }

    #[test]
    fn limits_within_a_bin_share_its_energy() {
        let of = |all: &[f64], bin_s: f64| split(all, &curve(all, bin_s), bin_s, 0.05);
        let (early, late) = of(&[1.0, 1.0, 1.0], 0.02);
        assert!((early - 2.5).abs() < 1e-12 && (late - 0.5).abs() < 1e-12);
        let (whole, _) = of(&[1.0; 1000], 0.0005);
        assert!((whole - 100.0).abs() < 1e-12);
    }

    #[test]
    fn a_decay_that_bins_cut_off_is_too_short() {
        let whole = exponential(Band::octave(0), 0.8, 1e-3);
        let within = |bins: usize| {
            let d = EnergyDecay {
                band: whole.band,
                energies: whole.energies[..bins].to_vec(),
            };
            evaluate_energies(&[d], 1e-3, SpeechConditions::default()).octaves[4].clone()
        };
        // A fall of 45 dB takes 600 ms, of 35 dB 467 ms; the last twentieth is a tenth of the whole there.
        let enough = within(640);
        assert!(
            (enough.t30_s.unwrap() / 0.8 - 1.0).abs() < 5e-3,
            "{enough:?}"
        );
        let less = within(540);
        let Err(NotEvaluable::ResponseTooShort {
            needed_db,
            found_db,
        }) = less.t30_s
        else {
            panic!("{:?}", less.t30_s);
        };
        assert!((needed_db - 45.0).abs() < 1e-9 && found_db < 45.0);
        assert!((less.t20_s.unwrap() / 0.8 - 1.0).abs() < 5e-3);
    }

    #[test]
    fn octaves_that_were_not_given_say_so() {
        let decays = [exponential(Band::octave(0), 0.5, 1e-3)];
        let found = evaluate_energies(&decays, 1e-3, SpeechConditions::default());
        assert_eq!(found.octaves.len(), 9);
        assert!(matches!(
            found.octaves[0].t30_s,
            Err(NotEvaluable::BandNotExcited { .. })
        ));
        assert!(found.octaves[4].t30_s.is_ok());
        assert!(found.speech.is_err());
        let silent = [EnergyDecay {
            band: Band::octave(0),
            energies: vec![0.0; 10],
        }];
        let nothing = evaluate_energies(&silent, 1e-3, SpeechConditions::default());
        assert_eq!(nothing.broadband.c50_db, Err(NotEvaluable::NoEnergy));
    }
}
