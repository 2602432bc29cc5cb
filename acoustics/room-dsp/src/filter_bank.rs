//! Octave and third-octave filters run over an impulse response, eight bands at a time.
//!
//! Each band is filtered at the lowest rate, a power of two below the signal's, that is still thirty-two times
//! its upper edge; the signal is brought there by one transform (a brick wall, exact for what the band keeps).
//! The cascade runs from the end to the start: time-reversed, so that the filter's own ringing falls before the
//! event and does not lengthen decays (ISO 3382-2:2008, 7.3; valid for B T > 4 instead of 16). Double precision
//! throughout. What each filter does to an ideal impulse is measured through the same code and kept beside it.

use std::borrow::Cow;
use std::convert::Infallible;

use crate::band::Band;
use crate::butterworth::BandPass;
use crate::lanes::{LANES, LaneFilter};
use crate::signal::SampleRate;
use crate::transform::{Complex64, Plans, fast_len};

/// A band is filtered at no less than this many times its upper edge: decays of some milliseconds need the resolution.
const OVERSAMPLING: f64 = 32.0;

/// Largest decimation, and the grain on which callers should place their time zero.
pub const DECIMATION_MAX: usize = 64;

/// One band's filter and what it does by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct BandFilter {
    /// The band.
    pub band: Band,
    /// Decimation before filtering: a power of two up to [`DECIMATION_MAX`].
    pub decimation: usize,
    /// Reverberation time in seconds of the filter run forwards on an impulse: -5 to -25 dB of its decay,
    /// extrapolated to 60 dB.
    pub own_decay_time_s: f64,
    /// Energy centroid in seconds of the time-reversed filter's response to an impulse at zero: negative.
    pub own_centroid_s: f64,
}

/// Bands to be filtered together at one sampling frequency.
#[derive(Debug, Clone)]
pub struct FilterBank {
    rate: SampleRate,
    filters: Vec<BandFilter>,
    groups: Vec<Group>,
    plans: Plans,
}

/// Up to eight bands of one decimation.
#[derive(Debug, Clone)]
struct Group {
    decimation: usize,
    members: Vec<usize>,
    lanes: LaneFilter,
}

impl Group {
    /// One signal through every member.
    fn filter(&self, ladder: &Ladder<'_>) -> Vec<Vec<f64>> {
        self.lanes.run_reversed(&ladder.rung(self.decimation))
    }
}

/// What a band is given of each signal.
#[derive(Debug)]
pub struct BandOutput<'a> {
    /// Position of the band in the list given to [`FilterBank::new`].
    pub index: usize,
    /// The filter.
    pub filter: &'a BandFilter,
    /// Sampling frequency of the output in hertz.
    pub rate_hz: f64,
    /// One filtered signal for each input, sample i at input sample i times the decimation.
    pub signals: Vec<Vec<f64>>,
}

impl FilterBank {
    /// Designs filters for bands whose upper edges lie below half the rate; others are left out of `bands` by
    /// the caller.
    pub fn new(rate: SampleRate, bands: &[Band]) -> Self {
        let designs: Vec<(usize, BandPass)> = bands.iter().map(|b| design(*b, rate)).collect();
        let filters = bands
            .iter()
            .zip(&designs)
            .map(|(band, (decimation, pass))| measure_filter(*band, *decimation, pass, rate))
            .collect();
        let mut groups = Vec::new();
        let mut decimation = 1;
        while decimation <= DECIMATION_MAX {
            let members: Vec<usize> = (0..bands.len())
                .filter(|&i| designs[i].0 == decimation)
                .collect();
            groups.extend(members.chunks(LANES).map(|chunk| Group {
                decimation,
                members: chunk.to_vec(),
                lanes: LaneFilter::new(chunk.iter().map(|&i| &designs[i].1)),
            }));
            decimation *= 2;
        }
        Self {
            rate,
            filters,
            groups,
            plans: Plans::default(),
        }
    }

    /// Sampling frequency of the inputs.
    pub const fn rate(&self) -> SampleRate {
        self.rate
    }

    /// The filters in the order of their bands.
    pub fn filters(&self) -> &[BandFilter] {
        &self.filters
    }

    /// Filters several signals that share a time axis, and hands out band after band (in order of decimation).
    ///
    /// A signal is taken as silent after its end, so that cut parts may be given short.
    pub fn visit(&self, signals: &[&[f64]], mut receive: impl FnMut(BandOutput<'_>)) {
        let Ok(()) = self.try_visit(signals, |output| {
            receive(output);
            Ok::<(), Infallible>(())
        });
    }

    /// As [`Self::visit`], to the first error of `receive`; what comes after it is not filtered.
    ///
    /// # Errors
    /// That of `receive`.
    pub fn try_visit<E>(
        &self,
        signals: &[&[f64]],
        mut receive: impl FnMut(BandOutput<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let ladders: Vec<Ladder<'_>> = signals
            .iter()
            .map(|s| Ladder::new(s, &self.plans))
            .collect();
        for group in &self.groups {
            let mut outputs: Vec<_> = ladders
                .iter()
                .map(|ladder| group.filter(ladder).into_iter())
                .collect();
            for &index in &group.members {
                receive(BandOutput {
                    index,
                    filter: &self.filters[index],
                    rate_hz: self.rate.as_f64() / group.decimation as f64,
                    signals: outputs.iter_mut().filter_map(Iterator::next).collect(),
                })?;
            }
        }
        Ok(())
    }
}

fn design(band: Band, rate: SampleRate) -> (usize, BandPass) {
    let mut decimation = 1;
    while decimation < DECIMATION_MAX
        && rate.as_f64() / (2 * decimation) as f64 >= OVERSAMPLING * band.upper_hz()
    {
        decimation *= 2;
    }
    let rate_hz = rate.as_f64() / decimation as f64;
    (
        decimation,
        BandPass::new(band.lower_hz(), band.upper_hz(), rate_hz),
    )
}

/// Seconds of ringing that hold all of a band-pass's energy that matters, for 1 Hz of bandwidth.
const RINGING_BANDWIDTH_S: f64 = 40.0;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number of samples"
)]
fn measure_filter(band: Band, decimation: usize, pass: &BandPass, rate: SampleRate) -> BandFilter {
    let rate_hz = rate.as_f64() / decimation as f64;
    let mut impulse = vec![0.0; (RINGING_BANDWIDTH_S / band.width_hz() * rate_hz).ceil() as usize];
    if let Some(last) = impulse.last_mut() {
        *last = 1.0;
    }
    let mut ringing: Vec<f64> = LaneFilter::new(core::iter::once(pass))
        .run_reversed(&impulse)
        .swap_remove(0)
        .iter()
        .map(|y| y * y)
        .collect();
    ringing.reverse();
    let total: f64 = ringing.iter().sum();
    let moment: f64 = ringing.iter().enumerate().map(|(i, e)| i as f64 * e).sum();
    BandFilter {
        band,
        decimation,
        own_decay_time_s: decay_time(&ringing, total) / rate_hz,
        own_centroid_s: -moment / total / rate_hz,
    }
}

/// Samples in which the backward-integrated energy falls from -5 to -25 dB, times three.
fn decay_time(energy: &[f64], total: f64) -> f64 {
    let below = |level_db: f64| {
        let limit = total * 10f64.powf(level_db / 10.0);
        let mut left = total;
        energy
            .iter()
            .take_while(|e| {
                left -= **e;
                left > limit
            })
            .count()
    };
    3.0 * (below(-25.0) - below(-5.0)) as f64
}

/// A signal's spectrum, ready to be rendered at lower rates.
struct Ladder<'a> {
    len: usize,
    spectrum: Vec<Complex64>,
    full: &'a [f64],
    plans: &'a Plans,
}

impl<'a> Ladder<'a> {
    fn new(full: &'a [f64], plans: &'a Plans) -> Self {
        let len = fast_len(full.len().max(1), 2 * DECIMATION_MAX);
        let mut padded = full.to_vec();
        padded.resize(len, 0.0);
        let spectrum = plans.real(len).forward(&mut padded);
        Self {
            len,
            spectrum,
            full,
            plans,
        }
    }

    /// The signal at 1/decimation of its rate: the low bins transformed back.
    fn rung(&self, decimation: usize) -> Cow<'a, [f64]> {
        if decimation == 1 {
            return Cow::Borrowed(self.full);
        }
        let transform = self.plans.real(self.len / decimation);
        let mut low = self.spectrum[..transform.bins()].to_vec();
        let mut rung = transform.inverse(&mut low);
        rung.truncate(self.full.len().div_ceil(decimation));
        for y in &mut rung {
            *y /= decimation as f64;
        }
        Cow::Owned(rung)
    }
}
