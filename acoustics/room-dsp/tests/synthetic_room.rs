//! The decay of made rooms, measured the plain way: one window over the whole spectrum, backward integral,
//! straight line.

use core::f64::consts::FRAC_PI_2;

use room_dsp::SampleRate;
use room_dsp::synthetic::{DIRECT_SAMPLE, OCTAVES, RoomRecipe, SecondSlope, room_response};
use rustfft::FftPlanner;
use rustfft::num_complex::Complex;

const TIMES: [f64; OCTAVES] = [0.9, 0.75, 0.6, 0.8, 0.5, 0.7, 0.4, 0.55, 0.3];

fn mid_hz(octave: usize) -> f64 {
    1000.0 * 10f64.powf(0.3 * (octave as f64 - 4.0))
}

/// Adds the squared sound around `mid_hz`; what the window rings before the start wraps into zeros and is cut away.
fn add_power(sum: &mut Vec<f64>, response: &[f64], rate: SampleRate, mid_hz: f64) {
    let window = |hz: f64| {
        let octaves = (hz.abs() / mid_hz).log10() / 0.3;
        (FRAC_PI_2 * (octaves / 0.4).clamp(-1.0, 1.0)).cos().powi(2)
    };
    let mut padded = response.to_vec();
    padded.resize(
        (response.len() + rate.samples(0.5)).next_power_of_two(),
        0.0,
    );
    sum.resize(response.len(), 0.0);
    for (total, x) in sum.iter_mut().zip(windowed(&padded, rate, window)) {
        *total += x * x;
    }
}

/// Sum over many seeds of the squared sound around the middle of some octaves.
#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn mean_powers(
    recipe: &RoomRecipe,
    rate: SampleRate,
    octaves: &[usize],
    seeds: u64,
) -> Vec<Vec<f64>> {
    let mut sums = vec![Vec::new(); octaves.len()];
    for seed in 0..seeds {
        let made = RoomRecipe {
            seed,
            ..recipe.clone()
        };
        let response = room_response(rate, &made).unwrap();
        for (sum, octave) in sums.iter_mut().zip(octaves) {
            add_power(sum, &response, rate, mid_hz(*octave));
        }
    }
    sums
}

/// Decay time from the slope of the backward integral between two levels.
fn decay_time_s(power: &[f64], rate: SampleRate, (from_db, to_db): (f64, f64)) -> f64 {
    let mut curve: Vec<f64> = power.to_vec();
    for n in (0..curve.len() - 1).rev() {
        curve[n] += curve[n + 1];
    }
    let start = curve[DIRECT_SAMPLE + rate.samples(0.025)];
    let points: Vec<(f64, f64)> = curve
        .iter()
        .enumerate()
        .map(|(n, e)| (n as f64 / rate.as_f64(), 10.0 * (e / start).log10()))
        .filter(|(_, level)| (to_db..from_db).contains(level))
        .collect();
    let n = points.len() as f64;
    let (mt, ml) = points
        .iter()
        .fold((0.0, 0.0), |(a, b), (t, l)| (a + t / n, b + l / n));
    let (top, bottom) = points.iter().fold((0.0, 0.0), |(a, b), (t, l)| {
        (a + (t - mt) * (l - ml), b + (t - mt).powi(2))
    });
    -60.0 * bottom / top
}

#[test]
fn every_octave_decays_with_its_own_time() {
    let recipe = RoomRecipe {
        decay_time_s: TIMES,
        direct_to_reverberant_db: -30.0,
        duration_s: 1.2,
        ..RoomRecipe::uniform(1.0, 0)
    };
    let slow = SampleRate::new(4_000).unwrap();
    for (rate, seeds, octaves) in [
        (slow, 400, &[0, 1, 2, 3, 4][..]),
        (SampleRate::STANDARD, 24, &[5, 6, 7, 8][..]),
    ] {
        let powers = mean_powers(&recipe, rate, octaves, seeds);
        for (power, octave) in powers.iter().zip(octaves) {
            let expected = TIMES[*octave];
            let found = decay_time_s(power, rate, (-5.0, -25.0));
            // Three standard deviations by ISO 3382-2:2008, 7.1, for the 0.2 octaves that the window passes.
            let decays = seeds as f64 * 0.2 * mid_hz(*octave) * expected;
            let allowed = 3.0 * 0.88 * (1.19 / decays).sqrt();
            let error = found / expected - 1.0;
            assert!(
                error.abs() < allowed,
                "octave {octave}: {found} s, {error} > {allowed}"
            );
            assert!(allowed < 0.05);
        }
    }
}

#[test]
fn a_second_slope_appears_below_the_first() {
    let recipe = RoomRecipe {
        second_slope: Some(SecondSlope {
            level_db: -30.0,
            decay_time_s: [1.5; OCTAVES],
        }),
        direct_to_reverberant_db: -30.0,
        duration_s: 2.0,
        ..RoomRecipe::uniform(0.4, 0)
    };
    let rate = SampleRate::STANDARD;
    let power = &mean_powers(&recipe, rate, &[6], 24)[0];
    let late = decay_time_s(power, rate, (-42.0, -55.0));
    assert!((late - 1.5).abs() < 0.06, "late {late} s");
    let early = decay_time_s(power, rate, (-1.0, -10.0));
    assert!((0.38..0.46).contains(&early), "early {early} s");
}

/// The sound with its spectrum weighted by a function of the frequency in hertz.
fn windowed(samples: &[f64], rate: SampleRate, window: impl Fn(f64) -> f64) -> Vec<f64> {
    let n = samples.len();
    let mut bins: Vec<Complex<f64>> = samples.iter().map(|x| Complex::from(*x)).collect();
    let mut planner = FftPlanner::new();
    planner.plan_fft_forward(n).process(&mut bins);
    for (k, bin) in bins.iter_mut().enumerate() {
        *bin *= window(k.min(n - k) as f64 * rate.as_f64() / n as f64) / n as f64;
    }
    planner.plan_fft_inverse(n).process(&mut bins);
    bins.iter().map(|x| x.re).collect()
}
