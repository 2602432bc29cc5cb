//! Background and truncation of a decay: Lundeby's iteration.
//!
//! Lundeby, Vigran, Bietz, Vorlaender: Uncertainties of measurements in room acoustics, Acustica 81 (1995). The
//! squared response is averaged in blocks of six to ten decibels of decay; the regression line of its late part
//! meets the background at the truncation time. Where the response ends before the background is reached, the
//! background before the onset stands in for it.

/// Blocks of the first, rough average, in seconds.
const FIRST_BLOCK_S: f64 = 0.01;

/// Iterations; five usually suffice.
const ITERATIONS_MAX: usize = 30;

/// Change of the truncation time at which the iteration ends, in seconds.
const TOLERANCE_S: f64 = 1e-3;

/// The late slope is read from this far above the background, in decibels ...
const LATE_ABOVE_DB: f64 = 7.0;

/// ... over this range, in decibels.
const LATE_RANGE_DB: f64 = 20.0;

/// Peak over background from which a decay can be seen, in decibels.
const PEAK_MIN_DB: f64 = 15.0;

/// What is known of the end of a decay; the squared response begins at the onset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Truncation {
    /// Samples after the onset at which the decay meets the background, or the response ends.
    pub(crate) sample: usize,
    /// Mean square of the background.
    pub(crate) noise: f64,
    /// Late decay, where one was seen.
    pub(crate) late: Option<LateDecay>,
}

/// The regression line of the late decay: level in decibels at time t is `intercept_db + slope_db_per_s * t`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LateDecay {
    pub(crate) slope_db_per_s: f64,
    pub(crate) intercept_db: f64,
}

impl LateDecay {
    /// Energy (mean square times samples) that lies beyond a time, from the line: its level there over its rate.
    pub(crate) fn energy_beyond(&self, time_s: f64, rate_hz: f64) -> f64 {
        let level = 10f64.powf((self.intercept_db + self.slope_db_per_s * time_s) / 10.0);
        level / self.rate_per_s() * rate_hz
    }

    /// Exponential rate of the energy, per second.
    pub(crate) fn rate_per_s(&self) -> f64 {
        -self.slope_db_per_s * core::f64::consts::LN_10 / 10.0
    }

    fn time_of(&self, level_db: f64) -> f64 {
        (level_db - self.intercept_db) / self.slope_db_per_s
    }
}

/// Finds background and truncation of a squared response; `lead` is background from before the onset, empty
/// when there is none.
pub(crate) fn lundeby(energy: &[f64], lead: &[f64], rate_hz: f64) -> Truncation {
    let n = energy.len();
    let sums = Sums::new(energy);
    let whole = |noise: f64, late: Option<LateDecay>| Truncation {
        sample: n,
        noise,
        late,
    };
    let mut noise = sums.mean(n * 9 / 10..n);
    if noise <= 0.0 {
        return whole(0.0, None);
    }
    let Some(mut line) = first_line(&sums, noise, rate_hz) else {
        return whole(noise, None);
    };
    let mut crossing_s = line.time_of(decibels(noise));
    let mut undisturbed = true;
    for _ in 0..ITERATIONS_MAX {
        let from_s = crossing_s - 10.0 / line.slope_db_per_s;
        let from = at(from_s, rate_hz, n);
        undisturbed = from <= n * 9 / 10;
        noise = sums.mean(from.min(n * 9 / 10)..n);
        if !undisturbed && !lead.is_empty() {
            noise = noise.min(mean(lead));
        }
        if noise <= 0.0 {
            return whole(0.0, Some(line));
        }
        let Some(better) = late_line(&sums, noise, &line, rate_hz) else {
            break;
        };
        line = better;
        let before_s = crossing_s;
        crossing_s = line.time_of(decibels(noise));
        if (crossing_s - before_s).abs() < TOLERANCE_S {
            break;
        }
    }
    debug_assert!(
        undisturbed || n > 0,
        "a decay that never ends uses all of the response"
    );
    Truncation {
        sample: at(crossing_s, rate_hz, n).max(1),
        noise,
        late: Some(line),
    }
}

/// From the peak to 10 dB above the background.
fn first_line(sums: &Sums, noise: f64, rate_hz: f64) -> Option<LateDecay> {
    let blocks = Blocks::new(sums, at(FIRST_BLOCK_S, rate_hz, sums.len()).max(1), rate_hz);
    let peak = blocks.peak()?;
    if blocks.level_db[peak] < decibels(noise) + PEAK_MIN_DB {
        return None;
    }
    let fallen = blocks.first_below(peak, decibels(noise) + 10.0)?;
    blocks.line(peak..peak + (fallen - peak).max(3))
}

/// Over 20 dB above the point 7 dB over the background.
fn late_line(sums: &Sums, noise: f64, line: &LateDecay, rate_hz: f64) -> Option<LateDecay> {
    let block_s = (-10.0 / line.slope_db_per_s / 6.0).min(0.05);
    let blocks = Blocks::new(sums, at(block_s, rate_hz, sums.len()).max(8), rate_hz);
    let peak = blocks.peak()?;
    let low = decibels(noise) + LATE_ABOVE_DB;
    let end = blocks
        .first_below(peak, low)
        .unwrap_or(blocks.level_db.len());
    let begin = blocks
        .first_below(peak, low + LATE_RANGE_DB)
        .unwrap_or(peak);
    let begin = if end - begin < 3 {
        peak.max(end.saturating_sub(6))
    } else {
        begin
    };
    if end - begin < 3 {
        None
    } else {
        blocks.line(begin..end)
    }
}

/// Sums from each sample to the end, from which every block average is one difference: the faint end is summed
/// first and keeps its digits.
struct Sums(Vec<f64>);

impl Sums {
    fn new(energy: &[f64]) -> Self {
        let mut sums = vec![0.0; energy.len() + 1];
        let mut sum = 0.0;
        for (left, e) in sums[..energy.len()].iter_mut().zip(energy).rev() {
            sum += e;
            *left = sum;
        }
        Self(sums)
    }

    fn len(&self) -> usize {
        self.0.len() - 1
    }

    fn mean(&self, range: core::ops::Range<usize>) -> f64 {
        let difference = self.0[range.start] - self.0[range.end];
        if range.is_empty() {
            0.0
        } else {
            difference / range.len() as f64
        }
    }
}

/// Levels of block averages.
struct Blocks {
    level_db: Vec<f64>,
    len: usize,
    rate_hz: f64,
}

impl Blocks {
    fn new(sums: &Sums, len: usize, rate_hz: f64) -> Self {
        let level_db = (0..sums.len() / len)
            .map(|i| decibels(sums.mean(i * len..(i + 1) * len)))
            .collect();
        Self {
            level_db,
            len,
            rate_hz,
        }
    }

    fn peak(&self) -> Option<usize> {
        (0..self.level_db.len()).max_by(|a, b| self.level_db[*a].total_cmp(&self.level_db[*b]))
    }

    fn first_below(&self, from: usize, level_db: f64) -> Option<usize> {
        (from..self.level_db.len()).find(|i| self.level_db[*i] < level_db)
    }

    /// Least squares over blocks; none unless it falls.
    fn line(&self, range: core::ops::Range<usize>) -> Option<LateDecay> {
        let end = range.end.min(self.level_db.len());
        let start = range.start;
        let n = end.checked_sub(start).filter(|n| *n >= 3)? as f64;
        let time = |i: usize| (i as f64 + 0.5) * self.len as f64 / self.rate_hz;
        let mean_t = (start..end).map(time).sum::<f64>() / n;
        let mean_l = self.level_db[start..end].iter().sum::<f64>() / n;
        let (mut tt, mut tl) = (0.0, 0.0);
        for i in start..end {
            let t = time(i) - mean_t;
            tt += t * t;
            tl += t * (self.level_db[i] - mean_l);
        }
        let slope_db_per_s = tl / tt;
        let intercept_db = mean_l - slope_db_per_s * mean_t;
        (slope_db_per_s < 0.0).then_some(LateDecay {
            slope_db_per_s,
            intercept_db,
        })
    }
}

fn mean(x: &[f64]) -> f64 {
    if x.is_empty() {
        0.0
    } else {
        x.iter().sum::<f64>() / x.len() as f64
    }
}

fn decibels(power: f64) -> f64 {
    10.0 * power.max(1e-300).log10()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the response"
)]
fn at(time_s: f64, rate_hz: f64, len: usize) -> usize {
    (time_s * rate_hz).clamp(0.0, len as f64) as usize
}
