//! The signal that loudspeakers play: a marker chirp, a gap, an exponential sweep, a gap, a marker chirp.
//!
//! Exponential sweeps after Farina (AES 108, 2000); the synchronised variant after Novak et al. (JAES 63,
//! 2015). The phase is computed in double precision with `exp_m1`: after 29 000 cycles a single-precision phase
//! would leave a noise floor near -45 dB.

use core::f64::consts::{PI, TAU};
use core::fmt;

use crate::signal::{SampleRate, Signal};

/// Arrangement of markers and sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Two equal rising chirps around a sweep with 10 ms fades: what clients of the earlier services play.
    Reference,
    /// A rising chirp before and a falling one after, so that one alone says which it is; a synchronised sweep
    /// that fades in over a third of an octave below its lowest frequency.
    Paired,
}

/// What defines an excitation. Durations in seconds, frequencies in hertz, amplitude re full scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExcitationParameters {
    /// Arrangement of markers and sweep.
    pub layout: Layout,
    /// Sampling frequency.
    pub sample_rate: SampleRate,
    /// Duration of each marker chirp, 0.05 to 5 s.
    pub chirp_duration_s: f64,
    /// Lower frequency of the chirps.
    pub chirp_start_hz: f64,
    /// Upper frequency of the chirps.
    pub chirp_end_hz: f64,
    /// Silence between the first chirp and the sweep, 0.1 to 30 s.
    pub gap_before_s: f64,
    /// Duration of the sweep, 0.5 to 120 s.
    pub sweep_duration_s: f64,
    /// Lower frequency of the sweep.
    pub sweep_start_hz: f64,
    /// Upper frequency of the sweep.
    pub sweep_end_hz: f64,
    /// Silence between the sweep and the second chirp, 0.1 to 30 s; decays longer than about 1.3 times this are cut.
    pub gap_after_s: f64,
    /// Peak amplitude, above 0 and up to 1.
    pub amplitude: f64,
    /// Raised-cosine fade at both ends of chirps and sweep.
    pub fade_s: f64,
}

impl ExcitationParameters {
    /// The reference layout at 48 kHz: 15 s in all.
    pub const fn reference() -> Self {
        Self {
            layout: Layout::Reference,
            sample_rate: SampleRate::STANDARD,
            chirp_duration_s: 0.5,
            chirp_start_hz: 2_000.0,
            chirp_end_hz: 10_000.0,
            gap_before_s: 2.0,
            sweep_duration_s: 10.0,
            sweep_start_hz: 20.0,
            sweep_end_hz: 20_000.0,
            gap_after_s: 2.0,
            amplitude: 0.9,
            fade_s: 0.01,
        }
    }

    /// The paired layout at 48 kHz with gaps of 4 s, for rooms of up to about 5 s reverberation.
    pub const fn paired() -> Self {
        Self {
            layout: Layout::Paired,
            gap_before_s: 2.0,
            gap_after_s: 4.0,
            ..Self::reference()
        }
    }

    fn faults(&self) -> Vec<ExcitationFault> {
        let nyquist = self.sample_rate.as_f64() / 2.0;
        let ranges = [
            ("chirp_duration_s", self.chirp_duration_s, 0.05, 5.0),
            ("gap_before_s", self.gap_before_s, 0.1, 30.0),
            ("sweep_duration_s", self.sweep_duration_s, 0.5, 120.0),
            ("gap_after_s", self.gap_after_s, 0.1, 30.0),
            ("chirp_end_hz", self.chirp_end_hz, 100.0, nyquist),
            (
                "chirp_start_hz",
                self.chirp_start_hz,
                50.0,
                self.chirp_end_hz / 1.5,
            ),
            ("sweep_end_hz", self.sweep_end_hz, 20.0, nyquist),
            (
                "sweep_start_hz",
                self.sweep_start_hz,
                5.0,
                self.sweep_end_hz / 1.5,
            ),
            ("amplitude", self.amplitude, 1e-3, 1.0),
            (
                "fade_s",
                self.fade_s,
                0.0,
                self.chirp_duration_s.min(self.sweep_duration_s) / 2.0,
            ),
        ];
        ranges
            .into_iter()
            .filter(|&(_, found, low, high)| !(low..=high).contains(&found))
            .map(|(field, found, low, high)| ExcitationFault {
                field,
                found,
                allowed: (low, high),
            })
            .collect()
    }
}

/// A value of [`ExcitationParameters`] outside its range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExcitationFault {
    /// Name of the field.
    pub field: &'static str,
    /// The value given.
    pub found: f64,
    /// Lowest and highest allowed value; frequencies end at half the sampling frequency.
    pub allowed: (f64, f64),
}

impl fmt::Display for ExcitationFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = self.allowed;
        write!(
            f,
            "{} is {}, allowed is {low} to {high}",
            self.field, self.found
        )
    }
}

impl core::error::Error for ExcitationFault {}

/// Role of a part of the signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentKind {
    /// A marker chirp.
    Chirp,
    /// Silence.
    Silence,
    /// The measurement sweep.
    Sweep,
}

/// A part of the played signal, in seconds from its start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// Name as the measurement service gives it.
    pub name: &'static str,
    /// Role.
    pub kind: SegmentKind,
    /// Start in seconds.
    pub start_s: f64,
    /// End in seconds.
    pub end_s: f64,
    /// First and last frequency in hertz; none for silence.
    pub frequency_hz: Option<(f64, f64)>,
}

/// Checked parameters of a measurement signal, able to render it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Excitation {
    parameters: ExcitationParameters,
}

impl Excitation {
    /// Checks every parameter.
    ///
    /// # Errors
    /// All faults at once, each with field, value and allowed range.
    pub fn new(parameters: ExcitationParameters) -> Result<Self, Vec<ExcitationFault>> {
        let faults = parameters.faults();
        if faults.is_empty() {
            Ok(Self { parameters })
        } else {
            Err(faults)
        }
    }

    /// The reference layout at 48 kHz.
    pub const fn reference() -> Self {
        Self {
            parameters: ExcitationParameters::reference(),
        }
    }

    /// The parameters.
    pub const fn parameters(&self) -> &ExcitationParameters {
        &self.parameters
    }

    /// Sampling frequency.
    pub const fn rate(&self) -> SampleRate {
        self.parameters.sample_rate
    }

    /// The same excitation rendered at another rate, if all its frequencies fit there.
    ///
    /// # Errors
    /// Faults when a frequency exceeds half the new rate.
    pub fn at_rate(&self, sample_rate: SampleRate) -> Result<Self, Vec<ExcitationFault>> {
        Self::new(ExcitationParameters {
            sample_rate,
            ..self.parameters
        })
    }

    /// The five parts in playing order.
    pub fn segments(&self) -> [Segment; 5] {
        let p = &self.parameters;
        let up = Some((p.chirp_start_hz, p.chirp_end_hz));
        let end_chirp = match p.layout {
            Layout::Reference => up,
            Layout::Paired => Some((p.chirp_end_hz, p.chirp_start_hz)),
        };
        let parts = [
            (
                "sync_chirp_start",
                SegmentKind::Chirp,
                p.chirp_duration_s,
                up,
            ),
            (
                "post_sync_silence",
                SegmentKind::Silence,
                p.gap_before_s,
                None,
            ),
            (
                "measurement_sweep",
                SegmentKind::Sweep,
                self.sweep_law().duration_s,
                Some((p.sweep_start_hz, p.sweep_end_hz)),
            ),
            ("reverb_tail", SegmentKind::Silence, p.gap_after_s, None),
            (
                "sync_chirp_end",
                SegmentKind::Chirp,
                p.chirp_duration_s,
                end_chirp,
            ),
        ];
        let mut start_s = 0.0;
        parts.map(|(name, kind, duration_s, frequency_hz)| {
            let segment = Segment {
                name,
                kind,
                start_s,
                end_s: start_s + self.rendered_s(duration_s),
                frequency_hz,
            };
            start_s = segment.end_s;
            segment
        })
    }

    /// Seconds from the start of the first chirp to the start of the sweep.
    pub fn sweep_start_s(&self) -> f64 {
        self.rendered_s(self.parameters.chirp_duration_s)
            + self.rendered_s(self.parameters.gap_before_s)
    }

    /// Seconds from the start of the first chirp to the end of the sweep.
    pub fn sweep_end_s(&self) -> f64 {
        self.sweep_start_s() + self.rendered_s(self.sweep_law().duration_s)
    }

    /// Seconds from the start of the first chirp to the start of the second.
    pub fn chirp_spacing_s(&self) -> f64 {
        self.sweep_end_s() + self.rendered_s(self.parameters.gap_after_s)
    }

    /// Duration of the whole signal in seconds.
    pub fn duration_s(&self) -> f64 {
        self.chirp_spacing_s() + self.rendered_s(self.parameters.chirp_duration_s)
    }

    /// Rate of the sweep: seconds per factor e of frequency, Farina's and Novak's L.
    pub fn sweep_rate_s(&self) -> f64 {
        self.sweep_law().rate_s
    }

    /// Advance of the n-th harmonic's response before the linear one, L ln n, in seconds.
    pub fn harmonic_advance_s(&self, order: u32) -> f64 {
        self.sweep_rate_s() * f64::from(order).ln()
    }

    /// The whole signal to play.
    pub fn signal(&self) -> Signal {
        let mut samples = self.chirp_start();
        let gap = |s: f64| vec![0.0; floor_samples(self.rate(), s)];
        samples.extend(gap(self.parameters.gap_before_s));
        samples.extend(self.sweep());
        samples.extend(gap(self.parameters.gap_after_s));
        samples.extend(self.chirp_end());
        Signal::mono(self.rate(), samples.into_iter().map(to_f32).collect())
    }

    /// The time-reversed sweep with an envelope of -6 dB per octave, scaled so that its convolution with the
    /// sweep peaks at 1: the classical inverse filter for programs that cannot divide spectra.
    pub fn inverse(&self) -> Signal {
        let sweep = self.sweep();
        let decay_per_sample = -1.0 / (self.sweep_law().rate_s * self.rate().as_f64());
        let mut inverse: Vec<f64> = sweep
            .iter()
            .rev()
            .enumerate()
            .map(|(i, x)| x * (decay_per_sample * i as f64).exp())
            .collect();
        let peak: f64 = sweep
            .iter()
            .zip(inverse.iter().rev())
            .map(|(a, b)| a * b)
            .sum();
        for x in &mut inverse {
            *x /= peak;
        }
        Signal::mono(self.rate(), inverse.into_iter().map(to_f32).collect())
    }

    /// Samples of the first chirp, rising.
    pub(crate) fn chirp_start(&self) -> Vec<f64> {
        let p = &self.parameters;
        let law = SweepLaw::free(p.chirp_start_hz, p.chirp_end_hz, p.chirp_duration_s);
        self.render(law, p.fade_s)
    }

    /// Samples of the second chirp: the first again, or falling in the paired layout.
    pub(crate) fn chirp_end(&self) -> Vec<f64> {
        let mut chirp = self.chirp_start();
        if self.parameters.layout == Layout::Paired {
            chirp.reverse();
        }
        chirp
    }

    /// The chirps as a recorder takes them that counts so many samples per second of the player, its clock's
    /// skew included; what lies above 0.45 of that rate is silent.
    pub(crate) fn chirps_at(&self, samples_per_s: f64) -> [Vec<f64>; 2] {
        let p = &self.parameters;
        let law = SweepLaw::free(p.chirp_start_hz, p.chirp_end_hz, p.chirp_duration_s);
        let last_s = (floor_samples(self.rate(), law.duration_s) - 1) as f64 / self.rate().as_f64();
        let carried_s = law.rate_s * (0.45 * samples_per_s / law.start_hz).ln();
        let fade_s =
            (floor_samples(self.rate(), p.fade_s).max(2) - 1) as f64 / self.rate().as_f64();
        let value = |t: f64| {
            if !(0.0..=last_s).contains(&t) || t > carried_s {
                return 0.0;
            }
            let edge = (t.min(last_s - t) / fade_s).min(1.0);
            let cycles = law.start_hz * law.rate_s * (t / law.rate_s).exp_m1();
            p.amplitude * 0.5 * (1.0 - (PI * edge).cos()) * (TAU * cycles.fract()).sin()
        };
        let falls = p.layout == Layout::Paired;
        let times = || {
            (0_u32..)
                .map(|i| f64::from(i) / samples_per_s)
                .take_while(|t| *t <= last_s)
        };
        let rising: Vec<f64> = times().map(value).collect();
        let end = if falls {
            times().map(|t| value(last_s - t)).collect()
        } else {
            rising.clone()
        };
        [rising, end]
    }

    /// Samples of the sweep.
    pub(crate) fn sweep(&self) -> Vec<f64> {
        self.render(self.sweep_law(), self.sweep_fade_in_s())
    }

    /// What a part of this duration lasts as rendered: whole samples. Clocks are compared by the true spacing
    /// of the chirps.
    fn rendered_s(&self, duration_s: f64) -> f64 {
        floor_samples(self.rate(), duration_s) as f64 / self.rate().as_f64()
    }

    fn sweep_fade_in_s(&self) -> f64 {
        match self.parameters.layout {
            Layout::Reference => self.parameters.fade_s,
            Layout::Paired => self.sweep_law().rate_s * THIRD.ln(),
        }
    }

    fn sweep_law(&self) -> SweepLaw {
        let p = &self.parameters;
        match p.layout {
            Layout::Reference => {
                SweepLaw::free(p.sweep_start_hz, p.sweep_end_hz, p.sweep_duration_s)
            }
            Layout::Paired => {
                SweepLaw::synchronised(p.sweep_start_hz / THIRD, p.sweep_end_hz, p.sweep_duration_s)
            }
        }
    }

    fn render(&self, law: SweepLaw, fade_in_s: f64) -> Vec<f64> {
        let rate = self.rate();
        let n = floor_samples(rate, law.duration_s);
        let mut samples: Vec<f64> = (0..n)
            .map(|i| {
                let t = i as f64 / rate.as_f64();
                let cycles = law.start_hz * law.rate_s * (t / law.rate_s).exp_m1();
                self.parameters.amplitude * (TAU * cycles.fract()).sin()
            })
            .collect();
        fade(&mut samples, floor_samples(rate, fade_in_s));
        samples.reverse();
        fade(&mut samples, floor_samples(rate, self.parameters.fade_s));
        samples.reverse();
        samples
    }
}

/// A third of an octave as a frequency ratio.
const THIRD: f64 = 1.259_921_049_894_873_2;

/// x(t) = sin(2 pi f1 L (e^(t/L) - 1)).
#[derive(Debug, Clone, Copy)]
struct SweepLaw {
    start_hz: f64,
    rate_s: f64,
    duration_s: f64,
}

impl SweepLaw {
    /// Farina: exactly this duration, L = T / ln(f2/f1).
    fn free(start_hz: f64, end_hz: f64, duration_s: f64) -> Self {
        Self {
            start_hz,
            rate_s: duration_s / (end_hz / start_hz).ln(),
            duration_s,
        }
    }

    /// Novak: f1 L a whole number, so that harmonics stay in phase; the duration follows and differs by less
    /// than ln(f2/f1) / f1.
    fn synchronised(start_hz: f64, end_hz: f64, duration_s: f64) -> Self {
        let octaves = (end_hz / start_hz).ln();
        let rate_s = (start_hz * duration_s / octaves).round().max(1.0) / start_hz;
        Self {
            start_hz,
            rate_s,
            duration_s: rate_s * octaves,
        }
    }
}

/// Raised cosine over the first `n` samples, both end points included; nothing when the signal is shorter than
/// two fades.
fn fade(samples: &mut [f64], n: usize) {
    if n < 2 || samples.len() < 2 * n {
        return;
    }
    for (i, x) in samples[..n].iter_mut().enumerate() {
        *x *= 0.5 * (1.0 - (PI * i as f64 / (n - 1) as f64).cos());
    }
}

/// Whole samples in a duration, rounded down; a hair is added so that 0.3 s * 48 kHz is 14 400.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "durations are checked to be positive and at most minutes"
)]
fn floor_samples(rate: SampleRate, duration_s: f64) -> usize {
    (duration_s * rate.as_f64() + 1e-6).floor() as usize
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "rounding to single precision is the output format"
)]
pub(crate) fn to_f32(x: f64) -> f32 {
    x as f32
}
