//! Finds the marker chirps in a recording of any length and start.
//!
//! An analytic matched filter (positive frequencies of the chirp alone, so that the band limit lies in the
//! template) slides over the whole file by overlap-save. A chirp is a peak that stands out of the median of the
//! envelope *and* resembles the chirp: in a reverberant room the correlation may be as low as 0.1, and in
//! digital silence it is near 1 by chance, so neither alone decides. Two chirps are a pair when their distance
//! is that of the excitation. Single precision: positions are refined elsewhere.

use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use crate::excitation::{Excitation, Layout};
use crate::signal::SampleRate;
use crate::transform::{RealTransform, fast_len};

/// Prominence over the median envelope, in decibels, that a chirp needs.
pub(crate) const PROMINENCE_MIN_DB: f64 = 18.0;

/// Correlation with the chirp that one of a pair needs: its partner at the right distance is the stronger evidence.
const CORRELATION_MIN_PAIRED: f64 = 0.1;

/// Correlation with the chirp that a single one needs.
const CORRELATION_MIN_SINGLE: f64 = 0.2;

/// Largest deviation of a pair's distance from the nominal one, in seconds: what a clock or a short loss explains.
const SPACING_TOLERANCE_S: f64 = 0.05;

/// Candidates examined per chirp kind.
const CANDIDATES_MAX: usize = 6;

/// A place that may hold a chirp.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Candidate {
    /// First sample of the chirp.
    pub(crate) sample: usize,
    /// Height of the envelope: gain of the path re the rendered chirp.
    pub(crate) magnitude: f64,
    /// Normalised correlation, 0 to 1.
    pub(crate) correlation: f64,
    /// Height over the median of the envelope in decibels.
    pub(crate) prominence_db: f64,
}

/// Which chirps were heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ChirpsFound {
    /// Both, at the distance of the excitation within 50 ms.
    Pair { start: Candidate, end: Candidate },
    /// Both clearly, at a distance that no clock explains.
    Apart { start: Candidate, end: Candidate },
    /// One, which by itself may be either.
    Single(Candidate),
    /// One, known by its shape to be the first.
    StartOnly(Candidate),
    /// One, known by its shape to be the second.
    EndOnly(Candidate),
    /// None; prominence of the best candidate in decibels.
    Nothing { best_prominence_db: f64 },
}

impl ChirpsFound {
    /// How much the chirps are to be trusted, for choosing between channels: pairs before lone ones, then by
    /// their correlation.
    pub(crate) fn clarity(&self) -> f64 {
        match self {
            Self::Pair { start, end } => 3.0 + start.correlation + end.correlation,
            Self::Apart { start, end } => 0.9 * (start.correlation + end.correlation),
            Self::Single(c) | Self::StartOnly(c) | Self::EndOnly(c) => c.correlation,
            Self::Nothing { best_prominence_db } => 1e-3 * best_prominence_db - 1.0,
        }
    }
}

/// What the search of a channel gave: the chirps, and what the filters answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    /// Which chirps were heard.
    pub(crate) chirps: ChirpsFound,
    starts: Vec<Candidate>,
    /// Of the filter of the second chirp where it differs from the first.
    ends: Option<Vec<Candidate>>,
}

impl Default for Found {
    /// Nothing was searched.
    fn default() -> Self {
        Self {
            chirps: ChirpsFound::Nothing {
                best_prominence_db: 0.0,
            },
            starts: Vec::new(),
            ends: None,
        }
    }
}

/// Matched filters for the two chirps of an excitation at one sampling frequency.
#[derive(Debug, Clone)]
pub(crate) struct ChirpSearch {
    start: MatchedFilter,
    /// The filter of the second chirp where it differs from the first.
    end: Option<MatchedFilter>,
    rate: SampleRate,
    spacing: f64,
}

impl ChirpSearch {
    pub(crate) fn new(excitation: &Excitation, rate: SampleRate) -> Self {
        let [up, down] = excitation.chirps_at(rate.as_f64());
        let end = (up != down).then(|| MatchedFilter::new(&down));
        let spacing = excitation.chirp_spacing_s() * rate.as_f64();
        Self {
            start: MatchedFilter::new(&up),
            end,
            rate,
            spacing,
        }
    }

    /// The sampling frequency that it is for.
    pub(crate) const fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Searches one channel.
    pub(crate) fn search(&self, samples: &[f32]) -> Found {
        let starts = self.start.candidates(samples);
        let own = self.end.as_ref().map(|filter| filter.candidates(samples));
        let ends = own.as_ref().unwrap_or(&starts);
        let chirps = self
            .pair_within(&starts, ends, SPACING_TOLERANCE_S)
            .map(|(start, end)| ChirpsFound::Pair { start, end })
            .or_else(|| self.apart(&starts, ends))
            .unwrap_or_else(|| self.single(&starts, ends));
        Found {
            chirps,
            starts,
            ends: own,
        }
    }

    /// The chirp that tells that a recording, in which this excitation's two were not `found`, holds those of `other`,
    /// its excitation of the other layout: a falling one, which the reference layout does not have, or a second
    /// rising one at least a sweep later.
    pub(crate) fn other_layout(
        &self,
        other: &Excitation,
        samples: &[f32],
        found: &Found,
    ) -> Option<Candidate> {
        let clear = |all: &[Candidate]| {
            let clear = all.iter().copied().filter(Candidate::is_clear);
            clear.collect::<Vec<_>>()
        };
        let rising = clear(&found.starts);
        let alike =
            |a: &Candidate, b: &Candidate| (0.4..=2.5).contains(&(a.magnitude / b.magnitude));
        let clearest = |all: Vec<Candidate>| {
            all.into_iter()
                .max_by(|a, b| a.correlation.total_cmp(&b.correlation))
        };
        match other.parameters().layout {
            Layout::Paired => {
                let [_, falling] = other.chirps_at(self.rate.as_f64());
                let mut falling = clear(&MatchedFilter::new(&falling).candidates(samples));
                falling.retain(|f| rising.is_empty() || rising.iter().any(|r| alike(f, r)));
                clearest(falling)
            }
            Layout::Reference => {
                let sweep = other.parameters().sweep_duration_s * self.rate.as_f64();
                let later =
                    |a: &Candidate, b: &Candidate| b.sample as f64 - a.sample as f64 > sweep;
                let is_expected = found.ends.iter().flatten().any(Candidate::is_clear);
                let second = |b: &Candidate| {
                    !is_expected && rising.iter().any(|a| later(a, b) && alike(a, b))
                };
                clearest(rising.iter().copied().filter(second).collect())
            }
        }
    }

    /// The pair of nominal distance with the greatest product of heights.
    fn pair_within(
        &self,
        starts: &[Candidate],
        ends: &[Candidate],
        tolerance_s: f64,
    ) -> Option<(Candidate, Candidate)> {
        let tolerance = tolerance_s * self.rate.as_f64();
        let pairs = starts
            .iter()
            .flat_map(|a| ends.iter().map(move |b| (*a, *b)));
        pairs
            .filter(|(a, b)| a.is_chirp() && b.is_chirp())
            .filter(|(a, b)| (b.sample as f64 - a.sample as f64 - self.spacing).abs() < tolerance)
            .max_by(|p, q| {
                (p.0.magnitude * p.1.magnitude).total_cmp(&(q.0.magnitude * q.1.magnitude))
            })
    }

    /// Two clear chirps of similar height within a fifth of the nominal distance: samples were lost.
    fn apart(&self, starts: &[Candidate], ends: &[Candidate]) -> Option<ChirpsFound> {
        let (start, end) =
            self.pair_within(starts, ends, 0.2 * self.spacing / self.rate.as_f64())?;
        let ratio = start.magnitude / end.magnitude;
        let clear = start.is_clear() && end.is_clear() && (0.4..=2.5).contains(&ratio);
        clear.then_some(ChirpsFound::Apart { start, end })
    }

    fn single(&self, starts: &[Candidate], ends: &[Candidate]) -> ChirpsFound {
        let best = |list: &[Candidate]| {
            let clear = list.iter().copied().filter(Candidate::is_clear);
            clear.max_by(|a, b| a.magnitude.total_cmp(&b.magnitude))
        };
        let highest = starts
            .iter()
            .chain(ends)
            .map(|c| c.prominence_db)
            .fold(0.0, f64::max);
        match (best(starts), best(ends), self.end.is_some()) {
            (None, None, _) => ChirpsFound::Nothing {
                best_prominence_db: highest,
            },
            (Some(a), _, false) => ChirpsFound::Single(a),
            (Some(a), Some(b), true) if b.magnitude > a.magnitude => ChirpsFound::EndOnly(b),
            (Some(a), _, true) => ChirpsFound::StartOnly(a),
            (None, Some(b), _) => ChirpsFound::EndOnly(b),
        }
    }
}

impl Candidate {
    fn is_chirp(&self) -> bool {
        self.prominence_db > PROMINENCE_MIN_DB && self.correlation > CORRELATION_MIN_PAIRED
    }

    fn is_clear(&self) -> bool {
        self.prominence_db > PROMINENCE_MIN_DB && self.correlation > CORRELATION_MIN_SINGLE
    }
}

#[derive(Clone)]
struct MatchedFilter {
    len: usize,
    energy: f64,
    forward: RealTransform<f32>,
    inverse: Arc<dyn Fft<f32>>,
    /// Conjugate spectrum of the chirp over its energy, doubled: positive frequencies only.
    template: Vec<Complex<f32>>,
}

impl core::fmt::Debug for MatchedFilter {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("MatchedFilter")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

impl MatchedFilter {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the search works in single precision"
    )]
    fn new(chirp: &[f64]) -> Self {
        let block = fast_len(4 * chirp.len().max(1024), 2);
        let forward = RealTransform::<f32>::new(block);
        let energy = chirp
            .iter()
            .map(|x| x * x)
            .sum::<f64>()
            .max(f64::MIN_POSITIVE);
        let mut padded: Vec<f32> = chirp.iter().map(|x| *x as f32).collect();
        padded.resize(block, 0.0);
        let scale = 2.0 / (energy * block as f64);
        let template = forward
            .forward(&mut padded)
            .into_iter()
            .map(|bin| bin.conj() * scale as f32)
            .collect();
        let inverse = FftPlanner::new().plan_fft_inverse(block);
        Self {
            len: chirp.len(),
            energy,
            forward,
            inverse,
            template,
        }
    }

    /// |correlation| of the analytic chirp with the signal from each sample on.
    fn envelope(&self, samples: &[f32]) -> Vec<f32> {
        let block = self.forward.len();
        let hop = block - self.len + 1;
        let mut envelope = Vec::with_capacity(samples.len() + hop);
        let mut input = vec![0.0; block];
        let mut spectrum = vec![Complex::default(); block];
        let mut scratch = vec![Complex::default(); self.inverse.get_inplace_scratch_len()];
        let bins = self.forward.bins();
        for start in (0..samples.len()).step_by(hop) {
            let end = samples.len().min(start + block);
            input[..end - start].copy_from_slice(&samples[start..end]);
            input[end - start..].fill(0.0);
            self.forward.forward_into(&mut input, &mut spectrum[..bins]);
            for (bin, t) in spectrum.iter_mut().zip(&self.template) {
                *bin *= t;
            }
            spectrum[bins..].fill(Complex::default());
            self.inverse
                .process_with_scratch(&mut spectrum, &mut scratch);
            envelope.extend(spectrum[..hop].iter().map(|c| c.norm_sqr().sqrt()));
        }
        envelope.truncate(samples.len());
        envelope
    }

    /// The highest peaks of the envelope, each at least 0.8 chirp lengths from the others.
    fn candidates(&self, samples: &[f32]) -> Vec<Candidate> {
        let envelope = self.envelope(samples);
        let median = f64::from(sampled_median(&envelope)).max(1e-12);
        let mut crests = crests(&envelope);
        let blank = self.len * 4 / 5 / CREST_BLOCK;
        let mut found = Vec::with_capacity(CANDIDATES_MAX);
        while found.len() < CANDIDATES_MAX {
            let highest = (0..crests.len()).max_by(|a, b| crests[*a].1.total_cmp(&crests[*b].1));
            let Some(block) = highest else { break };
            let (sample, height) = crests[block];
            let magnitude = f64::from(height);
            let prominence_db = 20.0 * (magnitude / median).max(1e-12).log10();
            if prominence_db < PROMINENCE_MIN_DB && !found.is_empty() {
                break;
            }
            let correlation = magnitude * (self.energy / self.local_energy(samples, sample)).sqrt();
            found.push(Candidate {
                sample,
                magnitude,
                correlation,
                prominence_db,
            });
            let end = crests.len().min(block + blank);
            for (_, blanked) in &mut crests[block.saturating_sub(blank)..end] {
                *blanked = 0.0;
            }
        }
        found
    }

    /// Energy of the signal under the chirp, within the chirp's band: bins of at least a hundredth of the
    /// template's maximum.
    fn local_energy(&self, samples: &[f32], start: usize) -> f64 {
        let mut input = vec![0.0; self.forward.len()];
        let end = samples.len().min(start + self.len);
        input[..end - start].copy_from_slice(&samples[start..end]);
        let spectrum = self.forward.forward(&mut input);
        let peak = self
            .template
            .iter()
            .map(Complex::norm_sqr)
            .fold(0.0, f32::max);
        let in_band: f64 = spectrum
            .iter()
            .zip(&self.template)
            .filter(|(_, t)| t.norm_sqr() > 1e-4 * peak)
            .map(|(x, _)| f64::from(x.norm_sqr()))
            .sum();
        (2.0 * in_band / self.forward.len() as f64).max(1e-12)
    }
}

/// Samples of the envelope of which only the highest is kept.
const CREST_BLOCK: usize = 64;

/// Position and height of the highest sample of each block.
fn crests(envelope: &[f32]) -> Vec<(usize, f32)> {
    let crest = |(i, block): (usize, &[f32])| {
        let height = block.iter().copied().fold(0.0, f32::max);
        let at = block
            .iter()
            .position(|x| x.total_cmp(&height).is_ge())
            .unwrap_or(0);
        (i * CREST_BLOCK + at, height)
    };
    envelope
        .chunks(CREST_BLOCK)
        .enumerate()
        .map(crest)
        .collect()
}

/// Median of every sixteenth value: thousands are left, enough for a level.
fn sampled_median(values: &[f32]) -> f32 {
    let mut some: Vec<f32> = values.iter().copied().step_by(16).collect();
    let middle = some.len() / 2;
    if some.is_empty() {
        0.0
    } else {
        *some.select_nth_unstable_by(middle, f32::total_cmp).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The twin: one complex sum per lag, with the quadrature chirp made by a naive Hilbert transform of the
    /// template's definition.
    #[test]
    fn the_envelope_is_that_of_direct_correlation() {
        let chirp: Vec<f64> = (0..400)
            .map(|i| (0.001 * f64::from(i * i) + 0.4 * f64::from(i)).sin())
            .collect();
        let filter = MatchedFilter::new(&chirp);
        let samples: Vec<f32> = (0..9_000_u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 16) as f32 / 32_768.0 - 1.0)
            .collect();
        let envelope = filter.envelope(&samples);
        let energy: f64 = chirp.iter().map(|x| x * x).sum();
        for lag in [0, 17, 3_000, 8_000] {
            let direct: f64 = chirp
                .iter()
                .zip(&samples[lag..])
                .map(|(c, x)| c * f64::from(*x))
                .sum::<f64>()
                / energy;
            // The envelope bounds the real correlation everywhere and meets it at its crests.
            assert!(f64::from(envelope[lag]) >= direct.abs() - 1e-5, "lag {lag}");
        }
        let mut alone = vec![0.0_f32; 5_000];
        for (y, x) in alone[1_234..].iter_mut().zip(&chirp) {
            *y = crate::excitation::to_f32(*x);
        }
        let found = filter.candidates(&alone)[0];
        assert_eq!(found.sample, 1_234);
        assert!((found.magnitude - 1.0).abs() < 1e-3, "{found:?}");
        assert!((found.correlation - 1.0).abs() < 0.02, "{found:?}");
    }
}
